"""Writes the XSDs of a WCO profile from our tables.

Lives here: `files(grammar, profile)`, which gives the text of every schema of
`xsd/wco/<profile>/`. The files are committed; a test writes them again and compares. Run
`python -m gateway.specs.wco_xsd` to write them after a table has changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from gateway.specs import data_root
from gateway.specs.wco import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from gateway.specs.wco_grammar import Attribute, Element, Facets, Grammar, Profile

_MESSAGES = ("DEC", "RES", "CAN")
_NOTE = "Written from the tables in edi_specs/wco by gateway.specs.wco_xsd; do not edit."


def files(grammar: Grammar, profile: Profile) -> dict[str, str]:
    """Give every schema of a profile: file name to text."""
    found: dict[str, str] = {}
    for name, messages in _type_files(profile).items():
        space = profile.space(f"{_home(messages[0])}.types")
        found[name] = _types_schema(grammar, messages, space)
    for message in _MESSAGES:
        found[f"{message}.xsd"] = _message_schema(grammar, profile, message)
    found["MetaData.xsd"] = _envelope_schema(grammar, profile)
    return found


def write(root: Path) -> None:
    """Write the schemas of every profile to `root`/xsd/wco/<profile>/."""
    grammar = tables(root)
    for profile in grammar.profiles.values():
        folder = root / "xsd" / "wco" / profile.name
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files(grammar, profile).items():
            (folder / name).write_text(text, encoding="utf-8")


def _home(message: str) -> str:
    """Give the message whose namespace this one uses: a cancellation is a Declaration."""
    return "DEC" if message == "CAN" else message


def _type_files(profile: Profile) -> dict[str, list[str]]:
    """Group messages by the namespace of their value types: file name to messages."""
    groups: dict[str, list[str]] = {}
    for message in _MESSAGES:
        groups.setdefault(profile.space(f"{_home(message)}.types"), []).append(message)
    if len(groups) == 1:
        return {"types.xsd": list(_MESSAGES)}
    return {f"{messages[0]}-types.xsd": messages for messages in groups.values()}


def _type_name(element: Element) -> str:
    """Give the name of a value's type: family, format and what else narrows it."""
    if element.family == "DateTime":
        return "DateTime"
    facets = element.facets
    assert facets is not None  # noqa: S101 - a value has facets
    shape = element.format.replace("..", "").replace(",", "-")
    parts = [element.family, shape]
    parts.extend(pattern.name for pattern in facets.patterns if pattern.name == "visible")
    if facets.codes:
        parts.append("-".join(facets.codes))
    return "_".join(part for part in parts if part)


def _open(target: str, spaces: Mapping[str, str]) -> list[str]:
    declared = "".join(
        f"\n           xmlns:{prefix}={quoteattr(space)}" for prefix, space in sorted(spaces.items())
    )
    return [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<!-- {_NOTE} -->",
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"{declared}',
        f"           targetNamespace={quoteattr(target)}",
        '           elementFormDefault="qualified" attributeFormDefault="unqualified">',
    ]


def _close(lines: list[str]) -> str:
    return "\n".join([*lines, "</xs:schema>", ""])


def _import(here: str, there: str, file: str) -> str:
    if here == there:
        return f'  <xs:include schemaLocation="{file}"/>'
    return f'  <xs:import namespace={quoteattr(there)} schemaLocation="{file}"/>'


def _facet_lines(facets: Facets, indent: str) -> Iterator[str]:
    if facets.length_min and facets.length_min == facets.length_max:
        yield f'{indent}<xs:length value="{facets.length_max}"/>'
    else:
        if facets.length_min:
            yield f'{indent}<xs:minLength value="{facets.length_min}"/>'
        if facets.length_max is not None:
            yield f'{indent}<xs:maxLength value="{facets.length_max}"/>'
    for pattern in facets.patterns:
        yield f"{indent}<xs:pattern value={quoteattr(pattern.xsd)}/>"
    for code in facets.codes:
        yield f"{indent}<xs:enumeration value={quoteattr(code)}/>"
    if facets.total is not None:
        yield f'{indent}<xs:totalDigits value="{facets.total}"/>'
        yield f'{indent}<xs:fractionDigits value="{facets.fraction or 0}"/>'


def _simple_type(facets: Facets, indent: str, name: str = "") -> Iterator[str]:
    named = f' name="{name}"' if name else ""
    yield f"{indent}<xs:simpleType{named}>"
    inner = list(_facet_lines(facets, f"{indent}    "))
    if inner:
        yield f'{indent}  <xs:restriction base="xs:{facets.base}">'
        yield from inner
        yield f"{indent}  </xs:restriction>"
    else:
        yield f'{indent}  <xs:restriction base="xs:{facets.base}"/>'
    yield f"{indent}</xs:simpleType>"


def _attribute_group(family: str, attributes: Iterable[Attribute]) -> Iterator[str]:
    yield f'  <xs:attributeGroup name="{family}Attributes">'
    for attribute in attributes:
        use = ' use="required"' if attribute.required else ""
        if any(_facet_lines(attribute.facets, "")):
            yield f'    <xs:attribute name="{attribute.name}"{use}>'
            yield from _simple_type(attribute.facets, "      ")
            yield "    </xs:attribute>"
        else:
            yield f'    <xs:attribute name="{attribute.name}" type="xs:{attribute.facets.base}"{use}/>'
    yield "  </xs:attributeGroup>"


