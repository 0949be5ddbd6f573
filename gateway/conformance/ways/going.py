"""How this library goes a way: reads under a limit, answers for customs, writes again what it read.

Lives here: the call of each way, what has to hold of each outcome, and its digests for `answers.lock`. Never here:
which ways are asked of which sample (`suites.py`).
"""

from __future__ import annotations

import copy
import io
import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.conformance import locked, telling
from gateway.conformance.model import Seen
from gateway.conformance.ways import making
from gateway.conformance.ways.pointing import findings_at
from gateway.conformance.ways.remembering import DOCUMENTS, TAKEN, TOLD
from gateway.conformance.ways.saying import EXTRA, FIRST
from gateway.entry import entry_of, plain_of
from gateway.finding import Disposition, no_errors
from gateway.flow.canonical import document, read_document
from gateway.flow.decide import customs, refusal, technical
from gateway.flow.translate import Tables, outgoing_plain, restore, take
from gateway.formats import formats, named, names
from gateway.mapping import Mappings
from gateway.rules import run_rules
from gateway.specs import Limits, data_root
from gateway.tree import Envelope, Interchange, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gateway.conformance.model import Built
    from gateway.finding import Finding
    from gateway.flow.translate import Taken
    from gateway.formats import Format
    from gateway.specs import Specs

    Gone = tuple[bytes, Interchange, tuple[str, ...]]

AT = "2026-03-02T10:15:00+00:00"
_sorted = json.JSONEncoder(sort_keys=True).encode
_DAY = date.fromisoformat(AT[:10])
# What an authority may say: code, meaning, text, scope, agency, quantity.
SAID = (
    ("1C", "release", "ENTERED AND RELEASED", "bill", "", "12"),
    ("1A", "hold", "", "bill", "FDA", ""),
    ("A01", "accepted", "DATA ACCEPTED", "entry", "", ""),
    ("", "accepted", "", "entry", "", ""),
    ("S02", "rejected", "ENTRY NUMBER ALREADY ON FILE", "entry", "", ""),
    ("", "rejected", "", "bill", "", ""),
    ("007", "condition", "BOND INSUFFICIENT", "entry", "", ""),
    ("98", "may-proceed", "MAY PROCEED", "entry", "FDA", ""),
    ("5H", "exam", "INTENSIVE EXAM ORDERED", "bill", "CBP", "3.5"),
    ("W1", "warned", "VALUE LOOKS LOW", "entry", "", ""),
    ("X", "cancelled", "", "entry", "", ""),
    ("", "documents-required", "SEND THE INVOICE", "bill", "APHIS", ""),
    ("N9", "notice", "NOTE", "entry", "", "0"),
    ("", "referred", "", "entry", "", ""),
    ("ZZ", "never-heard-of", "a text with * ' : ~ in it and of some length, so that it has to be cut", "entry", "", ""),
    ("06", "cleared", "", "entry", "", ""),
)  # fmt: skip


def line(built: Built, specs: Specs) -> tuple[str, Seen]:
    """Go the way that the steps of a case name; give the digests of where it led, and what is seen of it."""
    out, interchange, flaws = _gone(built, specs)
    disposition = "accepted" if technical(interchange.all_findings()).accepted else "rejected"
    seen = Seen(
        disposition=disposition,
        findings=(),
        acks=(),
        answer=out,
        flaws=(*_telling(interchange), *flaws),
    )
    # Held by the key, so that no other has its place in memory.
    told = TOLD.of(_Same(interchange), lambda: locked.told(interchange))
    return locked.digests(_asked(built), out, *told), seen


class _Same:
    """An object that stands for itself as a key, whatever it is equal to."""

    def __init__(self, held: object) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


def _telling(interchange: Interchange) -> Iterator[str]:
    """Yield what is wrong with the telling of what a format found.

    Rules and the gateway itself tell otherwise, and that there are more findings is told where the last was.
    """
    if interchange.format in names():
        found = (one for one in interchange.all_findings() if one.problem != "limit/findings_max")
        kept = [one for one in found if one.code.startswith(f"{interchange.format}.")]
        if kept:
            yield from telling.flaws(_with(interchange, kept))


