"""What ACE checks in an eBond (CB) after its form is right (catair.md 13.2).

Lives here: what goes together by designation and type, who stands for it, and what is on file, with the codes
of the eBond chapter as their texts tell. Never here: single fields, whose codes are a table (`values.csv`), and
limits of sureties and agents, which no table here has.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from gateway.simulator.catair.conditions import Found, codes_of, first, of
from gateway.simulator.catair.summary_rest import day
from gateway.simulator.onfile import importer_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Record
    from gateway.simulator.state import Filing, State

KIND = "bond"
SINGLE, CONTINUOUS = "9", "8"
NEW = ("B", "A", "U", "E")
# What a bond on file becomes.
CHANGES = {"V": "void", "T": "terminated"}
_BY_TYPE = {SINGLE: ("B", "A", "V", "C", "U", "E"), CONTINUOUS: ("B", "T", "R")}
_BASIC = ("B", "U", "E")
_ENTRY = "1"
_NUMBER = re.compile(r"\d{2}[89][A-Z0-9]{6}\Z")


def conditions(
    ace: Ace, state: State, transaction: Sequence[Record], today: date, filer: str
) -> Iterator[Found]:
    """Yield everything that is wrong with one CB transaction of a filer."""
    head = transaction[0]
    designation, kind = head.cut("3"), head.cut("4")
    if kind in _BY_TYPE and designation in chain(*_BY_TYPE.values()) and designation not in _BY_TYPE[kind]:
        yield Found(head.number, "S06", column=3)
        return
    yield from _head(ace, head, today)
    yield from _about(ace, transaction, head)
    yield from _parties(ace, transaction, head)
    yield from _sureties(transaction, head)
    yield from _on_file(state, transaction, head, filer)


def meant(state: State, transaction: Sequence[Record]) -> Filing | None:
    """Give the bond on file that a transaction is about: by its number, or the basic one of what it is for."""
    head, about = transaction[0], first(transaction, "20")
    number = head.cut("45-53")
    if number:
        return state.filings.get(f"{KIND}/{number}")
    if about is None:
        return None
    wanted = (about.cut("3"), about.cut("6-45"))
    alike = [
        filing
        for filing in state.filings.values()
        if filing.kind == KIND
        and (filing.fact("transaction_kind"), filing.fact("transaction")) == wanted
        and filing.fact("designation") in _BASIC
    ]
    active = [filing for filing in alike if filing.release == "accepted"]
    found = active or alike
    return found[-1] if found else None


def _head(ace: Ace, head: Record, today: date) -> Iterator[Found]:
    designation, single = head.cut("3"), head.cut("4") == SINGLE
    if designation in NEW and not head.cut("5-7"):
        yield Found(head.number, "S14", column=5)
    if designation in {*NEW, "C"} and not head.cut("8-17").strip("0"):
        yield Found(head.number, "S15", column=8)
    executed, weight = day(head.cut("18-23")), ace.onfile.weight("bond-day")
    if designation in NEW and executed is None:
        yield Found(head.number, "S16", column=18)
    elif designation in NEW and executed != today and weight:
        yield Found(head.number, "S16", severity=weight, column=18)
    if single and head.cut("33-38"):
        yield Found(head.number, "S18", column=33)
    elif designation == "B" and not single and not head.cut("33-38"):
        yield Found(head.number, "S17", column=33)
    if designation == "T" and not head.cut("39-44"):
        yield Found(head.number, "S21", column=39)
    number = head.cut("45-53")
    if designation == "B" and number:
        yield Found(head.number, "S77", column=45)
    elif (designation in {"T", "R"} and not number) or (number and not _NUMBER.match(number)):
        yield Found(head.number, "S22", column=45)


def _about(ace: Ace, transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    """Judge whether a bond says for which transaction it is: one for a single transaction does, a continuous one does not."""
    about = first(transaction, "20")
    if head.cut("4") == CONTINUOUS:
        if about is not None:
            yield Found(about.number, "S24")
        return
    if about is None:
        yield Found(head.number, "S25")
        return
    kind, entry_type, identity = about.cut("3"), about.cut("4-5"), about.cut("6-45")
    if kind == _ENTRY and not entry_type:
        yield Found(about.number, "S28", column=4)
    elif kind != _ENTRY and entry_type:
        yield Found(about.number, "S29", column=4)
    elif entry_type and entry_type not in codes_of(ace.specs.root, "entry_type"):
        yield Found(about.number, "S79", column=4)
    if kind == _ENTRY and identity and not ace.onfile.entry_number_right(identity[:3], identity[3:]):
        yield Found(about.number, "S30", column=6)


def _parties(ace: Ace, transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    """Judge the principal, those beside it and the users of the bond."""
    principals = of(transaction, "30")
    if not principals and head.cut("3") in NEW:
        yield Found(head.number, "S31")
    taken: dict[str, dict[str, str]] = {"30": {}, "35": {}, "36": {}}
    faults = {
        "30": ("S32", "S33", "S34", "S35", {}),
        "35": ("S38", "S39", "S40", "S41", {"30": "S58", "35": "S42"}),
        "36": ("S44", "S45", "S46", "S47", {"30": "S59", "35": "S60", "36": "S48"}),
    }
    for wire, (kind_wrong, number_wrong, unknown, inactive, again) in faults.items():
        for record in of(transaction, wire):
            kind, number = record.cut("3-5"), record.cut("6-17")
            state = ace.onfile.importer(number)["state"]
            if kind not in {"EI", "34", "ANI"}:
                yield Found(record.number, kind_wrong, column=3)
            elif importer_kind(number) != kind:
                yield Found(record.number, number_wrong, column=6)
            elif state == "unknown":
                yield Found(record.number, unknown, column=6)
            elif state in {"inactive", "voided"}:
                yield Found(record.number, inactive, column=6)
            same = next((code for other, code in again.items() if number in taken[other]), "")
            if same:
                yield Found(record.number, same, column=6)
            taken[wire][number] = kind


def _sureties(transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    """Judge who stands for the bond, and that they stand for all of it together."""
    first_one, others, reinsurers = first(transaction, "40"), of(transaction, "45"), of(transaction, "46")
    if first_one is None:
        if head.cut("3") in NEW:
            yield Found(head.number, "S49")
        return
    own = first_one.cut("3-5")
    yield from _others(own, others)
    if others and not first_one.cut("57-66").strip("0"):
        yield Found(first_one.number, "S56", column=57)
    elif others:
        shares = [record.cut("57-66") for record in (first_one, *others)]
        whole = sum(int(share) for share in shares if share.isdigit())
        if head.cut("8-17").isdigit() and whole != int(head.cut("8-17")):
            yield Found(head.number, "S73", column=8)
    for record in reinsurers:
        if others:
            yield Found(record.number, "SR2")
        elif record.cut("3-5") == own:
            yield Found(record.number, "SR3", column=3)


def _others(own: str, others: Sequence[Record]) -> Iterator[Found]:
    """Tell co-sureties that are the surety, or come twice."""
    seen = {own}
    for record in others:
        code = record.cut("3-5")
        if code in seen:
            yield Found(record.number, "S61" if code == own else "S55", column=3)
        seen.add(code)


def _on_file(state: State, transaction: Sequence[Record], head: Record, filer: str) -> Iterator[Found]:
    """Hold the designation against the bond that is meant."""
    designation, single = head.cut("3"), head.cut("4") == SINGLE
    known = meant(state, transaction)
    active = known is not None and known.release == "accepted"
    if designation == "B":
        if single and active:
            yield Found(head.number, "S07")
        elif not single and _same_continuous(state, transaction, head):
            yield Found(head.number, "S96")
    elif known is None and head.cut("45-53"):
        yield Found(head.number, "S23", column=45)
    elif designation in {"A", "U", "E"} and not active:
        yield Found(head.number, "S65", column=3)
    elif known is None:
        yield Found(head.number, "S10")
    elif known.release == "void" and single:
        yield Found(head.number, "S09")
    elif known.release == "terminated":
        yield Found(head.number, {"T": "S13", "R": "S81"}.get(designation, "S74"))
    elif known.fact("filer") != filer:
        yield Found(head.number, "S80")


def _same_continuous(state: State, transaction: Sequence[Record], head: Record) -> bool:
    principal = first(transaction, "30")
    return principal is not None and any(
        filing.kind == KIND
        and filing.release == "accepted"
        and filing.fact("bond_type") == CONTINUOUS
        and filing.fact("importer") == principal.cut("6-17")
        and filing.fact("activity") == head.cut("5-7")
        for filing in state.filings.values()
    )


def of_summary(ace: Ace, state: State, transaction: Sequence[Record]) -> Iterator[Found]:
    """Hold the single transaction bonds of a summary (AE 31) against the eBonds on file for the entry."""
    head = transaction[0]
    number = f"{head.cut('4-6')}{head.cut('9-16')}"
    single = [record for record in of(transaction, "31") if record.cut("3") == SINGLE]
    filed = [
        filing
        for filing in (state.filings.values() if single else ())
        if filing.kind == KIND and filing.fact("transaction") == number and filing.release != "replaced"
    ]
    for record in single:
        if not filed:
            if weight := ace.onfile.weight("bond-on-file"):
                yield Found(record.number, "752", severity=weight)
            continue
        additional = record.cut("4") == "A"
        alike = [filing for filing in filed if (filing.fact("designation") == "A") is additional]
        yield from _matched(record, head, alike[-1]) if alike else [Found(record.number, "754", column=4)]


def _matched(record: Record, head: Record, bond: Filing) -> Iterator[Found]:
    if bond.release == "void":
        yield Found(record.number, "753")
    elif bond.fact("type") != head.cut("34-35"):
        yield Found(record.number, "755")
    elif bond.fact("amount") != record.cut("9-18").lstrip("0"):
        yield Found(record.number, "756", column=9)
