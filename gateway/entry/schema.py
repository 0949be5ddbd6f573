"""The entry as JSON: its schema (`edi_specs/json/entry.1.schema.json`) and its plain values."""

from __future__ import annotations

import json
from typing import Any

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
