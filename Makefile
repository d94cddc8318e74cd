# Everything that a person or CI types. `make` alone lists it.

VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
REQUIREMENTS := requirements.txt requirements-dev.txt constraints.txt

# Modules, not the scripts in bin/: those keep the path of the folder they were installed in.
PYTEST := $(PYTHON) -m pytest
LINT_IMPORTS := $(PYTHON) -c "from importlinter.cli import lint_imports_command as lint; lint()"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-spark run test check test-browser bench bench-billing demo-data freeze

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED)  ## Make .venv and install everything, development tools included

setup-spark: $(INSTALLED)  ## Add PySpark (450 MB), the engine for bills that one machine cannot reduce
	@command -v java >/dev/null || { \
	  echo 'Java is missing. On Debian: apt install openjdk-17-jre-headless' >&2; exit 1; }
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-spark.txt

run: $(INSTALLED)  ## Start the dashboard on the sample estate
	$(PYTHON) -m streamlit run streamlit_dashboard.py

test: check $(INSTALLED)  ## Checks, tests, and browser journeys where there is a Chromium
	$(PYTEST) -m "not browser" -n auto --maxprocesses 4
	$(PYTEST) -m browser -rs

check: $(INSTALLED)  ## Style, types and floors
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	$(LINT_IMPORTS)

test-browser: $(INSTALLED)  ## The browser journeys alone
	$(PYTEST) -m browser -rs

bench: $(INSTALLED)  ## Benchmarks, each as a ratio within one run
	$(PYTHON) -m benchmarks

bench-billing: $(INSTALLED)  ## 50 million lines of a bill: ours against hand-written SQL, Spark and pandas
	$(PYTHON) -m benchmarks.billing

demo-data: $(INSTALLED)  ## Make the sample estate in data/ again, from its fixed seed
	$(PYTHON) -m scripts.demo_data

freeze: $(INSTALLED)  ## Write the installed versions to constraints.txt
	{ sed -n '/^#/p' constraints.txt; $(PYTHON) -m pip freeze --exclude-editable; } > constraints.tmp
	mv constraints.tmp constraints.txt
	touch $(INSTALLED)

# An environment that is there and works is kept; a half-made one is made again.
$(INSTALLED): $(REQUIREMENTS)
	@command -v git >/dev/null || { \
	  echo 'git is missing. On Debian: apt install git' >&2; exit 1; }
	@if ! $(PYTHON) -c '$(NEW_ENOUGH); import pip' 2>/dev/null; then \
	  $(FIND_PYTHON); \
	  echo "Making $(VENV) with $$($$found --version)" && "$$found" -m venv --clear $(VENV); \
	fi
	@echo 'Installing into $(VENV); the first time takes a minute or two'
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

NEW_ENOUGH := import sys; sys.version_info >= (3, 11) or sys.exit(1)

# Debian keeps ensurepip, which venv needs, in a package of its own.
define FIND_PYTHON
found=; unfit=; \
for name in python3 python3.13 python3.12 python3.11; do \
  if ! "$$name" -c '$(NEW_ENOUGH)' 2>/dev/null; then continue; fi; \
  if "$$name" -c 'import venv, ensurepip' 2>/dev/null; then found=$$name; break; fi; \
  unfit=$${unfit:-$$name}; \
done; \
if [ -z "$$found" ] && [ -n "$$unfit" ]; then \
  echo "$$unfit has no venv. On Debian: apt install $$unfit-venv" >&2; exit 1; \
elif [ -z "$$found" ]; then \
  echo 'Python 3.11 or later is missing. On Debian 12 or later: apt install python3 python3-venv' >&2; exit 1; \
fi
endef
