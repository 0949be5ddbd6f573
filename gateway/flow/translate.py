"""Bytes to entries and entries to bytes: the whole way, as pure functions.

`take` reads whatever arrived: sniff, read, map, judge. `outgoing` writes an entry as any
message and reads it back before anybody may send it. `restore` writes a message again
from what was kept of it (`canonical.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from gateway.entry import plain_of
from gateway.finding import Finding, Layer, Severity, no_errors
from gateway.formats import formats, sniff
from gateway.mapping import Mapping, Mappings, Translation, trace, translate, write_entry
from gateway.rules import run_rules
from gateway.specs import Limits, Specs
from gateway.tree import Draft, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Mapping as Table
    from datetime import date
    from pathlib import Path

    from gateway.entry import Entry
    from gateway.formats import Format
    from gateway.mapping import Traced
    from gateway.tree import Envelope, Interchange, Leaf, Transaction


@dataclass(frozen=True, slots=True)
class Tables:
    """The data that everything runs on: specs and mappings of one folder."""

    specs: Specs
    mappings: Mappings


def load_tables(root: Path | None = None) -> Tables:
    """Open the data folder; single tables load when they are first asked for."""
    return _shipped() if root is None else _open(root)


@cache
def _shipped() -> Tables:
    return _open(None)


def _open(root: Path | None) -> Tables:
    specs = Specs(root)
    return Tables(specs, Mappings(specs))


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of some bytes.

    `format` is "" and `interchange` None where no format knows them. `findings` are all
    there are, syntax first, then mapping and rules, each with its transaction's index;
    `translations` are those transactions that a mapping exists for.
    """

    format: str
    interchange: Interchange | None
    translations: tuple[Translation, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Tell whether no finding is an error."""
        return no_errors(self.findings)


@dataclass(frozen=True, slots=True)
class Placed:
    """One value of an entry and where it went in the message that was written."""

    path: str
    leaf: Leaf


@dataclass(frozen=True, eq=False)
class Outgoing:
    """A message that was written, read back and judged."""

    data: bytes
    format: str
    findings: tuple[Finding, ...]
    trace: Callable[[], tuple[tuple[Placed, ...], tuple[str, ...]]] = lambda: ((), ())

    @cached_property
    def _traced(self) -> tuple[tuple[Placed, ...], tuple[str, ...]]:
        return self.trace()

    @property
    def placed(self) -> tuple[Placed, ...]:
        """Where each value of the entry went; found when asked for."""
        return self._traced[0]

    @property
    def unwritten(self) -> tuple[str, ...]:
        """The canonical paths that the message has no place for; found when asked for."""
        return self._traced[1]

    @property
    def ok(self) -> bool:
        """Tell whether the message reads back without an error."""
        return no_errors(self.findings)


def recognise(data: bytes, limits: Limits, format_name: str = "") -> Format | Finding:
    """Give the format of some bytes, or the finding that says why there is none."""
    if len(data) > limits.interchange_bytes_max:
        return Finding(
            code="gateway.interchange/bytes/limit/interchange_bytes_max",
            message="the file is larger than is taken here",
            layer=Layer.PROFILE,
            expected=f"at most {limits.interchange_bytes_max} bytes",
            actual=f"{len(data)} bytes",
        )
    if not data.strip():
        return Finding(
            code="gateway.interchange/bytes/format/empty",
            message="there is nothing in it",
            layer=Layer.SYNTAX,
            expected="an interchange",
            actual=f"{len(data)} bytes",
        )
    found = formats().get(format_name) if format_name else sniff(data)
    if found is None:
        return Finding(
            code="gateway.interchange/bytes/format/unknown",
            message="these bytes look like no format that is known here",
            layer=Layer.SYNTAX,
            expected=", ".join(formats()),
            actual=ascii(data[:24].decode("latin-1")),
        )
    return found


def take(
    data: bytes,
    tables: Tables,
    limits: Limits,
    format_name: str = "",
    *,
    on: date | None = None,
    profile: Table[str, str] | None = None,
) -> Taken:
    """Read, map and judge. `on` is the day whose rules hold; without it no rule is asked.

    The key `profiles` of `profile` names the profiles of the format that are asked too, divided by
    blanks; `LookupError` for one that there is none of.
    """
    found = recognise(data, limits, format_name)
    if isinstance(found, Finding):
        return Taken("", None, (), (found,))
    interchange = found.read(data, tables.specs, limits)
    findings = list(interchange.findings)
    translations = []
    agreed = _agreed(found, interchange, tables, on, profile) if on is not None else {}
    for index, transaction in enumerate(interchange.transactions):
        findings.extend(replace(one, transaction=index) for one in transaction.findings)
        mapping = tables.mappings.get(found.name, transaction.message, transaction.version)
        broken = not no_errors(transaction.findings)
        objections = agreed.get(index, ()) if not broken else ()
        if mapping is None:
            findings.extend(objections)
            findings.append(_no_mapping(found.name, transaction, index))
            continue
        translation = translate(mapping, transaction)
        judged = _judge(translation, on, _staged(profile, mapping)) if on is not None and not broken else ()
        mapped = _consequences(translation.findings, transaction) if broken else translation.findings
        translation.findings = tuple(
            replace(one, transaction=index) for one in (*objections, *mapped, *judged)
        )
        translations.append(translation)
        findings.extend(translation.findings)
    return Taken(found.name, interchange, tuple(translations), tuple(findings))


def _agreed(
    form: Format, interchange: Interchange, tables: Tables, on: date, profile: Table[str, str] | None
) -> dict[int, list[Finding]]:
    """Ask the profiles; give what they object to by the index of the transaction."""
    check = getattr(form, "check_profiles", None)
    if check is None:
        return {}
    names = (profile or {}).get("profiles", "").split()
    said: dict[int, list[Finding]] = {}
    for one in check(interchange, names, tables.specs, on.isoformat()):
        said.setdefault(one.transaction, []).append(one)
    return said


def profile_names(tables: Tables) -> tuple[str, ...]:
    """Name every profile of every format that a partner or a caller may ask for."""
    names = [getattr(form, "profile_names", None) for form in formats().values()]
    return tuple(name for known in names if known is not None for name in known(tables.specs))


def _consequences(findings: Sequence[Finding], transaction: Transaction) -> tuple[Finding, ...]:
    """Keep one fault one finding: what only follows from a broken message is no error of its own.

    A value that the grammar refused at its place is not refused again by the mapping; a
    value that is missing because a segment was lost is noted as a warning. Rules of
    business are not asked about a message that is broken: they would judge our guess.
    """
    spans = {one.span for one in transaction.findings if one.severity is Severity.ERROR}
    return tuple(
        replace(one, severity=Severity.WARNING) if one.severity is Severity.ERROR else one
        for one in findings
        if one.span is None or one.span not in spans
    )


def _no_mapping(format_name: str, transaction: Transaction, index: int) -> Finding:
    return Finding(
        code=f"{format_name}.{transaction.message}.{transaction.version}/message/mapping/none",
        message="this message can be read, but no mapping carries it to an entry",
        severity=Severity.WARNING,
        layer=Layer.PROFILE,
        actual=f"{format_name}/{transaction.message}/{transaction.version}",
        transaction=index,
    )


def _staged(profile: Table[str, str] | None, mapping: Mapping) -> Table[str, str]:
    """Give the profile with the stage that the message is of by itself, which says more than a partner's setting."""
    stage = mapping.table.stage
    return {**(profile or {}), "stage": stage} if stage else profile or {}


def _judge(translation: Translation, on: date, profile: Table[str, str]) -> tuple[Finding, ...]:
    """Run the rules; lineage turns a canonical path into the sender's own place and bytes."""
    judged = []
    for finding in run_rules(translation.plain, on, profile):
        leaf = translation.place(finding.place) if finding.place else None
        if leaf is None:
            judged.append(replace(finding, path=finding.place))
        else:
            judged.append(replace(finding, path=finding.place, place=leaf.address, span=leaf.span))
    return tuple(judged)


def outgoing(
    entry: Entry, target: str, envelope: Envelope, tables: Tables, *, near: bool = False
) -> Outgoing:
    """Write an entry as `catair/SE`, `wco/DEC`, ...; what cannot be said is listed or a finding.

    Raises `LookupError` where there is no mapping for the target.
    """
    return outgoing_plain((plain_of(entry),), target, envelope, tables, near=near)


def outgoing_many(
    entries: Sequence[Entry], target: str, envelope: Envelope, tables: Tables, *, near: bool = False
) -> Outgoing:
    """Write several entries into one interchange."""
    return outgoing_plain([plain_of(entry) for entry in entries], target, envelope, tables, near=near)


def outgoing_plain(
    plains: Sequence[dict[str, Any]], target: str, envelope: Envelope, tables: Tables, *, near: bool = False
) -> Outgoing:
    """Write several entries into one interchange, given as `Translation.plain` has them."""
    mapping = tables.mappings.target(target)
    if mapping is None:
        raise LookupError(target)
    spec = mapping.spec
    form = formats()[spec.format]

    def wrapped(roots: Sequence[Draft]) -> Interchange:
        return form.envelop(spec.message, spec.version, roots, envelope, tables.specs)

    def traced() -> tuple[tuple[Placed, ...], tuple[str, ...]]:
        found = [one.trace() for one in written]
        return _traced(mapping, wrapped([one.root for one in found]), found)

    written = [write_entry(mapping, plain, near=near) for plain in plains]
    findings = [finding for one in written for finding in one.findings]
    return _finish(form, wrapped([one.root for one in written]), tables, findings, traced)


def restore(
    mapping: Mapping,
    interchange: Interchange,
    roots: Sequence[Draft],
    plains: Sequence[dict[str, object]],
    tables: Tables,
) -> Outgoing:
    """Write entries back onto the message they came from; `roots` are inside `interchange`'s tree."""
    found = [trace(mapping, plain, root) for plain, root in zip(plains, roots, strict=True)]
    findings = [finding for one in found for finding in one.findings]
    form = formats()[interchange.format]
    return _finish(form, interchange, tables, findings, lambda: _traced(mapping, interchange, found))


def _finish(
    form: Format,
    interchange: Interchange,
    tables: Tables,
    findings: list[Finding],
    traced: Callable[[], tuple[tuple[Placed, ...], tuple[str, ...]]],
) -> Outgoing:
    """Write the tree and read it back."""
    # What enveloping changed to fit the message (texts cut, sums made) is said too.
    findings.extend(interchange.findings)
    data = form.write(interchange, tables.specs)
    again = form.read(data, tables.specs, Limits())
    findings.extend(again.all_findings())
    return Outgoing(data, form.name, tuple(findings), traced)


def _traced(
    mapping: Mapping, interchange: Interchange, found: Sequence[Traced]
) -> tuple[tuple[Placed, ...], tuple[str, ...]]:
    """Say where each value went, and which have no place."""
    leaves = {(id(leaf.node), leaf.key): leaf for leaf in walk(interchange.root, mapping.spec.separator)}
    placed = tuple(
        Placed(path, leaves[id(node), key])
        for one in found
        for path, node, key in one.places
        if (id(node), key) in leaves
    )
    return placed, tuple(path for one in found for path in one.unwritten)
