"""WCO XML: reading and validating against what lxml alone takes to parse and validate.

The document is the declaration of twelve items among the fixtures, and the same items
over again up to 999. lxml with a compiled schema is the floor: it gives a verdict, no
spans, no findings in words, no limits.
"""

from __future__ import annotations

import re
import time
import tracemalloc
from datetime import date
from typing import TYPE_CHECKING

from lxml import etree

from gateway.finding import Severity
from gateway.flow.translate import Taken, load_tables, take
from gateway.formats.wco import FORMAT
from gateway.formats.wco.schema import compiled, parser
from gateway.specs import Limits, Specs, data_root
from gateway.tree import walk

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = date(2026, 11, 25)
_ITEM = re.compile(rb"      <GovernmentAgencyGoodsItem>.*?</GovernmentAgencyGoodsItem>\n", re.DOTALL)
_SEQUENCE = re.compile(rb"(<SequenceNumeric>)[0-9]+(</SequenceNumeric>)")


def declaration(items: int) -> bytes:
    """Give the declaration of the fixtures with that many items, numbered from 1."""
    data = (data_root() / "fixtures" / "wco" / "DEC" / "twelve-items.xml").read_bytes()
    found = _ITEM.findall(data)
    made = [
        _SEQUENCE.sub(rb"\g<1>%d\g<2>" % (index + 1), found[index % len(found)], count=1)
        for index in range(items)
    ]
    start, end = data.index(found[0]), data.index(found[-1]) + len(found[-1])
    counted = re.sub(rb"(<GoodsItemQuantity>)[0-9]+", rb"\g<1>%d" % items, data[:start])
    return counted + b"".join(made) + data[end:]


def _best(work: Callable[[], object], seconds: float = 0.5) -> float:
    """Give the shortest of several runs, in seconds."""
    best, end = float("inf"), time.process_time() + seconds
    while time.process_time() < end:
        before = time.process_time()
        work()
        best = min(best, time.process_time() - before)
    return best


def run() -> list[tuple[str, float, str]]:
    """Give name, ratio and unit of each measurement; lower is better."""
    specs, limits, tables = Specs(), Limits(), load_tables()
    schema = compiled(data_root(), "uk-cds", "MetaData")
    rows = []
    for items in (12, 999):
        data = declaration(items)
        interchange = FORMAT.read(data, specs, limits)
        assert not interchange.all_findings()

        def floor(data: bytes = data) -> bool:
            return schema.validate(etree.fromstring(data, parser()))

        def tree(data: bytes = data) -> int:
            read = FORMAT.read(data, specs, limits)
            return sum(1 for transaction in read.transactions for _ in walk(transaction.root, ""))

        def whole(data: bytes = data) -> Taken:
            return take(data, tables, limits, on=DAY)

        assert not [one for one in whole().findings if one.severity is Severity.ERROR]
        bare = _best(floor)
        ours = _best(lambda data=data: FORMAT.read(data, specs, limits))
        rows.append((f"WCO XML, {items} items: read and validate", ours / bare, "x lxml parse and validate"))
        rows.append(
            (f"WCO XML, {items} items: and walk every leaf", _best(tree) / bare, "x lxml parse and validate")
        )
        mapped = _best(lambda data=data: take(data, tables, limits))
        rows.append(
            (f"WCO XML, {items} items: and map to plain values", mapped / bare, "x lxml parse and validate")
        )
        rows.append(
            (
                f"WCO XML, {items} items: and judge by every rule",
                _best(whole) / bare,
                "x lxml parse and validate",
            )
        )
        tracemalloc.start()
        kept = whole()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert kept.ok
        rows.append(
            (
                f"WCO XML, {items} items: peak memory of the whole way, Python's part",
                peak / len(data),
                "x the document",
            )
        )
    return rows


if __name__ == "__main__":
    for name, ratio, unit in run():
        print(f"{name}: {ratio:.2f} {unit}")
