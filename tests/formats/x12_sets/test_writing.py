"""A new set has what its grammar wants: amendments, levels, counts, letters. What was read stays as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gateway.entry import entry_of, plain_of
from gateway.finding import no_errors
from gateway.flow.forward import forward
from gateway.flow.translate import Outgoing, load_tables, outgoing, take
from gateway.formats.x12.format import FORMAT
from gateway.mapping.address import resolve
from gateway.specs import Limits, SpecError, Specs, read_csv
from gateway.specs.letters import letters, transliterated
from gateway.tree import Draft, Envelope

TABLES = load_tables()
ROOT = TABLES.specs.root
FIXTURES = ROOT / "fixtures"
ENVELOPE = Envelope(sender="NVLN", receiver="USCSTEST", control=7, at="2026-11-25T12:30:00+00:00")


def plain(name: str) -> dict[str, Any]:
    """Give the entry of a fixture as plain values."""
    found = take((FIXTURES / name).read_bytes(), TABLES, Limits())
    return plain_of(found.translations[0].entry)


def written(entry: dict[str, Any], target: str) -> tuple[Outgoing, list[str]]:
    """Write an entry; give what came of it and the segments."""
    model, misfits = entry_of(entry)
    assert not misfits
    sent = outgoing(model, target, ENVELOPE, TABLES, near=True)
    return sent, sent.data.decode("latin-1").split("~")


def starting(segments: list[str], *names: str) -> list[str]:
    """Give the segments of some names."""
    return [one for one in segments if one.split("*")[0] in names]


ROWS = [row for _, row in read_csv(ROOT / "edi_specs" / "x12" / "writing.csv")]
PLACED = [row for row in ROWS if row["leaf"] and row["set"] != "*"]


@pytest.mark.parametrize("row", PLACED, ids=lambda row: f"{row['set']}:{row['kind']}:{row['leaf']}")
def test_a_row_speaks_of_places_that_there_are(row: dict[str, str]) -> None:
    """Loop and element of a row are in some release of its set, and so is the element it copies."""
    found = False
    for version in TABLES.specs.versions("x12")[row["set"]]:
        spec = TABLES.specs.message("x12", row["set"], version)
        assert spec is not None
        try:
            for leaf in (row["leaf"], row["value"] if row["kind"] == "same" else ""):
                name, _, key = leaf.removeprefix("/").partition("-")
                way = "" if leaf.startswith("/") or name in row["loop"].split("/")[-1:] else row["loop"]
                way = way if name not in way.split("/") else way[: way.index(name)].rstrip("/")
                place = "/".join(step for step in (way or row["loop"].rpartition("/")[0], name) if step)
                if leaf:
                    resolve(f"{place}-{key}" if key else place, spec.root, "-", leaf=bool(key))
        except (LookupError, ValueError):
            continue
        found = True
    assert found, row


def test_an_amendment_names_its_bill() -> None:
    """M13 of a new set has bill and issuer; a bill that is only deleted has no M11."""
    sent, segments = written(plain("x12/309/amendment.edi"), "x12/309/004010")
    assert no_errors(sent.findings)
    changed, deleted = starting(segments, "M13")
    assert changed == "M13*NVLN*1303*R*JOI260001*1150*16***NVLN"
    assert deleted == "M13*NVLN*1303*D*JOI260007**01***NVLN"
    assert [one.split("*")[1] for one in starting(segments, "M11")] == ["JOI260001"]
    again = take(sent.data, TABLES, Limits()).translations[0].plain
    assert again == plain("x12/309/amendment.edi")


def test_counts_are_those_of_what_is_written() -> None:
    """The bills of a port and of a manifest are counted; a count that the entry says stays."""
    entry = plain("x12/309/ten-bills.edi")
    del entry["totals"]
    _, segments = written(entry, "x12/309/004010")
    assert starting(segments, "M10")[0].split("*")[8] == "10"
    assert starting(segments, "P4")[0].split("*")[3] == "10"
    entry["totals"] = {"bills": 11}
    _, segments = written(entry, "x12/309/004010")
    assert starting(segments, "M10")[0].split("*")[8] == "11"


def test_bills_are_written_under_their_port() -> None:
    """A manifest of two ports has two P4; an entry without calls has one, with every bill."""
    entry = plain("x12/309/two-ports-004010.edi")
    for release in ("004010", "005020", "006030"):
        sent, segments = written(entry, f"x12/309/{release}")
        assert no_errors(sent.findings), release
        order = [one.split("*")[1] for one in starting(segments, "P4", "M11")]
        assert order == ["1303", "JOI260301", "JOI260302", "1401", "JOI260303"]
        assert [one.split("*")[3] for one in starting(segments, "P4")] == ["2", "1"]
    del entry["transport"]["calls"]
    for bill in entry["bills"]:
        del bill["unlading"]
    sent, segments = written(entry, "x12/309/004010")
    assert no_errors(sent.findings)
    assert [one.split("*")[1] for one in starting(segments, "P4", "M11")] == [
        "1303", "JOI260301", "JOI260302", "JOI260303",
    ]  # fmt: skip


def test_a_bill_of_a_port_that_is_no_call_is_not_written_under_another() -> None:
    """A bill that names a port without a call is listed as unwritten."""
    entry = plain("x12/309/two-ports-004010.edi")
    entry["bills"][2]["unlading"]["code"] = "2704"
    sent, segments = written(entry, "x12/309/004010")
    assert not any("JOI260303" in one for one in segments)
    assert "bills[2].number" in sent.unwritten


def test_a_long_subdivision_has_its_own_element() -> None:
    """A region of three letters is N4-07 from 005010 on and comes back; before, it is left out and told."""
    entry = plain("x12/309/one-bill.edi")
    entry["bills"][0]["shipper"]["address"]["region"] = "NLE"
    for release in ("005010", "005020", "006050"):
        sent, segments = written(entry, f"x12/309/{release}")
        assert no_errors(sent.findings), release
        assert starting(segments, "N4")[0] == "N4*SAO BENTO DO SUL**89280*BR***NLE"
        again = take(sent.data, TABLES, Limits()).translations[0].plain
        assert again["bills"][0]["shipper"]["address"]["region"] == "NLE"
    sent, segments = written(entry, "x12/309/004010")
    assert no_errors(sent.findings)
    assert starting(segments, "N4")[0] == "N4*SAO BENTO DO SUL**89280*BR"
    (told,) = [one for one in sent.findings if one.code.endswith("/text/left-out")]
    assert told.code == "x12.309.004010/P4/LX/N1/N4-02/text/left-out"
    assert (told.severity.value, told.actual) == ("warning", "NLE")


@pytest.mark.parametrize("name", ["adcvd_summary.json", "ocean_consumption.json"])
def test_a_status_of_an_import_has_no_export_shipment(name: str) -> None:
    """A 350 from an import's entry has no BA1, and a 355 ends with K3 even where no summary is known."""
    for release in ("004010", "005010", "006050"):
        _, segments = written(plain(f"json/entry/{name}"), f"x12/350/{release}")
        assert starting(segments, "BA1") == []
    for release in ("004010", "006050"):
        sent, segments = written(plain(f"json/entry/{name}"), f"x12/355/{release}")
        assert starting(segments, "K3") == ["K3*NO SUMMARY WAS GIVEN"]
        assert not any("/K3" in one.code for one in sent.findings)


