"""One record from its leaves: exact columns, padded by class, 80 characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.catair.nodes import padded
from gateway.specs.catair_fields import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.specs.catair_fields import Layout, Record


def compose(record: Record, values: Mapping[str, str], padding: str = "") -> str:
    """Lay out one record from its leaves; `padding` is what `RecordNode.layout` tells."""
    if any("#" in key for key in values):
        values = {key.partition("#")[0]: value for key, value in values.items()}
    if record.layout is not None:
        return _lay_out(record.layout, values, padding)
    text = ""
    for selector, layout in record.layouts:
        text = _lay_out(layout, values, padding)
        fits = all(key in layout.by_key for key, value in values.items() if value)
        if fits and (selector is None or selector.holds(text)):
            break
    return text


def _lay_out(layout: Layout, values: Mapping[str, str], padding: str) -> str:
    if padding:
        return _laid_out_as(layout, values, padding)
    parts: list[str] = []
    for key, constant, width, number, empty in layout.writes:
        value = values.get(key) or constant
        if not value:
            parts.append(empty)
        elif number and value.isdigit():
            parts.append(value.zfill(width)[-width:])
        else:
            parts.append(value.ljust(width)[:width])
    return "".join(parts)


def _laid_out_as(layout: Layout, values: Mapping[str, str], padding: str) -> str:
    told = dict(_padding(padding))
    parts: list[str] = []
    for field in layout.fields:
        value = values.get(field.key, "") or field.constant
        if f"i{field.key}" in told:
            indent = int(told[f"i{field.key}"] or 0)
            parts.append((" " * indent + value).ljust(field.width)[: field.width])
        elif value:
            parts.append(padded(field, value))
        elif field.zero and f"e{field.key}" not in told:
            parts.append("0" * field.width)
        else:
            parts.append(" " * field.width)
    text = "".join(parts)
    short = next((int(key[1:]) for key in told if key.startswith("n")), WIDTH)
    return text[:short]


def _padding(padding: str) -> Iterator[tuple[str, str]]:
    for word in padding.split(","):
        key, _, value = word.partition("=")
        if key and key[1:].replace("-", "").isdigit() and (not value or value.isdigit()):
            yield key, value
