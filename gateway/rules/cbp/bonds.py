"""Bonds of an entry summary: which may stand together, and what a waiver asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.rules.cbp.scope import INFORMAL, TEMPORARY, whole_summary
from gateway.rules.codes import codes
from gateway.rules.registry import missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Bond, Entry
    from gateway.finding import Finding

_CLAIMED = frozenset({"continuous", "single", "additional"})
_SINGLE = frozenset({"single", "additional"})
_TWO = 2
_REASONS = frozenset({"995", "996", "997", "998", "999"})
_NO_WAIVER_WITH_CASE = frozenset({"06", "21", "22", "23"})


def _additional(bond: Bond) -> bool:
    return bond.kind == "additional" or (bond.kind == "single" and bond.purpose == "additional")


def _claimed(entry: Entry) -> list[tuple[int, Bond]]:
    return [(turn, bond) for turn, bond in enumerate(entry.bonds) if bond.kind in _CLAIMED]


@rule("cbp.ae.bond-pair", clause="cbp.ae.v109/31-pair", of=whole_summary, about="bonds")
def bonds_together(entry: Entry) -> Iterator[Finding]:
    """A summary has one basic bond, or one and an additional one for a single transaction beside it."""
    claimed = _claimed(entry)
    continuous = [turn for turn, bond in claimed if bond.kind == "continuous"]
    extra = [turn for turn, bond in claimed if _additional(bond)]
    if len(claimed) > _TWO:
        yield wrong("bonds", "too many bonds", expected="a basic and an additional one", actual=len(claimed))
    elif len(continuous) > 1:
        yield wrong(
            f"bonds[{continuous[1]}].kind",
            "two continuous bonds",
            expected="one continuous bond",
            actual="continuous",
        )
    elif len(claimed) == _TWO and len(extra) != 1:
        yield wrong(
            f"bonds[{claimed[1][0]}].purpose",
            "the second bond is not an additional one for a single transaction",
            expected="additional",
            actual=claimed[1][1].purpose or "",
        )
    elif claimed and len(extra) == len(claimed):
        yield missing("bonds", "the basic bond beside the additional one")
    for turn in continuous:
        purpose = entry.bonds[turn].purpose
        if purpose not in {None, "basic"}:
            yield wrong(
                f"bonds[{turn}].purpose", "a continuous bond is basic", expected="basic", actual=purpose
            )


@rule("cbp.ae.bond-amount", clause="cbp.ae.v109/31", of=whole_summary, about="bonds")
def amount_of_a_bond(entry: Entry) -> Iterator[Finding]:
    """A bond for a single transaction says how much it is for, above zero; a continuous one says no amount."""
    for turn, bond in _claimed(entry):
        if bond.kind == "continuous" and bond.amount is not None:
            yield wrong(
                f"bonds[{turn}].amount",
                "a continuous bond has no amount here",
                expected="none",
                actual=bond.amount.amount,
            )
        elif bond.kind in _SINGLE and bond.amount is None:
            yield missing(f"bonds[{turn}].amount", "the amount of the bond")
        elif bond.kind in _SINGLE and bond.amount is not None and bond.amount.amount <= 0:
            yield wrong(
                f"bonds[{turn}].amount.amount",
                "the bond is for nothing",
                expected="above 0",
                actual=bond.amount.amount,
            )


@rule("cbp.ae.bond-account", clause="cbp.ae.v109/31", of=whole_summary, about="bonds")
def account_of_a_bond(entry: Entry) -> Iterator[Finding]:
    """Only a bond for a single transaction has a producer's account."""
    for turn, bond in _claimed(entry):
        if bond.kind == "continuous" and bond.account is not None:
            yield wrong(
                f"bonds[{turn}].account",
                "a continuous bond has no account",
                expected="none",
                actual=bond.account,
            )


@rule("cbp.ae.waiver-beside-bond", clause="cbp.ae.v109/waiver", of=whole_summary, about="bonds")
def waiver_beside_a_bond(entry: Entry) -> Iterator[Finding]:
    """Where the bond is waived none is claimed."""
    claimed = _claimed(entry)
    if claimed and any(bond.kind == "waived" for bond in entry.bonds):
        yield wrong(
            f"bonds[{claimed[0][0]}].kind",
            "a bond although it is waived",
            expected="a bond or a waiver",
            actual=claimed[0][1].kind,
        )


@rule("cbp.ae.waiver-reason", clause="cbp.ae.v109/waiver", of=whole_summary, about="bonds")
def reason_of_a_waiver(entry: Entry) -> Iterator[Finding]:
    """A waiver has a reason of the list, but for informal entries, which have none."""
    for turn, bond in enumerate(entry.bonds):
        if bond.kind != "waived":
            continue
        if bond.waiver is None:
            if entry.kind not in INFORMAL:
                yield missing(f"bonds[{turn}].waiver", "the reason of the waiver")
        elif bond.waiver not in _REASONS:
            yield wrong(
                f"bonds[{turn}].waiver", "no reason of a waiver", expected="995 to 999", actual=bond.waiver
            )


@rule("cbp.ae.waiver-with-case", clause="cbp.ae.v109/waiver", of=whole_summary, about="bonds")
def waiver_with_a_case(entry: Entry) -> Iterator[Finding]:
    """Where goods are under a case of antidumping or countervailing duty the bond is not waived."""
    waived = next((turn for turn, bond in enumerate(entry.bonds) if bond.kind == "waived"), None)
    if waived is None or entry.kind not in _NO_WAIVER_WITH_CASE:
        return
    for line in entry.lines:
        if line.cases:
            yield wrong(
                f"bonds[{waived}].kind",
                "a waiver although a line is under a case",
                expected="a bond",
                actual=line.cases[0].number,
            )
            return


@rule("cbp.ae.waiver-temporary", clause="cbp.ae.v109/waiver", of=whole_summary, about="bonds")
def waiver_of_a_temporary_import(entry: Entry) -> Iterator[Finding]:
    """A temporary importation waives the bond only if all its goods are Canadian."""
    waived = next((turn for turn, bond in enumerate(entry.bonds) if bond.kind == "waived"), None)
    if waived is None or entry.kind != TEMPORARY:
        return
    for line in entry.lines:
        origin = line.origin.country if line.origin is not None else None
        if origin is not None and origin != "CA" and origin not in codes("canadian_provinces"):
            yield wrong(
                f"bonds[{waived}].kind",
                "a waiver although goods are not Canadian",
                expected="origin CA",
                actual=origin,
            )
            return
