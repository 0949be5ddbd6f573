"""The entry as JSON Schema, committed at `edi_specs/json/entry.1.schema.json`."""

from __future__ import annotations

import json

from gateway.entry.header import Entry

SCHEMA_VERSION = "1"


def json_schema() -> str:
    """Give the schema text as it is committed: two blanks, sorted by nothing, one line end."""
    schema = Entry.model_json_schema()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:customs-gateway:entry:1"}
    return json.dumps(head | schema, indent=2, ensure_ascii=False) + "\n"
