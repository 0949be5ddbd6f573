"""The way through the house, as a user goes it: the command line on the shipped fixtures."""

from __future__ import annotations

import html
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import main

ROOT = Path(__file__).resolve().parents[1]
ROUND_TRIPS = {
    "x12/309/ten-bills.edi": "x12/309",
    "wco/DEC/twelve-items.xml": "wco/DEC",
    "json/entry/fda.json": "json",
    "catair/SE/three-bills.txt": "catair/SE",
}


def gateway(*words: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *words],
        cwd=ROOT, input=stdin, capture_output=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "target"), ROUND_TRIPS.items())
def test_canonical_and_back(name: str, target: str, tmp_path: Path) -> None:
    """To the canonical document and back to its own message, a fixture has the same bytes."""
    source = ROOT / "fixtures" / name
    document = tmp_path / "canonical.json"
    there = gateway("translate", str(source), "--to", "canonical", "-o", str(document))
    assert there.returncode == 0, there.stderr
    back = gateway("translate", str(document), "--to", target, "-o", str(tmp_path / "again"))
    assert back.returncode == 0, back.stderr
    assert (tmp_path / "again").read_bytes() == source.read_bytes()


def test_declaration_to_cargo_release_with_lineage(tmp_path: Path) -> None:
    """A WCO declaration becomes 80-column records, and each value's lineage is the right slice of it."""
    source = ROOT / "fixtures" / "wco" / "DEC" / "twelve-items.xml"
    lineage = tmp_path / "lineage.json"
    done = gateway("translate", str(source), "--to", "catair/SE", "--lineage", str(lineage),
                   "--option", "filer=Q7Z", "--option", "site=2704", "--option", "port=2704")  # fmt: skip
    records = done.stdout
    assert records
    assert len(records) % 80 == 0
    assert all(records[at : at + 1].isascii() for at in range(len(records)))
    values = json.loads(lineage.read_text(encoding="utf-8"))["values"]
    data = source.read_bytes()
    checked = 0
    for value in values:
        for place in value.get("source", ()):
            start, end = place["span"]
            assert html.unescape(data[start:end].decode("utf-8")) == place["text"], value["path"]
            checked += 1
    assert checked > 100
    assert sum("target" in value for value in values) > 40


def good_fixtures() -> list[Path]:
    """List the good fixtures of the first flow's four messages."""
    found: list[Path] = []
    for folder in ("x12/309", "wco/DEC", "json/entry", "catair/SE"):
        files = sorted((ROOT / "fixtures" / folder).glob("*.*"))
        found += [file for file in files if file.suffix in {".edi", ".xml", ".json", ".txt"}]
    return found


def test_there_are_enough_fixtures() -> None:
    """Each input format has at least four realistic submissions, and six bad ones for one reason each."""
    counted: dict[str, int] = {}
    for file in good_fixtures():
        counted[file.parent.parent.name] = counted.get(file.parent.parent.name, 0) + 1
    assert all(counted.get(name, 0) >= 4 for name in ("x12", "wco", "json", "catair")), counted
    for name in ("x12", "wco", "json", "catair"):
        assert len(list((ROOT / "fixtures" / name / "bad").glob("*.expect"))) >= 6, name


