"""The shapes of the WCO XML grammar: elements, facets, attributes, patterns, profiles.

Lives here: what the tables of `edi_specs/wco/` end up as (`wco_tables.py` reads them).
Never here: XML. One grammar serves every profile; a profile adds namespaces and
prefixes only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern of text: as XML Schema writes it, as Python does, and in words."""

    name: str
    xsd: str
    python: re.Pattern[str]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What a text must look like. `base` is the XML Schema type; lengths count characters.

    `total` and `fraction` are decimal digits; None is unbounded.
    """

    base: str
    length_min: int = 0
    length_max: int | None = None
    patterns: tuple[Pattern, ...] = ()
    codes: tuple[str, ...] = ()
    total: int | None = None
    fraction: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a family of values."""

    name: str
    facets: Facets
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element in its place.

    A class has `children` and no `family`; a value has `family` and `facets`; a date has
    the family `DateTime` and the one child `DateTimeString`. `id` is the WCO class or
    element id, "" where there is none. `space` names the namespace in a profile:
    `DEC`, `DEC.types`. `echo` marks the DEC tree that a Response repeats. `places` are the indexes of
    the children of each name, `needed` those of the children that have to come, `demanded` the names of the
    attributes that have to.
    """

    name: str
    id: str
    space: str
    family: str = ""
    format: str = ""
    facets: Facets | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    count_min: int = 0
    count_max: int | None = 1
    children: tuple[Element, ...] = ()
    tded: str = ""
    echo: bool = False
    places: Mapping[str, tuple[int, ...]] = field(init=False, repr=False, compare=False)
    needed: tuple[int, ...] = field(init=False, repr=False, compare=False)
    demanded: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places: dict[str, tuple[int, ...]] = {}
        for index, child in enumerate(self.children):
            places[child.name] = (*places.get(child.name, ()), index)
        needed = tuple(index for index, child in enumerate(self.children) if child.count_min)
        object.__setattr__(self, "places", places)
        demanded = tuple(one.name for one in self.attributes.values() if one.required)
        object.__setattr__(self, "needed", needed)
        object.__setattr__(self, "demanded", demanded)

    @property
    def title(self) -> str:
        """The name in words: `gross mass measure`."""
        return words(self.name)

    def child(self, name: str) -> Element | None:
        """Give the first child of that name, None where there is none."""
        found = self.places.get(name)
        return self.children[found[0]] if found is not None else None

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Element]]:
        """Yield every element below with its address, in schema order."""
        for child in self.children:
            address = f"{prefix}/{child.name}" if prefix else child.name
            yield address, child
            yield from child.walk(address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one national subset does differently; see `profiles.csv`."""

    name: str
    values: Mapping[str, str]

    def space(self, part: str) -> str:
        """Give the namespace of a part: `MetaData`, `DEC`, `DEC.types`."""
        return self.values[f"space.{part}"]

    def prefix(self, part: str) -> str:
        """Give the prefix of a part in what we write, "" for the default namespace."""
        return self.values.get(f"prefix.{part}", "")

    @property
    def echo(self) -> bool:
        """Tell whether a Response may repeat a DEC Declaration."""
        return self.values["echo"] == "yes"

    def header(self, message: str) -> Iterator[tuple[str, str]]:
        """Yield the header elements of a new message, in table order."""
        for key, value in self.values.items():
            if key.startswith("header."):
                yield key.removeprefix("header."), value.replace("{message}", message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """All trees of one version, its profiles and class names; `around` is the envelope with messages in it."""

    folder: Path
    messages: Mapping[str, Element]
    profiles: Mapping[str, Profile]
    classes: Mapping[str, str]
    families: Mapping[str, tuple[str, Mapping[str, Attribute]]]
    around: Element = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        envelope, messages = self.messages["MetaData"], (self.messages["DEC"], self.messages["RES"])
        object.__setattr__(self, "around", replace(envelope, children=(*envelope.children, *messages)))


def words(name: str) -> str:
    """Give an element name in words: `QuotaOrderID` is `quota order ID`."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).split()
    return " ".join(part if part.isupper() else part.lower() for part in parts)
