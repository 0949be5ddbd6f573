"""Reports: every writer's output is what its format asks for, with every verdict under its heading."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.conformance.reports.badge import document
from gateway.conformance.text import block
from tests.conformance.commands import ENVELOPE, conformance, judged
from tests.conformance.every import every
from tests.conformance.shapes import SCHEMAS, schema, tap, wrongs

FORMS = ("junit", "sarif", "tap", "html", "md", "badge")


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[Path, dict[str, dict[str, Any]]]:
    """Every form of a file with every verdict, and the lines by verdict."""
    made = every(tmp_path / "r.jsonl")
    options = [word for name in FORMS for word in (f"--{name}", str(tmp_path / name))]
    assert conformance("report", tmp_path / "r.jsonl", *options).status == 0
    return tmp_path, made


def test_junit(drawn: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    """The document is valid, its counts are those of its elements, each verdict has its element."""
    folder, made = drawn
    root = etree.parse(folder / "junit").getroot()
    etree.XMLSchema(etree.parse(SCHEMAS / "junit.xsd")).assertValid(root)
    wanted = {"pass": None, "fail": "failure", "error": "error", "known": "skipped", "fixed": "failure",
              "skip": "skipped", "excluded": "skipped"}  # fmt: skip
    for verdict, line in made.items():
        suite, _, name = line["case"].partition("/")
        case = root.find(f"testsuite[@name='{suite}']/testcase[@name='{name}']")
        assert case is not None
        outcome = [one.tag for one in case if one.tag != "properties"]
        assert outcome == ([wanted[verdict]] if wanted[verdict] else [])
        assert case.find(f"properties/property[@value='{line['clauses'][0]}']") is not None
    for one in (root, *root.findall("testsuite")):
        counts = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
        for attribute, tag in counts.items():
            assert int(one.get(attribute, "")) == len(list(one.iter(tag)))


def test_sarif(drawn: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    """The log is valid; kind, level and state follow the verdict; the region holds the bytes."""
    folder, made = drawn
    log = json.loads((folder / "sarif").read_text(encoding="utf-8"))
    assert list(wrongs(log, schema("sarif.json"))) == []
    run = log["runs"][0]
    by_case = {one["partialFingerprints"]["case/v1"]: one for one in run["results"]}
    said = {
        verdict: (one["kind"], one["level"], one["baselineState"])
        for verdict, line in made.items()
        if (one := by_case.get(line["case"])) is not None
    }
    assert said == {
        "fail": ("fail", "error", "new"),
        "error": ("open", "none", "new"),
        "known": ("fail", "error", "unchanged"),
        "fixed": ("pass", "none", "absent"),
        "skip": ("notApplicable", "none", "unchanged"),
        "excluded": ("notApplicable", "none", "unchanged"),
    }
    assert run["invocations"][0]["executionSuccessful"] is False
    for one in run["results"]:
        assert run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
    failed = by_case[made["fail"]["case"]]["locations"][0]["physicalLocation"]
    start, end = made["fail"]["expect"]["findings"][0]["span"]
    assert failed["region"] == {"byteOffset": start, "byteLength": end - start}
    assert run["artifacts"][failed["artifactLocation"]["index"]]["contents"]["binary"] == made["fail"]["data"]


def test_tap(drawn: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    """A strict reader takes the stream; failing is `not ok`, what is known to fail is marked as such."""
    folder, made = drawn
    found = tap((folder / "tap").read_text(encoding="utf-8"))
    said = {
        verdict: (one["not"] is None, one["directive"]) for verdict, one in zip(made, found, strict=False)
    }
    assert said == {
        "pass": (True, None),
        "fail": (False, None),
        "error": (False, None),
        "known": (False, "todo".upper()),
        "fixed": (False, None),
        "skip": (True, "SKIP"),
        "excluded": (True, "SKIP"),
    }
    assert [one["block"].get("severity") for one in found[1:3]] == ["fail", "error"]
    assert found[1]["block"]["actual"] == made["fail"]["actual"]


class Page(HTMLParser):
    """Reads a page: its texts by section, what it refers to, tags that are not closed."""

    VOID = frozenset({"meta", "link", "img", "br", "hr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.text: dict[str, str] = {}
        self.order: list[str] = []
        self.refers: list[str] = []
        self.ids: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what begins."""
        plain = {key: value or "" for key, value in attrs}
        self.tags.add(tag)
        self.ids.add(plain.get("id", ""))
        self.refers += [plain[key] for key in ("href", "src", "action", "data") if key in plain]
        if tag not in self.VOID:
            self.open.append((tag, plain.get("id", "")))
        if tag == "section":
            self.order.append(plain["id"])

    def handle_endtag(self, tag: str) -> None:
        """What ends began last."""
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        """Keep the text with each id around it."""
        for _, name in self.open:
            if name:
                self.text[name] = self.text.get(name, "") + data


