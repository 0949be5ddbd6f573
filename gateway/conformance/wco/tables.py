"""The WCO tables, read for the suite alone.

Lives here: `edi_specs/wco/` as plain classes, by a reader that shares nothing with the product's.
Never here: cases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.rows import rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSION = "3.6"
_KIND = re.compile(r"([A-Za-z]+)(?: ([an][an0-9.,]*))?(?: \{(.+)\})?")
_FORM = re.compile(r"(an|a|n)(\.\.)?(\d+)(?:,(\d+))?")
_COUNTED = frozenset({"Amount", "Quantity", "Measure", "Numeric"})
_ROOT_SPACES = {"CAN": "DEC"}


@dataclass(frozen=True, slots=True)
class Facets:
    """What a text must look like: `base` is the XML Schema type, `letters` is a, n or an.

    `visible` is true where a text is one line with something to see. `digits` None has no limit.
    """

    base: str
    least: int = 0
    most: int | None = None
    letters: str = "an"
    visible: bool = False
    codes: tuple[str, ...] = ()
    pattern: str = ""
    digits: int | None = None
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a family of values."""

    name: str
    facets: Facets
    required: bool


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One line of a tree: a class with `parts`, or a value with `facets`.

    `most` None is no limit. `space` is the part of the profile that has its namespace; `echo` marks
    a tree that another message lends.
    """

    name: str
    number: str
    least: int
    most: int | None
    space: str
    facets: Facets | None = None
    attributes: tuple[Attribute, ...] = ()
    parts: tuple[Part, ...] = ()
    echo: bool = False

    def walk(self) -> Iterator[tuple[Part, ...]]:
        """Yield the way to each part below, itself left out; a lent tree is not entered."""
        for part in self.parts:
            yield (part,)
            if not part.echo:
                for way in part.walk():
                    yield (part, *way)


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """A national subset: its name and its values by key."""

    name: str
    values: Mapping[str, str]

    def space(self, part: str) -> str:
        """Give the namespace of a part: `DEC.types`."""
        return self.values[f"space.{part}"]

    @property
    def echo(self) -> bool:
        """Tell whether a Response may repeat a Declaration."""
        return self.values["echo"] == "yes"


def folder(root: Path) -> Path:
    """Give where the tables are."""
    return root / "edi_specs" / "wco" / VERSION


@cache
def profiles(root: Path) -> Mapping[str, Profile]:
    """Give every profile by name."""
    found: dict[str, dict[str, str]] = {}
    for row in rows(folder(root) / "profiles.csv"):
        found.setdefault(row["profile"], {})[row["key"]] = row["value"]
    return {name: Profile(name, values) for name, values in found.items()}


@cache
def ack_codes(root: Path) -> Mapping[str, str]:
    """Give the ValidationCode of each problem."""
    return {row["problem"]: row["code"] for row in rows(root / "edi_specs" / "ack_codes" / "wco_error.csv")}


@cache
def _families(root: Path) -> Mapping[str, tuple[str, tuple[Attribute, ...]]]:
    bases: dict[str, str] = {}
    found: dict[str, list[Attribute]] = {}
    for row in rows(folder(root) / "families.csv"):
        name = row["family"]
        if not row["attribute"]:
            bases[name] = row["type"]
            continue
        facets = Facets(
            base=row["type"],
            least=int(row["length_min"] or 0),
            most=int(row["length_max"]) if row["length_max"] else None,
            pattern=row["pattern"],
            codes=tuple(row["codes"].split()),
        )
        found.setdefault(name, []).append(Attribute(row["attribute"], facets, row["use"] == "R"))
    return {name: (base, tuple(found.get(name, ()))) for name, base in bases.items()}


@cache
def message(root: Path, name: str) -> Part:
    """Give the tree of DEC, RES, CAN or MetaData, its root element on top."""
    return _Reader(root, name).tree()


class _Reader:
    """Reads one file of lines."""

    def __init__(self, root: Path, name: str) -> None:
        self.root = root
        self.name = name
        self.space = _ROOT_SPACES.get(name, name)
        said = " ".join(one.values["visible"] for one in profiles(root).values())
        self.visible = name in said.split()

    def tree(self) -> Part:
        first, *lines = _lines(folder(self.root) / f"{self.name}.txt")
        _, name, number = re.split(r"  +", first)
        return Part(name, number.strip("-"), 1, 1, self.space, parts=self.parts(lines))

    def parts(self, lines: list[str]) -> tuple[Part, ...]:
        found: list[Part] = []
        while lines:
            line = lines.pop(0)
            below: list[str] = []
            while lines and lines[0].startswith(" "):
                below.append(lines.pop(0)[2:])
            found.append(self.part(line, below))
        return tuple(found)

    def part(self, line: str, below: list[str]) -> Part:
        name, often, number, kind, *_ = [*re.split(r"  +", line.strip()), ""]
        least, most = often.split("..")
        part = Part(name, number.strip("-"), int(least), None if most == "*" else int(most), self.space)
        if kind.startswith("="):
            lent = message(self.root, kind[1:])
            return replace(part, space=lent.space, parts=lent.parts, echo=True)
        if kind.startswith("@"):
            return replace(part, parts=self.parts(_block(self.root, kind[1:])))
        if not kind or below:
            return replace(part, parts=self.parts(below))
        return self.value(part, kind)

    def value(self, part: Part, kind: str) -> Part:
        match = _KIND.fullmatch(kind)
        if match is None:
            raise LookupError(f"{self.name}.txt: {kind} is no kind of value")
        family, form, codes = match.groups()
        base, attributes = _families(self.root)[family]
        if family == "DateTime":
            text = Part(
                "DateTimeString", part.number, 1, 1, f"{part.space}.types",
                Facets(base, pattern="datetime"), attributes,
            )  # fmt: skip
            return replace(part, parts=(text,))
        facets = self.facets(family, base, form or "")
        listed = tuple(codes.split(",")) if codes else ()
        return replace(part, facets=replace(facets, codes=listed), attributes=attributes)

    def facets(self, family: str, base: str, form: str) -> Facets:
        match = _FORM.fullmatch(form)
        if match is None:
            return Facets(base)
        letters, up_to, size, decimals = match.groups()
        if family in _COUNTED:
            if letters == "an":
                return Facets(base)
            return Facets(base, digits=int(size), decimals=int(decimals or 0))
        return Facets(
            base,
            least=0 if up_to else int(size),
            most=int(size),
            letters=letters,
            visible=self.visible and letters == "an",
        )


def _lines(path: Path) -> list[str]:
    return [
        line.rstrip()
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]


def _block(root: Path, name: str) -> list[str]:
    found: list[str] = []
    inside = False
    for line in _lines(folder(root) / "blocks.txt"):
        if line.startswith("block "):
            inside = line == f"block {name}"
        elif inside:
            found.append(line)
    return found
