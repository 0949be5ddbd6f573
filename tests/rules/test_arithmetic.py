"""Duty, fees and totals of entry summaries: the worked figures of the reference, and one cent beside them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from gateway.entry import Entry
from gateway.entry.values import Quantity
from gateway.finding import Severity
from gateway.flow.translate import load_tables, take
from gateway.rules import rules, run_rules
from gateway.rules.cbp.fees import DOLLAR, duty_of, fee, half_up
from gateway.specs import Limits, data_root, read_csv

ON = date(2026, 6, 15)
MODULES = ("gateway.rules.cbp.arithmetic", "gateway.rules.cbp.due")
SUMMARIES = sorted((data_root() / "fixtures" / "catair" / "AE").glob("*.txt"))


def usd(amount) -> dict[str, str]:
    """Give money of the model."""
    return {"amount": str(amount), "currency": "USD"}


def summary(*lines: dict, totals: dict[str, str] | None = None, **more) -> Entry:
    """Give a summary with lines, and totals by kind."""
    levies = [{"kind": kind, "amount": usd(amount)} for kind, amount in (totals or {}).items()]
    plain = {
        "kind": "01", "entered": ON.isoformat(), "filing": {"stage": "summary"},
        "transport": {"mode": "11"}, "lines": list(lines), "totals": {"levies": levies},
    }  # fmt: skip
    return Entry.model_validate({**plain, **more})


def line(value, *levies: tuple[str, str], duty=None, rate=None, **more) -> dict:
    """Give a line of one tariff number with levies by class."""
    tariff = {"number": "8473301180", "value": usd(value)}
    if duty is not None:
        tariff["duty"] = usd(duty)
    if rate is not None:
        tariff["rate"] = rate
    return {
        "tariffs": [tariff],
        "levies": [{"kind": kind, "amount": usd(amount)} for kind, amount in levies],
        **more,
    }


def found(entry: Entry, on: date = ON) -> list[tuple[str, str, str, str]]:
    """Give rule, place, expected and actual of what the arithmetic finds."""
    own = {rule_id for rule_id, each in rules().items() if each.module in MODULES} - {"cbp.ae.mpf-due"}
    return [
        (one.code, one.place, one.expected, one.actual) for one in run_rules(entry, on, {}) if one.code in own
    ]


@pytest.mark.parametrize(
    ("amount", "to", "rounded"),
    [("123.545", "0.01", "123.55"), ("181.56451", "0.01", "181.56"), ("256.18515", "0.01", "256.19"),
     ("123.49", "1", "123"), ("123.50", "1", "124")],
)  # fmt: skip
def test_half_up(amount, to, rounded):
    """Rounding is half up, once, at the end."""
    assert half_up(Decimal(amount), Decimal(to)) == Decimal(rounded)


def test_the_table_of_fees_has_no_gap_and_no_overlap():
    """Each figure holds from the day after the last one ended."""
    rows: dict[str, list[dict[str, str]]] = {}
    for _, row in read_csv(data_root() / "edi_specs" / "catair" / "fees.csv"):
        rows.setdefault(row["fee"], []).append(row)
    for each in rows.values():
        assert each[-1]["until"] == ""
        for before, after in pairwise(each):
            ended, begins = date.fromisoformat(before["until"]), date.fromisoformat(after["since"])
            assert (begins - ended).days == 1
    assert fee("mpf.minimum", date(1989, 1, 1)) is None


def test_worked_figures_are_right():
    """Value 10,000: 34.64 and 12.50; 9,000 ends at the least; 200,000 at the most (catair.md 7.5)."""
    assert found(summary(line(10000, ("499", "34.64"), ("501", "12.50")),
                         totals={"499": "34.64", "501": "12.50", "fees": "47.14"})) == []  # fmt: skip
    assert found(summary(line(9000, ("499", "31.18"), ("501", "11.25")),
                         totals={"499": "33.58", "501": "11.25", "fees": "44.83"})) == []  # fmt: skip
    assert found(summary(line(200000, ("499", "692.80")), totals={"499": "651.50"})) == []


@pytest.mark.parametrize(
    ("entry", "code", "place", "expected"),
    [
        (summary(line(10000, ("499", "34.63"))), "cbp.ae.mpf-line",
         "lines[0].levies[0].amount.amount", "34.64"),
        (summary(line(9000, ("499", "31.18")), totals={"499": "31.18"}), "cbp.ae.mpf-total",
         "totals.levies[0].amount.amount", "33.58"),
        (summary(line(200000, ("499", "692.80")), totals={"499": "692.80"}), "cbp.ae.mpf-total",
         "totals.levies[0].amount.amount", "651.50"),
        (summary(line(10000, ("501", "12.51"), ("499", "34.64"))), "cbp.ae.hmf-line",
         "lines[0].levies[0].amount.amount", "12.50"),
        (summary(line(1000, ("499", "3.46")), kind="11"), "cbp.ae.mpf-not-due",
         "lines[0].levies[0].kind", "no 499"),
        (summary(line(1000, ("499", "3.46"), set_role="component")), "cbp.ae.mpf-not-due",
         "lines[0].levies[0].kind", "no 499"),
        (summary(line(4000, ("501", "5.00"), ("499", "13.86")), transport={"mode": "40"}), "cbp.ae.hmf-not-due",
         "lines[0].levies[0].kind", "no 501"),
        (summary(line(1600, ("501", "2.00"))), "cbp.ae.hmf-not-due", "lines[0].levies[0].kind", "no 501"),
        (summary(line(4000, ("501", "5.00"), duty="1"), kind="22"), "cbp.ae.hmf-not-due",
         "lines[0].levies[0].kind", "no 501"),
        (summary(line(2000), kind="11", levies=[{"kind": "311", "amount": usd("2.62")}]), "cbp.ae.informal-fee",
         "levies[0].amount.amount", "2.69"),
        (summary(line(10000, duty="386.99", rate="3.9%")), "cbp.ae.duty",
         "lines[0].tariffs[0].duty.amount", "390.00"),
        (summary(line(10000, duty="100"), totals={"duty": "103.00"}), "cbp.ae.totals",
         "totals.levies[0].amount.amount", "100"),
        (summary(line(10000, ("056", "1.00")), totals={"056": "1.01"}), "cbp.ae.totals",
         "totals.levies[0].amount.amount", "1.00"),
        (summary(line(10000, ("017", "8.20")), totals={"tax": "8.00"}), "cbp.ae.totals",
         "totals.levies[0].amount.amount", "8.20"),
        (summary(line(40000, cases=[{"number": "A570918000", "rate": "55.31", "amount": usd("22124.01"),
                                     "rate_kind": "ad-valorem"}])), "cbp.ae.case-duty",
         "lines[0].cases[0].amount.amount", "22124.00"),
        (summary(line(40000, cases=[{"number": "C570919000", "rate": "0.12", "amount": usd("24.01"),
                                     "rate_kind": "specific", "quantity": {"value": "200"}}])), "cbp.ae.case-duty",
         "lines[0].cases[0].amount.amount", "24.00"),
    ],
)  # fmt: skip
def test_a_cent_beside_is_found_and_explained(entry, code, place, expected):
    """Each rule names its place and the right figure, and says how it comes about."""
    assert [(one[0], one[1], one[2]) for one in found(entry)] == [(code, place, expected)]
    [finding] = [one for one in run_rules(entry, ON, {}) if one.code == code]
    assert finding.clause == rules()[code].clause
    assert finding.message


def test_tolerances_are_kept():
    """A duty may be 2.99 dollars off, a line's and the total's; more is wrong."""
    assert found(summary(line(10000, duty="387.01", rate="3.9%"), totals={"duty": "390.00"})) == []


def test_a_year_without_figures_is_doubtful():
    """Where the fees of the date are not known a difference is a warning that says so."""
    later = date(2026, 11, 25)
    entry = summary(line(9000, ("499", "31.18")), totals={"499": "34.50"}, entered=later.isoformat())
    [finding] = [one for one in run_rules(entry, later, {}) if one.code == "cbp.ae.mpf-total"]
    assert finding.severity is Severity.WARNING
    assert "not in our tables" in finding.message


@pytest.mark.parametrize(
    ("rate", "duty"),
    [
        ("Free", "0.00"),
        ("3.9%", "39.00"),
        ("2.4¢/kg", "12.00"),
        ("2.4¢/kg + 3%", "42.00"),
        ("$0.50/kg", "250.00"),
        ("The rate of the article", None),
        ("2¢/doz", None),
    ],
)
def test_rates_as_tariffs_print_them(rate, duty):
    """Free, percentages, cents or dollars a unit, and their sums are understood; nothing else is guessed."""
    quantities = (Quantity(value=Decimal(500), unit="KGM"),)
    expected = None if duty is None else Decimal(duty)
    assert duty_of(rate, Decimal(1000), quantities) == expected


@pytest.mark.parametrize("file", SUMMARIES, ids=lambda file: file.stem)
def test_the_summaries_among_the_fixtures_add_up(file):
    """Our own summaries have no difference of a cent."""
    result = take(file.read_bytes(), load_tables(), Limits())
    for translation in result.translations:
        assert found(translation.entry, date(2026, 9, 1)) == []


def test_clauses_of_the_arithmetic_have_words_and_are_used():
    """Each clause has our wording and a source, and each rule here cites one."""
    table = {
        row["id"]: row for _, row in read_csv(data_root() / "edi_specs" / "clauses" / "cbp_arithmetic.csv")
    }
    cited = {each.clause for each in rules().values() if each.module in MODULES}
    assert cited == set(table)
    assert all(row["text"] and row["source"] for row in table.values())


def test_whole_dollars_are_rounded_number_by_number():
    """Each tariff number's value is rounded to dollars before the fee is taken."""
    assert half_up(Decimal("99.50"), DOLLAR) == 100
    entry = summary({
        "tariffs": [{"number": "8473301180", "value": usd("99.50")}, {"number": "8473301140", "value": usd("200.49")}],
        "levies": [{"kind": "499", "amount": usd("1.04")}],
    })  # fmt: skip
    assert found(entry) == []
