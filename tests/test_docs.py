"""What the pages show is what the commands do.

Every `gateway ...` line in a fenced block parses. In a block marked `console` a line after
`$ ` is run from the repository's root: what is shown under it is its output (`...` stands for
any lines), `exit status N` its status, 0 where none is shown.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli import main, parser
from tests.formats import envelopes_page
from tests.rules.page import page

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_STATUS = re.compile(r"exit status (\d)")
_ENDS = {"|", "||", "&&", "&", ";", ">", ">>", "<", "2>", "2>&1"}


@dataclass(frozen=True)
class Run:
    """One command of a console block, what is shown under it, and its status."""

    page: str
    command: str
    shown: tuple[str, ...]
    status: int


def blocks(path: Path) -> Iterator[tuple[str, str]]:
    """Yield language and text of each fenced block, continued lines joined."""
    if path.is_file():
        for language, text in _BLOCK.findall(path.read_text(encoding="utf-8")):
            yield language.strip(), text.replace("\\\n", " ")


def commands() -> list[tuple[str, str]]:
    """Give every command line of ours that any page shows."""
    found = []
    for path in PAGES:
        for _, text in blocks(path):
            for line in text.splitlines():
                bare = line.removeprefix("$ ").strip().removeprefix(".venv/bin/")
                if bare.startswith("gateway "):
                    found.append((path.name, bare))
    return found


def arguments(line: str) -> list[str]:
    """Give the arguments of a command line, up to what the shell takes."""
    words = shlex.split(line, comments=True)[1:]
    for place, word in enumerate(words):
        if word in _ENDS:
            return words[:place]
    return words


def runs() -> list[Run]:
    """Give what the console blocks of `docs/` run; the README has a test of its own."""
    found: list[Run] = []
    for path in PAGES:
        for language, text in blocks(path):
            if language != "console" or path.name == "README.md":
                continue
            for chunk in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, *shown = chunk.splitlines()
                status = _STATUS.fullmatch(shown[-1]) if shown else None
                found.append(
                    Run(
                        path.name,
                        command,
                        tuple(shown[:-1] if status else shown),
                        int(status[1]) if status else 0,
                    )
                )
    return found


@pytest.mark.parametrize(("name", "line"), commands())
def test_commands_on_the_pages_parse(name: str, line: str) -> None:
    """A reader who copies a line gets no usage error."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            status = 0 if callable(parser().parse_args(arguments(line)).run) else 1
        except SystemExit as end:
            status = int(end.code or 0)
    assert status == 0, f"{name}: {line}\n{said.getvalue()}"


@pytest.mark.parametrize("run", runs(), ids=lambda run: f"{run.page}: {run.command}")
def test_console_blocks_show_what_happens(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command ends with the status that is shown, and prints what is shown."""
    monkeypatch.chdir(ROOT)
    raw = io.BytesIO()
    output = io.TextIOWrapper(raw, encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        status = main(arguments(f"gateway {run.command.removeprefix('gateway ')}"))
    assert status == run.status
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else f"{re.escape(line)}\n" for line in run.shown)
    assert re.fullmatch(pattern, raw.getvalue().decode()), raw.getvalue().decode()


def test_there_is_something_to_run() -> None:
    """The pages show commands, so the tests above are not about nothing."""
    assert len(commands()) >= 10
    assert len(runs()) >= 5


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """A link inside the repository names a file that is there."""
    if not path.is_file():
        pytest.skip("this page is not written yet")
    broken = [
        target
        for target in _LINK.findall(path.read_text(encoding="utf-8"))
        if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists()
    ]
    assert broken == []


def test_the_page_of_rules_is_drawn_from_the_rules() -> None:
    """`docs/rules.md` is what `python -m tests.rules.page` writes."""
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == page()


def test_the_page_of_envelopes_is_drawn_from_the_table() -> None:
    """`docs/envelopes.md` is what `python -m tests.formats.envelopes_page` writes."""
    assert (ROOT / "docs" / "envelopes.md").read_text(encoding="utf-8") == envelopes_page.page()


def test_every_command_is_described() -> None:
    """Each command of the command line stands on a page."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in PAGES if path.is_file())
    actions = next(action for action in parser()._actions if action.choices)
    missing = [name for name in actions.choices or () if not re.search(rf"\b{re.escape(str(name))}\b", text)]
    assert missing == []
