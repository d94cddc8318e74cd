"""``tags suggest``, ``accept``, ``virtual`` and ``withdraw``: values for missing tags, and virtual tags.

A suggestion changes nothing. What is accepted counts in chargeback, after the tags of the resources, and
leaves compliance as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd

from finops.answers.compliance import policy_in_force, read_policy
from finops.answers.tag_suggestions import (
    KeyInference,
    TagSuggestions,
    VirtualTag,
    accept,
    accept_rule,
    chosen,
    suggest,
    virtual_tags,
    withdraw,
)
from finops.answers.unknown_tags import unknown
from finops.cli.arguments import day, estate_of, path, reading
from finops.cli.output import Printout, document_of, percent, plain, table
from finops.files import write_whole
from finops.money import usd
from finops.spreadsheet import csv_text

SHOWN = 20


def add_to(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    inputs: argparse.ArgumentParser,
    json: argparse.ArgumentParser,
) -> None:
    """The actions beside ``tags`` itself."""
    suggested = actions.add_parser("suggest", parents=[inputs], help="values for missing tags, and why")
    suggested.add_argument("--policy", metavar="FILE", type=path, help="tag policy (JSON)")
    suggested.add_argument("--key", help="only this key")
    suggested.add_argument("--out", metavar="FILE", type=path, help="write them as CSV")
    suggested.set_defaults(run=_suggest)
    _add_accept(actions, inputs)
    listed = actions.add_parser("virtual", parents=[json], help="the virtual tags that are in force")
    listed.add_argument("--withdrawn", action="store_true", help="also those that were withdrawn")
    listed.set_defaults(run=_virtual)
    withdrawn = actions.add_parser("withdraw", parents=[json], help="take virtual tags back")
    withdrawn.add_argument("id", nargs="+", help="ids such as v3")
    withdrawn.add_argument("--who", metavar="NAME", required=True, help="who withdraws them")
    withdrawn.set_defaults(run=_withdraw)


def _add_accept(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], inputs: argparse.ArgumentParser
) -> None:
    accepted = actions.add_parser(
        "accept", parents=[inputs], help="make suggestions, or a rule of your own, virtual tags"
    )
    accepted.add_argument("resource", nargs="*", help="the resources, by id")
    accepted.add_argument("--all", action="store_true", help="all suggestions for the key")
    accepted.add_argument("--key", required=True, help="the tag key")
    accepted.add_argument("--who", metavar="NAME", required=True, help="who accepts them")
    accepted.add_argument("--policy", metavar="FILE", type=path, help="tag policy (JSON)")
    accepted.add_argument("--starts", metavar="YYYY-MM-DD", type=day, help="the first day that counts")
    accepted.add_argument("--ends", metavar="YYYY-MM-DD", type=day, help="the last day that counts")
    rule = accepted.add_argument_group("a rule of your own, for all that fits")
    rule.add_argument("--value", help="the value of the key")
    rule.add_argument("--reason", default="", help="why")
    for name in ("account", "region", "service"):
        rule.add_argument(f"--{name}", metavar="LIST", type=_listed, default=(), help=f"of this {name}")
    rule.add_argument("--name", metavar="LIST", type=_listed, default=(), help="names, with * and ?")
    rule.add_argument(
        "--tag", metavar="K=V", type=_pair, action="append", default=[], help="its own tag"
    )
    accepted.set_defaults(run=_accept, refuse=accepted.error)


def _suggest(args: argparse.Namespace) -> Printout:
    policy = read_policy(args.policy) if args.policy else None
    answer = suggest(estate_of(args), policy, key=args.key)
    if args.out:
        write_whole(args.out, csv_text(answer.suggestions).encode())
        text = f"{len(answer.suggestions)} suggestions written to {args.out}"
    else:
        text = _text(answer)
    return Printout(document=document_of(answer), text=text)


def _accept(args: argparse.Namespace) -> Printout:
    now = datetime.now(UTC)
    span = {"starts": args.starts, "ends": args.ends}
    if args.value is not None:
        match = {
            "resource_ids": args.resource,
            "accounts": args.account,
            "regions": args.region,
            "services": args.service,
            "names": args.name,
            "tags": dict(args.tag),
        }
        estate = estate_of(args)
        policy = read_policy(args.policy) if args.policy else policy_in_force()
        rule = accept_rule(args.key, args.value, match, by=args.who, at=now, reason=args.reason, **span)
        return replace(_printed([rule]), warnings=unknown([rule], estate, policy))
    if args.account or args.region or args.service or args.name or args.tag or args.reason:
        args.refuse("a rule of your own needs its value: --value V")
    if args.all == bool(args.resource):
        args.refuse("say which suggestions to accept: the ids of resources, or --all")
    answer = suggest(estate_of(args), read_policy(args.policy) if args.policy else None, key=args.key)
    rows = chosen(answer, args.resource) if args.resource else _open(answer)
    added = accept(rows, by=args.who, at=now, **span)
    return _printed(added, "nothing new: what was asked for is in force already")


def _open(answer: TagSuggestions) -> pd.DataFrame:
    rows = answer.suggestions
    return rows[rows["virtual_tag"].isna()]


def _virtual(args: argparse.Namespace) -> Printout:
    return _printed(virtual_tags(withdrawn=args.withdrawn))


def _withdraw(args: argparse.Namespace) -> Printout:
    return _printed(withdraw(args.id, by=args.who, at=datetime.now(UTC)))


def _printed(found: Iterable[VirtualTag], nothing: str = "") -> Printout:
    kept = list(found)
    rows = [
        (
            one.id,
            f"{one.key}={one.value}",
            one.match.in_words(),
            f"{one.starts or '…'} to {one.ends or '…'}" if one.starts or one.ends else "always",
            f"{one.accepted_by}, {one.accepted_at:%Y-%m-%d}",
            f"withdrawn by {one.withdrawn_by}, {one.withdrawn_at:%Y-%m-%d}"
            if one.withdrawn_at
            else one.reason,
        )
        for one in kept
    ]
    headers = ("id", "virtual tag", "for", "days", "accepted by", "why")
    return Printout(
        document={"virtual_tags": plain(kept)},
        text=table(headers, rows) if kept or not nothing else nothing,
    )


def _text(answer: TagSuggestions) -> str:
    head = (
        f"{len(answer.suggestions)} suggestions for {usd(answer.suggested_usd)} a month of resources × "
        f"keys; none for {percent(answer.abstained_pct)} of {usd(answer.lacking_usd)}"
    )
    rows = [
        (
            row["resource_id"],
            f"{row['key']}={row['value']}",
            percent(100 * row["probability"]),
            usd(row["monthly_cost_usd"]),
            row["reason"],
        )
        for row in answer.suggestions.head(SHOWN).to_dict(orient="records")
    ]
    more = len(answer.suggestions) - len(rows)
    listed = table(("resource", "suggested", "sure", "$/month", "because"), rows)
    rest = f"\n… and {more} more; --json or --out lists them all" if more > 0 else ""
    return "\n".join([head, "", *_keys(answer.keys), "", listed]) + rest


def _keys(keys: Iterable[KeyInference]) -> Iterator[str]:
    for one in keys:
        precision = (
            "nothing can be inferred"
            if one.expected_precision_pct is None
            else f"held out, {percent(one.expected_precision_pct)} of the dollars were right "
            f"(at least {percent(one.precision_low_pct)})"
        )
        yield (
            f"{one.key}: {one.suggested} of {one.lacking} resources without it have a suggestion, "
            f"{percent(one.abstained_pct)} of their dollars none; {precision}"
        )


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise ValueError(text)
    return names


def _key_and_value(text: str) -> tuple[str, str]:
    key, found, value = text.partition("=")
    if not (key.strip() and found and value.strip()):
        raise ValueError(text)
    return key.strip(), value.strip()


_listed = reading(_names, "one or more names, separated by commas")
_pair = reading(_key_and_value, "a tag such as Team=Payments")
