"""How is JSON of several hundred megabytes read in a few? As events; only what is asked for is built."""

from __future__ import annotations

from collections.abc import Iterator

import ijson

from finops.errors import FileUnreadable, UnknownFormat

Event = tuple[str, object]

# The deepest object of an offer file, a price in its unit, lies nine levels down.
_MOST_DEPTH = 24
_MOST_TOKEN = 2_000_000

_BEGIN = frozenset(("start_map", "start_array"))
_END = frozenset(("end_map", "end_array"))


def events(content: Iterator[bytes], name: str) -> Iterator[Event]:
    """The parser's events, as pieces of content come. Raises FileUnreadable where it is not JSON."""
    found = ijson.sendable_list()
    parser = ijson.basic_parse_coro(found)
    silent = 0
    try:
        for piece in content:
            parser.send(piece)
            silent = 0 if found else silent + len(piece)
            if silent > _MOST_TOKEN:
                raise FileUnreadable(
                    f"{name} has a text of over {_MOST_TOKEN:,} bytes; no offer file has"
                )
            yield from found
            found.clear()
        parser.close()
        yield from found
    # SystemError: the parser in C reports a number of thousands of digits that way.
    except (ijson.JSONError, ValueError, SystemError) as error:
        reason = " ".join(str(error).split())[:80]
        raise FileUnreadable(
            f"cannot read {name} to its end: it is cut off or not JSON ({reason}); get it again from AWS"
        ) from error


def members(stream: Iterator[Event]) -> Iterator[str]:
    """The keys of the object that has begun. Whoever asks consumes each value before the next key."""
    for event, value in stream:
        if event == "end_map":
            return
        yield str(value)


def skip(stream: Iterator[Event], event: str, name: str) -> None:
    """Pass over the value that begins with ``event``."""
    if event not in _BEGIN:
        return
    depth = 1
    for step, _ in stream:
        if step in _BEGIN:
            depth += 1
            if depth > _MOST_DEPTH:
                raise _too_deep(name)
        elif step in _END:
            depth -= 1
            if not depth:
                return


def build(stream: Iterator[Event], first: Event, name: str, depth: int = 0) -> object:
    """The value that begins with ``first``: text, number, list or dict."""
    event, value = first
    if event not in _BEGIN:
        return value
    if depth > _MOST_DEPTH:
        raise _too_deep(name)
    if event == "start_map":
        return {key: build(stream, next(stream), name, depth + 1) for key in members(stream)}
    return [build(stream, item, name, depth + 1) for item in items(stream)]


def items(stream: Iterator[Event]) -> Iterator[Event]:
    """The first event of each item of the array that has begun."""
    for event, value in stream:
        if event == "end_array":
            return
        yield event, value


def as_map(value: object, name: str, what: str) -> dict[str, object]:
    """The value if it is an object. Raises UnknownFormat."""
    if not isinstance(value, dict):
        raise UnknownFormat(
            f"{name}: {what} is {type(value).__name__}, expected an object; it is no offer file of AWS "
            "in the layout that is known"
        )
    return value


def _too_deep(name: str) -> UnknownFormat:
    return UnknownFormat(
        f"{name} is nested more than {_MOST_DEPTH} levels deep; no offer file of AWS is, get it again"
    )
