"""One clean invoice and twenty-one copies with one fault each: all seen, each once, at its place."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.formats.x12.support import codes, group, interchange, read, transaction

INVOICE = (
    "BIG*20261120*INV77120**PO5521***DI",
    "CUR*SE*USD",
    "REF*BM*JOI260231",
    "N1*SE*MOVEIS PINHAL EXPORTADORA",
    "N3*RODOVIA BR 280 KM 44",
    "N4*SAO BENTO DO SUL*SC*89280*BR",
    "N1*BY*BLUE HERON FURNITURE CO*FI*123456789",
    "ITD*01*3*****30",
    "DTM*011*20261118",
    "IT1*1*100*EA*12.5**HD*9403509045*VP*BED-7",
    "PID*F****WOODEN BED FRAME",
    "IT1*2*40*EA*80**HD*9403609040*VP*CHEST-2",
    "PID*F****CHEST OF DRAWERS",
    "IT1*3*60*EA*31.25**HD*9401610000*VP*CHAIR-9",
    "PID*F****UPHOLSTERED CHAIR",
    "TDS*632500",
    "CTT*3",
)


def file(body: tuple[str, ...] | list[str] = INVOICE) -> str:
    """Give an interchange with one invoice."""
    return interchange(group(transaction("810", body), code="IN"))


def changed(old: str, new: str) -> str:
    """Give the invoice with one text changed."""
    assert old in "\n".join(INVOICE)
    return file([segment.replace(old, new, 1) for segment in INVOICE])


def envelope(old: str, new: str) -> str:
    """Give the file with one text of the envelope changed."""
    assert old in file()
    return file().replace(old, new, 1)


def moved() -> str:
    """Give the invoice with its total before the first line."""
    lines = [segment for segment in INVOICE if not segment.startswith("TDS")]
    at = next(number for number, segment in enumerate(lines) if segment.startswith("IT1"))
    return file([*lines[:at], "TDS*632500", *lines[at:]])


def before(start: str, *segments: str) -> str:
    """Give the invoice with segments put in front of another."""
    at = next(number for number, segment in enumerate(INVOICE) if segment.startswith(start))
    return file([*INVOICE[:at], *segments, *INVOICE[at:]])


class Fault(NamedTuple):
    """What was done, and the finding: its code, position and bytes."""

    name: str
    data: str
    code: str
    position: tuple[int, ...]
    text: str


SET = "x12.810.004010"
FAULTS = (
    Fault("SE01 wrong", envelope("SE*19*", "SE*20*"), f"{SET}/SE-01/set/count", (19, 1, 0, 0), "20"),
    Fault(
        "SE02 differs",
        envelope("SE*19*0001", "SE*19*0002"),
        f"{SET}/SE-02/set/control",
        (19, 2, 0, 0),
        "0002",
    ),
    Fault("GE02 differs", envelope("GE*1*1~", "GE*1*2~"), "x12.envelope/GE-02/group/control", (1, 1, 2), "2"),
    Fault(
        "IEA02 differs",
        envelope("IEA*1*000000001", "IEA*1*000000002"),
        "x12.envelope/IEA-02/envelope/control",
        (1, 0, 2),
        "000000002",
    ),
    Fault("no IEA", envelope("IEA*1*000000001~", ""), "x12.envelope/IEA/envelope/end-of-file", (1, 1, 0), ""),
    Fault(
        "ST02 twice",
        interchange(group(transaction("810", INVOICE), transaction("810", INVOICE), code="IN")),
        f"{SET}/ST-02/set/duplicate",
        (1, 2, 0, 0),
        "0001",
    ),
    Fault("BIG missing", file(INVOICE[1:]), f"{SET}/BIG/segment/missing", (2, 0, 0, 0), ""),
    Fault(
        "unknown segment",
        before("IT1*2", "ZZZ*1"),
        f"{SET}/IT1/PID/ZZZ/segment/unknown",
        (13, 0, 0, 0),
        "ZZZ*1~",
    ),
    Fault("TDS too early", moved(), f"{SET}/TDS/segment/order", (11, 0, 0, 0), "TDS*632500~"),
    Fault(
        "REF 13 times",
        before("N1*SE", *[f"REF*PO*{number}" for number in range(2, 14)]),
        f"{SET}/REF/segment/too-many",
        (16, 0, 0, 0),
        "REF*PO*13~",
    ),
    Fault("IT102 empty", changed("IT1*1*100*", "IT1*1**"), f"{SET}/IT1-02/relation/P", (11, 2, 0, 0), ""),
    Fault(
        "IT107 too long",
        changed("9403509045", "9" * 49),
        f"{SET}/IT1-07/element/too-long",
        (11, 7, 0, 0),
        "9" * 49,
    ),
    Fault("date wrong", changed("20261120", "20261131"), f"{SET}/BIG-01/type/date", (2, 1, 0, 0), "20261131"),
    Fault(
        "letters in IT102", changed("*100*EA", "*1OO*EA"), f"{SET}/IT1-02/type/number", (11, 2, 0, 0), "1OO"
    ),
    Fault("code of CUR01", changed("CUR*SE", "CUR*ZQ"), f"{SET}/CUR-01/code/unknown", (3, 1, 0, 0), "ZQ"),
    Fault(
        "IT106 alone",
        changed("*HD*9403509045*VP*BED-7", "*HD"),
        f"{SET}/IT1-07/relation/P",
        (11, 7, 0, 0),
        "",
    ),
    Fault(
        "REF with neither",
        changed("REF*BM*JOI260231", "REF*BM"),
        f"{SET}/REF-02/relation/R",
        (4, 2, 0, 0),
        "",
    ),
    Fault(
        "two elements too many",
        changed("CUR*SE*USD", "CUR*SE*USD" + "*" * 20 + "A*B"),
        f"{SET}/CUR-22/element/too-many",
        (3, 22, 0, 0),
        "A*B",
    ),
    Fault(
        "850 in an IN group",
        envelope("ST*810", "ST*850"),
        "x12.850.004010/ST-01/set/unsupported",
        (1, 1, 0, 0),
        "850",
    ),
    Fault("empty segment", before("IT1*2", ""), f"{SET}/IT1/PID/segment/segment/empty", (13, 0, 0, 0), "~"),
    Fault(
        "20,000 characters",
        changed("WOODEN BED FRAME", "W" * 20_000),
        f"{SET}/IT1/PID-05/element/too-long",
        (12, 5, 0, 0),
        "W" * 20_000,
    ),
)


def test_the_clean_invoice_is_clean() -> None:
    """The invoice that the faults are put into has none."""
    assert read(file().encode()).all_findings() == []


def test_there_are_21_faults() -> None:
    """All faults of the comparison are here."""
    assert len(FAULTS) == 21


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_seeded_fault_is_seen_once_at_its_place(fault: Fault) -> None:
    """Each fault is one finding, with the code, the place and the bytes of the fault."""
    data = fault.data.encode()
    result = read(data)
    assert codes(result) == [fault.code]
    (found,) = result.all_findings()
    assert found.position == fault.position
    assert found.span is not None
    assert data[found.span.start : found.span.end].decode() == fault.text
    assert found.message
    assert found.expected
