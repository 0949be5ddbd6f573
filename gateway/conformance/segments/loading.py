"""The tables of a format made of segments, read for the suite alone.

Lives here: a reader of `edi_specs/<format>/` that shares nothing with the product's. The README.md there
describes the tables. Never here: what they say (`tables.py`), cases.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from gateway.conformance.rows import rows
from gateway.conformance.segments.tables import Composite, Element, Message, Note, Place, Position, Segment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.conformance.segments.dialect import Dialect

_HEAD = ("set", "message", "group", "source", "since")
_PLACE = re.compile(r"([A-Z0-9]{2,3})(?:\.([A-Z]))?(?:\[(\d\d|\d{4})=(.+)\])?$")
_Block = list[dict[str, str]]


@cache
def _bases(dialect: Dialect) -> Mapping[str, str]:
    """Give each release and its base, "" for none."""
    found = {}
    for row in rows(dialect.folder / dialect.tables.index):
        release, base, *_ = row.values()
        found[release] = base
    return found


def _chain(dialect: Dialect, release: str) -> list[Path]:
    """Give the folders of a release and its bases, the oldest first."""
    found = []
    while release:
        found.append(dialect.folder / release)
        release = _bases(dialect)[release]
    return found[::-1]


@cache
def dictionary(dialect: Dialect, release: str) -> Mapping[str, Segment]:
    """Give every segment of a release by id."""
    folders = _chain(dialect, release)
    whats: dict[str, Element | Composite] = {**_elements(folders)}
    for name, (head, *body) in _blocks(folders, "composites.csv").items():
        notes = _notes(dialect, head["notes"])
        whats[name] = Composite(name, head["name"], _positions(dialect, body, whats), notes)
    return {
        name: Segment(
            name,
            head["name"],
            _positions(dialect, body, whats),
            _notes(dialect, head["notes"]),
            "open" in head["notes"].split(),
        )
        for name, (head, *body) in _blocks(folders, "segments.csv").items()
    }


def _positions(
    dialect: Dialect, body: _Block, whats: Mapping[str, Element | Composite]
) -> tuple[Position, ...]:
    """Give the places of a segment or composite; without a mark to repeat by, repeats are places of their own."""
    found = []
    for row in body:
        times, what = int(row.get("repeat") or 1), whats[row["element"]]
        if dialect.tables.places == "position":
            found.append(Position(what, row["usage"], times, row["name"]))
            continue
        # Of the places that one may stand in, only the first is mandatory.
        usages = ["M" if row["usage"] == "M" and not turn else "O" for turn in range(times)]
        found += [Position(what, usage, 1, row["name"]) for usage in usages]
    return tuple(found)


def _elements(folders: list[Path]) -> dict[str, Element]:
    heads: dict[str, dict[str, str]] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for folder in folders:
        if (folder / "elements.csv").exists():
            heads.update({row["element"]: row for row in rows(folder / "elements.csv")})
        for path in folder.glob("codes/*.csv"):
            lists[path.stem] = tuple(row["code"] for row in rows(path))
    return {
        number: Element(
            number,
            row["name"],
            row["type"],
            int(row["min"]),
            int(row["max"]),
            lists[number] if row["codes"] else None,
            row["codes"] == "closed",
        )
        for number, row in heads.items()
    }


def _blocks(folders: list[Path], file: str) -> Mapping[str, _Block]:
    """Give the rows of each segment or composite, its own first; what a later release removed is gone."""
    found: dict[str, _Block] = {}
    for folder in folders:
        here: dict[str, _Block] = {}
        for row in rows(folder / file) if (folder / file).exists() else ():
            name = next(iter(row.values()))
            if row["notes"] == "removed":
                found.pop(name, None)
            else:
                here.setdefault(name, []).append(row)
        found.update(here)
    return found


def _notes(dialect: Dialect, text: str) -> tuple[Note, ...]:
    """Give the notes between elements, under one letter for the same thing in every format."""
    return tuple(
        Note(dialect.tables.relations[kind], tuple(int(at) for at in re.findall(r"\d\d", positions)))
        for kind, positions in dialect.tables.note.findall(text)
    )


@cache
def messages(dialect: Dialect) -> Mapping[str, tuple[str, ...]]:
    """Give the releases of each message: where its file is, and every later one, as the eras list them."""
    ending = dialect.tables.messages
    found = {}
    for name in sorted({path.stem for path in dialect.folder.glob(f"*/*{ending}")}):
        found[name] = tuple(
            release
            for era in dialect.eras
            for release in era.releases
            if any((step / f"{name}{ending}").exists() for step in _chain(dialect, release))
        )
    return found


@cache
def load(dialect: Dialect, name: str, release: str) -> Message:
    """Read one message in one release. LookupError where there is none."""
    files = [step / f"{name}{dialect.tables.messages}" for step in _chain(dialect, release)]
    there = [path for path in files if path.exists()]
    if not there:
        raise LookupError(f"{name} {release}")
    segments = dictionary(dialect, release)
    head: dict[str, str] = {}
    lines: list[tuple[int, list[str]]] = []
    for raw in there[-1].read_text(encoding="utf-8").splitlines():
        text = raw.partition("#")[0].rstrip()
        if not text:
            continue
        word, _, rest = text.partition(" ")
        if word in _HEAD:
            head[word] = rest.strip()
        else:
            lines.append(((len(text) - len(text.lstrip())) // 2, text.split()))
    borrowed = dictionary(dialect, dialect.tables.borrowed) if dialect.tables.borrowed else {}
    places, rest_lines = _level(lines, 0, {**borrowed, **segments})
    if rest_lines:
        raise LookupError(f"{there[-1]} is indented wrongly")
    groups = tuple(head.get("group", name).split())
    return Message(dialect, name, release, groups, places, segments)


def _level(
    lines: list[tuple[int, list[str]]], depth: int, segments: Mapping[str, Segment]
) -> tuple[tuple[Place, ...], list[tuple[int, list[str]]]]:
    found: list[Place] = []
    while lines and lines[0][0] == depth:
        place = _place(lines[0][1], segments)
        parts, lines = _level(lines[1:], depth + 1, segments)
        found.append(replace(place, parts=parts))
    return tuple(found), lines


def _place(words: list[str], segments: Mapping[str, Segment]) -> Place:
    match = _PLACE.match(words[0])
    if match is None:
        raise LookupError(words[0])
    tag, suffix, where, codes = match.groups()
    segment = segments[tag]
    positions = list(segment.positions)
    changes = [word for word in words[3:] if word != "loop"]
    qualifier = None
    if where and len(where) == 2:
        qualifier = (int(where), tuple(codes.split("|")))
    elif where:
        at = next(at for at, position in enumerate(positions, 1) if position.what.number == where)
        qualifier = (at, tuple(codes.split("|")))
    if qualifier is not None:
        changes.append(f"{qualifier[0]:02}={codes}")
    for change in changes:
        at = int(change[:2]) - 1
        position = positions[at]
        if change[2] == ":":
            positions[at] = replace(position, usage=change[3:])
        elif isinstance(position.what, Element):
            narrowed = replace(position.what, codes=tuple(change[3:].split("|")), closed=True)
            positions[at] = replace(position, what=narrowed)
    return Place(
        segment=replace(segment, positions=tuple(positions)),
        must=words[1] == "M",
        most=None if words[2] == ">1" else int(words[2]),
        qualifier=qualifier,
        loop="loop" in words,
        parts=(),
        suffix=suffix or "",
    )
