"""Constraints taken out of the tables of WCO messages and JSON documents.

The schemas of WCO messages are written from the tables, so they are written again without the constraint. What a
`DateTimeString` is like stands in the code, as do order, names and namespaces: faults seeded there look for those.
"""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.conformance.selftest.removal import Removal, Row, lines, tables
from gateway.specs import wco_xsd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# WCO

_TREES = "edi_specs/wco/*/*.txt"
_FAMILIES = "edi_specs/wco/*/families.csv"
# A line of a tree up to its format: name, how often, id, family.
_BEFORE = r"^( *\w+ +\d+\.\.[\d*]+ +\w+ +{} +)"


def _trees(old: str, new: str, root: Path) -> None:
    lines(_TREES, old, new, root)
    wco_xsd.write(root)


def _families(change: Callable[[Row], None], root: Path) -> None:
    tables(_FAMILIES, change, root)
    wco_xsd.write(root)


def _codes(root: Path) -> None:
    lines(_TREES, r" \{[^}]*\}", "", root)
    _families(_cleared("codes"), root)


def _visible(root: Path) -> None:
    lines("edi_specs/wco/*/profiles.csv", r"^([^,#]*,visible,).*$", r"\1", root)
    wco_xsd.write(root)


def _cleared(*names: str) -> Callable[[Row], None]:
    def change(row: Row) -> None:
        for name in names:
            row[name] = ""

    return change


def _optional(row: Row) -> None:
    row["use"] = "O" if row["use"] else ""


def _any_currency(row: Row) -> None:
    row["pattern"] = "" if row["pattern"] == "currency" else row["pattern"]


def _any_text(row: Row) -> None:
    row["type"] = "string" if row["type"] in {"anyURI", "language"} else row["type"]


_TEXT = "(?:Code|ID|Text)"
_NUMBER = "(?:Amount|Quantity|Measure|Numeric)"
_WCO = (
    ("usage", partial(_trees, r"^( *\w+ +)1\.\.", r"\g<1>0.."), r"(?!.*(?:@|/DateTimeString/)).*/usage/"),
    ("count", partial(_trees, r"^( *\w+ +\d+\.\.)\d+", r"\g<1>*"), r"(?!.*/DateTimeString/).*/count/"),
    ("length", partial(_trees, _BEFORE.format(_TEXT) + r"(an|a|n)(?:\.\.)?\d+", r"\1\2..9999"), r"(?!.*@).*/length/"),
    ("letters", partial(_trees, _BEFORE.format(_TEXT) + r"(?:a|n)(?=[.\d])", r"\1an"), r".*/(?:letters|digits)/other"),
    ("digits", partial(_trees, _BEFORE.format(_NUMBER) + r"n\.\.[\d,]+", r"\1n..99,90"), r".*/(?:digits|decimals)/too-many"),
    ("codes", _codes, r".*/code/unknown"),
    ("visible", _visible, r".*/visible/"),
    ("attribute-usage", partial(_families, _optional), r".*@\w+/usage/"),
    ("attribute-length", partial(_families, _cleared("length_min", "length_max")), r".*@\w+/length/"),
    ("currency", partial(_families, _any_currency), r".*/currency/"),
    ("attribute-type", partial(_families, _any_text), r".*/(?:uri|language)/"),
)  # fmt: skip

# JSON


def _schemas(change: Callable[[dict[str, Any]], None], root: Path) -> None:
    for path in sorted(root.glob("edi_specs/json/*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        _each(schema, change)
        path.write_text(json.dumps(schema), encoding="utf-8")


def _each(plain: Any, change: Callable[[dict[str, Any]], None]) -> None:
    if isinstance(plain, dict):
        change(plain)
        for value in list(plain.values()):
            _each(value, change)
    elif isinstance(plain, list):
        for value in plain:
            _each(value, change)


def _without(*names: str) -> Callable[[dict[str, Any]], None]:
    def change(schema: dict[str, Any]) -> None:
        for name in names:
            # A property may have the name of a word of the schema.
            if not isinstance(schema.get(name), dict):
                schema.pop(name, None)

    return change


def _anything_known(schema: dict[str, Any]) -> None:
    if schema.get("additionalProperties") is False:
        schema["additionalProperties"] = {"type": "string"}


_OTHER_TYPE = {"string": "integer", "integer": "string", "boolean": "string"}


def _other_type(schema: dict[str, Any]) -> None:
    # A decimal is a choice of a number and a text, which has no other spelling.
    if schema.get("type") in _OTHER_TYPE and "pattern" not in schema and "enum" not in schema:
        schema["type"] = _OTHER_TYPE[schema["type"]]
        schema.pop("minLength", None)
        schema.pop("format", None)


_JSON = (
    ("length", _without("minLength", "maxLength"), r".*/length/[^/]+$"),
    ("pattern", _without("pattern"), r".*/pattern/"),
    ("format", _without("format"), r".*/shape/(?:30-february|no-hyphens|month-13|day-only|no-offset|hour-25)"),
    ("usage", _without("required"), r".*/usage/missing"),
    ("codes", _without("enum"), r".*/code/unknown$"),
    ("type", _other_type, r"(?!.*/acknowledgement/type/).*/type/(?:other-scalar|number|true)"),
    ("known", _anything_known, r".*/known/unknown$"),
)  # fmt: skip

REMOVALS = (
    *(Removal(f"wco/{name}", change, re.compile(r"wco\.(?!envelope)" + cases)) for name, change, cases in _WCO),
    *(
        Removal(f"json/{name}", partial(_schemas, change), re.compile(r"json\.(?!envelope)" + cases))
        for name, change, cases in _JSON
    ),
)  # fmt: skip
