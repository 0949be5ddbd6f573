"""Rules see an entry as the model has it, and every value that one of them objects to."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from gateway.entry import Entry, Identifier, Money, Package, Party, Quantity, plain_of
from gateway.entry.base import Country, Currency, Hts
from gateway.flow.translate import load_tables, take
from gateway.rules import Given, rules, run_rules
from gateway.rules.looking import looker
from gateway.rules.places import Places
from gateway.rules.views import view_of
from gateway.specs import Limits, data_root
from tests.rules.cases import CASES
from tests.rules.samples import TODAY, entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.finding import Finding
    from tests.rules.cases import Case

FOLDERS = ("catair", "edifact", "json", "wco", "x12")
KINDS = (Country, Currency, Hts, date, datetime, Money, Quantity, Package, Identifier, Party)


def _every_rule(judged: Entry, plain: dict[str, Any], on: date, profile: Mapping[str, str]) -> list[Finding]:
    """Give what every rule says that speaks of such entries, each value of a kind shown to it."""
    given = Given(on, profile, Places(plain).exact)
    return [
        each.signed(found)
        for each in rules().values()
        if each.holds(on) and (each.of is None or each.of(judged, given))
        for found in each.check(judged, given)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}@{case.place}")
def test_views_are_judged_as_the_objects_are(case: Case) -> None:
    """A rule finds the same in views, rough places first, as in the model's objects and exact places."""
    for changes in (case.bad, case.good):
        judged = entry(case.base, changes)
        assert list(run_rules(judged, case.on, case.profile)) == _every_rule(
            judged, plain_of(judged), case.on, case.profile
        )


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_is_not_asked_has_nothing_to_say(folder: str) -> None:
    """Every fixture is judged as if every rule were asked about every value, whatever type it says it has."""
    tables, limits = load_tables(), Limits()
    found = 0
    for file in sorted(path for path in (data_root() / "fixtures" / folder).rglob("*") if path.is_file()):
        for translation in take(file.read_bytes(), tables, limits).translations:
            for kind in (None, "01", "11"):
                plain = translation.plain | ({"kind": kind} if kind is not None else {})
                said = run_rules(plain, TODAY, {"stage": "release"})
                assert list(said) == _every_rule(view_of(plain), plain, TODAY, {"stage": "release"}), file
                found += len(said)
    assert found > 10


def test_each_value_that_rules_tell_apart_is_among_the_rough_places() -> None:
    """Rough places are those of the first items; amounts from one up are all alike."""
    levies = [_levy("2.00"), _levy("1.00"), _levy("0.50"), _levy("-1.00"), _levy("0.50")]
    judged = plain_of(entry("ocean_consumption", {"lines[0].levies": levies}))
    for kind in KINDS:
        alone, together = Places(judged), Places(judged, frozenset(KINDS))
        rough = {(_first(path), _told(value)) for path, value in alone.rough(kind)}
        assert rough == {(_first(path), _told(value)) for path, value in alone.exact(kind)}
        assert rough == {(_first(path), _told(value)) for path, value in together.rough(kind)}
        assert all(_first(path) == path for path, _ in alone.rough(kind))
    amounts = [one.amount for path, one in Places(judged).rough(Money) if path == "lines[0].levies[0].amount"]
    assert amounts == [Decimal("2.00"), Decimal("0.50"), Decimal("-1.00")]


@pytest.mark.parametrize("turned", [False, True])
def test_what_no_entry_had_before_is_found(*, turned: bool) -> None:
    """Each entry has fields that those before it had not; whatever came first, all of it is looked at."""
    tables, limits = load_tables(), Limits()
    files = [
        path for name in FOLDERS for path in (data_root() / "fixtures" / name).rglob("*") if path.is_file()
    ]
    looker.cache_clear()
    for file in sorted(files, key=lambda path: path.stat().st_size, reverse=turned):
        for translation in take(file.read_bytes(), tables, limits).translations:
            places = Places(translation.plain, frozenset(KINDS))
            for kind in KINDS:
                rough = {(_first(path), _told(value)) for path, value in places.rough(kind)}
                assert rough == {(_first(path), _told(value)) for path, value in places.exact(kind)}, file


def _told(value: object) -> object:
    """Give what a rule may know of a value before it objects to anything."""
    return re.sub(r"'(amount|value)': '[1-9][^']*'", r"'\1': 'some'", repr(value))


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
