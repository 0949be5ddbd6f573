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
    from collections.abc import Iterable, Iterator, Sequence

FORMAT = 1
_BEGINS = b'{"conformance":'
_FOOTER = b'{"end":true,"counts":'
_LINE_END = ord("\n")
# So much of a file is read at once, which stays near the processor until all is done with it.
_READ_BYTES = 1 << 20
# Values of a header that differ from run to run without meaning anything.
_TIMES = ("at",)


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def why(error: Exception) -> str:
    """Say why a file cannot be used, without its name, which stands before it already."""
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


class ResultsError(ValueError):
    """A results file that no report is drawn from. The message begins with the file's name."""


def compact(plain: Any) -> str:
    """Write JSON in one way only."""
    return _COMPACT.encode(plain)


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
    again: int = 0

    def add(self, line: dict[str, Any]) -> None:
        """Count one case."""
        self.verdicts[line["verdict"]] += 1
        if line["verdict"] == Verdict.FAIL:
            self.failed[line["force"]] += 1
        self.broken += bool(line.get("broken"))
        self.expired += bool(line.get("expired"))
        self.again += line.get("tries", 1) > 1

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
            "expired": self.expired,
            "broken": self.broken,
            **({"again": self.again} if self.again else {}),
        }


class Writer:
    """Writes a results file line by line. `close` adds the footer; without it the file is truncated.

    `overtime` has the verdict of each case that was over its time and was asked once.
    """

    def __init__(self, file: IO[str], header: dict[str, Any]) -> None:
        """Begin; the header is not written yet (`begin`), so that a run may be taken up again."""
        self.file = file
        self.header = header
        self.counts = Counts()
        self.overtime: dict[str, Verdict] = {}
        self.digest = hashlib.sha256(compact(same_but_times(header)).encode())

    def begin(self) -> None:
        """Write the header, at once: who looks sees which run it is."""
        self.file.write(compact(self.header) + "\n")
        self.file.flush()

    def keep(self, text: str, plain: dict[str, Any]) -> None:
        """Count one case that stands in the file already."""
        self.counts.add(plain)
        if plain.get("overtime") and "tries" not in plain:
            self.overtime[plain["case"]] = Verdict(plain["verdict"])
        self.digest.update(f"{text}\n".encode())

    def add(self, text: str, plain: dict[str, Any]) -> None:
        """Write one case."""
        self.keep(text, plain)
        self.file.write(text + "\n")

    def close(self, stopped: str = "") -> dict[str, Any]:
        """Write the footer and give it."""
        footer: dict[str, Any] = {"end": True, "counts": self.counts.as_json()}
        if stopped:
            footer["stopped"] = stopped
        footer["digest"] = _sealed(self.digest, footer)
        self.file.write(compact(footer) + "\n")
        self.file.flush()
        return footer


@dataclass(frozen=True, slots=True)
class Results:
    """A results file that is whole. `cases` reads it again line by line; `named` are those that were asked for."""

    path: Path
    header: dict[str, Any]
    footer: dict[str, Any]
    named: Sequence[dict[str, Any]] = ()

    def cases(self) -> Iterator[dict[str, Any]]:
        """Yield the cases in order."""
        with self.path.open("rb") as file:
            next(file)
            for text in file:
                if text.startswith(_FOOTER):
                    return
                yield json.loads(text)

    @property
    def digest(self) -> str:
        """The digest in the footer."""
        return str(self.footer["digest"])


def read(name: str | Path, wanted: Iterable[str] = ()) -> Results:
    """Open a results file and check that it is whole; find the lines of some cases on the way.

    ResultsError says what is wrong.
    """
    path, named = Path(name), list[dict[str, Any]]()
    heads = {f'{{"case":{compact(one)},'.encode() for one in wanted}
    try:
        with path.open("rb") as file:
            header = _header(name, file)
            digest = hashlib.sha256(compact(same_but_times(header)).encode())
            footer = b""
            for block in _blocks(file):
                lines, footer = _parted(block)
                digest.update(lines.replace(b"\r\n", b"\n") if b"\r" in lines else lines)
                if heads:
                    named += map(json.loads, _begun(lines, heads))
            return Results(path, header, _checked(name, footer, digest), named)
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{name}: {why(error)}") from error


