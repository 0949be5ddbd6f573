"""Builds interchanges for the tests, and reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.formats.x12.format import FORMAT
from gateway.specs import Limits, Specs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Finding
    from gateway.tree import Interchange

SPECS = Specs()
FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "x12"
# A manifest of one bill in one container, ST and SE left out.
MANIFEST = (
    "M10*NVLN*O*PA*9283186*NORDIC HERON*052E**1*W*L",
    "P4*1303*20261203*1*K123",
    "LX*1",
    "M11*JOI260001*35143*1180*CTN*24500*K*28*X*00*JOINVILLE**NVLN",
    "N9*BN*BK264401",
    "N1*SH*CERAMICA DO VALE LTDA",
    "N3*RUA DAS ACACIAS 410",
    "N4*JOINVILLE*SC*89219*BR",
    "N1*CN*CHESAPEAKE TILE SUPPLY INC",
    "VID*CN*HXLU*4410283*NV70010*****45G1*L*PP",
    "N10*1180*CERAMIC FLOOR TILES*LOT 88*J*690721*18420*K*24500**CTN*BR*BR*USD",
    "H1*2319",
)


def transaction(message: str, body: Sequence[str], control: str = "0001") -> list[str]:
    """Put ST and a counted SE around segments."""
    return [f"ST*{message}*{control}", *body, f"SE*{len(body) + 2}*{control}"]


def group(
    *sets: Sequence[str], code: str = "SO", release: str = "004010", control: int = 1, agency: str = "X"
) -> list[str]:
    """Put GS and a counted GE around transactions."""
    inside = [segment for one in sets for segment in one]
    head = f"GS*{code}*NVLN*USCSTEST*20261125*0930*{control}*{agency}*{release}"
    return [head, *inside, f"GE*{len(sets)}*{control}"]


def interchange(
    *groups: Sequence[str],
    control: int = 1,
    version: str = "00401",
    repetition: str = "U",
    asked: str = "0",
    end: str = "~",
) -> str:
    """Put ISA and a counted IEA around groups."""
    isa = (
        f"ISA*00*          *00*          *02*NVLN           *ZZ*USCSTEST       "
        f"*261125*0930*{repetition}*{version}*{control:09}*{asked}*T*>"
    )
    inside = [segment for one in groups for segment in one]
    count = sum(1 for one in groups if one and one[0].startswith("GS"))
    return end.join([isa, *inside, f"IEA*{count}*{control:09}", ""])


def manifest(body: Sequence[str] = MANIFEST, **options: str) -> bytes:
    """Give an interchange with one 309."""
    return interchange(group(transaction("309", body)), **options).encode()


def read(data: bytes, **limits: int | bool) -> Interchange:
    """Read with the shipped tables."""
    return FORMAT.read(data, SPECS, Limits(**limits))


def codes(found: Interchange | Sequence[Finding]) -> list[str]:
    """List the codes of findings that are more than information."""
    findings = found if isinstance(found, (list, tuple)) else found.all_findings()
    return [one.code for one in findings if one.severity.value != "info"]


def replaced(old: str, new: str, body: Sequence[str] = MANIFEST) -> list[str]:
    """Give the segments with one of them changed."""
    found = [segment.replace(old, new, 1) if old in segment else segment for segment in body]
    assert found != list(body), old
    return found
