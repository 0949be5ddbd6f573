"""Cases by hand: how a file is read, what a mistake in it says, and what is judged where anything may come."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.conformance.exchange.listening import Call, Listener
from gateway.conformance.exchange.signed import unsigned
from gateway.conformance.judge import judge
from gateway.conformance.model import Ack, Expect, Seen, Spot, Verdict, View
from gateway.conformance.samples import SampleSuite
from gateway.conformance.written import WrittenSuite, suites
from gateway.flow.translate import load_tables
from gateway.formats import formats
from gateway.shell.work import IDENTITY
from gateway.specs import Limits, SpecError, data_root

_FILE = """
[[clause]]
id = "x12.cases/a/b"
text = "T."
source = "s"
[[clause.case]]
name = "one"
text = "aXbXc"
swap = [{swap}]
finds = [{{ code = "k/w", at = "P", marks = "{marks}", turn = {turn} }}]
"""

_NUMBERED = """
[[clause]]
id = "x12.cases/a/b"
text = "T."
source = "s"
number = "A00000001"
[[clause.case]]
name = "one"
text = "A00000001BA00000001"
[[clause.case]]
name = "two"
text = "A00000001BA00000001"
[[clause.case]]
name = "kept"
text = "A00000001BA00000001"
number = ""
[[clause.case]]
name = "nowhere"
text = "A1"
"""


def _suite(folder: Path, swap: str = '["b", "Y"]', marks: str = "X", turn: int = 2) -> WrittenSuite:
    path = folder / "fixtures" / "conformance" / "x12.toml"
    path.parent.mkdir(parents=True)
    path.write_text(_FILE.format(swap=swap, marks=marks, turn=turn))
    [found] = suites(folder, 1)
    return found


def test_a_case_is_a_text_with_places_changed(tmp_path: Path) -> None:
    """What is swapped stands in the bytes, and the finding is where the marked text stands that many times."""
    [case] = _suite(tmp_path, '["X", "ZZ", 2]', "Z").cases()
    built = case.make()
    assert built.data == b"aXbZZc"
    assert built.expect == Expect("rejected", (Spot("k.w", ("P",), (4, 5)),), None, "P")


@pytest.mark.parametrize(
    ("swap", "marks"), [('["Q", ""]', "X"), ('["X", ""]', "X"), ('["X", "", 3]', "X"), ('["b", "Y"]', "Q")]
)
def test_a_text_that_is_not_there_is_a_mistake(tmp_path: Path, swap: str, marks: str) -> None:
    """A swap of what is not there, or of what is there several times, and a mark of nothing are told with the file."""
    [case] = _suite(tmp_path, swap, marks).cases()
    with pytest.raises(SpecError, match=r"x12\.toml.*one"):
        case.make()


def test_every_clause_of_a_file_has_both_sides_or_says_which() -> None:
    """Each file is read, and its clauses have cases under their own ids."""
    found = suites(data_root(), 1)
    assert [one.form for one in found] == list(formats())
    for suite in found:
        ids = {clause.id for clause in suite.clauses()}
        assert {case.clauses[0] for case in suite.cases()} == ids
        assert all(case.id.startswith(f"{case.clauses[0]}/") for case in suite.cases())


@pytest.mark.parametrize("form", sorted(IDENTITY))
def test_no_written_case_repeats_a_control_number(form: str) -> None:
    """A service that remembers control numbers finds none twice: not among the cases, not in a sample."""
    specs = load_tables().specs
    first: dict[tuple[str, str, str], tuple[str, bytes]] = {}
    written = WrittenSuite(data_root(), form)
    for case in (*SampleSuite(data_root(), form).cases(), *written.cases()):
        data = case.make().data
        read = formats()[form].read(data, specs, Limits())
        name = (read.sender, read.receiver, read.control)
        before, same = first.setdefault(name, (case.id, data))
        assert not read.control or same == data or not case.id.startswith(written.name), (before, case.id)


def test_a_number_of_its_own_is_as_long_and_the_same_each_time(tmp_path: Path) -> None:
    """Digits are another case's digits, whatever else is in a number stays; a number that is not there is a mistake."""
    path = tmp_path / "fixtures" / "conformance" / "x12.toml"
    path.parent.mkdir(parents=True)
    path.write_text(_NUMBERED)
    [found] = suites(tmp_path, 1)
    one, two, kept, nowhere = found.cases()
    texts = [case.make().data.decode() for case in (one, two, one, kept)]
    assert all(re.fullmatch(r"(A\d{8})B\1", text) for text in texts)
    assert texts[0] == texts[2] != texts[1]
    assert texts[3] == "A00000001BA00000001"
    with pytest.raises(SpecError, match="'A00000001' is not there"):
        nowhere.make()


@pytest.mark.parametrize(
    ("disposition", "verdict"),
    [("accepted", Verdict.PASS), ("rejected", Verdict.PASS), ("exception KeyError: 'x'", Verdict.FAIL)],
)
def test_an_exception_is_no_answer(disposition: str, verdict: Verdict) -> None:
    """Where any findings may come the answer is still one of two words."""
    seen = Seen(disposition=disposition, findings=(Spot("a.b", ("c",)),))
    assert judge(Expect("", open=True), seen, View.FINDINGS).verdict is verdict


def test_what_is_expected_names_the_acknowledgement() -> None:
    """Where one had to come and none did, the two sides say which."""
    expect = Expect("accepted", (), Ack("997", (("AK501", "A"),)))
    judged = judge(expect, Seen(disposition="accepted", acks=()), View.CODES)
    assert (judged.expected, judged.actual) == ("accepted, 997", "accepted, no acknowledgement")


def test_a_listener_answers_by_submission() -> None:
    """The first call about each submission gets the first answer, whatever came about others meanwhile."""
    listener = Listener("127.0.0.1", [503])
    calls = [Call("/called", {}, b'{"submission": "%b"}' % name) for name in (b"a", b"b", b"a")]
    assert [listener.take(one) for one in calls] == [503, 503, 204]
    assert listener.wait("a", 2, 0) == [calls[0], calls[2]]


def test_a_call_without_a_signature_is_told() -> None:
    """What cannot be verified is said, and so are keys that cannot be read."""
    call = Call("/called", {"content-type": "application/json"}, b"{}")
    assert "http" in unsigned("http://127.0.0.1/called", call, b'{"keys": []}')
    assert unsigned("http://127.0.0.1/called", call, b"no keys").startswith("the keys cannot be read")
