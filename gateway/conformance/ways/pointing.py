"""Answers of WCO RES that point at places of a declaration: right ones, and ones that lead nowhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.finding import Finding, Severity, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

# Paths of class ids, `[n]` the occurrence and `@id` the element, as they stand in Pointers.
_PATHS = (
    "", "42A", "42A@023", "42A@228", "42A@D014", "42A/57B", "42A/57B@R003", "42A/67A", "42A/67A[1]", "42A/67A[2]", "42A/67A/68A",
    "42A/67A/68A[0]", "42A/67A/68A[1]", "42A/67A/68A[2]", "42A/67A/68A[3]", "42A/67A/68A[99]", "42A/67A/68A[x]", "42A/67A/68A[1]@006",
    "42A/67A/68A[1]/23A", "42A/67A/68A[1]/23A@137", "42A/67A/68A[2]/23A/65A@128", "42A/67A/68A[3]/23A/21A[2]@145", "42A/67A/99A[1]@D018",
    "42A/67A/99A[2]@D018", "42A/67A/99A[2]", "42A/67A/29A@L018", "42A/ZZZ", "42A@999", "42A/67A/ZZZ@128", "42A/67A/68A[1]@ZZZ", "07B[1]/53A[1]",
    "67A/68A[1]", "42A/68A[1]", "42A/67A/68A[1]/68A[1]", "@023", "[2]", "42A[1]/67A[1]/68A[1]/23A[1]@137", "42A/67A[x]/68A", "42A@182", "42A/12A",
)  # fmt: skip
_STEP = re.compile(r"([^\[@]*)(?:\[(\w+)\])?(?:@(\w+))?")
KINDS = ("whole", "no-text", "no-code", "turned")
_HEAD = (
    '<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" xmlns="urn:wco:datamodel:WCO:RES-DMS:2">'
    "<md:WCODataModelVersionCode>3.6</md:WCODataModelVersionCode><md:WCOTypeName>RES</md:WCOTypeName><Response>"
)


def _pointers(path: str) -> str:
    text = ""
    for step in path.split("/") if path else ():
        found = _STEP.fullmatch(step)
        if found is None:
            raise ValueError(step)
        for name, said in (
            ("SequenceNumeric", found[2]),
            ("DocumentSectionCode", found[1]),
            ("TagID", found[3]),
        ):
            text += f"<{name}>{said}</{name}>" if said else ""
        text = f"{text}\n"
    return "".join(f"<Pointer>{one}</Pointer>" for one in text.splitlines())


def answer(function: str, kind: str) -> bytes:
    """Write a Response with an Error for every path; `kind` says what its Errors lack."""
    code = "" if kind == "no-code" else "<ValidationCode>CDS10001</ValidationCode>"
    errors = ""
    for turn, path in enumerate(_PATHS):
        told = "" if kind == "no-text" else f"<Description>fault {turn}</Description>"
        parts = (_pointers(path), code, told) if kind == "turned" else (told, code, _pointers(path))
        errors += f"<Error>{''.join(parts)}</Error><Status><NameCode>1</NameCode></Status>"
    first = f"<FunctionCode>{function}</FunctionCode>" if function else ""
    return f"{_HEAD}{first}{errors}</Response></md:MetaData>".encode()


# Places that a finding may have: addresses of a declaration, of one that has no such element, of an entry, none.
_PLACES = (
    "", "FunctionCode", "AcceptanceDateTime/DateTimeString", "AcceptanceDateTime", "Declarant", "Declarant/Odd", "Odd", "GoodsShipment",
    "GoodsShipment/GovernmentAgencyGoodsItem[2]", "GoodsShipment/GovernmentAgencyGoodsItem[3]/Commodity/Description",
    "GoodsShipment/GovernmentAgencyGoodsItem/Commodity/Classification[2]/ID@schemeID", "@schemeID", "GoodsShipment/Odd/ID", "lines[0].origin",
    "bills[1].number", "GoodsShipment[x]/GovernmentAgencyGoodsItem[12]",
)  # fmt: skip


def findings_at(size: int, *, rejects: bool) -> Iterator[Finding]:
    """Yield a finding at each place with no bytes, and with bytes at the edges and inside of a text of so many."""
    severity = Severity.ERROR if rejects else Severity.WARNING
    spans = (
        None,
        Span(0, 1),
        Span(size // 3, size // 3 + 5),
        Span(size // 2, size // 2 + 1),
        Span(size - 1, size),
    )
    for turn, place in enumerate(_PLACES):
        for at, span in enumerate(spans[turn % 2 :: 2]):
            yield Finding(
                code=f"wco.DEC.3.6/x/value/{('blank', 'letters')[at % 2]}" if turn % 3 else "cbp.some/rule",
                message=f"fault {turn}.{at}", severity=severity, place=place, span=span, expected="this" if at else "",
                actual="that" if turn % 2 else "", transaction=None if turn % 4 == 3 else 0,
            )  # fmt: skip
