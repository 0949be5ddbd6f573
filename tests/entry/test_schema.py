"""The canonical model: closed, frozen, documented, and the same as its committed schema."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from gateway import entry as model
from gateway.entry import Entry, Money, entry_of, json_schema, plain_of
from gateway.entry.base import Model
from gateway.specs import data_root

CLASSES = [
    kind
    for name in model.__all__
    if isinstance(kind := getattr(model, name), type) and issubclass(kind, Model)
]
DOCUMENTS = [
    json.loads(path.read_bytes())
    for path in sorted((data_root() / "fixtures" / "json" / "entry").glob("*.json"))
]
ENTRIES = [one for found in DOCUMENTS for one in (found if isinstance(found, list) else [found])]


def test_the_committed_schema_is_the_models() -> None:
    """What integrators validate against is what the gateway takes."""
    committed = data_root() / "edi_specs" / "json" / "entry.1.schema.json"
    assert committed.read_text(encoding="utf-8") == json_schema()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_classes_are_closed_frozen_and_documented(kind: type[Model]) -> None:
    """An unknown field is an error, a change is a new object, a class says what it is."""
    assert kind.model_config["extra"] == "forbid"
    assert kind.model_config["frozen"] is True
    assert kind.__doc__


def test_every_class_is_public() -> None:
    """What the entry is made of can be imported from one place."""
    assert {kind.__name__ for kind in CLASSES} == set(json.loads(json_schema())["$defs"]) | {"Entry"}


def test_terms_are_texts_of_known_vocabularies() -> None:
    """The names that other standards have for a field are metadata of known keys."""
    known = {"wco", "un", "x12", "edi", "cat", "tv", "note"}
    for kind in CLASSES:
        assert kind.__terms__.keys() == kind.model_fields.keys()
        for terms in kind.__terms__.values():
            assert set(terms) <= known


@pytest.mark.parametrize("plain", ENTRIES, ids=lambda plain: plain.get("number", ""))
def test_plain_values_go_round(plain: dict[str, Any]) -> None:
    """A shipped entry comes back from the model value by value, in the model's order."""
    entry, misfits = entry_of(copy.deepcopy(plain))
    assert misfits == []
    assert json.dumps(plain_of(entry)) == json.dumps(plain)


def test_money_keeps_its_digits() -> None:
    """Decimals are texts in JSON and never binary floats."""
    assert plain_of(Entry(totals=model.Totals(value=Money(amount="12.50", currency="USD")))) == {
        "totals": {"value": {"amount": "12.50", "currency": "USD"}}
    }


def test_what_does_not_fit_is_cut_out_and_listed() -> None:
    """One wrong value does not take the entry with it."""
    plain: dict[str, Any] = {
        "kind": "01",
        "colour": "red",
        "entered": "2026-02-30",
        "bills": [{"issuer": "QTZL"}],
    }
    entry, misfits = entry_of(plain)
    assert entry.kind == "01"
    assert entry.entered is None
    assert {misfit.at for misfit in misfits} >= {("colour",), ("entered",), ("bills", 0, "number")}


def test_values_are_checked_when_made() -> None:
    """A country is two capitals, an empty text is no text, a number is no text."""
    for bad in ({"kind": ""}, {"kind": 1}, {"entered": "yesterday"}, {"transport": {"nationality": "usa"}}):
        with pytest.raises(ValidationError):
            Entry.model_validate(bad)


def test_the_worked_example_is_an_entry() -> None:
    """Progress, evidence and statuses fit beside the declaration."""
    example = {
        "number": "73461882612",
        "kind": "01",
        "lines": [{"number": 1, "origin": {"country": "MX", "melt_pour": "MX"}, "bills": ["EX600822199A"]}],
        "bills": [{"kind": "simple", "issuer": "NISC", "number": "EX600822199A"}],
        "invoices": [{"number": "INV-1000288", "dated": "2026-02-21"}],
        "evidence": [
            {
                "id": "urn:uuid:1",
                "kind": "MillTestReportCredential",
                "checks": {"signature": True, "status": None},
            }
        ],
        "statuses": [{"id": "s1", "code": "1H"}, {"id": "s2", "code": "1I", "clears": "s1"}],
    }
    entry = Entry.model_validate(example)
    assert entry.invoices[0].dated == date(2026, 2, 21)
    assert entry.evidence[0].checks == {"signature": True, "status": None}