def test_a_confirmation_of_a_manifest_s_entry_is_whole() -> None:
    """The entry of a 309 and a rejection are enough for a 355: each bill as it was filed, its remark behind it."""
    entry = plain("x12/309/rail-004040.edi")
    bill = entry["bills"][0]["number"]
    entry["statuses"] = [
        {"meaning": "rejected", "list": "bill", "bill": bill, "text": "NOT ON FILE", "code": "017"},
        {"meaning": "rejected", "list": "party", "bill": bill, "text": "NO CONSIGNEE", "code": "005"},
        {"meaning": "rejected", "list": "manifest", "text": "LATE"},
    ]
    for release in ("004010", "006050"):
        sent, segments = written(entry, f"x12/355/{release}")
        assert no_errors(sent.findings), release
        at = next(number for number, one in enumerate(segments) if one.startswith("M11"))
        assert segments[at : at + 3] == [
            "M11*NQ20260001*12254*480*BDL*48200*K******NQRR", "K1*NOT ON FILE*017", "K1*NO CONSIGNEE*005",
        ]  # fmt: skip
        assert segments[segments.index("K1*LATE") - 1].startswith("M10*")


def test_a_remark_on_what_the_entry_does_not_hold_stands_with_its_bill() -> None:
    """Parties, in-bond and lines of a 355 are not in its entry: their remarks are those of the bill when it is written."""
    sent, segments = written(plain("x12/355/rejected-004010.edi"), "x12/355/004010")
    order = [one.split("*")[0] for one in segments[3:-4]]
    assert order == ["M10", "P4", "LX", "M11", *["K1"] * 5, "LX", "M11", "K1", "K3"]
    wrong = {one.code.rpartition("/")[0] for one in sent.findings if one.severity.value == "error"}
    assert wrong == {f"x12.355.004010/P4/LX/M11-0{number}/element" for number in range(2, 7)}


