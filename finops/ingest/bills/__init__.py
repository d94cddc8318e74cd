"""A bill, whatever its format and size: parts → canonical lines → frames. See docs/architecture.md."""
