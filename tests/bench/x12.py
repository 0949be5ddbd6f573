"""X12: reading and validating against bare split loops and pyx12, in one run.

The floor is `for s in data.split(b"~"): s.split(b"*")`, which keeps and checks nothing. Files are
made here: 810s of 50 lines and 309s of 100 bills, of 1, 10 and 50 MB.
"""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyx12.params
import pyx12.x12file
import pyx12.x12n_document

from gateway import iter_translations
from gateway.flow.translate import load_tables, take
from gateway.formats.x12.format import FORMAT
from gateway.quick import COMPILED
from gateway.specs import Limits, Specs
from gateway.specs.pyx12_maps import write_folder
from gateway.tree import walk
from tests.bench.twins import entries_of, plain_python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MB = 1_000_000
SIZES_MB = (1, 10, 50)
SMALL_BYTES = 100_000  # pyx12 validates a tenth of a megabyte a second
LIMITS = Limits(interchange_bytes_max=64 * 1024 * 1024, transactions_max=1_000_000)
_PARTIES = (
    "N1*SH*CERAMICA DO VALE LTDA",
    "N3*RUA DAS ACACIAS 410*DISTRITO INDUSTRIAL",
    "N4*JOINVILLE*SC*89219*BR",
    "N1*CN*CHESAPEAKE TILE SUPPLY INC",
    "N3*2200 HARBOR POINT ROAD",
    "N4*BALTIMORE*MD*21226*US",
)


def manifest(bills: int) -> list[str]:
    """Give the segments of a 309 with that many bills, each in its container."""
    found = [f"M10*NVLN*O*PA*9283186*NORDIC HERON*052E*000123*{bills}*W*L", f"P4*1303*20261203*{bills}*K123"]
    for number in range(1, bills + 1):
        found += [
            f"LX*{number}",
            f"M11*JOI26{number:05}*35143*1180*CTN*24500*K*28*X*00*JOINVILLE**NVLN",
            f"N9*BN*BK26{number:05}",
            *_PARTIES,
            f"VID*CN*HXLU*{4410000 + number}*NV{70000 + number}*****45G1*L*PP",
            "N10*1180*CERAMIC FLOOR TILES GLAZED*CHESAPEAKE LOT 88*J*690721*18420*K*24500**CTN*BR*BR*USD",
        ]
    return found


def invoice(lines: int) -> list[str]:
    """Give the segments of an 810 with that many lines."""
    found = [
        "BIG*20261120*INV77120**PO5521***DI",
        "CUR*SE*USD",
        "REF*BM*JOI260231",
        "N1*SE*MOVEIS PINHAL EXPORTADORA",
        "N3*RODOVIA BR 280 KM 44",
        "N4*SAO BENTO DO SUL*SC*89280*BR",
        "N1*BY*BLUE HERON FURNITURE CO*FI*123456789",
        "ITD*01*3*****30",
        "FOB*CC*ZZ*SANTOS*01*FOB",
    ]
    for number in range(1, lines + 1):
        found += [
            f"IT1*{number}*{10 * number}*EA*12.5**HD*9403509045*VP*SKU{number:05}",
            f"PID*F****WOODEN BED FRAME MODEL {number}",
        ]
    return [*found, f"TDS*{lines * 1000}", f"CTT*{lines}"]