def _with(interchange: Interchange, findings: list[Finding]) -> Interchange:
    """Give an interchange with these findings alone."""
    bare = [replace(one, findings=[]) for one in interchange.transactions]
    return replace(interchange, transactions=bare, findings=findings)


def _asked(built: Built) -> bytes:
    """Give what a digest of the input is made of: the bytes, and the way they go."""
    return _sorted(dict(built.steps)).encode() + built.data


def _gone(built: Built, specs: Specs) -> Gone:
    steps = built.steps
    form = named(steps["format"])
    if form is None:
        raise KeyError(steps["format"])
    return _WAYS[steps["way"]](built.data, form, Tables(specs, _mappings(specs)), steps)


_MAPPINGS: dict[str, Mappings] = {}


def share(known: Iterable[Mappings]) -> None:
    """Take mappings over the shipped tables that are compiled already."""
    _MAPPINGS.update((str(data_root()), one) for one in known)


def _mappings(specs: Specs) -> Mappings:
    """Give the mappings over some specs, compiled once for a process."""
    root = str(specs.root)
    if root not in _MAPPINGS:
        _MAPPINGS[root] = Mappings(specs)
    return _MAPPINGS[root]


def _envelope(steps: Mapping[str, Any]) -> Envelope:
    return Envelope(
        sender=steps.get("sender", ""), receiver=steps.get("receiver", ""), control=steps.get("control", 1),
        at=AT, options=steps.get("options", {}),
    )  # fmt: skip


def _limited(data: bytes, form: Format, tables: Tables, steps: Mapping[str, Any]) -> Gone:
    """Read under a limit, and acknowledge."""
    limits = replace(Limits(), lenient=steps["lenient"], **{steps["limit"]: steps["value"]})
    interchange = form.read(data, tables.specs, limits)
    found = interchange.all_findings()
    out = form.acknowledge(interchange, technical(found), _envelope(steps), tables.specs)
    # The last one may be the note that there are more.
    more = len(found) - limits.findings_max - 1
    return out, interchange, (f"{more} findings more than findings_max",) if more > 0 else ()


def _taken(data: bytes, form: Format, tables: Tables) -> Taken:
    key = (data, form.name, str(tables.specs.root))
    taken: Taken = TAKEN.of(key, lambda: take(data, tables, Limits(), form.name, on=_DAY))
    return taken


def _read(taken: Taken, data: bytes) -> Interchange:
    """Give what was read, and what refused it before anything was."""
    if taken.interchange is not None:
        return taken.interchange
    return Interchange(
        format="gateway",
        root=Node(""),
        transactions=[],
        separator="/",
        findings=list(taken.findings),
        data=data,
    )


def _answered(data: bytes, form: Format, tables: Tables, steps: Mapping[str, Any]) -> Gone:
    """Answer for customs: what it said of the entry and of its bills, or that we did not pass it on."""
    taken = _taken(data, form, tables)
    interchange = _read(taken, data)
    if taken.interchange is None:
        return b"", interchange, ()
    answer = customs(list(_dispositions(taken, steps["said"]))) if steps["said"] else refusal(taken.findings)
    if steps.get("both"):
        # An answer may pass on what customs said beside what was found here.
        answer = replace(answer, findings=tuple(taken.findings))
    return form.acknowledge(interchange, answer, _envelope(steps), tables.specs), interchange, ()


def _dispositions(taken: Taken, said: Sequence[int]) -> Iterator[Disposition]:
    plains: list[Any] = [one.plain for one in taken.translations]
    entries = [plain.get("number") or "" for plain in plains] or [""]
    bills = [bill.get("number") or "" for plain in plains for bill in plain.get("bills", ())] or ["NOBILL"]
    for turn, number in enumerate(said):
        if number >= FIRST:
            one = EXTRA[number - FIRST]
            known = bills if one.scope == "bill" else entries
            reference = one.reference or known[turn % len(known)]
            yield Disposition(**{**one._asdict(), "reference": reference})
            continue
        code, meaning, text, scope, agency, quantity = SAID[number % len(SAID)]
        known = bills if scope == "bill" else entries
        reference = "OTHER" if number % 7 == 0 else known[turn % len(known)]
        at = "" if number % 3 == 0 else f"2026-03-{2 + turn:02}T04:3{turn}:00Z"
        yield Disposition(
            code=code, meaning=meaning, text=text, at=at, scope=scope, reference=reference, agency=agency,
            quantity=quantity,
        )  # fmt: skip


