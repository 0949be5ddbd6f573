"""CATAIR tables as `MessageSpec`: one message for each application id, `SE`, `SX`, `AE` ...

Lives here: the loader of `edi_specs/catair/`. Never here: reading a batch. A message is
named by its application id, which tells the direction too; the version is that of the
chapter it was written from (`v40` of cargo release), since the wire carries none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from gateway.specs import SpecError, read_csv
from gateway.specs.catair_fields import Field, Layout, Record, Selector
from gateway.specs.catair_layouts import layouts
from gateway.specs.catair_order import Order, orders
from gateway.specs.catair_structure import Loop, Section, Slot, load_structure
from gateway.specs.part import LeafSpec, MessageSpec, Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.specs import Specs

__all__ = [
    "Application",
    "CatairSpec",
    "Field",
    "Layout",
    "Order",
    "Record",
    "applications",
    "conditions",
    "envelope",
    "load",
    "required",
    "versions",
]

ENVELOPE_VERSION = "v23"
_NAMED = re.compile(r"([A-Z0-9]+)(?:\[([^\]]+)\])?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application id: direction `in` or `out` as seen by CBP, answer, dialect, tables."""

    name: str
    direction: str
    version: str
    title: str
    answer: str
    dialect: str
    preparer: bool
    opens: tuple[str, ...]
    final: str
    filer: str
    layouts: tuple[str, ...]
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatairSpec(MessageSpec):
    """One application's message with what only this grammar needs.

    `records` are all record ids by name; `by_wire` finds them by the beginning of a
    record, longest first; `sections` are the structures; `opens` tell the record that
    begins a transaction (none: the whole block is one), `final` the one that ends it;
    `orders` are the records whose siblings stand in an order, by name.
    """

    application: Application
    records: Mapping[str, Record]
    by_wire: tuple[tuple[int, Mapping[str, Record]], ...]
    sections: tuple[Section, ...]
    opens: Mapping[str, Selector | None]
    final: tuple[str, Selector | None] | None
    orders: Mapping[str, Order]

    def record(self, text: str) -> Record | None:
        """Give the record that this text begins like, None where none does."""
        for length, records in self.by_wire:
            found = records.get(text[:length])
            if found is not None:
                return found
        return None


def load(root: Path, message: str, version: str) -> CatairSpec | None:
    """Load the spec of one application and version, None where there is no table for it."""
    found = applications(root).get(message)
    if found is None or not found.version or found.version != version:
        return None
    return _load(root, found)


def versions(root: Path) -> Mapping[str, tuple[str, ...]]:
    """Give the versions of each message that has tables."""
    return {name: (each.version,) for name, each in applications(root).items() if each.version}


def required(specs: Specs, message: str) -> CatairSpec:
    """Give the newest tables of a message that the program itself needs; SpecError without them."""
    found = specs.message("catair", message, versions(specs.root).get(message, ("",))[-1])
    if not isinstance(found, CatairSpec):
        raise SpecError(specs.root / "edi_specs" / "catair", 0, f"there are no tables for {message}")
    return found


@cache
def applications(root: Path) -> Mapping[str, Application]:
    """Give every application id that ACE knows, with or without tables here."""
    found: dict[str, Application] = {}
    for _, row in read_csv(root / "edi_specs" / "catair" / "applications.csv"):
        found[row["application"]] = Application(
            name=row["application"],
            direction=row["direction"],
            version=row["version"],
            title=row["title"],
            answer=row["answer"],
            dialect=row["dialect"],
            preparer=row["preparer"] == "P",
            opens=tuple(row["opens"].split()),
            final=row["final"],
            filer=row["filer"],
            layouts=tuple(row["layouts"].split()),
            since=row["since"],
        )
    return found


@cache
def envelope(root: Path, direction: str) -> Mapping[str, Record]:
    """Give the records A, B, Y and Z of a direction."""
    return layouts(root, f"{'IN' if direction == 'in' else 'OUT'}.{ENVELOPE_VERSION}")


