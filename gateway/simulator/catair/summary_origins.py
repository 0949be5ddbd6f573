"""What an entry summary owes by where its goods come from (catair.md 6.10, 7.2).

Lives here: the province of Canadian goods, and whether a line reports a processing fee at all. Which origins are
free of it is a table of the tester's (`fee_origins.csv`), and how strict this ACE is (`checks.csv`). Never here:
how much the fee is (`summary_sums.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.simulator.catair.conditions import Found, of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Record

_FEE = "499"
_NO_FEE_TYPES = ("11", "12", "23")
_ZONE, _DOMESTIC, _COMPONENT = "06", "D", "V"
_CHARGED = ("98020060", "98020080")


def conditions(ace: Ace, transaction: Sequence[Record], lines: Sequence[Sequence[Record]]) -> Iterator[Found]:
    """Yield what is missing, or stands where it should not."""
    head = transaction[0]
    province = ace.onfile.weight("province")
    for line in lines:
        if province and line[0].cut("9-10") == "CA":
            yield Found(line[0].number, "414", severity=province, column=9)
        if (
            head.cut("34-35") not in _NO_FEE_TYPES
            and head.cut("70") != "Y"
            and line[0].cut("8") != _COMPONENT
        ):
            yield from _fee(ace, head, line)


def _fee(ace: Ace, head: Record, line: Sequence[Record]) -> Iterator[Found]:
    """Say 633 where a fee is missing, 632 where one stands that is not due, nothing where it is not known."""
    free = _freed(ace, head, line)
    told = next((record for record in of(line, "62") if record.cut("3-5") == _FEE), None)
    if free == "yes" and told is not None and (weight := ace.onfile.weight("fee-exempt")):
        yield Found(told.number, "632", severity=weight, column=3)
    elif not free and told is None and (weight := ace.onfile.weight("fee-missing")):
        yield Found(line[0].number, "633", severity=weight)


def _freed(ace: Ace, head: Record, line: Sequence[Record]) -> str:
    """Tell whether a line is free of the fee: `yes`, `perhaps`, "" for no."""
    record, numbers = line[0], [one.cut("3-12") for one in of(line, "50")]
    if any(number.startswith("98") and not number.startswith(_CHARGED) for number in numbers):
        return "yes"
    if head.cut("34-35") == _ZONE and any(one.cut("3") == _DOMESTIC for one in of(line, "41")):
        return "yes"
    # Which programs waive the fee our reference does not say.
    return ace.onfile.fee_origins.get(record.cut("9-10"), "perhaps" if record.cut("25-26") else "")
