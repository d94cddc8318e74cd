"""How are tags put right from a shell? By a bash script that shows every call, and makes it if told to.

Each call is ``aws resourcegroupstaggingapi tag-resources`` for at most 20 resources of one account and
region that get the same tags. Values that nobody knows stand in comments, which are never run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from finops.answers.shell_speech import SPEECH, comment, json_word, word
from finops.money import usd
from finops.tagging.tag_calls import TagCall, TagCalls

PLACEHOLDER = "VALUE"

_SETTINGS = r"""
# Nothing is tagged without APPLY=yes: the calls are shown. With it, those of the account that the AWS
# CLI is signed in to are made; those of other accounts are left out, and named. A tag that exists under
# the same key gets the value given here. Old spellings of a key stay beside the right one: remove them
# when nothing reads them any more. It does no harm to run this script twice.
APPLY=${APPLY:-no}
""".lstrip("\n")

_FUNCTIONS = r"""
# put ACCOUNT REGION TAGS ARN...
put() {
  local account=$1 region=$2 tags=$3 failed command
  shift 3
  command=(aws resourcegroupstaggingapi tag-resources --region "$region"
    --resource-arn-list "$@" --tags "$tags")
  if [ "$APPLY" != yes ]; then
    say "Account $account:"
    show "${command[@]}"
    waiting=$((waiting + $#))
    return
  fi
  if [ "$account" != "$CALLER" ]; then
    elsewhere=$((elsewhere + $#))
    say "LEFT OUT, of account $account:"
    show "${command[@]}"
    return
  fi
  show "${command[@]}"
  # AWS answers with success, and names the resources that it did not tag.
  failed=$("${command[@]}" --output text --query 'keys(FailedResourcesMap || `{}`)') ||
    stop "AWS refused this call. What was tagged before it stays tagged; run the script again."
  case $failed in
    '' | None) tagged=$((tagged + $#)) ;;
    *)
      say "NOT TAGGED: $failed"
      refused=yes
      ;;
  esac
}
"""

_RUN = r"""
waiting=0 tagged=0 elsewhere=0 refused=no
if [ "$APPLY" != yes ]; then
  calls
  say "This was a dry run: nothing was tagged. Resources in these calls: $waiting. APPLY=yes makes them."
  exit 0
fi
command -v aws > /dev/null || stop "this script needs 'aws', and there is none"
CALLER=$(aws sts get-caller-identity --query Account --output text)
[[ $CALLER =~ ^[0-9]{12}$ ]] || stop "AWS answered '$CALLER', which is no account"
say "This is account $CALLER."
calls
say "Tagged: $tagged. Of other accounts: $elsewhere."
if [ "$refused" = yes ]; then stop "AWS did not tag every resource: they are named above"; fi
""".lstrip("\n")


def script_of(calls: TagCalls, as_of: date) -> str:
    """The script for these calls. Equal calls and day give equal text."""
    known = [line for call in calls.known for line in _lines(call)]
    return "\n".join(
        [
            "#!/usr/bin/env bash",
            f"# Tags to set on resources as of {as_of}. Made by the FinOps dashboard.",
            "# shellcheck disable=SC2016 # a $ in quotes is a dollar",
            "set -euo pipefail",
            "export LC_ALL=C AWS_PAGER=",
            "",
            _SETTINGS,
            SPEECH + _FUNCTIONS,
            "calls() {",
            *(known or ["  :"]),
            *_to_decide(calls),
            "}",
            "",
            *_by_hand(calls),
            _RUN,
        ]
    )


def _lines(call: TagCall) -> list[str]:
    head = f"  put {word(call.account)} {word(call.region)} {json_word(call.tags)}"
    return [f"  {comment(_what(call))}", " \\\n    ".join([head, *map(word, call.arns)])]


def _to_decide(calls: TagCalls) -> Iterator[str]:
    """One line of comment a call: a value put in, and the sign before it taken away, makes it a call."""
    if calls.to_decide:
        yield f"  # Nobody knows these values: put them in for {PLACEHOLDER}, and uncomment the line."
    for call in calls.to_decide:
        tags = json_word(dict.fromkeys(call.keys, PLACEHOLDER))
        words = [word(call.account), word(call.region), tags, *map(word, call.arns)]
        yield f"  {comment(_what(call))}"
        yield f"  # put {' '.join(words)}"


def _by_hand(calls: TagCalls) -> Iterator[str]:
    if calls.by_hand:
        yield "# Not in this script, to be tagged by hand:"
    for one in calls.by_hand:
        yield comment(f"  {one.resource_id}: {one.what}: {one.why}")
    if calls.by_hand:
        yield ""


def _what(call: TagCall) -> str:
    resources = f"{len(call.arns)} resource{'' if len(call.arns) == 1 else 's'}"
    return f"{', '.join(call.keys)}: {resources}, {usd(call.monthly_cost_usd)} a month"
