"""Plain values as JSON with two blanks a level: what `json.dumps` gives with `indent=2` and no letter escaped.

Lives here: the writing of them. The standard library hands each piece up through every level around it.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring as _quote
from typing import Any

_WORDS = {None: "null", True: "true", False: "false"}


def indented(value: Any, indent: str = "\n") -> str:
    """Write a value; `indent` begins the line that it stands in. Names of fields are texts."""
    if isinstance(value, str):
        return _quote(value)
    inner = indent + "  "
    if isinstance(value, dict):
        fields = [
            f"{_quote(name)}: {_quote(one) if isinstance(one, str) else indented(one, inner)}"
            for name, one in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(fields)}{indent}}}" if fields else "{}"
    if isinstance(value, list | tuple):
        items = [_quote(one) if isinstance(one, str) else indented(one, inner) for one in value]
        return f"[{inner}{f',{inner}'.join(items)}{indent}]" if items else "[]"
    return _WORDS[value] if value is None or isinstance(value, bool) else json.dumps(value)
