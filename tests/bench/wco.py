"""WCO XML: reading and validating against what lxml alone takes to parse and validate.

The document is the declaration of twelve items among the fixtures, and the same items
over again up to 999. lxml with a compiled schema is the floor: it gives a verdict, no
spans, no findings in words, no limits.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
import tracemalloc
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

from gateway.finding import Severity
from gateway.flow.translate import Taken, load_tables, take
from gateway.formats.wco.format import FORMAT
from gateway.formats.wco.schema import compiled
from gateway.specs import Limits, Specs, data_root
from gateway.tree import walk

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = date(2026, 11, 25)
_ITEM = re.compile(rb"      <GovernmentAgencyGoodsItem>.*?</GovernmentAgencyGoodsItem>\n", re.DOTALL)
_AMOUNT = re.compile(rb"(<[A-Za-z]+Amount[^>]*>)[0-9.]+<")
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


def varied(data: bytes) -> bytes:
    """Give a declaration in which no two amounts are the same."""
    numbers = count(1)

    def other(match: re.Match[bytes]) -> bytes:
        return b"%s%d.%02d<" % (match[1], *divmod(next(numbers), 100))

    return _AMOUNT.sub(other, data)


def floor_parser() -> etree.XMLParser:
    """Make the parser of the floor: safe with strangers' documents, and everything else as it comes."""
    return etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)


def resident(data: bytes, work: str) -> float:
    """Give by how much a process grows at most that takes one document, lxml's part in it, in documents.

    It has taken the small declaration before, so that tables and schemas are there.
    """
    code = f"from tests.bench.wco import grown; print(grown({work!r}))"
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    return float(done.stdout) / len(data)


def grown(work: str) -> int:
    """Give by how many bytes this process grows at most while it takes what stands on its input."""
    data = sys.stdin.buffer.read()
    tables, limits = load_tables(), Limits()
    taken = {"whole": partial(take, tables=tables, limits=limits, on=DAY), "floor": etree.fromstring}
    taken[work](declaration(12))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _high_water()
    taken[work](data)
    return _high_water() - before


def _high_water() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _beside(work: Callable[[], object], floor: Callable[[], object], seconds: float = 1.0) -> float:
    """Give how many times as long as the floor something takes: the shortest of each, run in turn."""
    ours = bare = float("inf")
    end = time.process_time() + seconds
    while time.process_time() < end:
        begin = time.process_time()
        floor()
        between = time.process_time()
        work()
        ours = min(ours, time.process_time() - between)
        bare = min(bare, between - begin)
    return ours / bare


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
            return schema.validate(etree.fromstring(data, floor_parser()))

        def tree(data: bytes = data) -> int:
            read = FORMAT.read(data, specs, limits)
            return sum(1 for transaction in read.transactions for _ in walk(transaction.root, ""))

        def plain(data: bytes = data) -> dict[str, Any]:
            return take(data, tables, limits).translations[0].plain

        def whole(data: bytes = data) -> Taken:
            return take(data, tables, limits, on=DAY)

        assert not [one for one in whole().findings if one.severity is Severity.ERROR]
        other = varied(data)
        works = {
            "read and validate": (partial(FORMAT.read, data, specs, limits), floor),
            "and walk every leaf": (tree, floor),
            "and map to plain values": (plain, floor),
            "and judge by every rule": (whole, floor),
            "the same, no two amounts alike": (partial(whole, other), partial(floor, other)),
        }
        rows += [
            (f"WCO XML, {items} items: {name}", _beside(*work), "x lxml parse and validate")
            for name, work in works.items()
        ]
        tracemalloc.start()
        kept = whole()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert kept.ok
        del kept, interchange
        rows.append(
            (
                f"WCO XML, {items} items: peak memory of the whole way, Python's part",
                peak / len(data),
                "x the document",
            )
        )
    rows += [
        (
            f"WCO XML, 999 items: growth of a process, {name}",
            resident(declaration(999), work),
            "x the document",
        )
        for name, work in (("the whole way", "whole"), ("lxml's tree alone", "floor"))
    ]
    return rows


if __name__ == "__main__":
    for name, ratio, unit in run():
        print(f"{name}: {ratio:.2f} {unit}")
