"""The CATAIR tables, read for the suite alone.

Lives here: layouts, structures, code lists and shapes of `edi_specs/catair/`, as the classes of `parts.py`.
`edi_specs/catair/README.md` describes them. Never here: cases.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.catair.parts import (
    Application,
    Field,
    Guard,
    Layout,
    Message,
    Order,
    Section,
    Slot,
    choice,
    named,
)
from gateway.conformance.rows import rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WIDTH = 80
ENVELOPE_VERSION = "v23"


@cache
def applications(root: Path) -> Mapping[str, Application]:
    """Give every application that has tables."""
    found = {}
    for row in rows(root / "edi_specs" / "catair" / "applications.csv"):
        if row["version"]:
            found[row["application"]] = Application(
                name=row["application"],
                direction=row["direction"],
                version=row["version"],
                title=row["title"],
                answer=row["answer"],
                dialect=row["dialect"],
                preparer=row["preparer"] == "P",
                opens=tuple(named(word) for word in row["opens"].split()),
                final=named(row["final"]) if row["final"] else None,
                filer=row["filer"],
                layouts=tuple(row["layouts"].split()),
                orders=_orders(root, row["application"]),
            )
    return found


def _orders(root: Path, application: str) -> tuple[Order, ...]:
    return tuple(
        Order(
            record=row["record"],
            key=row["columns"],
            beginnings=tuple(row["order"].split()),
            free=row["free"].partition(" ")[0],
            free_count=int(row["free"].partition(" ")[2] or 0),
            refused=row["weight"] == "error",
        )
        for row in rows(root / "edi_specs" / "catair" / "orders.csv")
        if row["application"] == application
    )


@cache
def layouts(root: Path, file: str) -> Mapping[str, tuple[Layout, ...]]:
    """Read `layouts/<file>.csv`: record to its layouts."""
    folder = root / "edi_specs" / "catair"
    grouped: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows(folder / "layouts" / f"{file}.csv"):
        grouped.setdefault((row["record"], row["select"]), []).append(row)
    bound: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for row in rows(folder / "relations.csv"):
        if row["layouts"] == file.partition(".")[0]:
            bound.setdefault(row["record"], []).append((row["relation"], tuple(row["fields"].split())))
    found: dict[str, tuple[Layout, ...]] = {}
    for (record, select), group in grouped.items():
        layout = Layout(
            record,
            group[0]["wire"],
            choice(select) if select else None,
            select,
            tuple(_field(root, row) for row in group),
            tuple(bound.get(record, ())),
        )
        found[record] = (*found.get(record, ()), layout)
    return found


def _field(root: Path, row: dict[str, str]) -> Field:
    start, end = int(row["start"]), int(row["end"])
    told = row["codes"]
    codes: tuple[str, ...] = ()
    if told.startswith("@"):
        codes = _codes(root, told[1:])
    elif told and not told.startswith("="):
        codes = tuple(told.split("|"))
    return Field(
        start=start,
        end=end,
        cls=row["class"].rstrip("?"),
        usage=row["usage"],
        title=row["field"],
        turn=int(row["turn"] or 0),
        constant=told[1:] if told.startswith("=") else "",
        codes=tuple(code for code in codes if len(code) <= end - start + 1),
        words=tuple(row["format"].split()),
        # In a side-by-side repeat M means: there, if the repeat is there at all.
        blank=row["usage"] != "M" or (row["class"].endswith("?") and not row["turn"]),
    )


@cache
def _codes(root: Path, name: str) -> tuple[str, ...]:
    return tuple(row["code"] for row in rows(root / "edi_specs" / "catair" / "codes" / f"{name}.csv"))


@cache
def samples(root: Path) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """Give for each shape the texts that have it and one that has not."""
    table = root / "edi_specs" / "conformance" / "catair_shapes.csv"
    return {row["shape"]: (tuple(row["right"].split()), row["wrong"]) for row in rows(table)}


@cache
def ack_codes(root: Path, name: str) -> Mapping[str, str]:
    """Give `ack_codes/<name>.csv`: problem to code."""
    return {row["problem"]: row["code"] for row in rows(root / "edi_specs" / "ack_codes" / f"{name}.csv")}


@cache
def control_names(root: Path) -> Mapping[tuple[str, str, str], str]:
    """Give what a fault in a control record is called, by record, columns and problem."""
    table = rows(root / "edi_specs" / "catair" / "control.csv")
    return {(row["record"], row["columns"], row["problem"]): row["name"] for row in table}


@cache
def message(root: Path, name: str) -> Message:
    """Read the tables of one application. KeyError where it has none."""
    application = applications(root)[name]
    found: dict[str, tuple[Layout, ...]] = {}
    sources: dict[str, str] = {}
    for file in application.layouts:
        for record, group in layouts(root, file).items():
            if record not in found:
                found[record] = group
                sources[record] = file
    own = frozenset(record for record, file in sources.items() if file.partition(".")[0] == name)
    sections = _sections(root, f"{name}.{application.version}")
    return Message(application, own, found, sections, sources)


@dataclass(frozen=True, slots=True)
class _Row:
    depth: int
    words: tuple[str, ...]


def _lines(root: Path, name: str, depth: int) -> Iterator[_Row]:
    path = root / "edi_specs" / "catair" / "structures" / f"{name}.txt"
    for raw in path.read_text(encoding="utf-8").splitlines():
        if not raw.strip() or raw.startswith("#"):
            continue
        here = depth + (len(raw) - len(raw.lstrip())) // 2
        words = tuple(raw.split())
        if words[0] == "include":
            yield from _lines(root, words[1], here)
        else:
            yield _Row(here, words)


def _sections(root: Path, name: str) -> tuple[Section, ...]:
    answer: Slot | None = None
    groups: list[tuple[Guard | None, list[_Row]]] = []
    for row in _lines(root, name, 0):
        if row.words[0] == "define":
            answer = _slot(row.words[2:], 1)
        elif row.words[0].startswith("["):
            groups.append((_guard(" ".join(row.words).strip("[]").removeprefix("when ")), []))
        else:
            if not groups:
                groups.append((None, []))
            groups[-1][1].append(row)
    return tuple(Section(when, _slots(group, 0, answer)[0]) for when, group in groups)


def _guard(text: str) -> Guard:
    record, _, rest = text.partition(":")
    return Guard(record, choice(rest))


def _slots(
    lines: list[_Row], depth: int, answer: Slot | None, *, mixed: bool = False, rank: int = 0
) -> tuple[tuple[Slot, ...], list[_Row]]:
    found: list[Slot] = []
    while lines and lines[0].depth >= depth:
        row, lines = lines[0], lines[1:]
        if row.words == ("any", "of"):
            inner, lines = _slots(lines, depth + 1, answer, mixed=True, rank=rank)
            found.extend(inner)
            rank += 1
            continue
        words = row.words[1:] if row.words[0] in {"loop", "echo"} else row.words
        slot = _slot(words, rank)
        if row.words[0] == "loop":
            opener = _slot(lines[0].words, 0)
            parts, lines = _slots(lines[1:], depth + 1, answer, mixed=slot.mixed, rank=1)
            slot = replace(slot, parts=parts, loop=True, choice=slot.choice or opener.choice)
        elif row.words[0] == "echo" and answer is not None:
            slot = replace(slot, parts=(answer,), loop=True)
        found.append(slot)
        if not mixed:
            rank += 1
    return tuple(found), lines


def _slot(words: tuple[str, ...], rank: int) -> Slot:
    name, picked = named(words[0])
    slot = Slot(name, words[1] == "M", None if words[2] == "-" else int(words[2]), choice=picked, rank=rank)
    flags = list(words[3:])
    while flags:
        flag = flags.pop(0)
        if flag == "any":
            slot = replace(slot, mixed=True)
        elif flag == "end":
            slot = replace(slot, ends=True)
        elif flag == "if":
            slot = replace(slot, guard=_guard(flags.pop(0)))
        elif flag in {"unique", "count"}:
            start, _, end = flags.pop(0).partition("-")
            columns = (int(start), int(end or start))
            slot = replace(slot, unique=columns) if flag == "unique" else replace(slot, count=columns)
    return slot
