"""CATAIR against a bare slicing loop: what reading, judging, mapping and writing cost above cutting columns.

The loop is the floor: it cuts each record of 80 and each field of its layout, and judges
nothing. The goal is to read and judge at no less than a fifth of it.
"""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

from gateway.flow.translate import load_tables
from gateway.formats.catair.format import FORMAT
from gateway.mapping import translate, write
from gateway.specs import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.flow.translate import Tables
    from gateway.mapping import Mapping

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "catair"
COPIES = 400
ROUNDS = 5


def _many(name: str) -> bytes:
    """Repeat the transactions of a fixture inside one block."""
    data = (FIXTURES / name).read_bytes()
    return data[:160] + data[160:-160] * COPIES + data[-160:]


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = process_time()
        work()
        times.append(process_time() - begun)
    return min(times)


def _floor(data: bytes, cuts: dict[str, list[tuple[int, int]]]) -> list[list[str]]:
    """Cut records and columns with nothing but slices; the id chooses the columns."""
    text = data.decode("latin-1")
    rows = []
    for start in range(0, len(text), 80):
        record = text[start : start + 80]
        columns = cuts.get(record[:4]) or cuts.get(record[:2]) or cuts.get(record[:1]) or ()
        rows.append([record[first:last] for first, last in columns])
    return rows


def run() -> list[tuple[str, float, str]]:
    """Measure; ratios above 1 are slower than the loop."""
    tables = load_tables()
    rows: list[tuple[str, float, str]] = []
    for message, version, name in (
        ("SE", "v40", "SE/three-bills.txt"),
        ("AE", "v109", "AE/quota-license.txt"),
    ):
        data = _many(name)
        records = len(data) // 80
        spec = tables.specs.message("catair", message, version)
        cuts = {
            record.wire: [(field.start - 1, field.end) for field in record.layouts[-1][1].fields]
            for record in spec.records.values()
        }
        floor = _best(lambda data=data, cuts=cuts: _floor(data, cuts))
        found = FORMAT.read(data, tables.specs, Limits())
        assert not found.all_findings()
        read = _best(lambda data=data: FORMAT.read(data, tables.specs, Limits()))
        mapping = tables.mappings.get("catair", message, version)
        some = found.transactions[:40]
        part = sum(_count(one.root) for one in some)
        mapped = min(_mapped(data, tables, mapping) for _ in range(ROUNDS))
        plains = [translate(mapping, one).plain for one in some]
        made = _best(lambda plains=plains, mapping=mapping: [write(mapping, one) for one in plains])
        put = _best(lambda found=found: FORMAT.write(found, tables.specs))
        rows += [
            (f"{message}: the slicing loop", records / floor / 1e6, "million records a second"),
            (f"{message}: read and validate, time beside the loop", read / floor, "times (goal: 5 at most)"),
            (
                f"{message}: map to the entry, time beside the loop",
                mapped / part / (floor / records),
                "times",
            ),
            (
                f"{message}: map from the entry, time beside the loop",
                made / part / (floor / records),
                "times",
            ),
            (f"{message}: write what was read, time beside the loop", put / floor, "times"),
        ]
    return rows


def _mapped(data: bytes, tables: Tables, mapping: Mapping) -> float:
    """Time the mapping of transactions that nobody has looked into: records are cut once."""
    some = FORMAT.read(data, tables.specs, Limits()).transactions[:40]
    begun = process_time()
    for one in some:
        translate(mapping, one)
    return process_time() - begun


def _count(node) -> int:
    return (1 if not node.children else 0) + sum(_count(child) for child in node.children)
