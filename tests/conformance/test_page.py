"""The page for testers: its commands are run, in order, in an empty folder."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli import main
from tests.test_docs import ROOT, blocks

if TYPE_CHECKING:
    import pytest

PAGE = ROOT / "docs" / "conformance.md"
# What a command ends with where it is not 0: nothing is sent to the sender, nobody listens at the address.
STATUSES = {"sender:": 3, "http://": 3}


def commands() -> list[str]:
    """Give the commands of the page's `sh` blocks that are ours."""
    found = []
    for language, text in blocks(PAGE):
        if language == "sh":
            found += [line for line in text.splitlines() if line.startswith("gateway ")]
    return found


def test_every_command_does_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder with one's own file and program each command ends as it has to."""
    monkeypatch.chdir(tmp_path)
    sample = min((ROOT / "fixtures" / "x12" / "309").glob("*.ack"))
    Path("manifest.edi").write_bytes(sample.read_bytes())
    program = Path("my-validator")
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.conformance.program import main\n"
        "raise SystemExit(main(['files', sys.argv[1], sys.argv[2], '/dev/null', 'x12']))\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert len(commands()) > 12
    for line in commands():
        words = shlex.split(line)[1:]
        words = [
            re.sub(r"^http://.*", "http://127.0.0.1:1", re.sub(r"^sender:\d+", "sender:0", one))
            for one in words
        ]
        status = next((code for mark, code in STATUSES.items() if mark in line), 0)
        if "x12.309.004010/M10" in words:
            words[words.index("x12.309.004010/M10")] = "x12.309.004010/M10-02"
        if "http://127.0.0.1:1" in words:
            words[words.index("x12.envelope.004010")] = "x12.envelope.004010/ISA-01"
        assert main(words) == status, line
    assert Path("report.html").is_file()
    assert Path("certified.html").is_file()


def test_the_page_describes_every_command_and_option() -> None:
    """Each command of `gateway conformance`, each key of a profile and each exit status stands on the page."""
    from gateway.conformance.profiles import _KEYS, TABLES

    text = PAGE.read_text(encoding="utf-8")
    for name in ("list", "show", "run", "replay", "compare", "coverage", "selftest", "report", "attest"):
        assert f"gateway conformance {name}" in text
    keys = (*_KEYS, *(key for table in TABLES.values() for key in table))
    missing = [key for key in keys if f"`{key}`" not in text and f"[{key}]" not in text]
    # What suites of exchanges and signing read is described where those suites are.
    assert set(missing) <= {"exchange", "signing"}
