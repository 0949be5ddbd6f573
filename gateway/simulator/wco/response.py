"""RES: the text of a Response, put together here and not by the gateway's writer.

Lives here: elements in the order of wco-xml.md 5, pointers of errors, the namespaces of a
profile. Never here: what is answered.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from gateway.simulator.state import Message, instant, later, moment
from gateway.specs import read_csv
from gateway.specs.wco import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.simulator.ace import Ace
    from gateway.simulator.state import Filing

MEDIA_TYPE = "application/xml"
_TEXT_CHARS = 512
_DOCUMENTS_WITHIN_SECONDS = 3 * 86400.0


class Fault(NamedTuple):
    """One Error of a Response: code, words, and the place in the declaration ("" unknown)."""

    code: str
    text: str
    place: str = ""


def response(
    ace: Ace,
    filing: Filing,
    function: str,
    at: datetime,
    *,
    faults: Sequence[Fault] = (),
    text: str = "",
    outcome: str = "",
) -> Message:
    """Write one RES document with one Response."""
    profile = _profile(ace.specs.root, filing.frame.get("profile", "uk-cds"))
    writer = _Writer(profile)
    body = writer.document(_content(ace, filing, function, at, faults=faults, text=text, outcome=outcome))
    return Message(kind="RES", batch=filing.batch, media_type=MEDIA_TYPE, body=body.encode(), at=instant(at))


# A tree of (element, text or children); a date is (element, datetime).
_Tree = tuple[str, "str | datetime | list[_Tree]"]


def _content(
    ace: Ace,
    filing: Filing,
    function: str,
    at: datetime,
    *,
    faults: Sequence[Fault],
    text: str,
    outcome: str,
) -> list[_Tree]:
    seed = f"{filing.batch}/{function}/{instant(at)}/{len(filing.history)}"
    tree: list[_Tree] = [
        ("FunctionCode", function),
        ("FunctionalReferenceID", hashlib.sha256(seed.encode()).hexdigest()[:32]),
        ("IssueDateTime", at),
    ]
    if function == "06":
        limit = moment(later(at, _DOCUMENTS_WITHIN_SECONDS))
        said: list[_Tree] = [("StatementCode", "DOC"), ("StatementDescription", text or "documents")]
        tree.append(
            ("AdditionalInformation", [*said, ("LimitDateTime", limit), ("StatementTypeCode", "ACA")])
        )
    elif text:
        tree.append(("AdditionalInformation", [("StatementDescription", text), ("StatementTypeCode", "AFB")]))
    for fault in faults:
        pointers = [("Pointer", _pointer(step)) for step in _steps(ace.specs.root, fault.place)]
        words: list[_Tree] = [("Description", fault.text[:_TEXT_CHARS])]
        tree.append(("Error", [*words, ("ValidationCode", fault.code[:8]), *pointers]))
    if outcome:
        tree.append(("Status", [("NameCode", outcome)]))
    tree.append(("Declaration", _declaration(filing, function, at)))
    return tree


def _declaration(filing: Filing, function: str, at: datetime) -> list[_Tree]:
    tree: list[_Tree] = []
    if function == "01":
        tree.append(("AcceptanceDateTime", at))
    if function == "10":
        tree.append(("CancellationDateTime", at))
    if filing.reference:
        tree.append(("FunctionalReferenceID", filing.reference[:35]))
    if function != "03":
        tree.append(("ID", filing.number))
    else:
        tree.append(("RejectionDateTime", at))
    if filing.version and function != "03":
        tree.append(("VersionID", str(filing.version)))
    return tree


class _Step(NamedTuple):
    section: str
    turn: str
    tag: str


def _steps(root: Path, place: str) -> list[_Step]:
    """Give an address of the declaration as a path of class and element ids; none for ""."""
    if not place:
        return []
    element = tables(root).messages["DEC"]
    steps = [_Step(element.id, "", "")]
    for text in place.partition("@")[0].split("/"):
        name, _, turn = text.partition("[")
        part = element.child(name)
        if part is None:
            break
        if part.family:
            steps[-1] = steps[-1]._replace(tag=part.id)
            break
        turn = turn.rstrip("]")
        steps.append(_Step(part.id, turn or "1" if part.count_max != 1 else "", ""))
        element = part
    return steps


def _pointer(step: _Step) -> list[_Tree]:
    named = (("SequenceNumeric", step.turn), ("DocumentSectionCode", step.section), ("TagID", step.tag))
    return [(name, text) for name, text in named if text]


@cache
def _profile(root: Path, name: str) -> Mapping[str, str]:
    """Give the namespaces, prefixes and header values of a profile, of uk-cds for an unknown one."""
    found: dict[str, dict[str, str]] = {}
    for _, row in read_csv(root / "edi_specs" / "wco" / "3.6" / "profiles.csv"):
        found.setdefault(row["profile"], {})[row["key"]] = row["value"]
    return found.get(name, found["uk-cds"])


class _Writer:
    """Writes a RES document as text: header, one Response, namespaces of one profile."""

    def __init__(self, profile: Mapping[str, str]) -> None:
        self._profile = profile
        self._prefixes = {part: profile[f"prefix.{part}"] for part in ("MetaData", "RES", "RES.types")}

    def document(self, content: list[_Tree]) -> str:
        """Give the whole document."""
        spaces = {}
        for part, prefix in self._prefixes.items():
            spaces[f"xmlns:{prefix}" if prefix else "xmlns"] = self._profile[f"space.{part}"]
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in sorted(spaces.items()))
        root = self._name("MetaData", "MetaData")
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{root}{attributes}>"]
        for key, value in self._profile.items():
            if key.startswith("header."):
                name = self._name("MetaData", key.removeprefix("header."))
                lines.append(f"  <{name}>{escape(value.replace('{message}', 'RES'))}</{name}>")
        lines += self._lines(("Response", content), 1)
        return "\n".join([*lines, f"</{root}>", ""])

    def _name(self, part: str, name: str) -> str:
        prefix = self._prefixes[part]
        return f"{prefix}:{name}" if prefix else name

    def _lines(self, tree: _Tree, depth: int) -> Iterator[str]:
        name, content = self._name("RES", tree[0]), tree[1]
        blank = "  " * depth
        if isinstance(content, str):
            yield f"{blank}<{name}>{escape(content)}</{name}>"
            return
        yield f"{blank}<{name}>"
        if isinstance(content, list):
            for child in content:
                yield from self._lines(child, depth + 1)
        else:
            date = self._name("RES.types", "DateTimeString")
            yield f'{blank}  <{date} formatCode="304">{content:%Y%m%d%H%M%SZ}</{date}>'
        yield f"{blank}</{name}>"