@pytest.mark.parametrize("file", good_fixtures(), ids=lambda file: f"{file.parent.parent.name}-{file.name}")
def test_coverage_adds_up(file: Path) -> None:
    """Mapped, ignored, control and unmapped are all leaves, and every unmapped one is listed."""
    done = gateway("coverage", str(file), "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["mapped"] + shown["ignored"] + shown["control"] + shown["unmapped"] == shown["leaves"]
    listed = [place for place in shown["places"] if place["category"] == "unmapped"]
    assert len(listed) == shown["unmapped"]
    assert shown["mapped"] > 0


BAD_INPUT = {
    "empty": b"",
    "blank": b" \r\n \r\n",
    "no format at all": b"Dear customs, please find attached\n",
    "a truncated interchange": b"ISA*00*          *00*          *ZZ*SENDER",
    "a document type": b'<!DOCTYPE d [<!ENTITY a "b">]><MetaData>&a;</MetaData>',
    "broken UTF-8": b'{"number": "\xff\xfe"}',
    "too deep": b"[" * 5000,
    "nothing but zeros": bytes(400),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_a_finding(name: str) -> None:
    """Bad input ends with status 1 and findings; no command shows a traceback for it."""
    for command in (
        ("validate", "-", "--json"),
        ("inspect", "-"),
        ("coverage", "-"),
        ("translate", "-", "--to", "json"),
    ):
        done = gateway(*command, stdin=BAD_INPUT[name])
        # A message that reads with errors can still be covered.
        allowed = {0, 1} if command[0] == "coverage" else {1}
        assert done.returncode in allowed, (command, done.stdout, done.stderr)
        assert b"Traceback" not in done.stderr
        assert b"our fault" not in done.stderr
        if command[0] == "validate":
            assert json.loads(done.stdout)[0]["findings"]


def test_a_file_over_the_limit_is_a_finding() -> None:
    """A file over the limit is refused by its size before anything looks at it."""
    from gateway.flow.translate import load_tables, take
    from gateway.specs import Limits

    taken = take(b"ISA" + b"*" * 2000, load_tables(), Limits(interchange_bytes_max=1000))
    assert [finding.problem for finding in taken.findings] == ["limit/interchange_bytes_max"]
    assert taken.interchange is None


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["validate", "no-such-file"], 2),
        (["translate", "fixtures/json/entry/fda.json", "--to", "no/such"], 2),
        (["frobnicate"], 2),
        (["mappings", "show", "no/such"], 2),
        (["status", "--to", "http://127.0.0.1:9"], 3),
    ],
)
def test_mistakes_have_their_status(words: list[str], status: int) -> None:
    """A user's mistake is one line on standard error and the status that the interface promises."""
    done = gateway(*words)
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr
    assert done.stderr.strip()


def test_what_is_stopped_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends a command with a word and the status that a shell has for it, not with that of a wrong command line."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gateway.cli.validate.read_input", stopped)
    assert main(["validate", "-"]) == 130
    assert capsys.readouterr().err == "gateway: stopped\n"


def test_mappings_show_as_table_and_page() -> None:
    """A mapping can be read as a table, as a page and as JSON."""
    assert b"transport.carrier" in gateway("mappings", "show", "x12/309").stdout
    assert gateway("mappings", "show", "x12/309", "--html").stdout.startswith(b"<!doctype html>")
    assert json.loads(gateway("mappings", "show", "x12/309", "--json").stdout)
    assert gateway("mappings", "check").returncode == 0


def test_an_unknown_option_names_the_command_and_where_its_help_is() -> None:
    """Who mistypes an option is told which command does not know it."""
    done = gateway("validate", "--bogus", "x")
    assert done.returncode == 2
    assert b"validate does not know --bogus; see `gateway validate --help`" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["translate", "x", "--too", "catair/SE"],
            "gateway translate does not know --too (did you mean --to",
        ),
        (["keys", "list", "--jsn"], "gateway keys list does not know --jsn (did you mean --json?)"),
        (["--verson"], "gateway does not know --verson (did you mean --version?)"),
        (["tranlate", "x"], "there is no command tranlate (did you mean translate"),
        (["conformance", "rn"], "there is no command rn (did you mean run?)"),
    ],
)
def test_a_mistyped_word_is_told_with_what_it_may_have_meant(words: list[str], told: str) -> None:
    """The mistake is told before what is missing because of it."""
    done = gateway(*words)
    assert done.returncode == 2
    assert told in done.stderr.decode()


def test_a_place_in_an_envelope_names_no_segment() -> None:
    """In an envelope the place is a byte; segments are counted inside of a message."""
    good = (ROOT / "fixtures" / "x12" / "309" / "amendment.edi").read_bytes()
    done = gateway("validate", "-", stdin=good[:400])
    assert done.returncode == 1
    places = [line.strip() for line in done.stdout.decode().splitlines() if line.strip().startswith("^")]
    assert places == ["^ byte 106", "^ byte 400", "^ byte 400", "^ byte 400, segment 9"]
