"""How does Cloud Custodian put tags right? By a policy for each known value, and marks for the rest.

A policy names its resources, acts in their account and region, and only where the tag still is as it
was when it was judged: what somebody has tagged since is left alone. Where nobody knows a value the
resource is marked (``mark-for-op``) for a notification, and for nothing that stops or deletes it. Text
is written as YAML strings in double quotes, in ASCII (YAML 1.2, 5.7); Custodian takes what stands in
braces for a variable, so that text with one is left to people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from finops.answers.shell_speech import comment
from finops.tagging import TagFix
from finops.tagging.arns import arn_of
from finops.tagging.tag_calls import why_not

MARK, DAYS = "finops-tag-compliance", 14
_IDS = {"EC2": ("aws.ec2", "InstanceId"), "S3": ("aws.s3", "Name")}
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def custodian_of(fixes: Sequence[TagFix], as_of: date) -> str:
    """The policy file for these fixes. Equal fixes and day give equal text."""
    together: dict[tuple[str, ...], list[TagFix]] = {}
    left: list[str] = []
    for fix in fixes:
        if (why := _why_not(fix)) is not None:
            left.append(f"  {fix.resource_id}: {fix.key}: {why}")
            continue
        # Custodian lists the buckets of all regions at once, whichever it runs in.
        place = (fix.service, fix.account, fix.region if fix.service == "EC2" else "")
        what = place if fix.value is None else (*place, fix.key, fix.value)
        together.setdefault(what, []).append(fix)
    policies = [_policy(number, alike) for number, alike in enumerate(together.values(), start=1)]
    return "\n".join(
        [
            f"# Tags to set on resources as of {as_of}. Made by the FinOps dashboard.",
            "#   custodian run --dryrun --region all -s out FILE    shows what each policy finds",
            "# Without --dryrun known values are set, and other resources marked for a notification.",
            *(["# Not in this file, to be tagged by hand:"] if left else []),
            *map(comment, left),
            "policies:" if policies else "policies: []",
            *(line for policy in policies for line in policy),
            "",
        ]
    )


def yaml_text(text: str) -> str:
    """The text as a YAML string in double quotes, in ASCII."""
    return f'"{"".join(map(_escaped, text))}"'


def _why_not(fix: TagFix) -> str | None:
    try:
        arn_of(fix.service, fix.resource_id, fix.account, fix.region)
    except ValueError as error:
        return str(error)
    if (why := why_not(fix)) is not None:
        return why
    if any(brace in f"{fix.key}{fix.value}{fix.present}" for brace in "{}"):
        return "Cloud Custodian takes what stands in braces for a variable"
    return None


def _policy(number: int, fixes: Sequence[TagFix]) -> Iterator[str]:
    first = fixes[0]
    resource, name = _IDS[first.service]
    yield f"  - name: finops-{'mark' if first.value is None else 'tag'}-{number:04d}"
    yield f"    resource: {resource}"
    yield "    conditions:"
    yield from _value("      ", "account_id", yaml_text(first.account))
    if first.service == "EC2":
        yield from _value("      ", "region", yaml_text(first.region))
    yield "    filters:"
    if first.value is None:
        yield "      - or:"
        for of_key in _by_key(fixes):
            yield "          - and:"
            yield from _still_wrong("              ", name, of_key)
        yield from _value("      ", f"tag:{MARK}", "absent")
    else:
        yield from _still_wrong("      ", name, fixes)
    yield "    actions:"
    if first.value is None:
        yield f"      - {{type: mark-for-op, tag: {MARK}, op: notify, days: {DAYS}}}"
    else:
        yield "      - type: tag"
        yield f"        tags: {{{yaml_text(first.key)}: {yaml_text(first.value)}}}"


def _by_key(fixes: Sequence[TagFix]) -> Iterator[list[TagFix]]:
    for key in dict.fromkeys(fix.key for fix in fixes):
        yield [fix for fix in fixes if fix.key == key]


def _still_wrong(indent: str, name: str, fixes: Sequence[TagFix]) -> Iterator[str]:
    """These resources, where they lack the key, have it blank, or with the value that is not allowed."""
    key = f"tag:{fixes[0].key}"
    yield from _value(indent, name, _list(fix.resource_id for fix in fixes), op="in")
    yield f"{indent}- or:"
    yield from _value(f"{indent}    ", key, "absent")
    yield from _value(f"{indent}    ", key, "empty")
    if wrong := [value for fix in fixes if (value := _wrong_value(fix)) is not None]:
        yield from _value(f"{indent}    ", key, _list(wrong), op="in")


def _value(indent: str, key: str, value: str, op: str = "") -> Iterator[str]:
    yield f"{indent}- type: value"
    yield f"{indent}  key: {yaml_text(key)}"
    if op:
        yield f"{indent}  op: {op}"
    yield f"{indent}  value: {value}"


def _wrong_value(fix: TagFix) -> str | None:
    """What the key itself holds now, where that is not allowed."""
    start = f"{fix.key}="
    if fix.present is None or not fix.present.startswith(start):
        return None
    return fix.present[len(start) :]


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(yaml_text, dict.fromkeys(texts)))}]"


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if " " <= char <= "~":
        return char
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
