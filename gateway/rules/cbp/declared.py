"""What a line of a summary declares beside its goods: licenses, additional declarations, claims."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.rules.cbp.scope import origin_of, whole_summary
from gateway.rules.registry import doubtful, missing, rule, wrong
from gateway.specs import data_root, read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.entry import Entry
    from gateway.finding import Finding

_TAXES = frozenset({"016", "017", "018", "022"})
_EXCLUSIONS = frozenset({"steel-exclusion", "aluminum-exclusion"})


class _Declared(NamedTuple):
    """What an additional declaration asks: its words, between which dates of entry, of which origins."""

    pattern: re.Pattern[str]
    since: date | None
    until: date | None
    origins: frozenset[str]
    refused: frozenset[str]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def _declarations() -> Mapping[str, _Declared]:
    path = data_root() / "edi_specs" / "catair" / "declarations.csv"
    return {
        row["group"]: _Declared(
            re.compile(row["pattern"] or ".*"),
            _day(row["since"]),
            _day(row["until"]),
            frozenset(row["origins"].split()),
            frozenset(row["refused"].split()),
        )
        for _, row in read_csv(path)
    }


@cache
def _permits() -> Mapping[str, tuple[re.Pattern[str], str]]:
    path = data_root() / "edi_specs" / "catair" / "permits.csv"
    return {row["kind"]: (re.compile(row["pattern"]), row["words"]) for _, row in read_csv(path)}


@rule("cbp.ae.permit-number", clause="cbp.ae.v109/52", of=whole_summary, about="lines")
def numbers_of_permits(entry: Entry) -> Iterator[Finding]:
    """A license, certificate or visa of a summary has a number of its kind's form."""
    for turn, line in enumerate(entry.lines):
        for place, permit in enumerate(line.permits):
            known = _permits().get(permit.kind)
            if known is None:
                continue
            path = f"lines[{turn}].permits[{place}].number"
            if permit.number is None:
                yield missing(path, "the number of the permit")
            elif not known[0].fullmatch(permit.number):
                yield wrong(path, "no number of this kind", expected=known[1], actual=permit.number)


@rule("cbp.ae.declaration", clause="cbp.ae.v109/54", of=whole_summary, about="lines")
def additional_declarations(entry: Entry) -> Iterator[Finding]:
    """An additional declaration has the words of its kind, and stands for its dates and countries of origin."""
    for turn, line in enumerate(entry.lines):
        for place, told in enumerate(line.declarations):
            asked = _declarations().get(told.group)
            if asked is None:
                continue
            path, origin = f"lines[{turn}].declarations[{place}]", origin_of(line)
            if told.value is not None and not asked.pattern.fullmatch(told.value):
                yield wrong(
                    f"{path}.value",
                    "not the words of this declaration",
                    expected=asked.pattern.pattern,
                    actual=told.value,
                )
            if entry.entered is not None and not _open(asked, entry.entered):
                yield wrong(
                    f"{path}.group",
                    "not on the day of this entry",
                    expected=f"{asked.since or ''} to {asked.until or ''}",
                    actual=entry.entered,
                )
            if origin and asked.origins and origin not in asked.origins:
                yield wrong(
                    f"{path}.group", "not for this origin", expected=" ".join(asked.origins), actual=origin
                )


def _open(asked: _Declared, day: date) -> bool:
    return (asked.since is None or asked.since <= day) and (asked.until is None or day < asked.until)


@rule(
    "cbp.ae.declaration-origin",
    clause="cbp.ae.v109/54-origin",
    of=whole_summary,
    about="lines",
    since=date(2026, 7, 16),
)
def declarations_of_domestic_goods(entry: Entry) -> Iterator[Finding]:
    """Since 16 July 2026 goods of the US and its possessions tell no smelt, cast, melt or pour."""
    for turn, line in enumerate(entry.lines):
        for place, told in enumerate(line.declarations):
            asked = _declarations().get(told.group)
            if asked is not None and origin_of(line) in asked.refused:
                yield wrong(
                    f"lines[{turn}].declarations[{place}].group",
                    "not for goods of this origin",
                    expected="none",
                    actual=origin_of(line),
                )


@rule("cbp.ae.smelt", clause="cbp.ae.v109/54", of=whole_summary, about="lines")
def smelted_once_at_least(entry: Entry) -> Iterator[Finding]:
    """Aluminum has a primary or a secondary smelt: not N for both."""
    for turn, line in enumerate(entry.lines):
        told = {one.group: one.value for one in line.declarations}
        if told.get("aluminum-primary-applies") == told.get("aluminum-secondary-applies") == "N":
            yield wrong(
                f"lines[{turn}].declarations", "neither primary nor secondary smelt", expected="Y for one"
            )


@rule("cbp.ae.exclusion", clause="cbp.ae.v109/54-exclusion", of=whole_summary, about="lines")
def exclusion_or_chapter_99(entry: Entry) -> Iterator[Finding]:
    """Either a number of chapter 99 or a product exclusion stands at a line, not both."""
    for turn, line in enumerate(entry.lines):
        excluded = [one.group for one in line.declarations if one.group in _EXCLUSIONS]
        if excluded and any((one.number or "").startswith("9903") for one in line.tariffs):
            yield doubtful(
                f"lines[{turn}].declarations",
                "an exclusion beside a number of chapter 99",
                expected="one of them",
                actual=excluded[0],
            )


@rule("cbp.ae.craft-beverage", clause="cbp.ae.v109/cbma", of=whole_summary, about="lines")
def craft_beverage_claim(entry: Entry) -> Iterator[Finding]:
    """A claim of the craft beverage act has its declaration, the tax in full and the date of importation."""
    for turn, line in enumerate(entry.lines):
        declared = any(one.group.startswith("cbma-") for one in line.declarations)
        if declared and line.claim != "C":
            yield missing(f"lines[{turn}].claim", "the claim of the declaration")
        if line.claim != "C":
            continue
        if not declared:
            yield missing(f"lines[{turn}].declarations", "the declaration of the claim")
        if not any(levy.kind in _TAXES for levy in line.levies):
            yield missing(f"lines[{turn}].levies", "the tax")
        if entry.imported is None:
            yield missing("imported", "the date of importation")
