"""What an entry summary has on a condition: bonds, payment, sets, zone lines, cases, corrections (catair.md 6.2 to 6.10).

Lives here: groups of rules that look at several records together, with the codes of the error dictionary. Nothing here
looks at the day on which it is asked. Never here: what type and mode ask by themselves (`summary_matrix.py`), and sums.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from gateway.simulator.catair.conditions import Found, first, of
from gateway.simulator.catair.summary_sums import cents

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.simulator.catair.batch import Record

_STATEMENTS = ("2", "3", "5", "6", "7", "8")
_MONTHLY = ("6", "7", "8")
_FREE_OF_BOND = ("11", "12")
_TAXES = ("016", "017", "018", "022")
_REPAIRED = ("98020040", "98020050")
_RETURNED = "98010010"
_POSSESSIONS = ("AS", "GU", "MP", "UM", "VI")
_CHARGES_FROM = 1250
_RETURNED_MAX = 10000
_SATURDAY = 5


def conditions(transaction: Sequence[Record], lines: Sequence[Sequence[Record]]) -> Iterator[Found]:
    """Yield what does not go together."""
    head = transaction[0]
    yield from _bonds(transaction)
    yield from _payment(transaction, head)
    yield from _dates(transaction, head, lines)
    yield from _filing(transaction, head, lines)
    yield from _correction(transaction, head)
    yield from _sets(lines)
    for line in lines:
        yield from _line(head, line)
        yield from _cases(line)
        if head.cut("34-35") == "06":
            yield from _zone(line)


def day(text: str) -> date | None:
    """Read MMDDYY; None for anything that is no day."""
    if len(text) != 6 or not text.isdigit():
        return None
    try:
        return date(2000 + int(text[4:]), int(text[:2]), int(text[2:4]))
    except ValueError:
        return None


def _bonds(transaction: Sequence[Record]) -> Iterator[Found]:
    """One basic bond, or one and an additional one for a single transaction."""
    bonds = of(transaction, "31")
    continuous = [bond for bond in bonds if bond.cut("3") == "8"]
    if len(continuous) > 1:
        yield Found(continuous[1].number, "193", column=3)
    for bond in bonds:
        single, amount = bond.cut("3") == "9", bond.cut("9-18")
        if single and not amount:
            yield Found(bond.number, "265", column=9)
        elif single and not amount.strip("0"):
            yield Found(bond.number, "240", column=9)
        elif not single and amount:
            yield Found(bond.number, "214", column=9)
        if not single and bond.cut("19-28"):
            yield Found(bond.number, "126", column=19)
        if not single and bond.cut("4") not in {"", "B"}:
            yield Found(bond.number, "267", column=4)
    basic = [bond for bond in bonds if bond.cut("4") != "A"]
    if bonds and not basic:
        yield Found(bonds[0].number, "269", column=4)
    elif len(basic) > 1 and len(continuous) < len(bonds):
        yield Found(basic[1].number, "268", column=4)


def _payment(transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    kind, printed, month, branch = (head.cut(key) for key in ("51", "52-57", "58-59", "60-61"))
    if head.cut("65") == "Y":
        return
    if kind in _STATEMENTS and not printed:
        yield Found(head.number, "202", column=52)
    elif kind not in _STATEMENTS and printed:
        yield Found(head.number, "199", column=52)
    if kind in _MONTHLY and not month:
        yield Found(head.number, "211", column=58)
    elif kind not in _MONTHLY and month:
        yield Found(head.number, "200", column=58)
    if branch and kind not in _STATEMENTS:
        yield Found(head.number, "201", column=60)
    on, party = day(printed), first(transaction, "11")
    if on is not None and on.weekday() >= _SATURDAY:
        yield Found(head.number, "204", column=52)
    entered = day(party.cut("42-47")) if party else None
    if on is not None and entered is not None and entered > on:
        yield Found(head.number, "218", column=52)
    if kind in _MONTHLY and (taxed := of(transaction, "60")):
        yield Found(taxed[0].number, "718")


def _dates(transaction: Sequence[Record], head: Record, lines: Sequence[Sequence[Record]]) -> Iterator[Found]:
    """Export, importation, move under bond and entry in their order."""
    party, carrier = first(transaction, "11"), first(transaction, "20")
    entered = day(party.cut("42-47")) if party else None
    imported = day(party.cut("48-53")) if party else None
    moved = day(carrier.cut("52-57")) if carrier else None
    if carrier is not None and moved is not None:
        if imported is not None and imported > moved:
            yield Found(carrier.number, "190", column=52)
        if entered is not None and moved > entered and head.cut("34-35") != "23":
            yield Found(carrier.number, "191", column=52)
    for line in lines:
        exported = day(line[0].cut("13-18"))
        for later, code in ((imported, "426"), (moved, "420"), (entered, "427")):
            if exported is not None and later is not None and exported > later:
                yield Found(line[0].number, code, column=13)
                break


def _filing(
    transaction: Sequence[Record], head: Record, lines: Sequence[Sequence[Record]]
) -> Iterator[Found]:
    """Certification, consolidation, express, temporary importation, reconciliation."""
    party = first(transaction, "11")
    if head.cut("40") == "A":
        yield from _certified(head, party)
    if head.cut("42") == "Y":
        yield from _consolidated(head, of(transaction, "32"), lines)
    if head.cut("70") == "Y":
        yield from _express(transaction, head)
    if head.cut("69") == "Y" and head.cut("34-35") != "23":
        yield Found(head.number, "315", column=69)
    for line in lines if head.cut("34-35") == "23" else ():
        if not any(one.cut("3-6") == "9813" for one in of(line, "50")):
            yield Found(line[0].number, "676")
    if head.cut("46") or head.cut("47-49"):
        yield from _reconciled(transaction, head, party)


def _certified(head: Record, party: Record | None) -> Iterator[Found]:
    for column, code in ((42, "147"), (65, "271"), (70, "785"), (41, "312")):
        if head.cut(str(column)) == "Y":
            yield Found(head.number, code, column=40)
    if party is not None and not party.cut("42-47"):
        yield Found(party.number, "124", column=42)


def _consolidated(
    head: Record, releases: Sequence[Record], lines: Sequence[Sequence[Record]]
) -> Iterator[Found]:
    if not releases:
        yield Found(head.number, "232")
    for release in releases:
        for filer, number in (("3-5", "8-15"), ("16-18", "21-28"), ("29-31", "34-41")):
            if release.cut(filer) and release.cut(filer) != head.cut("4-6"):
                yield Found(release.number, "236", column=3)
            elif release.cut(number) and release.cut(number) == head.cut("9-16"):
                yield Found(release.number, "239", column=8)
    if head.cut("43"):
        yield Found(head.number, "644", column=43)
    exports = {line[0].cut("11-12") for line in lines} - {""}
    origins = {line[0].cut("9-10") for line in lines} - {"", "US"}
    if len(exports) > 1:
        yield Found(lines[-1][0].number, "702", column=11)
    if len(origins) > 1:
        yield Found(lines[-1][0].number, "703", column=9)


def _express(transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    if head.cut("34-35") != "11":
        yield Found(head.number, "B75", column=70)
    if head.cut("42") == "Y":
        yield Found(head.number, "784", column=70)
    if head.cut("43"):
        yield Found(head.number, "789", column=43)
    for wire, code in (("34", "786"), ("60", "787"), ("62", "788")):
        for record in of(transaction, wire):
            yield Found(record.number, code)


def _reconciled(transaction: Sequence[Record], head: Record, party: Record | None) -> Iterator[Found]:
    issue = head.cut("47-49")
    if issue and head.cut("34-35") == "02" and issue not in {"001", "003", "005"}:
        yield Found(head.number, "156", column=47)
    if party is not None and not party.cut("48-53"):
        yield Found(party.number, "127", column=48)
    bonds = of(transaction, "31")
    if not any(bond.cut("3") == "8" for bond in bonds):
        yield Found((bonds or [head])[0].number, "154")


def _correction(transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    """Hold a post summary correction to its words and to what it leaves out; others have none of the words."""
    if head.cut("65") != "Y":
        if head.cut("66"):
            yield Found(head.number, "276", column=66)
        return
    words = of(transaction, "36")
    if not words or " ".join(one.cut("3-77") for one in words).strip(". ") in {"", "N/A", "NONE"}:
        yield Found((words or [head])[0].number, "287")
    if not of(transaction, "35") and not any(one.text.startswith("63") for one in transaction):
        yield Found(head.number, "748")
    for columns, code in (("42", "270"), ("44", "272"), ("46", "273"), ("47-49", "274"), ("51", "217")):
        if head.cut(columns):
            yield Found(head.number, code, column=int(columns.partition("-")[0]))
    carrier = first(transaction, "20")
    if carrier is not None and carrier.cut("17-20"):
        yield Found(carrier.number, "280", column=17)


def _sets(lines: Sequence[Sequence[Record]]) -> Iterator[Found]:
    """Tell a header without two components, a component without one, a first one with another tariff number."""
    header: Sequence[Record] | None = None
    count = 0
    for line in [*lines, []]:
        role = line[0].cut("8") if line else ""
        if role == "V":
            count += 1
            if header is None:
                yield Found(line[0].number, "404", column=8)
            elif count == 1 and not _shared(header, line):
                yield Found(line[0].number, "406", column=8)
            yield from (Found(one.number, "445", column=14) for one in of(line, "50") if cents(one, "14-23"))
            continue
        if header is not None and count < 2:
            yield Found(header[0].number, "405", column=8)
        header, count = (line if role == "X" else None), 0
        if role == "X":
            yield from _header(line)


def _shared(header: Sequence[Record], line: Sequence[Record]) -> bool:
    return bool({one.cut("3-12") for one in of(header, "50")} & {one.cut("3-12") for one in of(line, "50")})


def _header(line: Sequence[Record]) -> Iterator[Found]:
    for record in of(line, "60"):
        yield Found(record.number, "476")
    for record in of(line, "53"):
        yield Found(record.number, "507")
    for record in of(line, "62"):
        if record.cut("3-5") not in {"499", "501"}:
            yield Found(record.number, "478", column=3)


def _line(head: Record, line: Sequence[Record]) -> Iterator[Found]:
    """Charges, tariff numbers once, the statement of non-reimbursement."""
    record, tariffs = line[0], of(line, "50")
    value = sum(cents(one, "25-34") for one in tariffs)
    numbers = [one.cut("3-12") for one in tariffs]
    free = (
        head.cut("34-35") in _FREE_OF_BOND
        or head.cut("36-37") == "60"
        or record.cut("8") == "V"
        or record.cut("9-10") in _POSSESSIONS
        or any(number.startswith(_REPAIRED) for number in numbers)
        or (value <= _RETURNED_MAX and any(number.startswith(_RETURNED) for number in numbers))
    )
    if value > _CHARGES_FROM and not free and not record.cut("27-36").strip("0"):
        yield Found(record.number, "664", column=27)
    for turn, tariff in enumerate(tariffs):
        if numbers[turn] and numbers[turn] in numbers[:turn]:
            yield Found(tariff.number, "436", column=3)
    cases = of(line, "53")
    if record.cut("60") and not any(case.cut("3") == "A" for case in cases):
        yield Found(record.number, "452", column=60)


def _cases(line: Sequence[Record]) -> Iterator[Found]:
    seen: set[str] = set()
    for case in of(line, "53"):
        letter = case.cut("3")
        if letter in seen:
            yield Found(case.number, "545", column=3)
        seen.add(letter)
        value, quantity = cents(case, "25-34"), cents(case, "35-46")
        if case.cut("22") == "A" and quantity:
            yield Found(case.number, "541", column=35)
        elif case.cut("22") == "S" and value:
            yield Found(case.number, "542", column=25)
        elif case.cut("22") == "S" and not quantity:
            yield Found(case.number, "575", column=35)


def _zone(line: Sequence[Record]) -> Iterator[Found]:
    for zone in of(line, "41"):
        status, filed = zone.cut("3"), zone.cut("4-9")
        if status not in {"P", "N", "D"}:
            yield Found(zone.number, "671", column=3)
        elif status == "P" and not filed:
            yield Found(zone.number, "674", column=4)
        elif status != "P" and filed:
            yield Found(zone.number, "673", column=4)
        if not zone.cut("10-19"):
            yield Found(zone.number, "681", column=10)
        elif not zone.cut("10-19").strip("0"):
            yield Found(zone.number, "683", column=10)