def _kept(data: bytes, form: Format, tables: Tables, steps: Mapping[str, Any]) -> Gone:
    """Write again what was kept of a message, with one value of its entry changed where the steps say so."""
    taken = _taken(data, form, tables)
    interchange = _read(taken, data)
    if taken.interchange is None:
        return b"", interchange, ()
    if not taken.translations:
        return form.write(interchange, tables.specs), interchange, ()
    kept = read_document(DOCUMENTS.of(_Same(taken), lambda: document(taken).encode()))
    plains = [plain_of(entry_of(_edited(plain, steps))[0]) for plain in kept.entries]
    if kept.interchange is None:
        raise ValueError("nothing was kept")
    sent = restore(taken.translations[0].mapping, kept.interchange, kept.roots, plains, tables)
    # Of what is not right no more is kept than could be read.
    same = steps["edit"] or sent.data == data or not taken.ok
    again = form.read(sent.data, tables.specs, Limits())
    again.findings.extend(_flat(sent.findings))
    return sent.data, again, () if same else ("what was kept is not written back byte for byte",)


def _flat(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what writing noted, as findings about the whole that was written."""
    for one in findings:
        yield replace(one, span=None, transaction=None)


def _edited(plain: dict[str, Any], steps: Mapping[str, Any]) -> dict[str, Any]:
    """Change one value of an entry: `edit` says what is done, `at` how far into its texts or lists."""
    how = steps["edit"]
    if not how:
        return plain
    places = list(_places(plain, how in {"again", "less"}))
    if not places:
        return plain
    holder, key = places[steps["at"] * len(places) // 100]
    if how == "again":
        holder[key] = [*holder[key], holder[key][-1]]
    elif how == "less":
        holder[key] = holder[key][:-1]
    elif how == "drop":
        del holder[key]
    else:
        # The same letters in another order: of the right kind most often, and as long.
        holder[key] = holder[key][1:] + holder[key][:1]
    return plain


def _places(value: Any, lists: bool) -> Iterator[tuple[dict[str, Any], str]]:  # noqa: FBT001 - one of two things
    """Yield where a text, or a list that has something in it, stands in plain values."""
    if isinstance(value, list):
        for one in value:
            yield from _places(one, lists)
    elif isinstance(value, dict):
        for key, inner in list(value.items()):
            if isinstance(inner, list if lists else str) and inner:
                yield value, key
            yield from _places(inner, lists)


def _ruled(data: bytes, form: Format, tables: Tables, steps: Mapping[str, Any]) -> Gone:
    """Judge the entries of a message by the rules of a day, with values of them changed."""
    taken = _taken(data, form, tables)
    findings: list[Finding] = []
    for one in taken.translations:
        plain = copy.deepcopy(one.plain)
        for how, at in steps["edits"]:
            plain = _edited(plain, {"edit": how, "at": at})
        entry, _ = entry_of(plain)
        findings += run_rules(entry, date.fromisoformat(steps["on"]), steps["profile"])
    told = Interchange(format="", root=Node(""), transactions=[], separator="/", findings=findings, data=data)
    return b"", told, ()


def _translated(data: bytes, form: Format, tables: Tables, steps: Mapping[str, Any]) -> Gone:
    """Write the entries of a message as another message."""
    taken = _taken(data, form, tables)
    if not taken.translations:
        return b"", _read(taken, data), ()
    plains = [one.plain for one in taken.translations] * steps["copies"]
    sent = outgoing_plain(plains, steps["to"], _envelope(steps), tables, near=steps["near"])
    again = formats()[sent.format].read(sent.data, tables.specs, Limits())
    written = form.write(again, tables.specs) if sent.format == form.name else sent.data
    again.findings.extend(_flat(sent.findings))
    same = written == sent.data
    return sent.data, again, () if same else ("what was written is not written back byte for byte",)


def _framed(data: bytes, form: Format, tables: Tables, steps: Mapping[str, Any]) -> Gone:
    """Read whole or in pieces, acknowledge, and write again what was read strictly."""
    if steps.get("bytes"):
        return _streamed(data, form, tables, steps)
    lenient, most = steps.get("lenient", False), steps.get("findings_max", Limits().findings_max)
    interchange = form.read(data, tables.specs, replace(Limits(), lenient=lenient, findings_max=most))
    found = interchange.all_findings()
    out = form.acknowledge(interchange, technical(found), _envelope(steps), tables.specs)
    flaws = [] if len(found) <= most + 1 else ["more findings than findings_max"]
    if not lenient and form.write(interchange, tables.specs) != data:
        flaws.append("what was read is not written back byte for byte")
    return out, interchange, tuple(flaws)


def _envelopes(data: bytes, form: Format, tables: Tables, steps: Mapping[str, Any]) -> Gone:
    """Acknowledge in an envelope that is told, and hold the answer to it."""
    from gateway.conformance.framed import envelopes  # noqa: PLC0415 - no other way needs it

    out, interchange, wrong = _framed(data, form, tables, steps)
    return out, interchange, (*wrong, *envelopes.flaws(form.name, out, data, steps["wanted"]))


def _streamed(data: bytes, form: Format, tables: Tables, steps: Mapping[str, Any]) -> Gone:
    """Read transaction by transaction, so many bytes at once; they are those of a whole reading."""
    limits = replace(Limits(), lenient=steps["lenient"])
    whole = form.read(data, tables.specs, limits)
    stream: Any = getattr(form, "iter_transactions", None)
    if stream is None:
        raise ValueError(f"{form.name} is read whole")
    found = list(stream(_Slow(data, steps["bytes"]), tables.specs, limits))
    told = replace(whole, transactions=found)
    # Where the envelope is broken, the end of what can be read differs; what is said of an envelope without any
    # transaction comes with one that has no name.
    there, named = (
        [(one.message, one.version, one.control) for one in read if one.message or one.control]
        for read in (whole.transactions, found)
    )
    same = not no_errors(whole.findings) or there == named
    return b"", told, () if same else ("read piece by piece it has other transactions",)


def _pointed(data: bytes, form: Format, tables: Tables, steps: Mapping[str, Any]) -> Gone:
    """Find in a declaration what an answer to it points at: one that was received, or our own read back."""
    if steps["original"]:
        folder = data_root() / "fixtures" / form.name
        original = form.read((folder / steps["original"]).read_bytes(), tables.specs, Limits())
        answer = data
    else:
        original = form.read(data, tables.specs, Limits())
        judged = technical(original.all_findings())
        if steps.get("placed"):
            judged = refusal(list(findings_at(len(data), rejects=steps["placed"] == "errors")))
        answer = form.acknowledge(original, judged, _envelope(steps), tables.specs)
    from gateway.formats.wco.acks import findings_of  # noqa: PLC0415 - no other way needs this format

    told = form.read(answer, tables.specs, Limits())
    found = [
        one for response in told.transactions for one in findings_of(response.root, original, tables.specs)
    ]
    # The place of each is one of the declaration, whatever the findings of the answer itself are.
    return (
        answer,
        Interchange(format="", root=Node(""), transactions=[], separator="/", findings=found, data=data),
        (),
    )


class _Slow(io.BytesIO):
    """A file that gives few bytes at once."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(self._size if size is None or size < 0 else min(size, self._size))


_WAYS: Mapping[str, Callable[[bytes, Format, Tables, Mapping[str, Any]], Gone]] = {
    "limits": _limited,
    "customs": _answered,
    "kept": _kept,
    "translated": _translated,
    "streamed": _streamed,
    "pointed": _pointed,
    "ruled": _ruled,
    "framed": _framed,
    "answered": _envelopes,
    "made": lambda data, form, tables, steps: making.go(data, form, tables.specs, steps),
}
