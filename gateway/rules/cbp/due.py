"""Which fees a summary owes, and which it does not.

Where the tables do not say which goods are exempt, a fee that is not there is doubtful, not wrong.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.rules.cbp.fees import fee, fee_classes, half_up, line_value
from gateway.rules.cbp.levies import (
    BORDER_WATER,
    HMF,
    INFORMAL_FEE,
    MAIL,
    MAIL_FEE,
    MPF,
    PIPELINE,
    differs,
    levies_of,
    rate_date,
    shown,
    sum_of,
    water_date,
)
from gateway.rules.cbp.scope import INFORMAL, TEMPORARY, ZONE, mode, origin_of, us_declaration, whole_summary
from gateway.rules.codes import codes
from gateway.rules.registry import Given, missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry, Line
    from gateway.finding import Finding

_BY_WATER = frozenset({"10", "11", "12"})
_NO_HMF = frozenset({"06", "11", "12", "22", "31", "32", "34", "38"})
# Numbers of chapter 98 that owe the processing fee.
_CHARGED_98 = ("98020060", "98020080")


@rule("cbp.ae.mpf-not-due", clause="cbp.arithmetic/mpf-not-due", of=us_declaration, about="lines.levies")
def no_processing_fee(entry: Entry) -> Iterator[Finding]:
    """Where no processing fee is due none is reported."""
    for turn, line in enumerate(entry.lines):
        levies = levies_of(line, MPF)
        if not levies:
            continue
        reason = ""
        if entry.kind in INFORMAL or entry.kind == TEMPORARY:
            reason = f"entry type {entry.kind} has none"
        elif line.set_role == "component":
            reason = "components of a set have none"
        elif entry.kind == ZONE and line.zone_status == "D":
            reason = "domestic goods of a zone have none"
        else:
            reason = _exempt(line)
        if reason:
            for place, _, actual in levies:
                yield wrong(
                    f"lines[{turn}].levies[{place}].kind",
                    f"a processing fee where none is due: {reason}",
                    expected="no 499",
                    actual=shown(actual),
                )


def _exempt(line: Line) -> str:
    """Tell why goods owe no processing fee, "" where nothing that we know frees them.

    Least developed and Caribbean Basin origins and the programs that waive it are not in our tables.
    """
    origin = origin_of(line)
    if origin == "IL" or origin in codes("insular_possessions"):
        return f"goods of {origin} have none"
    numbers = [tariff.number for tariff in line.tariffs if tariff.number is not None]
    if any(number.startswith("98") and not number.startswith(_CHARGED_98) for number in numbers):
        return "chapter 98 has none, but for 9802.00.60 and 9802.00.80"
    return ""


@rule("cbp.ae.mpf-due", clause="cbp.arithmetic/mpf-due", of=whole_summary, about="lines")
def processing_fee_due(entry: Entry) -> Iterator[Finding]:
    """A line of a formal summary reports its processing fee, unless its goods are exempt."""
    if entry.kind in INFORMAL or entry.kind == TEMPORARY:
        return
    if entry.filing is not None and entry.filing.express:
        return
    for turn, line in enumerate(entry.lines):
        claimed = line.origin is not None and line.origin.preference is not None
        domestic = entry.kind == ZONE and line.zone_status == "D"
        free = claimed or domestic or line.set_role == "component" or _exempt(line)
        if not free and line_value(line) and not any(levies_of(line, MPF)):
            # Which origins are exempt we do not know in full, so it is no error.
            yield missing(f"lines[{turn}].levies", "the processing fee (499)", severity=Severity.WARNING)


@rule("cbp.ae.hmf-not-due", clause="cbp.arithmetic/hmf-not-due", of=us_declaration, about="lines.levies")
def no_harbor_fee(entry: Entry, given: Given) -> Iterator[Finding]:
    """Where no harbor maintenance fee is due none is reported."""
    least = fee("hmf.least", given.on)
    summed = sum_of(entry, HMF)
    alone = not _other_amounts(entry)
    for turn, line in enumerate(entry.lines):
        for place, _, actual in levies_of(line, HMF):
            reason = ""
            if entry.kind in _NO_HMF:
                reason = f"entry type {entry.kind} has none"
            elif mode(entry) and mode(entry) not in _BY_WATER:
                reason = f"mode {mode(entry)} is not by water"
            elif line.set_role == "component":
                reason = "components of a set have none"
            elif least is not None and alone and summed <= least.value:
                reason = f"{shown(summed)} in all, and nothing else is due"
            if reason:
                yield wrong(
                    f"lines[{turn}].levies[{place}].kind",
                    f"a harbor maintenance fee where none is due: {reason}",
                    expected="no 501",
                    actual=shown(actual),
                )


@rule("cbp.ae.hmf-due", clause="cbp.arithmetic/hmf-due", of=whole_summary, about="lines")
def harbor_fee_due(entry: Entry, given: Given) -> Iterator[Finding]:
    """What comes over border waters (mode 12) owes the harbor maintenance fee."""
    rate, least = fee("hmf.rate", water_date(entry, given)), fee("hmf.least", given.on)
    if mode(entry) != BORDER_WATER or entry.kind in _NO_HMF or rate is None or least is None:
        return
    due = [half_up(line_value(line) * rate.value) for line in entry.lines]
    if sum(due, Decimal(0)) <= least.value and not _other_amounts(entry):
        return
    for turn, line in enumerate(entry.lines):
        if due[turn] and line.set_role != "component" and not any(levies_of(line, HMF)):
            yield missing(f"lines[{turn}].levies", "the harbor maintenance fee (501)")


def _other_amounts(entry: Entry) -> bool:
    """Tell whether anything but the harbor fee is due."""
    duties = any(tariff.duty and tariff.duty.amount for line in entry.lines for tariff in line.tariffs)
    levies = [levy for line in entry.lines for levy in line.levies] + list(entry.levies)
    cases = any(case.amount and case.amount.amount for line in entry.lines for case in line.cases)
    return duties or cases or any(each.kind != HMF and each.amount and each.amount.amount for each in levies)


@rule("cbp.ae.informal-fee", clause="cbp.arithmetic/informal", about="levies")
def fee_of_an_informal_entry(entry: Entry, given: Given) -> Iterator[Finding]:
    """The fee of an informal entry is that of the fiscal year."""
    wanted = fee("informal", rate_date(entry, given))
    if entry.kind not in INFORMAL or wanted is None:
        return
    for place, levy in enumerate(entry.levies):
        if levy.kind == INFORMAL_FEE and levy.amount is not None and levy.amount.amount != wanted.value:
            yield differs(
                f"levies[{place}].amount.amount",
                "the fee of the year",
                wanted.value,
                levy.amount.amount,
                known=wanted.known,
            )


@rule("cbp.ae.header-fee", clause="cbp.arithmetic/header-fee", of=us_declaration, about="levies")
def fees_of_the_head(entry: Entry) -> Iterator[Finding]:
    """The informal fee is of informal entries, the mail fee of mail with duty; neither of a consolidation or pipeline."""
    consolidated = entry.filing is not None and bool(entry.filing.consolidated or entry.filing.express)
    duty = any(tariff.duty and tariff.duty.amount for line in entry.lines for tariff in line.tariffs)
    for place, levy in enumerate(entry.levies):
        reason = ""
        if levy.kind == INFORMAL_FEE and entry.kind not in INFORMAL:
            reason = f"type {entry.kind} has none"
        elif levy.kind == INFORMAL_FEE and (consolidated or mode(entry) == PIPELINE):
            reason = "neither a consolidation nor a pipeline has it"
        elif levy.kind == MAIL_FEE and (mode(entry) != MAIL or not duty):
            reason = "it is of mail on which duty is due"
        if reason:
            yield wrong(
                f"levies[{place}].kind",
                f"fee {levy.kind} where none is due: {reason}",
                expected="none",
                actual=levy.kind,
            )


@rule(
    "cbp.ae.levy-class", clause="cbp.arithmetic/classes", of=us_declaration, about=("levies", "lines.levies")
)
def classes_of_fees(entry: Entry) -> Iterator[Finding]:
    """A class of fee is one that CBP has, of the head or of a line."""
    for place, levy in enumerate(entry.levies):
        if levy.kind is not None and levy.kind.isdigit() and levy.kind not in fee_classes("head"):
            yield wrong(
                f"levies[{place}].kind", "no fee of the head", expected="311 496 500", actual=levy.kind
            )
    for turn, line in enumerate(entry.lines):
        for place, levy in enumerate(line.levies):
            if levy.kind is not None and levy.kind.isdigit() and levy.kind not in fee_classes("line"):
                yield wrong(
                    f"lines[{turn}].levies[{place}].kind",
                    "no fee or tax of a line",
                    expected="a class of the list",
                    actual=levy.kind,
                )