def file(message: str, size: int) -> bytes:
    """Give an interchange of one group, about `size` bytes long."""
    body = manifest(100) if message == "309" else invoice(50)
    inside = "~".join(body) + "~"
    count = max(1, size // len(inside))
    code = "SO" if message == "309" else "IN"
    isa = "ISA*00*          *00*          *02*NVLN           *ZZ*USCSTEST       *261125*0930*U*00401*000000001*0*T*>~"
    sets = "".join(
        f"ST*{message}*{number:09}~{inside}SE*{len(body) + 2}*{number:09}~" for number in range(1, count + 1)
    )
    return (
        f"{isa}GS*{code}*NVLN*USCSTEST*20261125*0930*1*X*004010~{sets}GE*{count}*1~IEA*1*000000001~".encode()
    )


def split(data: bytes) -> None:
    """Cut everything and keep nothing: the floor."""
    for segment in data.split(b"~"):
        segment.split(b"*")


_KEYS = tuple(f"{number:02}" for number in range(100))


def kept(text: str) -> list[list[str]]:
    """Do the same and keep the pieces."""
    return [segment.split("*") for segment in text.split("~")]


def keyed(text: str) -> list[dict[str, str]]:
    """Make of each segment what a JSON object is made of in Python: a dict of its values."""
    return [
        {key: one for key, one in zip(_KEYS, segment.split("*"), strict=False) if one}
        for segment in text.split("~")
    ]


def best(work: Callable[[], object], times: int = 3) -> float:
    """Give the shortest of several runs, in CPU seconds."""
    found = float("inf")
    for _ in range(times):
        before = time.process_time()
        work()
        found = min(found, time.process_time() - before)
    return found


def run() -> list[tuple[str, float, str]]:
    """Give name, ratio and unit of each measurement."""
    logging.disable(logging.ERROR)
    try:
        return list(_rows())
    finally:
        logging.disable(logging.NOTSET)


def _rows() -> Iterator[tuple[str, float, str]]:
    specs = Specs()
    for message in ("309", "810"):
        for megabytes in SIZES_MB:
            data = file(message, megabytes * MB)
            FORMAT.read(data[:2000], specs, LIMITS)
            floor = best(lambda: split(data))  # noqa: B023 - called at once
            read = partial(FORMAT.read, data, specs, LIMITS)
            ours = best(read)
            yield f"{message}, {megabytes} MB: read and validate", floor / ours, "of bare split loops"
            if COMPILED and megabytes == 1:
                yield (
                    f"{message}, 1 MB: read and validate, without the compiled part",
                    floor / unaided(read),
                    "of bare split loops",
                )
        yield from _others(message, specs)
    for what, call in (("reading", "iter_transactions"), ("entries", "iter_translations")):
        yield (
            f"peak memory of streaming 50 MB: {what}",
            peak(file("309", 50 * MB), call) / 100,
            "of the 100 MB allowed",
        )


def unaided(work: Callable[[], object]) -> float:
    """Give the shortest of several runs without the compiled part."""
    with plain_python():
        return best(work)


def _others(message: str, specs: Specs) -> Iterator[tuple[str, float, str]]:
    """Compare with pyx12 and with what follows reading, on a file that pyx12 can finish."""
    data = file(message, SMALL_BYTES)
    result = FORMAT.read(data, specs, LIMITS)
    assert result.all_findings() == []
    assert result.transactions[0].root.accepted  # type: ignore[attr-defined]
    ours = best(lambda: FORMAT.read(data, specs, LIMITS))
    floor = best(lambda: split(data))
    tree = best(lambda: [list(walk(one.root, "-")) for one in FORMAT.read(data, specs, LIMITS).transactions])
    yield f"{message}: every leaf with its address", floor / tree, "of bare split loops"
    tables = load_tables()
    whole = partial(entries_of, data, tables)
    canonical = best(whole)
    yield f"{message}: entries as JSON", floor / canonical, "of bare split loops"
    if COMPILED:
        in_python = unaided(whole)
        yield (
            f"{message}: entries as JSON, without the compiled part",
            floor / in_python,
            "of bare split loops",
        )
        yield f"{message}: the compiled part", in_python / canonical, "times as fast"
    texts = [one.plain for one in take(data, tables, LIMITS).translations]
    dumped = best(lambda: [json.dumps(one) for one in texts])
    yield f"{message}: of that, json.dumps alone", floor / dumped, "of bare split loops"
    for what, work in (("kept", kept), ("kept, a dict a segment", keyed)):
        plain = best(lambda: work(data.decode("latin-1")))  # noqa: B023 - called at once
        yield f"{message}: the pieces {what}", floor / plain, "of bare split loops"
    lineage = best(lambda: [one.lineage for one in take(data, tables, LIMITS).translations])
    yield f"{message}: entries and the lineage of each value", floor / lineage, "of bare split loops"
    megabyte = file(message, MB)
    floor_mb = best(lambda: split(megabyte))
    streamed = best(lambda: [one.json for one in iter_translations(io.BytesIO(megabyte))])
    yield f"{message}, 1 MB: entries as JSON, streamed", floor_mb / streamed, "of bare split loops"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.x12"
        source.write_bytes(data)
        reader = best(lambda: list(pyx12.x12file.X12Reader(str(source))))
        yield f"{message}: read and validate against pyx12's reader", reader / ours, "times as fast"
        # What is known of omniparser was measured beside it: 0.8 to 1.14 of this reader's speed.
        yield f"{message}: entries as JSON against pyx12's reader", reader / canonical, "times as fast"
        maps = Path(folder) / "maps"
        write_folder(specs, "004010", maps)
        full = best(
            lambda: pyx12.x12n_document.x12n_document(
                pyx12.params.params(), str(source), io.StringIO(), None, map_path=str(maps)
            ),
            1,
        )
        yield f"{message}: read and validate against pyx12's validation", full / ours, "times as fast"


_CHILD = """
import sys
import gateway
with open(sys.argv[1], "rb") as file:
    count = sum(1 for one in getattr(gateway, sys.argv[2])(file))
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print(count, peak)
"""


def peak(data: bytes, call: str = "iter_transactions") -> float:
    """Give the peak memory of a process that streams such a file, in MB, the interpreter included."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.edi"
        source.write_bytes(data)
        child = [sys.executable, "-c", _CHILD, str(source), call]
        said = subprocess.run(child, capture_output=True, text=True, check=True).stdout.split()
    return int(said[1]) / 1000
