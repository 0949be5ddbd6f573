"""Samples: transmissions written by hand, as files in `fixtures/`, right ones and wrong ones.

Lives here: one suite for each format. A right sample gives no finding that refuses it; a wrong one gives
what stands beside it in a file `.expect`. Samples that only a rule over the entry finds wrong are left out:
they are legal on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.model import Built, Case, Clause, Expect, Operator, Spot
from gateway.formats import names

if TYPE_CHECKING:
    from collections.abc import Iterator

_BAD, _LENIENT = "bad", "lenient"
_BESIDE = frozenset({".expect", ".ack", ".md"})
_LEVEL = 2


@dataclass(frozen=True)
class SampleSuite:
    """The samples of one format."""

    root: Path
    form: str

    @property
    def name(self) -> str:
        """`x12.samples`."""
        return f"{self.form}.samples"

    def _files(self) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
        """Yield folder, file and the codes that are told of it, none of a right one."""
        for path in sorted((self.root / "fixtures" / self.form).glob("*/*")):
            folder = path.parent.name
            if path.suffix in _BESIDE or folder == _LENIENT or not path.is_file():
                continue
            if folder != _BAD:
                yield folder, path, ()
                continue
            told = path.with_suffix(".expect")
            codes = tuple(told.read_text(encoding="utf-8").split()) if told.is_file() else ()
            if codes and all(code.startswith(f"{self.form}.") for code in codes):
                yield folder, path, codes

    def clauses(self) -> Iterator[Clause]:
        """Yield a statement for the right samples of each message, and for each wrong sample."""
        seen: set[str] = set()
        for folder, path, codes in self._files():
            name = self._clause(folder, path)
            if name in seen:
                continue
            seen.add(name)
            text = f"A sample of {folder} that is right is taken."
            if codes:
                text = f"{path.stem.replace('-', ' ').replace('_', ' ').capitalize()}: {', '.join(codes)}."
            yield Clause(name, text, "samples of ours", level=_LEVEL, pair=False)

    def _clause(self, folder: str, path: Path) -> str:
        return f"{self.name}/{folder}/{path.stem}" if folder == _BAD else f"{self.name}/{folder}/right"

    def cases(self) -> Iterator[Case]:
        """Yield a case for each sample."""
        for folder, path, codes in self._files():
            name = f"{self.name}/{folder}/{path.stem}/{'told' if codes else 'taken'}"
            make = partial(_make, path, codes)
            clause = (self._clause(folder, path),)
            yield Case(name, self.name, clause, _LEVEL, "must", good=not codes, make=make)


def _make(path: Path, codes: tuple[str, ...]) -> Built:
    data = path.read_bytes()
    if not codes:
        return Built(data)
    spots = tuple(Spot(".".join(code.split("/")[-2:]), ()) for code in codes)
    return Built(data, Expect("rejected", spots, None, path.stem), Operator("sample", path.stem))


def suites(root: Path, _seed: int) -> list[SampleSuite]:
    """Give every suite of samples in order."""
    return [SampleSuite(root, form) for form in names()]