def _value_type(name: str, element: Element) -> Iterator[str]:
    facets = element.facets
    assert facets is not None  # noqa: S101 - a value has facets
    if not element.attributes:
        yield from _simple_type(facets, "  ", name)
        return
    plain = not any(_facet_lines(facets, ""))
    if not plain:
        yield from _simple_type(facets, "  ", f"{name}.text")
    base = f"xs:{facets.base}" if plain else f"t:{name}.text"
    yield f'  <xs:complexType name="{name}">'
    yield "    <xs:simpleContent>"
    yield f'      <xs:extension base="{base}">'
    yield f'        <xs:attributeGroup ref="t:{element.family}Attributes"/>'
    yield "      </xs:extension>"
    yield "    </xs:simpleContent>"
    yield "  </xs:complexType>"


def _values(elements: Iterable[Element]) -> dict[str, Element]:
    """Give one element for each type that the values below these use, by type name."""
    found = {}
    for top in elements:
        for _, element in top.walk():
            if element.facets is not None:
                found[_type_name(element)] = element
    return dict(sorted(found.items()))


def _family_groups(grammar: Grammar, values: Mapping[str, Element]) -> Iterator[str]:
    for family in sorted({element.family for element in values.values() if element.attributes}):
        yield from _attribute_group(family, grammar.families[family][1].values())


def _types_schema(grammar: Grammar, messages: list[str], space: str) -> str:
    lines = _open(space, {"t": space})
    values = _values(_without_echo(grammar.messages[message]) for message in messages)
    lines.extend(_family_groups(grammar, values))
    for name, element in values.items():
        if name != "DateTime":
            lines.extend(_value_type(name, element))
            continue
        lines.extend(_value_type("DateTimeText", element))
        lines.append('  <xs:complexType name="DateTime">')
        lines.append("    <xs:sequence>")
        lines.append('      <xs:element name="DateTimeString" type="t:DateTimeText"/>')
        lines.append("    </xs:sequence>")
        lines.append("  </xs:complexType>")
    return _close(lines)


def _without_echo(element: Element) -> Element:
    return replace(element, children=tuple(child for child in element.children if not child.echo))


def _occurs(element: Element) -> str:
    text = "" if element.count_min == 1 else f' minOccurs="{element.count_min}"'
    if element.count_max is None:
        return f'{text} maxOccurs="unbounded"'
    return text if element.count_max == 1 else f'{text} maxOccurs="{element.count_max}"'


def _content(element: Element, depth: int, prefix: str) -> Iterator[str]:
    """Yield the anonymous type of a class: one sequence of its children."""
    indent = "  " * depth
    yield f"{indent}<xs:complexType>"
    yield f"{indent}  <xs:sequence>"
    for child in element.children:
        note = f"  <!-- {child.id} -->" if child.id else ""
        head = f'{indent}    <xs:element name="{child.name}"'
        if child.echo:
            yield f'{indent}    <xs:element ref="d:{child.name}"{_occurs(child)}/>{note}'
        elif child.family:
            name = "DateTime" if child.family == "DateTime" else _type_name(child)
            yield f'{head} type="{prefix}:{name}"{_occurs(child)}/>{note}'
        else:
            yield f"{head}{_occurs(child)}>{note}"
            yield from _content(child, depth + 3, prefix)
            yield f"{indent}    </xs:element>"
    yield f"{indent}  </xs:sequence>"
    yield f"{indent}</xs:complexType>"


def _message_schema(grammar: Grammar, profile: Profile, message: str) -> str:
    home = _home(message)
    here, there = profile.space(home), profile.space(f"{home}.types")
    element = grammar.messages[message]
    echo = any(child.echo for child in element.children)
    if echo and not profile.echo:
        element, echo = _without_echo(element), False
    spaces = {"t": there, "d": profile.space("DEC")} if echo else {"t": there}
    lines = _open(here, spaces)
    types = next(name for name, messages in _type_files(profile).items() if message in messages)
    lines.append(_import(here, there, types))
    if echo:
        lines.append(_import(here, profile.space("DEC"), "DEC.xsd"))
    lines.append(f'  <xs:element name="{element.name}">  <!-- {element.id} -->')
    lines.extend(_content(element, 2, "t"))
    lines.append("  </xs:element>")
    return _close(lines)


def _envelope_schema(grammar: Grammar, profile: Profile) -> str:
    here = profile.space("MetaData")
    envelope = grammar.messages["MetaData"]
    payload = {message: profile.space(message) for message in ("DEC", "RES")}
    lines = _open(here, {"t": here, "d": payload["DEC"], "r": payload["RES"]})
    lines.extend(_import(here, space, f"{message}.xsd") for message, space in payload.items())
    values = _values([envelope])
    if here not in {profile.space("DEC.types"), profile.space("RES.types")}:
        lines.extend(_family_groups(grammar, values))
    for name, element in values.items():
        lines.extend(_value_type(name, element))
    lines.append(f'  <xs:element name="{envelope.name}">')
    lines.append("    <xs:complexType>")
    lines.append("      <xs:sequence>")
    lines.extend(
        f'        <xs:element name="{child.name}" type="t:{_type_name(child)}"{_occurs(child)}/>'
        for child in envelope.children
    )
    lines.append("        <xs:choice>")
    lines.append(f'          <xs:element ref="d:{grammar.messages["DEC"].name}"/>')
    lines.append(f'          <xs:element ref="r:{grammar.messages["RES"].name}" maxOccurs="unbounded"/>')
    lines.append("        </xs:choice>")
    lines.append("      </xs:sequence>")
    lines.append("    </xs:complexType>")
    lines.append("  </xs:element>")
    return _close(lines)


if __name__ == "__main__":
    write(data_root())
