"""Where does an offer file lie? On this disk, or at an address of http or https."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin, urlsplit, urlunsplit

from finops.errors import InputError

AWS = "https://pricing.us-east-1.amazonaws.com"
_AWS_PATHS = ("/offers/v1.0/", "/savingsPlan/v1.0/")
_SCHEMES = ("http", "https")


def located(text: str) -> str | Path:
    """The address that ``text`` is, or the path. AWS's own host-relative addresses are AWS's.

    Raises InputError for an address of another scheme.
    """
    if _scheme(text) in _SCHEMES:
        return text
    if "://" in text:
        raise InputError(
            f"{shown(text)} is no address that can be read; name a file, or an address of http or https"
        )
    if text.startswith(_AWS_PATHS) and not Path(text).exists():
        return AWS + text
    return Path(text)


def referred(index: str | Path, url: str) -> str:
    """The address that an index of regions means by ``url``. It leads to the index's own host.

    An index on this disk is AWS's. Raises InputError where it leads elsewhere.
    """
    base = index if isinstance(index, str) else AWS
    address = urljoin(base, url)
    if _origin(address) != _origin(base):
        raise InputError(
            f"{shown(index)} leads to {shown(address)}, which is another host; "
            "name the files of that host themselves if you trust it"
        )
    return address


def shown(place: str | Path) -> str:
    """The name for messages: an address without the secrets that may be in it."""
    if isinstance(place, Path) or _scheme(place) not in _SCHEMES:
        return str(place)
    parts = urlsplit(place)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _scheme(text: str) -> str:
    """The scheme of an address in small letters; empty for what is none."""
    scheme, separator, _ = text.partition("://")
    return scheme.lower() if separator else ""


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme.lower(), parts.netloc.lower()
