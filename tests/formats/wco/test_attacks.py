"""Hostile documents: each is refused with its finding, soon, and nothing is fetched."""

from __future__ import annotations

import socket
import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.finding import Severity, no_errors
from gateway.formats.wco.format import FORMAT
from gateway.specs import Limits, Specs, data_root
from tests.formats.wco.attacks import ATTACKS, OPEN, Attack, document

if TYPE_CHECKING:
    from pathlib import Path

SPECS = Specs()
SECONDS_MAX = 3.0
MEMORY_MIN = 1 << 20
MEMORY_TIMES = 20
SAMPLE = (data_root() / "fixtures" / "wco" / "DEC" / "import-full.xml").read_bytes()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
def test_attacks_are_refused(attack: Attack, lenient: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An attack gets the finding that names it, in bounded time, and no socket is opened."""

    def refuse(*_: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    before = time.perf_counter()
    interchange = FORMAT.read(attack.data, SPECS, Limits(lenient=lenient))
    assert time.perf_counter() - before < SECONDS_MAX
    found = {finding.problem: finding for finding in interchange.all_findings()}
    if attack.name == "latin-1 label" and lenient:
        assert found["xml/encoding"].severity is Severity.REPAIRED
        return
    if not attack.problem:
        assert not found
        return
    assert attack.problem in found, found
    assert not no_errors(interchange.all_findings())
    span = found[attack.problem].span
    assert span is not None
    assert 0 <= span.start <= span.end <= max(len(attack.data), 1)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attacks_take_no_memory(attack: Attack) -> None:
    """What Python holds at most while an attack is read is bounded by its size."""
    FORMAT.read(SAMPLE, SPECS, Limits())
    tracemalloc.start()
    try:
        FORMAT.read(attack.data, SPECS, Limits())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY_MIN + MEMORY_TIMES * len(attack.data)


def test_limits_are_findings() -> None:
    """Each limit that a document passes is a finding with the limit's name."""
    data = document("<AdditionalDocument/>" * 50).encode()
    for limits, problem in (
        (Limits(interchange_bytes_max=100), "limit/interchange_bytes_max"),
        (Limits(segments_max=20), "limit/segments_max"),
        (Limits(depth_max=2), "limit/depth_max"),
    ):
        broken = data.replace(b"<FunctionCode>9<", b"<FunctionCode>x<")
        found = FORMAT.read(broken, SPECS, limits).all_findings()
        assert [finding.problem for finding in found] == [problem]


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (Limits(segments_max=20), "limit/segments_max"),
        (Limits(depth_max=4), "limit/depth_max"),
        (Limits(attributes_max=1), "limit/attributes_max"),
        (Limits(value_chars_max=20), "limit/value_chars_max"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_limit_below_the_usual_one_holds_for_a_valid_document(limits: Limits, problem: str) -> None:
    """What is without fault is held to a limit as what has one."""
    data = (data_root() / "fixtures" / "wco" / "DEC" / "amendment.xml").read_bytes()
    assert FORMAT.read(data, SPECS, Limits()).all_findings() == []
    assert [one.problem for one in FORMAT.read(data, SPECS, limits).all_findings()] == [problem]


def test_findings_are_cut_at_their_limit() -> None:
    """A document with more faults than the limit has as many findings, and one says so."""
    data = document("<Odd/>" * 5000).encode()
    found = FORMAT.read(data, SPECS, Limits(findings_max=100)).all_findings()
    assert len(found) == 100
    assert {finding.problem for finding in found} == {"element/unknown", "limit/findings_max"}


def test_responses_are_cut_at_the_limit() -> None:
    """More responses than the limit are not read."""
    one = (data_root() / "fixtures" / "wco" / "RES" / "two-responses.xml").read_bytes()
    interchange = FORMAT.read(one, SPECS, Limits(transactions_max=1))
    assert len(interchange.transactions) == 1
    assert [f.problem for f in interchange.all_findings()] == ["limit/transactions_max"]


def test_a_schema_that_the_document_brings_is_not_used(tmp_path: Path) -> None:
    """A permissive schema named by the document does not make it valid."""
    permissive = tmp_path / "all.xsd"
    permissive.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:odd">'
        '<xs:element name="Odd"/></xs:schema>'
    )
    location = f'xsi:schemaLocation="urn:odd file://{permissive}"'
    odd = f'<o:Odd xmlns:o="urn:odd" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {location}/>'
    found = FORMAT.read(document(odd).encode(), SPECS, Limits()).all_findings()
    assert [finding.problem for finding in found] == ["element/unknown"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_read(data: bytes, lenient: bool) -> None:
    """Any bytes give an interchange with findings, never an exception, and come back as they were."""
    interchange = FORMAT.read(data, SPECS, Limits(lenient=lenient))
    assert interchange.all_findings()
    assert FORMAT.write(interchange, SPECS) == data


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_spoilt_documents_are_read(data: st.DataObject) -> None:
    """A document with bytes cut, doubled or changed is read; what can be written gives the same bytes."""
    at = data.draw(st.integers(0, len(SAMPLE) - 1))
    size = data.draw(st.integers(0, 60))
    new = data.draw(
        st.sampled_from([b"", b"<", b">", b"&", b"<!DOCTYPE a>", b"\xff", b'"', b"</ID>", b"<ID>", b"\r\n"])
    )
    spoilt = SAMPLE[:at] + new + SAMPLE[at + size :]
    lenient = data.draw(st.booleans())
    interchange = FORMAT.read(spoilt, SPECS, Limits(lenient=lenient))
    assert FORMAT.write(interchange, SPECS) == spoilt
    for finding in interchange.all_findings():
        assert finding.span is not None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_carried(text: str) -> None:
    """Any text that XML can hold is read as it stands, blanks around it cut."""
    clean = "".join(char for char in text if char >= " " and char not in "<&]" and char < "\ud800")
    data = f"{OPEN}<Declaration><FunctionCode>9</FunctionCode><ID>{clean}</ID></Declaration></md:MetaData>"
    interchange = FORMAT.read(data.encode(), SPECS, Limits())
    (declaration,) = (transaction.root for transaction in interchange.transactions)
    assert declaration.children[1].get("") == clean.strip(" \t\r\n")
