"""What the CATAIR tests share: the shipped tables, fixtures, records cut by hand."""

from __future__ import annotations

from pathlib import Path

from gateway.formats.catair.format import FORMAT
from gateway.specs import Limits, Specs
from gateway.tree import Envelope, Interchange

SPECS = Specs()
FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "catair"
GOOD = sorted(
    file
    for file in FIXTURES.glob("*/*.txt")
    if file.parent.name not in {"bad", "lenient"} and not file.name.endswith(".ack.txt")
)
BAD = sorted(FIXTURES.glob("bad/*.txt"))
LENIENT = sorted(FIXTURES.glob("lenient/*.txt"))
ENVELOPE = Envelope(sender="GATEWAY", receiver="2704Q7Z", control=17, at="2026-11-25T10:00:00+00:00")


def read(data: bytes | str, *, lenient: bool = False, limits: Limits | None = None) -> Interchange:
    """Read bytes, or a text of records."""
    raw = data.encode("latin-1") if isinstance(data, str) else data
    return FORMAT.read(raw, SPECS, limits or Limits(lenient=lenient))


def case(name: str) -> str:
    """Give a fixture as text."""
    return (FIXTURES / name).read_bytes().decode("latin-1")


def records(data: bytes | str) -> list[str]:
    """Cut into records of 80."""
    text = data.decode("latin-1") if isinstance(data, bytes) else data
    return [text[start : start + 80] for start in range(0, len(text), 80)]


def change(text: str, record: str, column: int, new: str) -> str:
    """Overwrite columns of the first record that begins like `record`."""
    rows = records(text)
    at = next(index for index, row in enumerate(rows) if row.startswith(record))
    rows[at] = rows[at][: column - 1] + new + rows[at][column - 1 + len(new) :]
    return "".join(rows)


def errors(interchange: Interchange) -> list[str]:
    """Give the codes of all errors."""
    return [one.code for one in interchange.all_findings() if one.severity == "error"]
