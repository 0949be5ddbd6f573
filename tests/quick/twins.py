"""The compiled part beside its twin: one transaction, read by both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from gateway.mapping import Mapping, Translation, translate
from gateway.quick import COMPILED

if TYPE_CHECKING:
    from gateway.tree import Transaction

compiled = pytest.mark.skipif(not COMPILED, reason="the compiled part is not built here")


class Said(NamedTuple):
    """What a translation says, keys in their order."""

    plain: str
    json: bytes
    findings: tuple[Any, ...]


def said(translation: Translation) -> Said:
    """Give everything that may not differ."""
    found = tuple(translation.findings)
    return Said(json.dumps(translation.plain), translation.json, found)


def in_python(mapping: Mapping, transaction: Transaction) -> Translation:
    """Translate without the compiled part."""
    held = mapping.quick
    mapping.__dict__["quick"] = None
    try:
        return translate(mapping, transaction)
    finally:
        mapping.__dict__["quick"] = held


def is_quick(translation: Translation) -> bool:
    """Tell whether the compiled part made it."""
    return not isinstance(translation.held, dict)