def test_what_a_confirmation_lacks_is_told() -> None:
    """A 355 from an entry that names no conveyance and no port says so, element by element."""
    sent, _ = written(plain("json/entry/summary_delete.json"), "x12/355/004010")
    assert not no_errors(sent.findings)
    codes = {one.code for one in sent.findings}
    assert {"x12.355.004010/M10-02/element/missing", "x12.355.004010/P4/loop/missing"} <= codes


def test_twenty_seals_fill_five_segments() -> None:
    """Seals of a piece of equipment stand in M7, four in each, and come back in their order."""
    entry = plain("x12/309/truck-005020.edi")
    entry["equipment"][0]["seals"] = [{"number": f"SL{number}"} for number in range(20)]
    sent, segments = written(entry, "x12/309/005020")
    assert no_errors(sent.findings)
    assert [one.count("*") for one in starting(segments, "M7")] == [4] * 5
    again = take(sent.data, TABLES, Limits()).translations[0].plain
    assert again["equipment"][0]["seals"] == entry["equipment"][0]["seals"]


def test_the_destination_of_a_new_move_stands_twice() -> None:
    """M21-02 of a new 357 is where its M12 goes."""
    for release in ("004010", "005010"):
        sent, segments = written(plain("x12/357/ocean-005010.edi"), f"x12/357/{release}")
        assert no_errors(sent.findings), release
        assert (
            starting(segments, "M21")[0].split("*")[2] == starting(segments, "M12")[0].split("*")[3] == "1401"
        )


def test_levels_are_numbered_and_stand_behind_their_parent() -> None:
    """Shipment, order, pallet, pack and item are numbered from 1, each under the one that it is in."""
    entry = plain("x12/856/shipment-004010.edi")
    sent, segments = written(entry, "x12/856/004010")
    assert no_errors(sent.findings)
    assert starting(segments, "HL") == [
        "HL*1**S*1", "HL*2*1*O*1", "HL*3*2*T*1", "HL*4*3*P*1", "HL*5*4*I*0", "HL*6*3*P*1", "HL*7*6*I*0",
    ]  # fmt: skip
    assert starting(segments, "CTT") == ["CTT*7"]
    assert (
        FORMAT.check_profile(FORMAT.read(sent.data, TABLES.specs, Limits()), "balances", TABLES.specs) == []
    )


def test_levels_without_numbers_of_their_own() -> None:
    """Packages and lines that name nothing stand under order or shipment; the set is still valid."""
    entry = plain("x12/856/shipment-004010.edi")
    for package in entry["packages"]:
        for name in ("number", "parent", "level"):
            package.pop(name, None)
    for line in entry["lines"]:
        line.pop("package", None)
    sent, segments = written(entry, "x12/856/005010")
    assert no_errors(sent.findings)
    levels = [one.split("*")[1:4] for one in starting(segments, "HL")]
    assert [one[0] for one in levels] == [str(number) for number in range(1, len(levels) + 1)]
    assert all(int(parent or 0) < int(number) for number, parent, _ in levels)
    assert [code for *_, code in levels].count("I") == 2
    ring = plain("x12/856/shipment-004010.edi")
    ring["packages"][0]["parent"] = ring["packages"][1]["number"]
    sent, segments = written(ring, "x12/856/005010")
    assert len(starting(segments, "HL")) == 7
    assert (
        FORMAT.check_profile(FORMAT.read(sent.data, TABLES.specs, Limits()), "balances", TABLES.specs) == []
    )


