"""The README says what is so: its transcripts and its picture are made again and compared.

`python -m tests.test_readme` writes them anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from gateway.flow.submission import mermaid

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n\$ (?P<command>gateway [^\n]*)\n(?P<output>.*?)```\n", re.DOTALL)
PICTURE = re.compile(r"```mermaid\n(?P<body>.*?)```\n", re.DOTALL)


def transcript(command: str) -> str:
    """Run a command as a reader would and give what it prints."""
    words = command.split()
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def renewed(text: str) -> str:
    """Give the README with every transcript and the picture made again."""

    def again(match: re.Match[str]) -> str:
        return f"```console\n$ {match['command']}\n{transcript(match['command'])}```\n"

    text = BLOCK.sub(again, text)
    return PICTURE.sub(lambda _: f"```mermaid\n{mermaid().strip()}\n```\n", text)


def test_readme_is_true() -> None:
    """Each transcript in the README is what the command prints, and the picture is the state table's."""
    text = README.read_text(encoding="utf-8")
    assert BLOCK.search(text)
    assert PICTURE.search(text)
    assert renewed(text) == text


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
