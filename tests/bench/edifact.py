"""EDIFACT: reading and validating against bare split loops and pydifact, in one run.

The floor cuts segments, elements and components as small parsers for node do: three `split` loops that
keep and check nothing and know no release character. Files are made here: CUSDECs of 40 items and CUSCARs of 100 bills. pydifact cuts
segments into lists; it has no tables of messages, so it validates nothing of what ours does.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING

from pydifact.segmentcollection import RawSegmentCollection

from gateway.flow.translate import load_tables, outgoing, take
from gateway.formats.edifact.format import FORMAT
from gateway.quick import COMPILED
from gateway.specs import Limits, Specs
from gateway.tree import Envelope, walk
from tests.bench.twins import entries_of
from tests.bench.x12 import best, peak, unaided

if TYPE_CHECKING:
    from collections.abc import Iterator

MB = 1_000_000
SIZES_MB = (1, 10)
SMALL_BYTES = 100_000
LIMITS = Limits(interchange_bytes_max=64 * 1024 * 1024, transactions_max=1_000_000, segments_max=10_000_000)
ENVELOPE = Envelope(sender="GATEWAY", receiver="ACE", control=7, at="2026-11-09T10:00:00+00:00")
_HEAD = (
    "BGM+929+LRN26-004417+9",
    "CST++IM:105",
    "LOC+22+NL000510",
    "LOC+35+VN",
    "DTM+132:20261109:102",
    "GIS+23",
    "FTX+CUS+++GOODS ARE UNLOADED ON ARRIVAL",
    "RFF+ABE:LRN26-004417",
    "TDT+11+014W+1++HLMX:172:182+++9321483::11:MV NORTHERN STAR:NL",
    "DOC+380+INV-5521",
    "DTM+137:20261015:102",
    "NAD+IM+NL001234567::144++VAN DIJK KEUKENS BV+KADE 14+ROTTERDAM++3011AA+NL",
    "NAD+SE+++SAIGON CERAMICS EXAMPLE CO+12 LE LOI EXAMPLE+HO CHI MINH CITY+++VN",
    "TOD+++CIF",
    "MOA+39:18250.00:USD",
    "UNS+D",
)


def declaration(items: int) -> list[str]:
    """Give the segments of a CUSDEC with that many items."""
    found = list(_HEAD)
    for number in range(1, items + 1):
        found += [
            f"CST+{number}+69120025:122+4000:117",
            f"FTX+AAA+++CERAMIC TABLEWARE, GLAZED, MODEL {number}",
            "LOC+27+VN",
            "MEA+WT+G+KGM:1180.5",
            "MEA+WT+AAF+KGM:1100",
            "PAC+48++CT",
            f"PCI++VDK/2026/{number}-48",
            "MOA+66:18250.00:USD",
            "DOC+864+VNREX0012345",
            "TAX+1+CUD+++:::12+S",
            "MOA+55:2023.89:EUR",
        ]
    return [*found, "UNS+S", f"CNT+5:{items}"]


def report(bills: int) -> list[str]:
    """Give the segments of a CUSCAR with that many bills."""
    found = [
        "BGM+785+HLMX014W26+9",
        "DTM+132:202611091430:203",
        "NAD+CA+HLMX:172:182",
        "TDT+20+014W+1++HLMX:172:182+++9321483::11:MV NORTHERN STAR:NL",
        "LOC+60+NLRTM",
        "GIS+68",
    ]
    for number in range(1, bills + 1):
        found += [
            f"CNI+{number}+HLMXSGN26{number:05}::HLMX",
            f"RFF+BM:HLMXSGN26{number:05}",
            "LOC+9+VNSGN",
            "LOC+11+NLRTM",
            "NAD+CZ+++SAIGON CERAMICS EXAMPLE CO+12 LE LOI EXAMPLE+HO CHI MINH CITY+++VN",
            "NAD+CN+++VAN DIJK KEUKENS BV+KADE 14+ROTTERDAM++3011AA+NL",
            "GID+1+48:CT",
            "FTX+AAA+++CERAMIC TABLEWARE, GLAZED",
            "MEA+AAE+AAB+KGM:1240.5",
            f"PCI++VDK/2026/{number}-48",
        ]
    return found


def file(message: str, size: int) -> bytes:
    """Give an interchange of D.96B, about `size` bytes long."""
    body = declaration(40) if message == "CUSDEC" else report(100)
    inside = "".join(f"{line}'" for line in body)
    count = max(1, size // len(inside))
    messages = "".join(
        f"UNH+{number}+{message}:D:96B:UN'{inside}UNT+{len(body) + 2}+{number}'"
        for number in range(1, count + 1)
    )
    return f"UNA:+.? 'UNB+UNOB:3+BROKER01:ZZZ+GATEWAY:ZZZ+261109:0915+1'{messages}UNZ+{count}+1'".encode()


def split(data: bytes) -> None:
    """Cut everything and keep nothing: the floor."""
    for segment in data.split(b"'"):
        for element in segment.split(b"+"):
            element.split(b":")


def halves(data: bytes) -> None:
    """Cut segments and elements only, as much as the floor of X12 does."""
    for segment in data.split(b"'"):
        segment.split(b"+")


def run() -> list[tuple[str, float, str]]:
    """Give name, ratio and unit of each measurement."""
    with warnings.catch_warnings():
        # pydifact warns for each segment whose table it does not ship.
        warnings.simplefilter("ignore")
        return list(_rows())


def _rows() -> Iterator[tuple[str, float, str]]:
    specs = Specs()
    for message in ("CUSDEC", "CUSCAR"):
        for megabytes in SIZES_MB:
            data = file(message, megabytes * MB)
            FORMAT.read(file(message, 1), specs, LIMITS)
            floor = best(lambda: split(data))  # noqa: B023 - called at once
            ours = best(lambda: FORMAT.read(data, specs, LIMITS))  # noqa: B023 - called at once
            yield f"{message}, {megabytes} MB: read and validate", floor / ours, "of bare split loops"
            if COMPILED and megabytes == 1:
                without = floor / unaided(partial(FORMAT.read, data, specs, LIMITS))
                yield (
                    f"{message}, 1 MB: read and validate, without the compiled part",
                    without,
                    "of bare split loops",
                )
            lower = best(lambda: halves(data))  # noqa: B023 - called at once
            yield f"{message}, {megabytes} MB: the same", lower / ours, "of loops without components"
        yield from _others(message, specs)
    yield "peak memory of streaming 50 MB", peak(file("CUSDEC", 50 * MB)) / 100, "of the 100 MB allowed"


def _others(message: str, specs: Specs) -> Iterator[tuple[str, float, str]]:
    """Compare with pydifact and with what follows reading, on a file that pydifact finishes soon."""
    data = file(message, SMALL_BYTES)
    result = FORMAT.read(data, specs, LIMITS)
    assert result.all_findings() == []
    floor = best(lambda: split(data))
    ours = best(lambda: FORMAT.read(data, specs, LIMITS))
    wrong = data.replace(b"+9'", b"+ORIGINAL'")
    slow = best(lambda: FORMAT.read(wrong, specs, LIMITS))
    yield f"{message}: every message explained", floor / slow, "of bare split loops"
    tree = best(lambda: [list(walk(one.root, ":")) for one in FORMAT.read(data, specs, LIMITS).transactions])
    yield f"{message}: every leaf with its address", floor / tree, "of bare split loops"
    written = best(lambda: FORMAT.write(result, specs))
    yield f"{message}: write what was read", floor / written, "of bare split loops"
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
    entries = [one.entry for one in take(data, tables, LIMITS).translations]
    back = best(lambda: [outgoing(one, f"edifact/{message}", ENVELOPE, tables) for one in entries], 1)
    yield f"{message}: entries written as messages and read back", floor / back, "of bare split loops"
    text = data.decode()
    peer = best(lambda: list(RawSegmentCollection.from_str(text).segments), 1)
    yield f"{message}: read and validate against pydifact's parser", peer / ours, "times as fast"