JSON = [f"{name}.json" for name in ("adcvd_summary", "fda", "informal", "ocean_consumption", "steel_truck")]
STRUCTURE = re.compile(r"HL-0|M13-0|segment/order|loop/order|N10-0[45]|too-long|type/characters|BSN-0")


@pytest.mark.parametrize("target", ["x12/309/004010", "x12/309/005020", "x12/856/004010", "x12/810/004010"])
@pytest.mark.parametrize("name", JSON)
def test_an_entry_of_another_format_breaks_no_structure(name: str, target: str) -> None:
    """What is wrong with a set written from a JSON entry is only what the entry does not say."""
    sent, _ = written(plain(f"json/entry/{name}"), target)
    wrong = [one for one in sent.findings if one.severity.value == "error" and STRUCTURE.search(one.code)]
    assert [one.code for one in wrong] == []


def test_texts_are_written_as_the_set_takes_them() -> None:
    """Letters outside the set become their like, customs gets capitals, what is too long is cut; each is told."""
    entry = plain("x12/309/one-bill.edi")
    bill = entry["bills"][0]
    bill["shipper"]["name"] = "Møbler & Søn ApS, Århus"
    bill["consignee"]["name"] = "B" * 70
    sent, segments = written(entry, "x12/309/004010")
    assert no_errors(sent.findings)
    assert "N1*SH*MOBLER & SON APS, ARHUS" in segments
    assert f"N1*CN*{'B' * 60}" in segments
    told = {one.code: one for one in sent.findings if "/text/" in one.code}
    assert set(told) == {
        "x12.309.004010/P4/LX/N1-02/text/letters",
        "x12.309.004010/P4/LX/N1-02/text/cut",
    }
    assert told["x12.309.004010/P4/LX/N1-02/text/letters"].actual == "Møbler & Søn ApS, Århus"
    assert told["x12.309.004010/P4/LX/N1-02/text/cut"].severity.value == "warning"
    invoice = plain("x12/810/invoice-004010.edi")
    invoice["seller"]["name"] = "Nordwind Pumpen Süd GmbH"
    _, segments = written(invoice, "x12/810/004010")
    assert any(one.startswith("N1*SE*Nordwind Pumpen Sud GmbH*") for one in segments)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Straße", "Strasse"), ("ŁÓDŹ", "LODZ"), ("ål", "al"), ("日本", "??"), ("A~B", "A~B")],
)
def test_letters(text: str, expected: str) -> None:
    """Accents are taken off, letters with a spelling are spelt, what has neither is a question mark."""
    assert transliterated(text, letters(ROOT), re.compile("[^ -~]")) == expected


def test_what_a_sender_wrote_is_not_changed() -> None:
    """The sender's own tree goes out as it came: no count, no level and no letter of it is touched."""
    data = (FIXTURES / "x12/309/one-bill.edi").read_bytes().replace(b"*20261209*1*", b"*20261209**")
    (one,) = take(data, TABLES, Limits()).translations
    sent = forward(one, "x12/309", ENVELOPE, TABLES)
    assert b"~P4*1401*20261209**M455*0630~" in sent.data.replace(b"\n", b"")
    kept = Draft("309", fresh=False)
    kept.children.append(Draft("M10", fresh=False))
    kept.children[0].values["05"] = "søn"
    made = FORMAT.envelop("309", "004010", [kept], ENVELOPE, TABLES.specs)
    assert made.findings == []
    assert kept.children[0].get("05") == "søn"


def test_a_wrong_row_stops_the_program(tmp_path: Path) -> None:
    """A kind that there is none of is an error with file and line."""
    from gateway.formats.x12.complete import rows

    folder = tmp_path / "edi_specs" / "x12"
    folder.mkdir(parents=True)
    head = "kind,set,loop,leaf,value,with,why\n"
    (folder / "writing.csv").write_text(head + "guess,309,,M10-08,,,\n", encoding="utf-8")
    with pytest.raises(SpecError, match=r"writing.csv:2: no such kind"):
        rows(Specs(tmp_path).root, "309")
