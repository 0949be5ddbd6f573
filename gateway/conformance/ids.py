"""`ids.lock`: every id of a case that was ever published.

Lives here: writing the ids so that they can be read and compared, and telling what is lost, new or
used again. An id goes only through `ids_retired.csv`, with a reason.

The file has blocks: a line with family, versions and the ends of ids, then indented the places
that have all these ends, a blank in one written `%20`. `x12.309 004010 | code/unknown` over `M10-02` is
`x12.309.004010/M10-02/code/unknown`. A place of `.` stands for none.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.specs import data_root, read_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_HEAD = "# Every id of a case that was ever published. Written by `gateway conformance coverage --lock`.\n"
_WIDTH = 110
NOWHERE = "."


class LockError(ValueError):
    """A lock that cannot be read, or that must not be written. The message begins with the file's name."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How the ids of the suite differ from the lock: gone without a reason, new, used again."""

    lost: tuple[str, ...]
    new: tuple[str, ...]
    reused: tuple[str, ...]


def folder(root: Path | None = None) -> Path:
    """Give the folder of the lock."""
    return (root or data_root()) / "edi_specs" / "clauses"


def text_of(ids: Iterable[str]) -> str:
    """Write ids; the order of what is given does not matter."""
    places: dict[tuple[str, str], dict[str, set[str]]] = {}
    for one in ids:
        suite, place, end = _parts(one)
        family, _, version = suite.rpartition(".")
        places.setdefault((family, place), {}).setdefault(version, set()).add(end)
    blocks: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (family, place), versions in places.items():
        ends: dict[tuple[str, ...], list[str]] = {}
        for version, found in versions.items():
            ends.setdefault(tuple(sorted(found)), []).append(version)
        for found_ends, those in ends.items():
            blocks.setdefault((family, tuple(sorted(those)), found_ends), []).append(place)
    lines = [_HEAD]
    for (family, versions_there, ends_there), found_places in sorted(blocks.items()):
        lines.append(f"{family} {','.join(versions_there)} | {' '.join(ends_there)}\n")
        filled = textwrap.wrap(
            " ".join(sorted(found_places)), _WIDTH, break_long_words=False, break_on_hyphens=False
        )
        lines += [f"  {line}\n" for line in filled]
    return "".join(lines)


def _parts(one: str) -> tuple[str, str, str]:
    """Cut an id into suite, place (all up to the last two) and end."""
    suite, _, rest = one.partition("/")
    parts = rest.split("/")
    place = "/".join(parts[:-2]) or NOWHERE
    end = "/".join(parts[-2:])
    if not rest or "." not in suite or "%" in one or set(end) & set("| \t\n"):
        raise LockError(f"{one}: this is no id of a case")
    return suite, place.replace(" ", "%20"), end


def ids_of(text: str) -> Iterator[str]:
    """Read ids. LockError where the text is no lock."""
    suites: list[str] = []
    ends: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith("  "):
            for place in line.split():
                head = "" if place == NOWHERE else f"{place.replace('%20', ' ')}/"
                yield from (f"{suite}/{head}{end}" for suite in suites for end in ends)
            continue
        names, mark, said = line.partition(" | ")
        family, _, versions = names.partition(" ")
        if not mark or not versions:
            raise LockError(f"ids.lock:{number}: this is no block")
        suites = [f"{family}.{version}" for version in versions.split(",")]
        ends = said.split()


def locked(root: Path | None = None) -> set[str]:
    """Read the lock; nothing where there is none."""
    path = folder(root) / "ids.lock"
    return set(ids_of(path.read_text(encoding="utf-8"))) if path.is_file() else set()


def retired(root: Path | None = None) -> tuple[str, ...]:
    """Give the beginnings of ids that are retired, each of which has a reason."""
    path = folder(root) / "ids_retired.csv"
    if not path.is_file():
        return ()
    rows = read_csv(path)
    for number, row in rows:
        if not row["reason"] or not row["since"]:
            raise LockError(f"{path}:{number}: an id is retired on a day and for a reason")
    return tuple(row["id"] for _, row in rows)


def drift(there: set[str], lock: set[str], gone: tuple[str, ...]) -> Drift:
    """Compare the ids of the suite with the lock and with what is retired."""
    return Drift(
        lost=tuple(sorted(one for one in lock - there if not one.startswith(gone or ("\0",)))),
        new=tuple(sorted(there - lock)),
        reused=tuple(sorted(one for one in there if gone and one.startswith(gone))),
    )
