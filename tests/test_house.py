"""The house is tidy: no leftovers, no machine's paths, every test says what is true."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".yml",
    ".csv",
    ".map",
    ".json",
    ".cfg",
    ".txt",
    ".sh",
    ".table",
    ".tsv",
}
FILE_BYTES_MAX = 2_000_000
# Spelled in halves, so that this file is not its own finding.
_LEFTOVER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
_UNFINISHED = re.compile(r"\braise NotImplemented")
_MACHINE = re.compile(r"(?<![\w.])/(?:home|root|work|Users|mnt)/[a-z]")
_WEAK = re.compile(r"\bshould\b|\btest(?:s)? that\b", re.IGNORECASE)


@cache
def tracked() -> tuple[Path, ...]:
    """Give every file of the repository; without git, every file that is not built."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        skipped = {".git", ".venv", "__pycache__", "var", "dist", "build"}
        return tuple(
            path for path in sorted(ROOT.rglob("*")) if path.is_file() and not skipped & set(path.parts)
        )
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def texts() -> list[Path]:
    """Give the files that people read; fixtures are what others send."""
    return [path for path in tracked() if path.suffix in TEXT and "fixtures" not in path.parts]


def _lines(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_leftovers() -> None:
    """Work that is left is in the tracker, not in the text."""
    code = [path for path in texts() if path.suffix in {".py", ".toml", ".yaml", ".sh"}]
    assert _lines(_LEFTOVER, code) == []
    assert _lines(_UNFINISHED, code) == []


def test_no_paths_of_a_machine() -> None:
    """Nothing depends on where it was written."""
    assert _lines(_MACHINE, texts()) == []


def test_no_silent_catch_all() -> None:
    """No handler takes every exception and says nothing."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in texts()
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
        and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert silent == []


def test_files_are_small_and_whole() -> None:
    """No blob is committed by mistake; text is UTF-8 and ends with a line end."""
    assert [str(path) for path in tracked() if path.stat().st_size > FILE_BYTES_MAX] == []
    ragged = [
        str(path.relative_to(ROOT))
        for path in texts()
        if (data := path.read_bytes()) and (not data.endswith(b"\n") or b"\r" in data)
    ]
    assert ragged == []


def _tests() -> list[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    return [
        (path, node)
        for path in texts()
        if path.name.startswith("test_") and path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]


def test_every_test_says_what_is_true() -> None:
    """A test has a docstring of one sentence or more, without the words of a wish."""
    mute = []
    for path, node in _tests():
        told = ast.get_docstring(node) or ""
        if not told or _WEAK.search(told):
            mute.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}: {told[:60]}")
    assert mute == []


def test_every_test_asserts() -> None:
    """A test holds something to be true, by itself or through what it calls."""
    empty = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}"
        for path, node in _tests()
        if not any(
            isinstance(inner, ast.Assert | ast.With | ast.AsyncWith | ast.Call) for inner in ast.walk(node)
        )
    ]
    assert empty == []


def test_headings_of_pages() -> None:
    """A page has one title, and its first line is it."""
    for path in texts():
        if path.suffix != ".md":
            continue
        body = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
        titles = [line for line in body.splitlines() if line.startswith("# ")]
        assert len(titles) == 1, f"{path.relative_to(ROOT)} has {len(titles)} titles"


@pytest.mark.parametrize(
    "path", [path for path in texts() if path.suffix == ".csv"], ids=lambda path: path.stem
)
def test_tables_are_tables(path: Path) -> None:
    """Every CSV has a header and rows of its width."""
    from gateway.specs import read_csv

    assert read_csv(path) or "," in path.read_text(encoding="utf-8")
