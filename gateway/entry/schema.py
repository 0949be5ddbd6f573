"""The entry as JSON: its schema (`edi_specs/json/entry.1.schema.json`) and its plain values."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from pydantic import ValidationError

from gateway.entry.header import Entry

SCHEMA_VERSION = "1"


def json_schema() -> str:
    """Give the schema text as it is committed: two blanks, sorted by nothing, one line end."""
    schema = Entry.model_json_schema()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:customs-gateway:entry:1"}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"


def plain_of(entry: Entry) -> dict[str, Any]:
    """Give the entry as JSON-plain values, in the model's order, without what is absent."""
    plain: dict[str, Any] = _without_empty(entry.model_dump(mode="json", exclude_none=True))
    return plain


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _without_empty(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner not in ({}, [])}
    if isinstance(value, list):
        return [_without_empty(inner) for inner in value]
    return value


class Misfit(NamedTuple):
    """One value that the model does not take: where, what kind of wrong, in words, the value."""

    at: tuple[str | int, ...]
    kind: str
    message: str
    value: Any


def entry_of(plain: dict[str, Any]) -> tuple[Entry, list[Misfit]]:
    """Make an entry of plain values; what does not fit is cut out of `plain` and listed.

    A misfit takes its smallest object with it only where that object says nothing
    without it (an amount that is no number takes the money).
    """
    misfits: list[Misfit] = []
    while True:
        try:
            return Entry.model_validate(plain), misfits
        except ValidationError as error:
            for one in error.errors(include_url=False):
                at = one["loc"]
                misfits.append(Misfit(at, one["type"], one["msg"], one["input"]))
                _cut(plain, at[:-1] if one["type"] == "missing" else at)


def _cut(plain: Any, at: tuple[str | int, ...]) -> None:
    """Empty the place; a list keeps its length until it is cut as a whole."""
    if not at:
        if not isinstance(plain, dict):
            raise TypeError("an entry is an object")
        plain.clear()
        return
    place = plain
    for step in at[:-1]:
        try:
            place = place[step]
        except (KeyError, IndexError, TypeError):
            return
    last = at[-1]
    if isinstance(place, dict):
        place.pop(str(last), None)
    elif isinstance(place, list) and isinstance(last, int) and last < len(place):
        del place[last]
