"""Rules see an entry as the model has it, and every value that one of them objects to."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from gateway.entry import Entry, Identifier, Money, Package, Party, Quantity, plain_of
from gateway.entry.base import Country, Currency, Hts
from gateway.rules import Given, rules, run_rules
from gateway.rules.places import Places
from gateway.rules.views import view_of
from tests.rules.cases import CASES
from tests.rules.samples import entry

if TYPE_CHECKING:
    from gateway.finding import Finding
    from tests.rules.cases import Case

KINDS = (Country, Currency, Hts, date, datetime, Money, Quantity, Package, Identifier, Party)


def _said(case: Case, judged: Entry) -> list[Finding]:
    """Give what every rule says of the model's own objects, each value of a kind shown to it."""
    places = Places(plain_of(judged))
    given = Given(case.on, case.profile, places.exact)
    return [
        each.signed(found)
        for each in rules().values()
        if each.holds(case.on)
        for found in each.check(judged, given)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}@{case.place}")
def test_views_are_judged_as_the_objects_are(case: Case) -> None:
    """A rule finds the same in views, rough places first, as in the model's objects and exact places."""
    for changes in (case.bad, case.good):
        judged = entry(case.base, changes)
        assert list(run_rules(judged, case.on, case.profile)) == _said(case, judged)


def test_each_different_value_is_among_the_rough_places() -> None:
    """Rough places are those of the first items, and have every value that there is."""
    judged = plain_of(entry("ocean_consumption", {"lines[0].levies": [_levy("1.00"), _levy("2.00")]}))
    for kind in KINDS:
        places = Places(judged)
        rough = {(_first(path), value) for path, value in places.rough(kind)}
        assert rough == {(_first(path), value) for path, value in places.exact(kind)}
        assert all(_first(path) == path for path, _ in places.rough(kind))


def _levy(amount: str) -> dict[str, object]:
    return {"kind": "A00", "amount": {"amount": amount, "currency": "USD"}}


def _first(path: str) -> str:
    return re.sub(r"\[\d+\]", "[0]", path)


def test_a_view_has_the_values_of_the_model() -> None:
    """Decimals, dates, lists and objects come as the model has them; what is absent too."""
    judged = entry("ocean_consumption", {})
    seen = view_of(plain_of(judged))
    assert seen.port is not None
    assert seen.port.code == judged.port.code
    assert seen.lines[0].tariffs[0].value.amount == judged.lines[0].tariffs[0].value.amount
    assert isinstance(seen.lines[0].tariffs[0].value.amount, Decimal)
    assert seen.transport.arrival_expected == judged.transport.arrival_expected
    assert seen.lines[0].cases == ()
    assert seen.port == view_of(plain_of(judged)).port
    assert len({seen.port, view_of(plain_of(judged)).port}) == 1
    assert "Place(" in repr(seen.port)
