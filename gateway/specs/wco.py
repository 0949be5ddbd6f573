"""Message specs of WCO XML: the tables of `edi_specs/wco/` as `MessageSpec`.

Lives here: the loader that every spec user calls, and what the WCO reader, writer and
acknowledgements need beside it (`WcoSpec`). Addresses are element names from the
Declaration or Response down; a node's own text has the key "", an attribute `@name`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gateway.specs.part import LeafSpec, MessageSpec, Part
from gateway.specs.wco_grammar import Attribute, Element, Grammar
from gateway.specs.wco_tables import grammar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MESSAGES = ("DEC", "RES")

# Header text of WCODataModelVersionCode -> the version whose tables hold; 3.7 is seen with the
# same schema set (reference, section 2).
DATA_MODEL_VERSIONS: Mapping[str, str] = {"": "3.6", "3.6": "3.6", "3.7": "3.6"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WcoSpec(MessageSpec):
    """A message spec with the grammar behind it."""

    grammar: Grammar
    element: Element


@cache
def load(root: Path, message: str, version: str) -> WcoSpec | None:
    """Give the spec of DEC or RES, None for a message or version without tables."""
    if version not in versions(root).get(message, ()):
        return None
    tables = grammar(root / "edi_specs" / "wco" / version)
    element = tables.messages[message]
    titles = {"DEC": "Declaration", "RES": "Response"}
    return WcoSpec(
        format="wco",
        message=message,
        version=version,
        title=f"WCO {titles[message]}",
        root=_part(element),
        separator="",
        source="our WCO XML reference, sections 4 and 5",
        since="2026-06-01",
        grammar=tables,
        element=element,
    )


@cache
def versions(root: Path) -> Mapping[str, tuple[str, ...]]:
    """Give the versions of each message: one folder of `edi_specs/wco/` for each version."""
    folder = root / "edi_specs" / "wco"
    found = sorted(path.parent.name for path in folder.glob("*/DEC.txt"))
    return {message: tuple(found) for message in MESSAGES} if found else {}


@cache
def tables(root: Path, version: str = "3.6") -> Grammar:
    """Give all tables of one version."""
    return grammar(root / "edi_specs" / "wco" / version)


def _part(element: Element) -> Part:
    leaves: dict[str, LeafSpec] = {}
    if element.facets is not None:
        facets = element.facets
        kind = element.format if element.family == "DateTime" else f"{element.family} {element.format}"
        leaves[""] = LeafSpec(
            key="",
            title=element.title,
            kind=kind.strip(),
            length_min=facets.length_min,
            length_max=facets.length_max,
            usage="M" if element.count_min else "O",
            codes={code: code for code in facets.codes} or None,
        )
        for attribute in element.attributes.values():
            leaves[f"@{attribute.name}"] = _attribute(attribute)
    return Part(
        name=element.name,
        title=f"{element.title} ({element.id})" if element.id else element.title,
        leaves=leaves,
        parts=_merged(tuple(_part(child) for child in element.children)),
        usage="M" if element.count_min else "O",
        count_max=element.count_max,
    )


def _attribute(attribute: Attribute) -> LeafSpec:
    facets = attribute.facets
    return LeafSpec(
        key=f"@{attribute.name}",
        title=attribute.name,
        kind=facets.base,
        length_min=facets.length_min,
        length_max=facets.length_max,
        usage="M" if attribute.required else "O",
        codes={code: code for code in facets.codes} or None,
    )


def _merged(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Join parts of one name: a Response's two Declarations are one part that may stand twice.

    Addresses know names only, so `Declaration` and `Declaration[2]` share one spec; what
    belongs to which is the grammar's business.
    """
    found: dict[str, Part] = {}
    for part in parts:
        other = found.get(part.name)
        found[part.name] = part if other is None else _union(other, part)
    return tuple(found.values())


def _union(first: Part, second: Part) -> Part:
    names = [part.name for part in first.parts]
    order = list(names)
    for index, part in enumerate(second.parts):
        if part.name in order:
            continue
        before = [p.name for p in second.parts[:index] if p.name in order]
        order.insert(order.index(before[-1]) + 1 if before else 0, part.name)
    both = {name: [p for p in (first.part(name), second.part(name)) if p is not None] for name in order}
    counts = (first.count_max, second.count_max)
    return Part(
        name=first.name,
        title=first.title,
        leaves={**second.leaves, **first.leaves},
        parts=tuple(group[0] if len(group) == 1 else _nested(*group) for group in both.values()),
        usage=first.usage,
        count_max=None if None in counts else sum(count for count in counts if count),
    )


def _nested(first: Part, second: Part) -> Part:
    merged = _union(first, second)
    counts = (first.count_max, second.count_max)
    count = None if None in counts else max(count for count in counts if count)
    return Part(
        name=merged.name,
        title=merged.title,
        leaves=merged.leaves,
        parts=merged.parts,
        usage=merged.usage,
        count_max=count,
    )
