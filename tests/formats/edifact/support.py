"""What the tests of this folder share: fixtures, reading, codes, a small message to break."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.formats.edifact.format import FORMAT
from gateway.specs import Limits, Specs, data_root

if TYPE_CHECKING:
    from gateway.tree import Interchange

FIXTURES = data_root() / "fixtures" / "edifact"
SPECS = Specs()

SMALL = (
    b"UNA:+.? '\n"
    b"UNB+UNOC:3+BROKER01:ZZZ+GATEWAY:ZZZ+261109:0915+ICR1'\n"
    b"UNH+1+CUSDEC:D:96B:UN'\n"
    b"BGM+929+LRN26-1+9'\n"
    b"LOC+22+NL000510'\n"
    b"DTM+132:20261109:102'\n"
    b"FTX+CUS+++A REMARK'\n"
    b"NAD+IM+NL001234567++VAN DIJK KEUKENS BV'\n"
    b"UNS+D'\n"
    b"CST+1+69120025:122'\n"
    b"FTX+AAA+++CERAMIC TABLEWARE'\n"
    b"MEA+WT+G+KGM:1180.5'\n"
    b"UNS+S'\n"
    b"CNT+5:1'\n"
    b"UNT+13+1'\n"
    b"UNZ+1+ICR1'\n"
)


def read(data: bytes, *, lenient: bool = False) -> Interchange:
    """Read bytes with the format."""
    return FORMAT.read(data, SPECS, Limits(lenient=lenient))


def found(interchange: Interchange, *severities: Severity) -> list[str]:
    """List the codes of an interchange's findings, of errors where no severity is named."""
    wanted = severities or (Severity.ERROR,)
    return [one.code for one in interchange.all_findings() if one.severity in wanted]


def errors(data: bytes, *, lenient: bool = False) -> list[str]:
    """List the codes of the errors in some bytes."""
    return found(read(data, lenient=lenient))


def changed(old: bytes, new: bytes, data: bytes = SMALL) -> bytes:
    """Change one place of a message; the place has to be there."""
    assert old in data, old
    return data.replace(old, new, 1)
