"""What this ACE is as strict about as a tester's table says: days, fees that are not there, provinces, check digits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from gateway.simulator.onfile import load
from gateway.simulator.state import State
from gateway.specs import data_root
from tests.simulator.samples import AE, AT, QP, ace, batch, said, send

if TYPE_CHECKING:
    from pathlib import Path

# The samples come on 15 January 2026, a Thursday.
STATEMENT = ("           1\n", "           2{}\n")
MONTHLY = ("           1\n", "           6012026{}\n")
# What a summary has that came under bond.
MOVED = ("20ABCU2704011426W123EXAMPLE STAR", "20ABCU2704011426W123EXAMPLE STAR".ljust(51) + "{}")
NO_FEE = ("6249900003464\n", "")
FEE_TOTALS = (
    ("894990000000346450100000001250", "8950100000001250"),
    ("9000000000000 00000004714", "9000000000000 00000001250"),
)


def conditions(text: str, at: datetime = AT, **checks: str) -> list[str]:
    """File a summary and give severity and code of the E1 records before the last."""
    onfile = replace(ace().onfile, checks={**ace().onfile.checks, **checks})
    step = replace(ace(), onfile=onfile).receive(State(), "b-1", batch("AE", text), at)
    return [line[3:7] for line in said(step.messages[0], "E1")][:-1]


def changed(*pairs: tuple[str, str]) -> str:
    """Give the good summary with some texts replaced."""
    text = AE
    for good, bad in pairs:
        assert good in text
        text = text.replace(good, bad, 1)
    return text


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("011626", []),
        ("011526", ["F205"]),
        ("011226", ["F205"]),
        ("041526", []),
        ("041626", ["F206"]),
        ("011926", ["F204"]),
        ("021626", ["F204"]),
    ],
)
def test_a_statement_is_printed_from_tomorrow_to_the_ninetieth_day(printed: str, found: list[str]) -> None:
    """Today and before is 205, the 91st day 206, a federal holiday 204; a day between is taken."""
    good, bad = STATEMENT
    told = conditions(changed((good, bad.format(printed))))
    assert [code for code in told if code != "F218"] == found


@pytest.mark.parametrize(("month", "found"), [("01", []), ("03", []), ("04", ["F213"]), ("12", ["F213"])])
def test_the_month_of_a_statement_is_near(month: str, found: list[str]) -> None:
    """This month and the next two are taken, others are 213."""
    good, bad = MONTHLY
    assert conditions(changed((good, bad.format(month)))) == found


@pytest.mark.parametrize(
    ("moved", "at", "old"),
    [
        ("011524", AT, False),
        ("011424", AT, True),
        ("022824", datetime(2026, 2, 28, 12, tzinfo=UTC), False),
        ("022826", datetime(2028, 2, 29, 12, tzinfo=UTC), False),
    ],
)
def test_a_move_under_bond_is_at_most_two_years_ago(moved: str, at: datetime, old: bool) -> None:
    """The day two years ago is taken, the one before it is 192; a leap day has one too."""
    good, bad = MOVED
    assert ("F192" in conditions(changed((good, bad.format(moved))), at)) is old


def test_a_correction_has_no_statement_to_be_late_for() -> None:
    """A post summary correction carries no payment, so its days are not asked."""
    golden = (data_root() / "fixtures" / "catair" / "AE" / "correction.txt").read_bytes()
    found = [line[4:7] for line in said(send(golden).messages[0], "E1")]
    assert not {"205", "206", "213"} & set(found)


def test_a_line_without_its_processing_fee_is_refused() -> None:
    """A formal line that nothing frees has a 499, even one of zero: 633; with zero it is taken."""
    text = changed(NO_FEE, *FEE_TOTALS)
    assert conditions(text) == ["F633"]
    assert conditions(changed(("6249900003464", "6249900000000"))) != ["F633"]


@pytest.mark.parametrize(
    "freeing",
    [
        ("40  001 TWTW", "40  001 ILTW"),
        ("508473301180", "509801001090"),
        ("40  001 TWTW", "40  001 HTTW"),
        ("40  001 TWTW122825      ", "40  001 TWTW122825      S "),
    ],
    ids=["origin", "chapter 98", "least developed", "program"],
)
def test_what_is_free_or_may_be_is_not_asked_for_the_fee(freeing: tuple[str, str]) -> None:
    """Israel and chapter 98 owe none, least developed countries and programs perhaps: no 633."""
    assert "F633" not in conditions(changed(NO_FEE, *FEE_TOTALS, freeing))


@pytest.mark.parametrize(
    ("freeing", "found"),
    [
        (("40  001 TWTW", "40  001 ILTW"), True),
        (("508473301180", "509801001090"), True),
        (("508473301180", "509802008068"), False),
        (("40  001 TWTW", "40  001 HTTW"), False),
    ],
)
def test_a_fee_that_is_not_due_is_refused(freeing: tuple[str, str], found: bool) -> None:
    """A 499 of goods that are free for certain is 632; 9802.00.80 owes it, and what may be free is let be."""
    assert ("F632" in conditions(changed(freeing))) is found


def test_informal_and_temporary_entries_report_no_fee() -> None:
    """Types 11, 12 and 23 have none, so none is missing."""
    for kind in ("11", "12", "23"):
        assert "F633" not in conditions(
            changed(NO_FEE, *FEE_TOTALS, ("        0111 X", f"        {kind}11 X"))
        )


def test_canadian_goods_want_a_province() -> None:
    """Origin CA is 414, a warning since it is not known for which types; XO is none; a tester may make it an error."""
    canada = changed(("40  001 TWTW", "40  001 CACA"))
    assert conditions(canada) == ["W414"]
    assert conditions(canada, province="error") == ["F414"]
    assert conditions(canada, province="off") == []
    assert conditions(changed(("40  001 TWTW", "40  001 XOCA"))) == []


def test_each_check_can_be_a_warning_or_off() -> None:
    """A warning is told and the summary taken; what is off is not said at all."""
    late = changed((STATEMENT[0], STATEMENT[1].format("041626")))
    assert conditions(late, **{"statement-day": "warning"}) == ["W206"]
    assert conditions(late, **{"statement-day": "off"}) == []


def test_a_folder_without_the_tables_asks_for_nothing(tmp_path: Path) -> None:
    """Tables of a tester from before the checks were there are read, and every check is off."""
    for path in (data_root() / "fixtures" / "scenarios" / "on_file").glob("*.csv"):
        if path.name not in {"checks.csv", "fee_origins.csv"}:
            (tmp_path / path.name).write_bytes(path.read_bytes())
    onfile = load(tmp_path, data_root())
    assert onfile.weight("statement-day") == ""
    assert onfile.fee_origins == {}


@pytest.mark.parametrize(
    ("number", "right"), [("123456780", False), ("123456787", False), ("123456782", True)]
)
def test_the_check_digit_of_an_in_bond_number_is_off_unless_it_is_asked_for(number: str, right: bool) -> None:
    """The ninth digit is the first eight MOD 7 (unverified): nothing is said of it unless a tester wants it."""
    assert int(number[:8]) % 7 == 2
    moved = send(batch("QP", QP.replace("123456789", number))).state
    arrive = f"101{number}".ljust(47) + "W123\n202601161200002709"
    for answer, kinds in (("off", []), ("warning", ["03"]), ("error", ["01"])):
        onfile = replace(ace().onfile, checks={"in-bond-digit": answer})
        step = replace(ace(), onfile=onfile).receive(moved, "b-2", batch("WP", arrive), AT)
        told = [line for line in said(step.messages[0], "95") if "MOD 7" in line]
        assert [line[2:4] for line in told] == ([] if right else kinds)


def test_a_filer_may_add_to_the_check_digit_of_an_in_bond_number() -> None:
    """Filer K4M adds 1 here; a paperless number and an air waybill have no such digit."""
    onfile = ace().onfile
    assert onfile.in_bond_number_right("K4M", "123456783")
    assert not onfile.in_bond_number_right("K4M", "123456782")
    assert onfile.in_bond_number_right("Q7Z", "V1234567890")
    assert onfile.in_bond_number_right("Q7Z", "12312345678")
