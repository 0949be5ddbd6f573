"""Finds the good fixtures of every format; a format's fixtures are tested by existing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from gateway.flow.translate import Taken, load_tables, take
from gateway.formats import formats
from gateway.specs import Limits

ROOT = Path(__file__).resolve().parents[2] / "fixtures"
SIDECARS = (".ack", ".expect", ".md", ".entry.json", ".golden", ".notes")


def good() -> list[Path]:
    """List the good fixtures: `fixtures/<format>/<message>/<case>.<ext>`, none of its sidecars."""
    return [
        file
        for name in formats()
        for file in sorted((ROOT / name).glob("*/*"))
        if file.is_file() and file.parent.name not in {"bad", "lenient"} and not file.name.endswith(SIDECARS)
    ]


def label(file: Path) -> str:
    """Name a fixture in test ids."""
    return str(file.relative_to(ROOT))


@cache
def taken(file: Path) -> Taken:
    """Read and map a fixture once for all laws."""
    return take(file.read_bytes(), load_tables(), Limits())
