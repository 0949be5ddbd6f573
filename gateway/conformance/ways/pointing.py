"""Answers of WCO RES that point at places of a declaration: right ones, and ones that lead nowhere."""

from __future__ import annotations

import re

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
