"""Bills said as groups: chains from in-bond and master down, with the way back to each value."""

from __future__ import annotations

import copy
from typing import Any

from gateway.entry import grouped

MASTER = {"kind": "master", "issuer": "QTZL", "number": "KHH26104777"}
HOUSE = {"kind": "house", "issuer": "PRTS", "number": "PRTS880977", "master": "KHH26104777"}
BY_SEA = {"mode": "11", "carrier": "QTZL"}


def chains(bills: list[dict[str, Any]], **more: Any) -> list[list[tuple[Any, ...]]]:
    """Give each group as its parts: kind, issuer, number."""
    plain = grouped({"bills": bills, "transport": BY_SEA, **more}).plain
    return [
        [(part.get("kind"), part.get("issuer"), part["number"]) for part in bill["chain"]]
        for bill in plain["bills"]
    ]


def test_a_house_bill_stands_under_the_master_it_names() -> None:
    """Master and house are one group, known by the master."""
    assert chains([MASTER, HOUSE]) == [[("master", "QTZL", "KHH26104777"), ("house", "PRTS", "PRTS880977")]]
    groups = grouped({"bills": [MASTER, HOUSE], "transport": BY_SEA})
    assert groups.plain["bills"][0]["number"] == "KHH26104777"
    assert groups.moved == [1]
    assert groups.back("bills[0].chain[0].number") == "bills[0].number"
    assert groups.back("bills[0].chain[1].issuer") == "bills[1].issuer"
    assert groups.back("bills[1].number") == "bills[1].number"
    assert groups.back("bills[0].quantity.value") == "bills[1].quantity.value"
    assert groups.said == {"bills[1].master"}


def test_each_house_bill_of_a_master_is_a_group() -> None:
    """Two houses of one master are two groups, each with the master."""
    other = {**HOUSE, "number": "PRTS880978"}
    assert [group[0] for group in chains([MASTER, HOUSE, other])] == [("master", "QTZL", "KHH26104777")] * 2


def test_a_house_bill_that_names_no_master_stands_under_the_only_one() -> None:
    """Without a name the only master is meant; of two masters none is guessed."""
    bare = {"kind": "house", "number": "H1"}
    assert chains([MASTER, bare]) == [[("master", "QTZL", "KHH26104777"), ("house", None, "H1")]]
    second = {**MASTER, "number": "KHH2"}
    assert chains([MASTER, second, bare])[2] == [("house", None, "H1")]


def test_a_master_that_is_only_named_is_part_of_the_chain() -> None:
    """A house bill alone brings the master that it names, with the issuer that it names."""
    named = {**HOUSE, "master_issuer": "QTZL"}
    assert chains([named]) == [[("master", "QTZL", "KHH26104777"), ("house", "PRTS", "PRTS880977")]]
    assert grouped({"bills": [named]}).back("bills[0].chain[0].number") == "bills[0].master"


def test_an_in_bond_move_heads_the_chain() -> None:
    """The in-bond number of a bill comes first."""
    moved = {**MASTER, "in_bond": {"kind": "61", "number": "V7Q26001458"}}
    assert chains([moved])[0][0] == ("in-bond", None, "V7Q26001458")


def test_a_sub_house_hangs_under_its_house_and_that_under_its_master() -> None:
    """Three levels are one group in their order."""
    sub = {"kind": "sub-house", "number": "S-1", "master": "PRTS880977"}
    assert [part[0] for part in chains([MASTER, HOUSE, sub])[0]] == ["master", "house", "sub-house"]
    assert chains([MASTER, HOUSE, sub])[0][2] == ("sub-house", None, "S1")


def test_a_number_that_begins_with_its_carrier_is_carrier_and_number() -> None:
    """By sea the carrier's code in front of a number is the issuer; by air there is no issuer."""
    assert chains([{"number": "QTZLKHH2610477700", "issuer": "QTZL"}]) == [
        [("master", "QTZL", "KHH2610477700")]
    ]
    assert chains([{"number": "QTZLKHH26104777"}]) == [[("master", "QTZL", "KHH26104777")]]
    air = grouped(
        {"bills": [{"number": "777-12345675", "issuer": "9Q"}], "transport": {"mode": "40", "carrier": "9Q"}}
    )
    assert air.plain["bills"][0]["chain"] == [{"kind": "master", "number": "77712345675"}]


def test_the_only_group_has_all_packages() -> None:
    """Without a quantity of its own the only group counts all packages, mixed where kinds differ."""
    lines = [{"packages": [{"kind": "CT"}]}, {"packages": [{"kind": "CT"}]}]
    groups = grouped({"bills": [MASTER], "totals": {"packages": 7}, "lines": lines})
    assert groups.plain["bills"][0]["quantity"] == {"value": "7", "unit": "CT"}
    assert groups.back("bills[0].quantity.value") == "totals.packages"
    mixed = grouped(
        {"bills": [MASTER], "totals": {"packages": 7}, "lines": [*lines, {"packages": [{"kind": "BX"}]}]}
    )
    assert mixed.plain["bills"][0]["quantity"]["unit"] == "PCS"
    assert "quantity" not in grouped({"bills": [MASTER]}).plain["bills"][0]


def test_the_entry_stays_as_it_is() -> None:
    """The packages of the only group are counted in the group alone, also where its chain is the bill's own."""
    entry = {"bills": [{**MASTER, "chain": [MASTER]}], "totals": {"packages": 12}}
    kept = copy.deepcopy(entry)
    assert grouped(entry).plain["bills"][0]["quantity"]["value"] == "12"
    assert entry == kept


def test_chains_that_are_there_stay_and_circles_end() -> None:
    """A bill with its chain is left alone; bills that name each other do not go round for ever."""
    whole = {"number": "KHH2", "chain": [{"kind": "master", "number": "KHH2"}]}
    assert grouped({"bills": [whole]}).plain["bills"] == [whole]
    one = {"kind": "house", "number": "A", "master": "B"}
    two = {"kind": "house", "number": "B", "master": "A"}
    assert grouped({"bills": [one, two]}).plain["bills"] == [one, two]
