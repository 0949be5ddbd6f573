"""The suites of samples in which several things were changed, and of wrong ones that are read leniently.

Lives here: which changes are made. They come from the name of the sample alone, so the same cases are asked under
every seed. What comes back is judged by what every answer has to be (whole, in the format, about these bytes);
of this library by `answers.lock` too, finding by finding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, ClassVar

from gateway.conformance.mixed.pieces import cut
from gateway.conformance.model import Built, Case, Clause, Expect, Operator, salt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.conformance.mixed.pieces import Cut

_LEVEL = 1
# A sample of more bytes is not changed; those of XML and JSON have more of them for the same.
BYTES_MAX = 8000
_BYTES_MAX = {"wco": 24000, "json": 17000}
# How many cases of each sample, so that there are about as many of each format.
_OF_EACH = {"x12": 6, "catair": 16, "wco": 30, "json": 30, "edifact": 14}
_DOUBLED = ("set", "content")
_MOVES = ("drop", "twice", "swap", "far", "end")
BESIDE = frozenset({".ack", ".expect", ".md"})
PROFILE = "profile"
_OPEN = Expect("", open=True)
# A change: what is done, how far into the sample, and the number by which it is done.
Change = tuple[str, int, int]


@dataclass(frozen=True)
class MixedSuite:
    """The changed samples of one format."""

    root: Path
    form: str
    # What the changes are drawn by beside the name of the sample.
    _drawn: ClassVar[str] = ""

    @property
    def name(self) -> str:
        """`x12.mixed`."""
        return f"{self.form}.mixed"

    def _samples(self) -> Iterator[Path]:
        for path in sorted((self.root / "fixtures" / self.form).glob("*/*")):
            right = path.parent.name not in {"bad", "lenient"} and path.suffix not in BESIDE
            if right and path.is_file() and path.stat().st_size <= bytes_max(self.form):
                yield path

    def clauses(self) -> Iterator[Clause]:
        """Yield a statement for the samples of each message."""
        for folder in dict.fromkeys(path.parent.name for path in self._samples()):
            text = (
                f"Whatever was changed in a {folder}, an answer comes back that can be read and is about it."
            )
            yield Clause(
                f"{self.name}/{folder}", text, "samples of ours", who="receiver", level=_LEVEL, pair=False
            )

    def cases(self) -> Iterator[Case]:
        """Yield so many cases of each sample."""
        for path in self._samples():
            folder = path.parent.name
            for number in range(_OF_EACH[self.form]):
                changes = changes_of(self.form, f"{self._drawn}{folder}/{path.stem}", number)
                name = "+".join(f"{what}-{far:02}-{by:02}" for what, far, by in changes)
                yield Case(
                    f"{self.name}/{folder}/{path.stem}/changed/{name}", self.name, (f"{self.name}/{folder}",),
                    _LEVEL, "must", good=True, make=partial(made, self.form, path, changes),
                )  # fmt: skip


def bytes_max(form: str) -> int:
    """Give how large a sample may be that is changed."""
    return _BYTES_MAX.get(form, BYTES_MAX)


@cache
def _ways(form: str) -> tuple[str, ...]:
    """List what can be done: pieces moved, one piece spoilt."""
    return (*_MOVES, *sorted(cut(form, b"", b" " * 106).spoil))


def changes_of(form: str, name: str, number: int) -> tuple[Change, ...]:
    """Draw one to three changes."""
    ways = _ways(form)
    drawn = salt(0, f"{form}/{name}/{number}")
    changes = []
    for _ in range(1 + number % 3):
        drawn, way = divmod(drawn, len(ways))
        drawn, far = divmod(drawn, 100)
        drawn, by = divmod(drawn, 100)
        changes.append((ways[way], far, by))
    return tuple(changes)


def made(form: str, path: Path, changes: tuple[Change, ...]) -> Built:
    """Make the changes at a sample."""
    return changed(form, _bytes_of(path), path.stem, changes)


@lru_cache(maxsize=8)
def _bytes_of(path: Path) -> bytes:
    """Read a sample; its cases follow each other."""
    return path.read_bytes()


def changed(form: str, data: bytes, name: str, changes: tuple[Change, ...]) -> Built:
    """Make the changes at a transmission; `name` tells which it was."""
    sample = data
    for what, far, by in changes:
        there = cut(form, data, sample)
        if there.usable:
            data = _changed(there, what, there.usable[far * len(there.usable) // 100], by)
    told = ", ".join(f"{what} at {far} %" for what, far, _ in changes)
    return Built(data, _OPEN, Operator("changes", name, "", told) if changes else None)


def _changed(there: Cut, what: str, at: int, by: int) -> bytes:
    """Make one change at one piece; `by` says how, or to where it moves."""
    pieces = list(there.pieces)
    other = there.usable[by * len(there.usable) // 100]
    if what == "drop":
        del pieces[at]
    elif what == "twice":
        pieces.insert(at, pieces[at])
    elif what == "swap":
        beside = min(at + 1, len(pieces) - 1)
        pieces[at], pieces[beside] = pieces[beside], pieces[at]
    elif what == "far":
        pieces.insert(other, pieces.pop(at))
    elif what == "end":
        # What breaks off does so in the middle of a piece.
        del pieces[at + 1 :]
        pieces[at] = pieces[at][: by * len(pieces[at]) // 100]
    else:
        pieces[at] = there.spoil[what](pieces[at], by)
    return b"".join(pieces)


@dataclass(frozen=True)
class LenientSuite:
    """Wrong samples of one format under lenient reading, which mends what it says that it mends."""

    root: Path
    form: str

    @property
    def name(self) -> str:
        """`x12.lenient`."""
        return f"{self.form}.lenient"

    def _samples(self) -> Iterator[Path]:
        for folder in ("bad", "lenient"):
            for path in sorted((self.root / "fixtures" / self.form / folder).glob("*")):
                if (
                    path.suffix not in BESIDE
                    and path.is_file()
                    and path.stat().st_size <= bytes_max(self.form)
                ):
                    yield path

    def clauses(self) -> Iterator[Clause]:
        """Yield one statement for all."""
        text = "What lenient reading mends is told, and what it cannot mend is refused as ever."
        yield Clause(f"{self.name}/mended", text, "samples of ours", who="receiver", level=_LEVEL, pair=False)

    def cases(self) -> Iterator[Case]:
        """Yield a case for each sample; who reads strictly alone is not asked."""
        for path in self._samples():
            name = f"{self.name}/{path.parent.name}/{path.stem}/read"
            make = partial(made, self.form, path, ())
            clauses = (f"{self.name}/mended",)
            yield Case(name, self.name, clauses, _LEVEL, "must", good=True, make=make, kind="lenient")


@dataclass(frozen=True)
class MendedSuite(MixedSuite):
    """Changed samples of one format under lenient reading."""

    _drawn: ClassVar[str] = "mended/"

    @property
    def name(self) -> str:
        """`x12.mended`."""
        return f"{self.form}.mended"

    def clauses(self) -> Iterator[Clause]:
        """Yield a statement for the samples of each message."""
        for one in super().clauses():
            yield replace(one, text=f"{one.text[:-1]}, read leniently too.")

    def cases(self) -> Iterator[Case]:
        """Yield so many cases of each sample; who reads strictly alone is not asked."""
        for case in super().cases():
            yield replace(case, kind="lenient")


@dataclass(frozen=True)
class ProfiledSuite(MixedSuite):
    """Samples of X12 under the profile of the authority that they are for, as they are and changed."""

    @property
    def name(self) -> str:
        """`x12.profile`."""
        return f"{self.form}.profile"

    def clauses(self) -> Iterator[Clause]:
        """Yield a statement for the samples of each message."""
        for one in super().clauses():
            folder = one.id.partition("/")[2]
            yield replace(
                one, text=f"What the authority asks of a {folder} is told beside what the standard asks."
            )

    def cases(self) -> Iterator[Case]:
        """Yield each sample as it is and its changed ones; who knows no profiles is not asked."""
        for path in self._samples():
            folder = path.parent.name
            name = f"{self.name}/{folder}/{path.stem}/as-it-is/read"
            make = partial(made, self.form, path, ())
            yield Case(
                name,
                self.name,
                (f"{self.name}/{folder}",),
                _LEVEL,
                "must",
                good=True,
                make=make,
                kind=PROFILE,
            )
            for what in _DOUBLED if folder != "TA1" else ():
                name = f"{self.name}/{folder}/{path.stem}/doubled/{what}/read"
                make = partial(_doubled, self.form, path, what)
                clauses = (f"{self.name}/{folder}",)
                yield Case(name, self.name, clauses, _LEVEL, "must", good=True, make=make, kind=PROFILE)
        for case in super().cases():
            yield replace(case, kind=PROFILE)


def _doubled(form: str, path: Path, what: str) -> Built:
    """Repeat the first set of a sample, or what stands in it: an authority takes less than the standard does."""
    built = made(form, path, ())
    data = built.data
    marks = {b"E": re.escape(data[3:4]), b"T": re.escape(data[105:106])}
    found = re.search(rb"(?s)\bST%(E)b[^%(T)b]*%(T)b\s*(.*?)SE%(E)b[^%(T)b]*%(T)b\s*" % marks, data)
    if found is None:
        raise ValueError(f"{path.name} has no set")
    start, end = found.span(0 if what == "set" else 1)
    return replace(built, data=data[:end] + data[start:end] + data[end:])


def suites(root: Path, _seed: int) -> list[MixedSuite | LenientSuite]:
    """Give every suite in order."""
    mixed = [MixedSuite(root, form) for form in _OF_EACH]
    mended = [MendedSuite(root, form) for form in _OF_EACH]
    return [*mixed, *mended, *(LenientSuite(root, form) for form in _OF_EACH), ProfiledSuite(root, "x12")]
