"""The second opinion as a caller gets it: library, command line, and only when it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import gateway
from gateway.cli import main
from gateway.flow import opinion as flow
from gateway.specs import pyx12_maps

FIXTURES = Path(__file__).parents[2] / "fixtures"
BAD = FIXTURES / "x12" / "bad"


def test_both_agree_on_a_wrong_code() -> None:
    """A finding of ours and the remark of pyx12 at the same element are one pair."""
    (one,) = gateway.second_opinion((BAD / "mode-unknown.edi").read_bytes())
    assert (one.transaction, one.message, one.version, one.agrees) == (0, "309", "004010", True)
    (pair,) = one.pairs
    assert flow.kind_of(pair) == "agree"
    assert pair.ours is not None
    assert pair.theirs is not None
    assert pair.ours.code == "x12.309.004010/M10-02/code/unknown"
    assert (pair.theirs.segment, pair.theirs.element, pair.theirs.code) == (2, 2, "7")


@pytest.mark.parametrize("file", sorted(BAD.glob("*.edi")), ids=lambda file: file.stem)
def test_no_difference_on_the_bad_fixtures_is_open(file: Path) -> None:
    """On every bad fixture pyx12 says the same, or differs for a reason that is written down."""
    for one in gateway.second_opinion(file.read_bytes()):
        assert one.unasked or one.agrees, one


def test_what_cannot_be_asked_is_said() -> None:
    """A set without a table has no opinion and says why; another format has no transactions to ask about."""
    data = (BAD / "mode-unknown.edi").read_bytes().replace(b"ST*309", b"ST*317")
    (one,) = gateway.second_opinion(data)
    assert "no table" in one.unasked
    assert not one.agrees
    assert one.as_json()["unasked"] == one.unasked
    assert gateway.second_opinion(b"{}") == ()


def test_where_pyx12_gives_up_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of pyx12 is no exception of ours."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(pyx12_maps._Opinion, "ask", broken)
    (one,) = gateway.second_opinion((FIXTURES / "x12/309/one-bill.edi").read_bytes())
    assert one.unasked == "pyx12 gave up: ZeroDivisionError: oh"


def test_the_command_prints_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    """Each difference has its reason on a line, each transaction its counts; the verdict stays ours."""
    assert main(["validate", str(BAD / "order-wrong.edi"), "--second-opinion"]) == 1
    said = capsys.readouterr().out
    assert "we say x12.309.004010/P4/LX/M11/segment/order; it says segment code 1" in said
    assert "(it knows no order: what comes late is not found)" in said
    assert "0 agree, 1 differ for a known reason, 0 open" in said
    assert main(["validate", str(FIXTURES / "x12/309/one-bill.edi"), "--second-opinion"]) == 0
    assert "0 agree, 0 differ for a known reason, 0 open" in capsys.readouterr().out


def test_the_command_gives_it_to_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON and SARIF carry the same pairs; without the option neither has the key."""
    file = str(BAD / "mode-unknown.edi")
    assert main(["validate", file, "--second-opinion", "--json"]) == 1
    (plain,) = json.loads(capsys.readouterr().out)
    said = plain["second_opinion"]
    assert said["by"].startswith("pyx12 4.")
    assert said["agrees"] is True
    (pair,) = said["transactions"][0]["pairs"]
    assert (pair["kind"], pair["ours"]["position"], pair["theirs"]["code"]) == ("agree", [2, 2, 0, 0], "7")
    main(["validate", file, "--second-opinion", "--format", "sarif"])
    run = json.loads(capsys.readouterr().out)["runs"][0]
    assert run["properties"]["second_opinion"][file] == said
    main(["validate", file, "--json"])
    assert "second_opinion" not in json.loads(capsys.readouterr().out)[0]


def test_pyx12_is_not_loaded_before_it_is_asked() -> None:
    """Validating loads no pyx12; asking for the second opinion does."""
    text = (
        "import sys, gateway\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "gateway.validate(data)\n"
        "assert 'pyx12' not in sys.modules\n"
        "gateway.second_opinion(data)\n"
        "assert 'pyx12' in sys.modules\n"
    )
    file = str(FIXTURES / "x12/309/one-bill.edi")
    subprocess.run([sys.executable, "-c", text, file], check=True)
