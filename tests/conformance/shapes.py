"""Checks what the reports' formats ask for: a few words of JSON Schema, and the lines of TAP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parent / "schemas"
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}
_LINE = re.compile(
    r"(?P<not>not )?ok (?P<number>\d+) - (?P<text>(?:[^#\\]|\\.)*?)(?: # (?P<directive>SKIP|TOD[O]) ?(?P<why>.*))?"
)


def schema(name: str) -> dict[str, Any]:
    """Read a schema of ours."""
    plain: dict[str, Any] = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    return plain


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))


def wrongs(value: Any, rule: dict[str, Any], at: str = "$") -> Iterator[str]:
    """Yield what a value has against a schema."""
    kind = rule.get("type", "")
    if kind and not _is(value, kind):
        yield f"{at} is no {kind}"
        return
    if "const" in rule and value != rule["const"]:
        yield f"{at} is not {rule['const']}"
    if "enum" in rule and value not in rule["enum"]:
        yield f"{at} is none of {rule['enum']}"
    if "pattern" in rule and not re.search(rule["pattern"], value):
        yield f"{at} is not like {rule['pattern']}"
    if "minimum" in rule and value < rule["minimum"]:
        yield f"{at} is below {rule['minimum']}"
    if isinstance(value, dict):
        yield from _members(value, rule, at)
    if isinstance(value, list):
        if rule.get("unique") and len({json.dumps(one) for one in value}) != len(value):
            yield f"{at} has the same twice"
        for number, inner in enumerate(value):
            yield from wrongs(inner, rule.get("items", {}), f"{at}[{number}]")


def _members(value: dict[str, Any], rule: dict[str, Any], at: str) -> Iterator[str]:
    known = rule.get("properties", {})
    yield from (f"{at} has no {name}" for name in rule.get("required", ()) if name not in value)
    for name, inner in value.items():
        if name in known:
            yield from wrongs(inner, known[name], f"{at}.{name}")
        elif rule.get("additionalProperties") is False:
            yield f"{at} has {name}"


def tap(text: str) -> list[dict[str, Any]]:
    """Read a TAP 14 stream strictly: version, plan, numbered lines, closed blocks. ValueError otherwise."""
    rows = text.splitlines()
    if rows[0] != "TAP version 14" or not re.fullmatch(r"1\.\.\d+", rows[1]):
        raise ValueError(rows[:2])
    found: list[dict[str, Any]] = []
    inside = False
    for row in rows[2:]:
        if row == "  ---" and found and not inside:
            inside = True
        elif row == "  ..." and inside:
            inside = False
        elif inside:
            key, _, value = row.removeprefix("  ").partition(": ")
            found[-1]["block"][key] = json.loads(value)
        else:
            match = _LINE.fullmatch(row)
            if match is None or int(match["number"]) != len(found) + 1:
                raise ValueError(row)
            found.append({**match.groupdict(), "block": {}})
    if inside or len(found) != int(rows[1].removeprefix("1..")):
        raise ValueError("the stream ends too early")
    return found
