"""`results.jsonl`: the one thing that a run produces.

Lives here: a header, one line for each case, a footer with counts and a digest; writing them as
they come, reading them back, refusing what is truncated or was changed. Every report is a pure
function of such a file. Never here: judging.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gateway.conformance.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMAT = 1
# Values of a header that differ from run to run without meaning anything.
_TIMES = ("at",)


class ResultsError(ValueError):
    """A results file that no report is drawn from. The message begins with the file's name."""


def compact(plain: Any) -> str:
    """Write JSON in one way only."""
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def same_but_times(header: dict[str, Any]) -> dict[str, Any]:
    """Give a header without what differs from run to run."""
    return {key: value for key, value in header.items() if key not in _TIMES}


@dataclass(slots=True)
class Counts:
    """How many cases have which verdict, must and others apart, and how many were broken."""

    verdicts: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    expired: int = 0
    broken: int = 0

    def add(self, line: dict[str, Any]) -> None:
        """Count one case."""
        self.verdicts[line["verdict"]] += 1
        if line["verdict"] == Verdict.FAIL:
            self.failed[line["force"]] += 1
        self.broken += bool(line.get("broken"))

    @property
    def total(self) -> int:
        """Every case."""
        return sum(self.verdicts.values())

    def as_json(self) -> dict[str, Any]:
        """Give what stands in the footer."""
        return {
            "total": self.total,
            **{verdict.value: self.verdicts[verdict] for verdict in Verdict},
            "failed": {force: self.failed[force] for force in ("must", "should", "may")},
            "broken": self.broken,
        }


class Writer:
    """Writes a results file line by line. `close` adds the footer; without it the file is truncated."""

    def __init__(self, file: IO[str], header: dict[str, Any]) -> None:
        """Begin; the header is not written yet (`begin`), so that a run may be taken up again."""
        self.file = file
        self.header = header
        self.counts = Counts()
        self.digest = hashlib.sha256(compact(same_but_times(header)).encode())

    def begin(self) -> None:
        """Write the header."""
        self.file.write(compact(self.header) + "\n")

    def add(self, text: str, plain: dict[str, Any], *, write: bool = True) -> None:
        """Write one case; with `write` False it stands in the file already."""
        self.counts.add(plain)
        self.digest.update(text.encode())
        if write:
            self.file.write(text + "\n")

    def close(self, stopped: str = "") -> dict[str, Any]:
        """Write the footer and give it."""
        footer: dict[str, Any] = {"end": True, "counts": self.counts.as_json()}
        if stopped:
            footer["stopped"] = stopped
        footer["digest"] = "sha256:" + self.digest.hexdigest()
        self.file.write(compact(footer) + "\n")
        self.file.flush()
        return footer


@dataclass(frozen=True, slots=True)
class Results:
    """A results file that is whole. `cases` reads it again line by line."""

    path: Path
    header: dict[str, Any]
    footer: dict[str, Any]

    def cases(self) -> Iterator[dict[str, Any]]:
        """Yield the cases in order."""
        with self.path.open(encoding="utf-8") as file:
            next(file)
            for text in file:
                if text.startswith('{"end":'):
                    return
                yield json.loads(text)

    @property
    def digest(self) -> str:
        """The digest in the footer."""
        return str(self.footer["digest"])


def read(name: str | Path) -> Results:
    """Open a results file and check that it is whole. ResultsError says what is wrong."""
    path = Path(name)
    try:
        with path.open(encoding="utf-8") as file:
            header = _plain(name, file.readline())
            if header.get("conformance") != FORMAT:
                raise ResultsError(f"{name}: this is no results file of version {FORMAT}")
            footer = _checked(name, header, file)
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{name}: {error}") from error
    return Results(path, header, footer)


def _checked(name: str | Path, header: dict[str, Any], lines: Iterable[str]) -> dict[str, Any]:
    digest = hashlib.sha256(compact(same_but_times(header)).encode())
    for text in lines:
        if text.startswith('{"end":') and text.endswith("\n"):
            footer = _plain(name, text)
            if footer.get("digest") != "sha256:" + digest.hexdigest():
                raise ResultsError(f"{name}: the digest in the footer is not that of the lines above it")
            return footer
        digest.update(text.removesuffix("\n").encode())
    raise ResultsError(f"{name}: truncated, it has no footer; take the run up again with --resume")


def _plain(name: str | Path, text: str) -> dict[str, Any]:
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise ResultsError(f"{name}: this is no results file") from error
    if not isinstance(plain, dict):
        raise ResultsError(f"{name}: this is no results file")
    return plain


def partial(path: Path, header: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Give the whole lines of a run that was broken off, as (text, plain).

    ResultsError where the run was another one: other tables, target, profile, seed or selection.
    """
    try:
        texts = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    except OSError as error:
        raise ResultsError(f"{path}: {error}") from error
    if not texts or same_but_times(_plain(path, texts[0])) != same_but_times(header):
        raise ResultsError(f"{path}: this is another run; its header differs")
    found = []
    for text in texts[1:]:
        if not text.endswith("\n") or text.startswith('{"end":'):
            break
        found.append((text.removesuffix("\n"), _plain(path, text)))
    return found


def first(path: Path) -> dict[str, Any]:
    """Give the header of a results file, whole or not."""
    with path.open(encoding="utf-8") as file:
        return _plain(path, file.readline())


def failed(name: str) -> list[str]:
    """Give the ids of a results file that did not pass."""
    apart = {Verdict.PASS, Verdict.SKIP, Verdict.EXCLUDED}
    return [line["case"] for line in read(name).cases() if line["verdict"] not in apart]
