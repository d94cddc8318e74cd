"""What do all our bash scripts say in the same way, and how does text get into one?

Data comes in as one word in quotes or as a comment of one line; nothing of it is ever run. Bash from
version 3.2 on.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping

SPEECH = r"""
say() { printf '%s\n' "$*"; }
stop() {
  printf 'STOP: %s\n' "$*" >&2
  exit 1
}
show() {
  printf '    '
  printf ' %q' "$@"
  printf '\n'
}
""".lstrip("\n")


def word(text: str) -> str:
    """The text as one word of the shell."""
    return shlex.quote(text)


def json_word(pairs: Mapping[str, str]) -> str:
    """A JSON object as one word. It is ASCII: what is invisible or runs from right to left shows as
    ``\\u202e`` to who reads the script, and is itself again for who reads the JSON."""
    return shlex.quote(json.dumps(dict(pairs)))


def comment(text: str) -> str:
    """A comment of one line: what would end it, or is no letter that a reader sees, is escaped."""
    shown = (char if " " <= char <= "~" or char.isalnum() else json.dumps(char)[1:-1] for char in text)
    return f"# {''.join(shown)}"
