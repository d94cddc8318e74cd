"""How much does the package cost on top of what must be done anyway? Ratios, within one run."""