def page_of(path: Path) -> Page:
    """Read a page to its end."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert page.open == []
    return page


def test_html_is_one_file(drawn: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    """The page needs nothing else, runs nothing, and its links lead inside it."""
    page = page_of(drawn[0] / "html")
    assert all(one.startswith("#") and one[1:] in page.ids for one in page.refers)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "embed", "form"}
    text = (drawn[0] / "html").read_text(encoding="utf-8")
    assert "url(" not in text
    assert "@import" not in text


def test_html_says_what_matters_first(drawn: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    """Summary, then failures with bytes and caret, then the matrix and every clause."""
    folder, made = drawn
    page = page_of(folder / "html")
    assert page.order == ["summary", "levels", "failures", "matrix", "suites", "clauses"]
    for verdict in ("fail", "error", "known", "fixed"):
        card = page.text[made[verdict]["case"]]
        assert card.startswith(verdict)
    card = page.text[made["fail"]["case"]]
    for said in (made["fail"]["clauses"][0], made["fail"]["expected"], made["fail"]["actual"], "^", "replay"):
        assert said in card
    for verdict in ("pass", "skip", "excluded"):
        assert made[verdict]["case"] not in page.text
    assert all(line["clauses"][0] in page.text["clauses"] for line in made.values())


def test_markdown(drawn: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    """Tables keep their width and fences are closed, whatever the texts hold."""
    folder, made = drawn
    text = (folder / "md").read_text(encoding="utf-8")
    assert text.startswith("# Conformance: not judged\n")
    assert text.count("```") % 2 == 0
    widths: list[int] = []
    for row in text.splitlines():
        if row.startswith("|"):
            widths.append(row.replace("\\|", "").count("|"))
        else:
            assert len(set(widths)) <= 1
            widths = []
    assert made["fail"]["actual"] in text


@pytest.mark.parametrize(
    ("counts", "colour"),
    [
        ({"pass": 5}, "brightgreen"),
        ({"pass": 5, "fail": 1, "must": 1}, "red"),
        ({"pass": 5, "fail": 1, "should": 1}, "yellow"),
        ({"pass": 5, "known": 1}, "yellow"),
        ({"pass": 5, "error": 1}, "lightgrey"),
        ({"skip": 5}, "lightgrey"),
        ({}, "lightgrey"),
    ],
)
def test_badge(counts: dict[str, int], colour: str) -> None:
    """The document is valid, and only what passed is green."""
    verdicts = ("pass", "fail", "error", "skip", "excluded", "known", "fixed")
    plain: dict[str, Any] = {name: counts.get(name, 0) for name in verdicts}
    plain |= {"total": sum(plain.values()), "broken": 0}
    plain["failed"] = {force: counts.get(force, 0) for force in ("must", "should", "may")}
    made = document(plain)
    assert list(wrongs(made, schema("badge.json"))) == []
    assert made["color"] == colour


def test_a_schema_finds_what_is_wrong() -> None:
    """The checker refuses what the schema does not allow, so that it proves something."""
    badge = {"schemaVersion": 1, "label": "x", "message": "y"}
    rule = schema("badge.json")
    assert not list(wrongs(badge, rule))
    for change in ({"schemaVersion": 2}, {"message": ""}, {"color": "pink"}, {"extra": 1}, {"isError": 1}):
        assert list(wrongs({**badge, **change}, rule))
    for text in ("TAP version 13\n1..0\n", "TAP version 14\n1..1\n", "TAP version 14\n1..1\nok 2 - x\n"):
        with pytest.raises(ValueError, match=r"."):
            tap(text)


def test_forms_are_drawn_at_the_end_of_a_run(tmp_path: Path) -> None:
    """`run --html ...` gives what `report --html ...` gives."""
    out = tmp_path / "r.jsonl"
    judged(out, f"{ENVELOPE}/ISA-0", "--html", tmp_path / "a.html", "--tap", tmp_path / "a.tap")
    conformance("report", out, "--html", tmp_path / "b.html", "--tap", tmp_path / "b.tap")
    for name in ("html", "tap"):
        assert (tmp_path / f"a.{name}").read_bytes() == (tmp_path / f"b.{name}").read_bytes()
    assert conformance("report", out, "--tap", "-").out == (tmp_path / "a.tap").read_text(encoding="utf-8")


def test_no_report_of_what_is_not_whole(tmp_path: Path) -> None:
    """A truncated file gives 2 and no report."""
    out = tmp_path / "r.jsonl"
    judged(out, f"{ENVELOPE}/ISA-0")
    out.write_bytes(out.read_bytes()[:-20])
    said = conformance("report", out, "--html", tmp_path / "a.html")
    assert said.status == 2
    assert "truncated" in said.err
    assert not (tmp_path / "a.html").exists()


def test_a_report_needs_a_form(tmp_path: Path) -> None:
    """Without a form, or with two for standard output, or a folder that is not there, the status is 2."""
    out = tmp_path / "r.jsonl"
    judged(out, f"{ENVELOPE}/ISA-0")
    assert conformance("report", out).status == 2
    assert conformance("report", out, "--md", "-", "--tap", "-").status == 2
    assert conformance("report", out, "--md", tmp_path / "no" / "x.md").status == 2
    assert conformance("run", ENVELOPE, "--out", "-", "--md", tmp_path / "x.md").status == 2


def test_every_failure_names_what_is_needed(drawn: tuple[Path, dict[str, dict[str, Any]]]) -> None:
    """The block of a failure has clause, place, expected, actual, and the command to replay it."""
    folder, made = drawn
    text = "\n".join(block(made["fail"], str(folder / "r.jsonl")))
    for word in (
        "clause",
        "input",
        "^",
        "bytes",
        "expected",
        "actual",
        "again     gateway conformance replay",
    ):
        assert word in text
