"""Reads the tables of `edi_specs/wco/<version>/`: indented trees, blocks and CSV, into a grammar.

A table that is wrong stops the program with file and line (`SpecError`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from gateway.specs import SpecError, read_csv
from gateway.specs.wco_grammar import Attribute, Element, Facets, Grammar, Pattern, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FORMAT = re.compile(r"(an|a|n)(\.\.)?([0-9]+)(?:,([0-9]+))?")
_VALUE = re.compile(r"(?P<family>[A-Z][A-Za-z]+)(?: (?P<format>[an][n0-9.,]*))?(?: \{(?P<codes>[^}]+)\})?")
_TEXT_FAMILIES = frozenset({"Code", "ID", "Text"})


@cache
def grammar(folder: Path) -> Grammar:
    """Load every table of `edi_specs/wco/<version>`. A wrong table raises `SpecError`."""
    patterns = {
        row["pattern"]: Pattern(
            name=row["pattern"], xsd=row["xsd"], python=re.compile(row["python"]), words=row["words"]
        )
        for _, row in read_csv(folder / "patterns.csv")
    }
    families = _families(folder / "families.csv", patterns)
    profiles: dict[str, dict[str, str]] = {}
    for _, row in read_csv(folder / "profiles.csv"):
        profiles.setdefault(row["profile"], {})[row["key"]] = row["value"]
    visible = {name for values in profiles.values() for name in values["visible"].split()}
    reader = _TreeReader(folder, families, patterns, visible)
    messages = {name: reader.message(name) for name in ("MetaData", "DEC", "RES", "CAN")}
    return Grammar(
        folder=folder,
        messages=messages,
        profiles={name: Profile(name=name, values=values) for name, values in profiles.items()},
        classes={row["id"]: row["name"] for _, row in read_csv(folder / "classes.csv")},
        families=families,
    )


def _families(
    path: Path, patterns: Mapping[str, Pattern]
) -> Mapping[str, tuple[str, Mapping[str, Attribute]]]:
    families: dict[str, tuple[str, dict[str, Attribute]]] = {}
    for line, row in read_csv(path):
        if not row["attribute"]:
            families[row["family"]] = (row["type"], {})
            continue
        if row["family"] not in families:
            raise SpecError(path, line, f"attribute of the family {row['family']}, which has no base row")
        facets = Facets(
            base=row["type"],
            length_min=int(row["length_min"] or 0),
            length_max=int(row["length_max"]) if row["length_max"] else None,
            patterns=(patterns[row["pattern"]],) if row["pattern"] else (),
            codes=tuple(row["codes"].split()),
        )
        attribute = Attribute(name=row["attribute"], facets=facets, required=row["use"] == "R")
        families[row["family"]][1][attribute.name] = attribute
    return families


@dataclass(slots=True)
class _Row:
    line: int
    depth: int
    cells: list[str]


class _TreeReader:
    """Reads the indented tables, blocks and references included."""

    def __init__(
        self,
        folder: Path,
        families: Mapping[str, tuple[str, Mapping[str, Attribute]]],
        patterns: Mapping[str, Pattern],
        visible: set[str],
    ) -> None:
        self.folder = folder
        self.families = families
        self.patterns = patterns
        self.visible = visible
        self.blocks: dict[str, list[_Row]] = {}
        name = ""
        for row in self._rows(folder / "blocks.txt"):
            if row.cells[0].startswith("block "):
                name = row.cells[0].removeprefix("block ")
                self.blocks[name] = []
            else:
                self.blocks[name].append(row)

    def message(self, name: str) -> Element:
        """Read `<name>.txt`; its first row is `message NAME  RootElement  class id`."""
        path = self.folder / f"{name}.txt"
        head, *rows = self._rows(path)
        if head.cells[0] != f"message {name}" or len(head.cells) != 3:
            raise SpecError(path, head.line, "the first row is not `message NAME  Root  id`")
        space = "DEC" if name == "CAN" else name
        return Element(
            name=head.cells[1],
            id=head.cells[2].strip("-"),
            space=space,
            count_min=1,
            children=self._children(path, rows, 0, name, space),
        )

    def _rows(self, path: Path) -> list[_Row]:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise SpecError(path, 0, f"cannot be read: {error.strerror}") from error
        found = []
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            bare = line.lstrip(" ")
            depth, odd = divmod(len(line) - len(bare), 2)
            if odd:
                raise SpecError(path, number, "the indentation is not a multiple of two")
            found.append(_Row(number, depth, re.split(r" {2,}", bare.rstrip())))
        return found

    def _children(
        self, path: Path, rows: list[_Row], depth: int, message: str, space: str
    ) -> tuple[Element, ...]:
        found: list[Element] = []
        at = 0
        while at < len(rows):
            row = rows[at]
            end = at + 1
            while end < len(rows) and rows[end].depth > depth:
                end += 1
            if row.depth != depth:
                raise SpecError(path, row.line, "this row is indented too far")
            found.append(self._element(path, row, rows[at + 1 : end], depth, message, space))
            at = end
        return tuple(found)

    def _element(
        self, path: Path, row: _Row, below: list[_Row], depth: int, message: str, space: str
    ) -> Element:
        if len(row.cells) < 3:
            raise SpecError(path, row.line, "a row has at least name, occurrence and id")
        name, occurs, wco_id, *rest = row.cells
        low, _, high = occurs.partition("..")
        element = Element(
            name=name,
            id=wco_id.strip("-"),
            space=space,
            count_min=int(low),
            count_max=None if high == "*" else int(high),
            tded=rest[1] if len(rest) > 1 else "",
        )
        kind = rest[0] if rest else ""
        if kind.startswith("="):
            tree = self.message(kind[1:])
            return replace(element, space=tree.space, children=tree.children, echo=True)
        if kind.startswith("@"):
            block = self.blocks.get(kind[1:])
            if block is None:
                raise SpecError(path, row.line, f"no block {kind[1:]}")
            return replace(element, children=self._children(path, block, 0, message, space))
        if not kind:
            return replace(element, children=self._children(path, below, depth + 1, message, space))
        if below:
            raise SpecError(path, row.line, f"{name} has a value and children")
        return self._value(path, row, element, kind, message)

    def _value(self, path: Path, row: _Row, element: Element, kind: str, message: str) -> Element:
        match = _VALUE.fullmatch(kind)
        if match is None or match["family"] not in self.families:
            raise SpecError(path, row.line, f"no such kind of value: {kind}")
        family = match["family"]
        base, attributes = self.families[family]
        if family == "DateTime":
            string = Element(
                name="DateTimeString",
                id=element.id,
                space=f"{element.space}.types",
                family=family,
                format="DateTime",
                facets=Facets(base=base, patterns=(self.patterns["datetime"],)),
                attributes=attributes,
                count_min=1,
                tded=element.tded,
            )
            return replace(element, family=family, children=(string,))
        try:
            facets = self._facets(family, base, match["format"] or "", message in self.visible)
        except ValueError as error:
            raise SpecError(path, row.line, str(error)) from error
        codes = tuple(match["codes"].split(",")) if match["codes"] else ()
        return replace(
            element,
            family=family,
            format=match["format"] or "",
            facets=replace(facets, codes=codes),
            attributes=attributes,
        )

    def _facets(self, family: str, base: str, text: str, visible: bool) -> Facets:  # noqa: FBT001 - one call
        if not text:
            return Facets(base=base)
        match = _FORMAT.fullmatch(text)
        if match is None:
            raise ValueError(f"no such format: {text}")
        letters, upto, size, fraction = match.groups()
        number = int(size)
        if family not in _TEXT_FAMILIES:
            # an..17,3 of a tax rate carries no facet at all.
            if letters == "an":
                return Facets(base=base)
            return Facets(base=base, total=number, fraction=int(fraction or 0))
        names = {"an": ("visible",) if visible else (), "a": ("letters",), "n": ("digits",)}[letters]
        return Facets(
            base=base,
            length_min=0 if upto else number,
            length_max=number,
            patterns=tuple(self.patterns[name] for name in names),
        )
