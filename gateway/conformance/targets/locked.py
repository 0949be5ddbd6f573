"""What this library answered to some cases, kept by digest in `edi_specs/conformance/answers.lock`.

Lives here: the digests of one case and their comparison. The lock has every sample and every case by hand, and of
each format one generated case of every kind. The expectation of a case says what an answer must
mean; this says that not a byte of it changed unseen. `gateway conformance coverage --lock` takes new answers in
after somebody looked at them.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from gateway.tree import Interchange, Node

HEAD = "# What the library answers to some cases: case, then digests of input, answer, facts and words (targets/locked.py).\n"
_WORDS = ("message", "place", "expected", "actual")
_FACTS = ("code", "clause", "layer", "severity", "position", "transaction", "span")


def path() -> Path:
    """Give the file."""
    return data_root() / "edi_specs" / "conformance" / "answers.lock"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:20]


def line(interchange: Interchange, data: bytes, answer: bytes) -> str:
    """Give the digests of one case: of its bytes, of the answer, of what was read and found, of its words."""
    facts = [
        [interchange.sender, interchange.receiver, interchange.control],
        [[one.message, one.version, one.control] for one in interchange.transactions],
        [_tree(one.root) for one in interchange.transactions],
        [
            {name: value for name, value in found.as_json().items() if name in _FACTS}
            for found in interchange.all_findings()
        ],
    ]
    words = [[getattr(found, name) for name in _WORDS] for found in interchange.all_findings()]
    parts = (data, answer, json.dumps(facts).encode(), json.dumps(words).encode())
    return " ".join(_digest(one) for one in parts)


def _tree(node: Node) -> list[Any]:
    """Give what was read as plain lists: name, leaves, children."""
    return [node.name, sorted(node.values.items()), [_tree(child) for child in node.children]]


def flaws(case_id: str, interchange: Interchange, data: bytes, answer: bytes) -> Iterator[str]:
    """Yield what differs from the lock; nothing for a case or for bytes that it does not have."""
    kept = _locked().get(case_id, "").split()
    if not kept:
        return
    now = line(interchange, data, answer).split()
    if kept[:1] != now[:1]:
        return
    if kept[1:2] != now[1:2]:
        yield "the answer is not the one in answers.lock"
    if kept[2:3] != now[2:3]:
        yield "what was found is not what answers.lock says"
    elif kept[3:] != now[3:]:
        yield "what was found is told in other words than answers.lock has"


@cache
def _locked() -> Mapping[str, str]:
    rows = path().read_text(encoding="utf-8").splitlines() if path().is_file() else []
    return dict(row.split(" ", 1) for row in rows if row and not row.startswith("#"))


def names() -> frozenset[str]:
    """Give the ids of the cases that the lock has."""
    return frozenset(_locked())


def write(lines: Iterable[tuple[str, str]]) -> None:
    """Write the lock anew."""
    path().write_text(HEAD + "".join(f"{name} {kept}\n" for name, kept in sorted(lines)), encoding="utf-8")
    _locked.cache_clear()
