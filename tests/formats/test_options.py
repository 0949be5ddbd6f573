"""Options of envelopes: those of the table are those that formats read, and no value that is wanted breaks a message."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli import main
from gateway.flow.translate import load_tables, outgoing_plain
from gateway.formats import named
from gateway.formats import names as format_names
from gateway.specs import Limits, SpecError, data_root, read_csv
from gateway.specs.options import MARKS, RULES, Option, options, unfit
from gateway.tree import Envelope, Node

ROOT = data_root()
PLAIN = (ROOT / "fixtures/json/entry/informal.json").read_bytes()
TARGETS = {"x12": "x12/309", "edifact": "edifact/CUSDEC", "wco": "wco/DEC", "catair": "catair/SE"}
_READ = re.compile(r"""(?:options|profile)(?:\.get\(|\[)f?["']([a-z_]+(?:\.\{)?)""")


def written(target: str, said: dict[str, str]) -> bytes:
    """Write the entry as a message in an envelope of which this is said."""
    envelope = Envelope(
        sender="GATEWAY", receiver="CBP", control=7, at="2026-03-02T10:00:00+00:00", options=said
    )
    return outgoing_plain([json.loads(PLAIN)], target, envelope, load_tables()).data


def _names(node: Node) -> Iterator[str]:
    yield node.name
    for child in node.children:
        yield from _names(child)


def _texts(plain: object) -> Iterator[str]:
    if isinstance(plain, dict | list):
        for one in plain.values() if isinstance(plain, dict) else plain:
            yield from _texts(one)
    else:
        yield str(plain)


def parts(name: str, data: bytes) -> list[list[str]]:
    """Name the parts of each message that is found, in their order."""
    found = named(name).read(data, load_tables().specs, Limits())
    return [[*_names(one.root)] for one in found.transactions]


@cache
def plain_parts(name: str) -> list[list[str]]:
    """Name the parts of the message in an envelope of which nothing is said."""
    found = parts(name, written(TARGETS[name], {}))
    assert len(found) == 1
    return found


@pytest.mark.parametrize("name", sorted(options(ROOT)))
def test_the_table_has_what_is_read(name: str) -> None:
    """Each option that a format asks for stands in the table, and each of the table is a word of its format."""
    folder = ROOT / "gateway" / ("rules" if name == RULES else f"formats/{name}")
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")))
    completed = {
        row["value"] for _, row in read_csv(ROOT / "edi_specs/catair/writing.csv") if row["kind"] == "option"
    }
    read = {*_READ.findall(source)} | (completed if name == "catair" else set())
    known = [one.name for one in options(ROOT)[name]]
    assert read - {one.replace(".*", ".{") for one in known} == set()
    words = {*re.findall(r"""["']([a-z_]+(?:\.(?=["'{]))?)""", source)} | completed
    assert [one for one in known if one.removesuffix("*") not in words] == []
    assert len({*known}) == len(known)


def _of(*, marks: bool) -> list[Option]:
    return [
        one
        for name in TARGETS
        for one in options(ROOT)[name]
        if (one.name in MARKS and (one.format, one.name) != ("x12", "release")) is marks
    ]


def _holds(one: Option, text: str) -> None:
    said = {one.name.replace("*", "AgencyAssignedCustomizationCode"): text}
    if unfit(ROOT, said, [one.format]) is None:
        found = parts(one.format, written(TARGETS[one.format], said))
        # A release that we have no table of is read without one.
        assert found == plain_parts(one.format) or (one.name == "release" and len(found) == 1), repr(text)


@pytest.mark.parametrize("one", _of(marks=False), ids=lambda one: f"{one.format}-{one.name}")
@given(data=st.data())
def test_what_is_wanted_breaks_no_message(one: Option, data: st.DataObject) -> None:
    """Whatever the table takes, the message is written and its parts are found again."""
    text = data.draw(st.from_regex(one.values or "[ -~]{0,20}", fullmatch=True))
    assert one.takes(text)
    _holds(one, text)


@pytest.mark.parametrize("one", _of(marks=True), ids=lambda one: f"{one.format}-{one.name}")
def test_what_may_divide_a_message_does(one: Option) -> None:
    """So it is with every character, but those of the values: X12 cannot write these, which is told of the message."""
    inside = {*json.dumps([*_texts(json.loads(PLAIN))])}
    tried = [chr(code) for code in range(256) if chr(code) not in inside]
    assert sum(one.takes(text) for text in tried) > 5 or one.name == "mark"
    for text in tried:
        _holds(one, text)


@pytest.mark.parametrize(
    ("said", "formats", "wrong"),
    [
        ({"usage": "T"}, ["x12"], None),
        ({"usage": "T"}, ["catair"], ("usage", "there is no such option")),
        ({"usage": "T"}, ["json"], ("usage", "there is no such option")),
        ({"usge": "T"}, ["x12"], ("usge", "there is no such option; there is usage")),
        (
            {"usage": "T", "isa_qualifier": "Z"},
            ["x12"],
            ("isa_qualifier", "this is not two capital letters or digits"),
        ),
        ({"group_sender": "Z\u00dcRICH"}, ["x12"], None),
        # GS08 of the one, the release character of the other.
        ({"release": "004010"}, ["x12", "edifact"], None),
        ({"release": "!"}, ["x12", "edifact"], None),
        ({"release": "!!"}, ["edifact"], ("release", "this is not one character, no letter or digit")),
        ({"header.AgencyAssignedCustomizationCode": ""}, ["wco"], None),
        ({"header.": "x"}, ["wco"], ("header.", "there is no such option; there is header.*")),
        ({"check_digit_offset.Q7Z": "4"}, [RULES], None),
        ({"check_digit_offset.Q7Z": "44"}, [RULES], ("check_digit_offset.Q7Z", "this is not a digit")),
        (
            {"element": "|", "terminator": "|"},
            ["x12"],
            ("element", "element and terminator are the same character"),
        ),
        ({"terminator": "*"}, ["x12"], ("terminator", "element and terminator are the same character")),
        ({"element": ":"}, ["x12"], None),
        ({"element": ":"}, ["edifact"], ("element", "component and element are the same character")),
        # A partner who files in both: what fits one of them is of that one.
        ({"element": ":"}, ["x12", "edifact"], None),
        ({"release": " ", "repetition": ""}, ["edifact"], None),
        ({"set_control": "\u0661"}, ["x12"], ("set_control", "this is not up to 9 digits")),
    ],
)
def test_what_is_no_option_is_told(
    said: dict[str, str], formats: list[str], wrong: tuple[str, str] | None
) -> None:
    """The first that no format knows or takes, and why; what was said is not repeated."""
    assert unfit(ROOT, said, formats) == wrong


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("usge=T", "--option usge: there is no such option; there is usage"),
        ("usage=X", "--option usage: this is not I, P or T"),
        ("usage", "--option usage: write KEY=VALUE"),
        ("filer=Q7Z", "--option filer: there is no such option"),
    ],
)
def test_an_option_of_translate_is_one_of_its_target(
    option: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fact that the new envelope has no place for is the user's mistake, and nothing is written."""
    words = ["translate", str(ROOT / "fixtures/json/entry/informal.json"), "--to", "x12/309"]
    assert main([*words, "--option", "usage=T"]) in {0, 1}
    assert "*T*" in capsys.readouterr().out
    assert main([*words, "--option", option]) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert said.out == ""


def test_every_format_with_an_envelope_has_options() -> None:
    """Only JSON has nothing around its message of which something could be said."""
    assert {*options(ROOT)} == {*format_names(), RULES} - {"json"}


@pytest.mark.parametrize(
    ("form", "name", "known"),
    [
        ("x12", "status_release", {path.parent.name for path in (ROOT / "edi_specs/x12").glob("*/350.set")}),
        (
            "edifact",
            "repertoire",
            {row["code"] for _, row in read_csv(ROOT / "edi_specs/edifact/charsets.csv")},
        ),
        ("wco", "profile", {row["profile"] for _, row in read_csv(ROOT / "edi_specs/wco/3.6/profiles.csv")}),
    ],
)
def test_what_other_tables_have_is_what_may_be_said(form: str, name: str, known: set[str]) -> None:
    """A release, repertoire or profile that we have a table of is one that may be asked for, and no other is."""
    one = next(row for row in options(ROOT)[form] if row.name == name)
    others = {f"{text[:-1]}{letter}" for text in known for letter in "0123456789ABCXYZ"}
    assert {text for text in known | others if one.takes(text)} == known


def test_values_that_are_no_pattern_are_told(tmp_path: Path) -> None:
    """A table of one's own with a wrong regular expression is told with its line."""
    (tmp_path / "edi_specs").mkdir()
    table = "format,option,values,wanted,default,meaning\nx12,usage,[,P or T,P,ISA15\n"
    (tmp_path / "edi_specs" / "options.csv").write_text(table)
    with pytest.raises(SpecError, match=r"options\.csv:2: \[: unterminated"):
        options(tmp_path)