@cache
def conditions(root: Path, application: str) -> Mapping[str, str]:
    """Give code and text of the conditions of an answer, those of the envelope included."""
    found: dict[str, str] = {}
    general: dict[str, str] = {}
    for _, row in read_csv(root / "edi_specs" / "catair" / "conditions.csv"):
        names = row["application"].split()
        if application in names:
            found.setdefault(row["code"], row["text"].upper())
        elif "*" in names:
            general.setdefault(row["code"], row["text"].upper())
    return {**general, **found}


@cache
def _load(root: Path, application: Application) -> CatairSpec:
    records: dict[str, Record] = {}
    for name in application.layouts:
        for record, found in layouts(root, name).items():
            records.setdefault(record, found)
    by_length: dict[int, dict[str, Record]] = {}
    for found in records.values():
        by_length.setdefault(len(found.wire), {})[found.wire] = found
    folder = root / "edi_specs" / "catair" / "structures"
    name = f"{application.name}.{application.version}"
    sections = load_structure(folder, name)
    file = folder / f"{name}.txt"
    opens = dict(_named(file, word) for word in application.opens)
    return CatairSpec(
        format="catair",
        message=application.name,
        version=application.version,
        title=application.title,
        root=_part(file, application.name, application.title, sections[0].root, records, is_loop=False),
        separator=":",
        source=", ".join(application.layouts),
        since=application.since,
        application=application,
        records=records,
        by_wire=tuple(sorted(by_length.items(), reverse=True)),
        sections=sections,
        opens=opens,
        final=_named(file, application.final) if application.final else None,
        orders=orders(root, application.name),
    )


def _named(file: Path, text: str) -> tuple[str, Selector | None]:
    match = _NAMED.match(text)
    if match is None:
        raise SpecError(file, 0, f"`{text}` is no record")
    return match[1], Selector.parse(match[2]) if match[2] else None


def _part(
    file: Path, name: str, title: str, loop: Loop, records: Mapping[str, Record], *, is_loop: bool
) -> Part:
    """Turn slots into parts; places of one record that differ only in a code become one part."""
    return _Parts(file, records).part(name, title, loop, is_loop=is_loop)


class _Parts:
    """Makes the parts of a message; those of the same shape, wherever they stand, are one object."""

    def __init__(self, file: Path, records: Mapping[str, Record]) -> None:
        self.file = file
        self.records = records
        self.known: dict[tuple[Any, ...], Part] = {}

    def part(
        self,
        name: str,
        title: str,
        loop: Loop,
        *,
        is_loop: bool,
        usage: str = "O",
        count_max: int | None = 1,
    ) -> Part:
        """Make the part of a loop, or of the whole transaction."""
        parts: dict[str, Part] = {}
        for slot in loop.slots:
            record = self.records.get(slot.name)
            if record is None:
                raise SpecError(self.file, 0, f"record {slot.name} has no layout")
            if slot.name not in parts:
                parts[slot.name] = self.slot(slot, record)
        key = (name, usage, count_max, loop.mixed, is_loop, *(id(part) for part in parts.values()))
        if key not in self.known:
            self.known[key] = Part(
                name=name,
                title=title,
                parts=tuple(parts.values()),
                usage=usage,
                count_max=count_max,
                loop=is_loop,
                free=loop.mixed,
                closer=next((slot.name for slot in loop.slots if slot.end), ""),
            )
        return self.known[key]

    def slot(self, slot: Slot, record: Record) -> Part:
        """Make the part of one place: a loop, or a record."""
        if slot.loop is not None:
            return self.part(
                slot.name, record.title, slot.loop, is_loop=True, usage=slot.usage, count_max=slot.count_max
            )
        key = (slot.name, slot.usage, slot.count_max)
        if key not in self.known:
            leaves: dict[str, LeafSpec] = dict(record.leaves())
            self.known[key] = Part(
                name=slot.name,
                title=record.title,
                leaves=leaves,
                usage=slot.usage,
                count_max=slot.count_max,
            )
        return self.known[key]