def header_of(name: str | Path) -> dict[str, Any]:
    """Give the header, whether or not the file is whole. ResultsError for another kind of file."""
    try:
        with Path(name).open("rb") as file:
            return _header(name, file)
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{name}: {why(error)}") from error


def _header(name: str | Path, file: IO[bytes]) -> dict[str, Any]:
    header = _plain(name, file.readline().decode())
    if header.get("conformance") != FORMAT:
        raise ResultsError(f"{name}: this is no results file of version {FORMAT}")
    return header


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield what is left of a file, many whole lines at once: to look at each of them alone takes longer.

    UnicodeDecodeError for what is no text.
    """
    while block := file.read(_READ_BYTES):
        whole = block + file.readline()
        if not whole.isascii():
            whole.decode()
        yield whole


def _parted(block: bytes) -> tuple[bytes, bytes]:
    """Part lines from the footer where that is the last of them."""
    at = block.rfind(b"\n", 0, -1) + 1
    return (block[:at], block[at:]) if block.startswith(_FOOTER, at) else (block, b"")


def _checked(name: str | Path, footer: bytes, digest: hashlib._Hash) -> dict[str, Any]:
    """Give the footer where the digest in it is that of the lines."""
    if not footer.endswith(b"\n"):
        raise ResultsError(f"{name}: truncated, it has no footer; take the run up again with --resume")
    plain = _plain(name, footer.decode())
    if plain.get("digest") != _sealed(digest, plain):
        raise ResultsError(f"{name}: the digest in the footer is not that of the file")
    return plain


def _begun(lines: bytes, heads: set[bytes]) -> Iterator[bytes]:
    """Yield the line that begins with each of some heads, in the order of the lines; take those heads out."""
    there = {head: at for head in heads if (at := _line_at(lines, head)) >= 0}
    heads.difference_update(there)
    for at in sorted(there.values()):
        yield lines[at : lines.index(b"\n", at)]


def _line_at(lines: bytes, head: bytes) -> int:
    """Give where the line begins that has this head, -1 where there is none."""
    at = lines.find(head)
    while at > 0 and lines[at - 1] != _LINE_END:
        at = lines.find(head, at + 1)
    return at


def _sealed(digest: hashlib._Hash, footer: dict[str, Any]) -> str:
    """Give the digest over header, lines and the footer's own counts."""
    counts = compact({key: value for key, value in footer.items() if key != "digest"})
    sealed = digest.copy()
    sealed.update(counts.encode())
    return "sha256:" + sealed.hexdigest()


def _plain(name: str | Path, text: str) -> dict[str, Any]:
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise ResultsError(f"{name}: this is no results file") from error
    if not isinstance(plain, dict):
        raise ResultsError(f"{name}: this is no results file")
    return plain


@dataclass(frozen=True, slots=True)
class Partial:
    """What is there of a run that was broken off: its header, whole lines as (text, plain), their bytes."""

    header: dict[str, Any]
    lines: list[tuple[str, dict[str, Any]]]
    size: int


def partial(path: Path, header: dict[str, Any]) -> Partial | None:
    """Read what there is of a run that was broken off; None where that was before its header was whole.

    ResultsError where the run was another one: other tables, target, profile, seed or selection.
    """
    try:
        texts = path.read_bytes().split(b"\n")
    except OSError as error:
        raise ResultsError(f"{path}: {why(error)}") from error
    if len(texts) == 1 and (not texts[0] or texts[0].startswith(_BEGINS)):
        return None
    begun = _plain(path, texts[0].decode("utf-8", "replace"))
    if same_but_times(begun) != same_but_times(header):
        raise ResultsError(f"{path}: this is another run; its header differs")
    found = []
    size = len(texts[0]) + 1
    # What stands after the last line end is a line that was cut off, or nothing.
    for raw in texts[1:-1]:
        if raw.startswith(_FOOTER):
            break
        text = raw.decode("utf-8")
        found.append((text, _plain(path, text)))
        size += len(raw) + 1
    return Partial(begun, found, size)


def failed(name: str) -> list[str]:
    """Give the ids of a results file that did not pass."""
    apart = {Verdict.PASS, Verdict.SKIP, Verdict.EXCLUDED}
    return [line["case"] for line in read(name).cases() if line["verdict"] not in apart]
