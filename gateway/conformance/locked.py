"""What this library answered to some cases, kept by digest in `edi_specs/conformance/answers.lock` and `framed.lock`.

Lives here: the digests of one case and their comparison. The lock has every sample and every case by hand, and of
each format one generated case of every kind. The expectation of a case says what an answer must
mean; this says that not a byte of it changed unseen. `gateway conformance coverage --lock` takes new answers in
after somebody looked at them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from gateway.specs import data_root
from gateway.tree import Interchange, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from gateway.finding import Finding

HEAD = "# What the library answers to some cases: case, then digests of input, answer, facts and words (gateway/conformance/locked.py).\n"
_DIGITS = 8
_MANY = ".framed/"
_WORDS = ("message", "place", "expected", "actual")
# What is another one in every run: names of keys, signatures, places behind them.
_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{20,}|\d{3,}")
_FACTS = ("code", "clause", "layer", "severity", "position", "transaction", "span")


# Formats and suites of which so many answers are kept that each has a file of its own: `answers-wco.lock`.
_APART = ("catair", "json", "wco")


# Names of the files, of those formats by their first part.
_WHOLE, _FRAMED = "answers.lock", "framed.lock"
_OF_FORMAT = {form: f"answers-{form}.lock" for form in _APART}
_encoded = json.JSONEncoder(check_circular=False).encode


def path(case_id: str = "") -> Path:
    """Give the file that has a case, or that of all the formats without one of their own."""
    return _folder() / _name(case_id)


def _name(case_id: str) -> str:
    return _FRAMED if _MANY in case_id else _OF_FORMAT.get(case_id.partition(".")[0], _WHOLE)


def _folder() -> Path:
    return data_root() / "edi_specs" / "conformance"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]


def line(interchange: Interchange, data: bytes, answer: bytes) -> str:
    """Give the digests of one case: of its bytes, of the answer, of what was read and found, of its words."""
    return digests(data, answer, *told(interchange))


def digests(data: bytes, answer: bytes, facts: bytes, words: bytes) -> str:
    """Give the digests of one case as a line; `facts` and `words` as `told` gives them."""
    return " ".join(_digest(one) for one in (data, answer, facts, words))


def told(interchange: Interchange) -> tuple[bytes, bytes]:
    """Give what was read and found, and the words that it is told in, as bytes."""
    findings = interchange.all_findings()
    facts = [
        [interchange.sender, interchange.receiver, interchange.control, sorted(interchange.frame.items())],
        # Whether a message went the quick way is worth knowing too: the slow one says the same, later.
        [
            [one.message, one.version, one.control, getattr(one.root, "accepted", None)]
            for one in interchange.transactions
        ],
        [_tree(one.root) for one in interchange.transactions],
        _around(interchange),
        [{name: value for name, value in found.as_json().items() if name in _FACTS} for found in findings],
    ]
    words = [[getattr(found, name) for name in _WORDS] for found in findings]
    return _encoded(facts).encode(), _encoded(words).encode()


def said(data: bytes, findings: Iterable[Finding]) -> str:
    """Give the digests of what was found of something that is no transmission: evidence, an entry."""
    told = [
        replace(
            one,
            message=_steady(one.message),
            place=_steady(one.place),
            expected=_steady(one.expected),
            actual=_steady(one.actual),
        )
        for one in findings
    ]
    root = Node("")
    return line(Interchange(format="", root=root, transactions=[], separator="/", findings=told), data, b"")


def _steady(text: str) -> str:
    return _RANDOM.sub("*", text)


def _tree(node: Node) -> list[Any]:
    """Give what was read as plain lists: name, bytes, leaves with theirs, children.

    How a node was laid out is not among them: only its writer knows what that means, and what is written of a
    message that was kept has its own digests (`ways`).
    """
    span, values = node.span, node.values
    # Most nodes of XML have one leaf, or none.
    leaves = [(key, values[key], span(key)) for key in (sorted(values) if len(values) > 1 else values)]
    children = node.children
    return [
        node.name,
        node.extent(),
        leaves,
        [_tree(one) for one in children] if children else (),
    ]


def _around(interchange: Interchange) -> list[Any]:
    """Give what stands around the messages: envelopes, and bytes that nobody reads."""
    inside = {id(one.root) for one in interchange.transactions}

    def outer(node: Node) -> list[Any]:
        if id(node) in inside:
            return [node.name]
        leaves = sorted(node.values.items())
        return [node.name, node.extent(), leaves, [outer(child) for child in node.children]]

    return outer(interchange.root)


def flaws(case_id: str, interchange: Interchange, data: bytes, answer: bytes) -> Iterator[str]:
    """Yield what differs from the lock; nothing for a case or for bytes that it does not have."""
    if case_id in _rows(_name(case_id)):
        yield from differs(case_id, line(interchange, data, answer))


def differs(case_id: str, told: str) -> Iterator[str]:
    """Yield what differs between the lock and the digests of a case; nothing for a case or an input that it has not."""
    kept, now = _rows(_name(case_id)).get(case_id, "").split(), told.split()
    if kept[:1] != now[:1]:
        return
    if kept[1:2] != now[1:2]:
        yield "the answer is not the one in answers.lock"
    if kept[2:3] != now[2:3]:
        yield "what was found is not what answers.lock says"
    elif kept[3:] != now[3:]:
        yield "what was found is told in other words than answers.lock has"


@cache
def _rows(name: str) -> Mapping[str, str]:
    """Read one file; none has nothing."""
    file = _folder() / name
    rows = file.read_text(encoding="utf-8").splitlines() if file.is_file() else ()
    return dict(row.split(" ", 1) for row in rows if row and not row.startswith("#"))


def _files() -> tuple[str, ...]:
    return (_WHOLE, _FRAMED, *_OF_FORMAT.values())


def names() -> frozenset[str]:
    """Give the ids of the cases that the lock has."""
    return frozenset(name for file in _files() for name in _rows(file))


def write(lines: Iterable[tuple[str, str]]) -> None:
    """Write the files anew."""
    texts = dict.fromkeys(_files(), HEAD)
    for name, kept in sorted(lines):
        texts[_name(name)] += f"{name} {kept}\n"
    for file, text in texts.items():
        (_folder() / file).write_text(text, encoding="utf-8")
    _rows.cache_clear()
