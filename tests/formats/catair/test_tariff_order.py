"""The order of the tariff numbers of a line: one table, which reader, writer and simulator obey."""

from __future__ import annotations

import json

import pytest

from gateway.finding import Answer, Level
from gateway.flow.translate import load_tables, outgoing, take
from gateway.formats.catair.format import FORMAT
from gateway.specs import Limits
from gateway.specs.catair_order import orders
from tests.formats.catair.support import ENVELOPE, FIXTURES, SPECS, case, errors, read, records
from tests.simulator.samples import said, send

SET = "AE/set-32-tariffs.txt"
CODE = "catair.AE.v109/50:3-12/order/wrong"
TABLES = load_tables()
TURNS = {
    "98 behind the goods": (("99030124", "8473301180", "9802008068"), [2]),
    "99 behind the goods": (("9802008068", "8473301180", "99030124"), [2]),
    "98 behind 99": (("99030124", "9802008068", "8473301180"), [1]),
    "two of 99 behind the goods": (("8473301180", "99030124", "99038801"), [1, 2]),
    "in order": (("9802008068", "99030124", "99038801", "8473301180", "0901210010"), []),
    "goods alone": (("8473301180", "0901210010"), []),
    "two of 98 leave it open": (("8473301180", "9802008068", "99030124", "9801001090"), []),
}


def with_numbers(text: str, numbers: tuple[str, ...]) -> str:
    """Give the first line of a summary these tariff numbers in this order."""
    rows = records(text)
    places = [at for at, row in enumerate(rows) if row.startswith("50")]
    model = rows[places[0]]
    rows[places[0] : places[0] + 1] = [model[:2] + number.ljust(10) + model[12:] for number in numbers]
    return "".join(rows)


@pytest.mark.parametrize("name", TURNS)
def test_the_reader_tells_each_number_that_comes_too_late(name: str) -> None:
    """A number behind one that it belongs before is told at its columns, with what was expected."""
    numbers, late = TURNS[name]
    data = with_numbers(case("AE/three-lines-mpf-minimum.txt"), numbers)
    found = [one for one in read(data).all_findings() if one.code == CODE]
    assert [one.actual for one in found] == [numbers[at] for at in late]
    for one, at in zip(found, late, strict=True):
        assert one.place == ("40/50:3-12" if at == 0 else f"40/50[{at + 1}]:3-12")
        assert one.span is not None
        assert data[one.span.start : one.span.end].strip() == numbers[at]
        assert one.severity == "error"
        assert one.expected.startswith("chapter 98")


def test_a_line_of_a_set_with_32_numbers_is_judged_to_its_last() -> None:
    """The 32nd number of a set header is told when one of chapter 99 stands there; its components are their own lines."""
    rows = records(case(SET))
    first = next(at for at, row in enumerate(rows) if row.startswith("50"))
    rows[first + 30], rows[first + 31] = rows[first + 31], rows[first + 30]
    (found,) = [one for one in read("".join(rows)).all_findings() if one.code == CODE]
    assert found.place == "40/50[32]:3-12"
    assert found.position == (first + 32, 3)
    assert errors(read(case(SET))) == []


def test_a_component_is_told_in_its_own_line() -> None:
    """Order is a matter of one line: the second line's fault has that line's place and no other."""
    rows = records(case(SET))
    at = [turn for turn, row in enumerate(rows) if row.startswith("50820600")][1]
    rows.insert(at + 1, "5099030124  " + rows[at][12:])
    (found,) = [one for one in read("".join(rows)).all_findings() if one.code == CODE]
    assert found.place == "40[2]/50[2]:3-12"


def test_the_sender_is_answered_with_852_below_the_tariff_number() -> None:
    """AX leads by LINITM and TARIFF to the number, says 852 and rejects the transaction, not the batch."""
    data = with_numbers(case("AE/three-lines-mpf-minimum.txt"), TURNS["99 behind the goods"][0])
    interchange = read(data)
    answer = Answer(level=Level.SYNTAX, accepted=False, findings=tuple(interchange.all_findings()))
    said = records(FORMAT.acknowledge(interchange, answer, ENVELOPE, SPECS))
    at = next(turn for turn, row in enumerate(said) if row.startswith("E1 F852"))
    assert said[at][10:50].rstrip() == "HTS OUT OF SEQUENCE"
    assert said[at - 2].startswith("E0 LINITM 000001 REF ID: 001")
    assert said[at - 1].startswith("E0 TARIFF 000003 REF ID: 99030124")
    assert said[at + 1].startswith("E1RF998")


@pytest.mark.parametrize("name", TURNS)
def test_reader_and_simulator_say_the_same(name: str) -> None:
    """For each order the simulated ACE says 852 as often as the reader finds the fault."""
    numbers, late = TURNS[name]
    data = with_numbers(case("AE/three-lines-mpf-minimum.txt"), numbers)
    message = send(data.encode("latin-1")).messages[0]
    assert [row[4:7] for row in said(message, "E1")].count("852") == len(late)


def test_a_release_out_of_order_is_a_warning() -> None:
    """SE prescribes the order too, but no condition code is known that refuses another one."""
    rows = records(case("SE/master-house.txt"))
    at = next(turn for turn, row in enumerate(rows) if row.startswith("SE60"))
    rows.insert(at + 1, "SE6099030124".ljust(80))
    found = [one for one in read("".join(rows)).all_findings() if one.code.endswith("order/wrong")]
    assert [(one.severity, one.actual) for one in found] == [("warning", "99030124")]
    assert errors(read("".join(rows))) == []


def test_order_means_nothing_in_json_and_the_writer_makes_it() -> None:
    """A JSON entry in any order is taken without a finding of order; what is filed from it reads without one."""
    entry = json.loads((FIXTURES.parent / "json/entry/summary_informal.json").read_bytes())
    entry["lines"][0]["tariffs"] = [
        {"number": "7326908688", "value": {"amount": "2140", "currency": "USD"}},
        {"number": "99030124"},
        {"number": "9802008068"},
    ]
    taken = take(json.dumps(entry).encode(), TABLES, Limits())
    assert not [one for one in taken.interchange.all_findings() if "order" in one.code]
    sent = outgoing(taken.translations[0].entry, "catair/AE", ENVELOPE, TABLES).data
    assert not [one for one in read(sent).all_findings() if one.code == CODE]


def test_what_no_order_is_asked_of_is_written_as_it_is_given() -> None:
    """With two numbers of chapter 98 the order is the filer's own, and stays."""
    entry = json.loads((FIXTURES.parent / "json/entry/summary_informal.json").read_bytes())
    given = ["7326908688", "9802008068", "99030124", "9801001090"]
    entry["lines"][0]["tariffs"] = [{"number": number} for number in given]
    taken = take(json.dumps(entry).encode(), TABLES, Limits())
    sent = outgoing(taken.translations[0].entry, "catair/AE", ENVELOPE, TABLES).data
    assert [row[2:12].strip() for row in records(sent) if row.startswith("50")] == given


def test_the_table_has_the_orders_of_the_reference() -> None:
    """Chapter 98, then 99, then the others, in AE 50 and SE SE60; blank numbers have no order."""
    for application, record in (("AE", "50"), ("SE", "SE60")):
        order = orders(SPECS.root, application)[record]
        assert order.beginnings == ("98", "99")
        assert list(order.strays(["8473301180", "", "99030124"])) == [(2, 0)]
    assert orders(SPECS.root, "QP") == {}
