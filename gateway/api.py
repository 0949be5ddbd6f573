"""The library: bytes in, report, entry or another message out.

```python
report = gateway.validate(data)
result = gateway.translate(data, to="wco/DEC")
interchange = gateway.read(data)
for transaction in gateway.iter_transactions(file):
    ...
```

Every call takes `specs=` (a folder's tables instead of those that are shipped) and
`limits=`; those that judge take `profile=` and `on=`, the day whose rules hold. `profile=` is a name
such as `cbp_ocean` (several are divided by blanks, `auto` takes the one that fits), or a mapping of
settings in which the key `profiles` has the names. `LookupError` for a name that there is none of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from gateway.finding import Finding, Report, no_errors
from gateway.flow.canonical import document
from gateway.flow.opinion import Opinion, second_opinions
from gateway.flow.translate import Tables, load_tables, outgoing_plain, recognise, take
from gateway.formats import formats
from gateway.mapping import Mappings
from gateway.mapping import translate as translate_one
from gateway.specs import Limits, Specs
from gateway.tree import Envelope, Interchange, Node, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

    from gateway.entry import Entry
    from gateway.flow.translate import Outgoing
    from gateway.mapping import Origin, Translation
    from gateway.tree import Leaf


@dataclass(frozen=True, slots=True)
class Result:
    """What a translation gave.

    `output` is the other message (b"" where nothing could be mapped), `translations` what
    each transaction became in between, `findings` those of the input and of the output,
    `sent` how the output was written. `entries`, `lineage`, `unmapped` and `unwritten` are
    computed when they are asked for.
    """

    output: bytes
    translations: tuple[Translation, ...]
    findings: tuple[Finding, ...]
    sent: Outgoing | None = None

    @property
    def unwritten(self) -> tuple[str, ...]:
        """The canonical paths that the output has no place for."""
        return self.sent.unwritten if self.sent is not None else ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The canonical entries, one for each transaction that a mapping carries."""
        return tuple(one.entry for one in self.translations)

    @property
    def lineage(self) -> tuple[Origin, ...]:
        """Where each value of the entries comes from."""
        return tuple(origin for one in self.translations for origin in one.lineage)

    @property
    def unmapped(self) -> tuple[Leaf, ...]:
        """The leaves of the input that no mapping carries."""
        return tuple(leaf for one in self.translations for leaf in one.unmapped)

    @property
    def entry(self) -> Entry:
        """The first entry; `LookupError` where there is none."""
        if not self.translations:
            raise LookupError("nothing in this input is mapped to an entry")
        return self.translations[0].entry

    @property
    def ok(self) -> bool:
        """Tell whether no finding is an error."""
        return no_errors(self.findings)


def read(data: bytes, *, specs: Specs | None = None, limits: Limits | None = None) -> Interchange:
    """Read an interchange of any format. Bad input gives findings on it, never an exception."""
    tables = _tables(specs)
    found = recognise(data, limits or Limits())
    if isinstance(found, Finding):
        return Interchange(
            format="", root=Node("unknown"), transactions=[], separator="/", findings=[found], data=data
        )
    return found.read(data, tables.specs, limits or Limits())


def validate(
    data: bytes,
    *,
    profile: Mapping[str, str] | str | None = None,
    specs: Specs | None = None,
    limits: Limits | None = None,
    on: date | None = None,
) -> Report:
    """Judge a message: syntax, structure, code lists, business rules, and the profiles that are named."""
    taken = take(data, _tables(specs), limits or Limits(), on=on or _today(), profile=_settings(profile))
    return Report(taken.findings)


def second_opinion(
    data: bytes, *, specs: Specs | None = None, limits: Limits | None = None
) -> tuple[Opinion, ...]:
    """Give pyx12's verdict on each transaction of an X12 file beside ours; () for another format."""
    return tuple(second_opinions(read(data, specs=specs, limits=limits), _tables(specs).specs))


def translate(
    data: bytes,
    to: str,
    *,
    envelope: Envelope | None = None,
    profile: Mapping[str, str] | str | None = None,
    specs: Specs | None = None,
    limits: Limits | None = None,
    on: date | None = None,
) -> Result:
    """Translate a message to `canonical`, `json`, `catair/SE`, `wco/DEC`, `x12/309`, ...

    `LookupError` for a target that there is no mapping for. `profile` key `near` = `yes`
    gives leave to write values that are near, not the same.
    """
    tables, settings = _tables(specs), _settings(profile)
    taken = take(data, tables, limits or Limits(), on=on or _today(), profile=settings)
    findings, output = taken.findings, b""
    sent: Outgoing | None = None
    if to == "canonical":
        output = document(taken).encode()
    elif taken.translations:
        plains = [one.plain for one in taken.translations]
        wrapped = envelope or Envelope(
            sender="GATEWAY", receiver="CBP", control=1, at=datetime.now(UTC).isoformat(timespec="seconds")
        )
        near = (settings or {}).get("near") == "yes"
        sent = outgoing_plain(plains, to, wrapped, tables, near=near)
        output, findings = sent.data, (*taken.findings, *sent.findings)
    return Result(output, taken.translations, findings, sent)


def iter_transactions(
    file: BinaryIO, *, specs: Specs | None = None, limits: Limits | None = None
) -> Iterator[Transaction]:
    """Yield the transactions of a file one by one, each with its findings.

    Formats that can stream (X12, EDIFACT) hold one transaction at a time, whatever the size of the
    file; the others are read whole. What is wrong with an envelope is told with the transaction that follows
    it, or with the last one; of a file without any transaction, with one that has no name.
    """
    for _, transaction in _stream(file, _tables(specs), limits or Limits()):
        yield transaction


def iter_translations(
    file: BinaryIO, *, specs: Specs | None = None, limits: Limits | None = None
) -> Iterator[Translation]:
    """Yield each transaction of a file as an entry, one by one; those that no mapping carries are left out.

    `plain` of what is yielded is the entry as JSON values, `findings` the mapping's own,
    `transaction` what it was read from, with the findings of its syntax.
    """
    tables = _tables(specs)
    for name, transaction in _stream(file, tables, limits or Limits()):
        mapping = tables.mappings.get(name, transaction.message, transaction.version)
        if mapping is not None:
            yield translate_one(mapping, transaction)


def _stream(file: BinaryIO, tables: Tables, limits: Limits) -> Iterator[tuple[str, Transaction]]:
    """Yield each transaction of a file and the name of its format."""
    head = file.read(4096)
    for name, candidate in formats().items():
        stream = getattr(candidate, "iter_transactions", None)
        if stream is not None and candidate.sniff(head):
            for transaction in stream(_Rejoined(head, file), tables.specs, limits):
                yield name, transaction
            return
    data = head + file.read(limits.interchange_bytes_max + 1 - len(head))
    interchange = read(data, specs=tables.specs, limits=limits)
    transactions = interchange.transactions
    if interchange.findings and not transactions:
        transactions = [Transaction(message="", version="", control="", root=Node(""))]
    if transactions:
        transactions[0].findings[:0] = interchange.findings
    for transaction in transactions:
        yield interchange.format, transaction


class _Rejoined:
    """A file whose first bytes were looked at already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        if not self._head:
            return self._rest.read(size)
        if size < 0:
            data, self._head = self._head + self._rest.read(), b""
            return data
        data, self._head = self._head[:size], self._head[size:]
        return data


def _settings(profile: Mapping[str, str] | str | None) -> Mapping[str, str] | None:
    return {"profiles": profile} if isinstance(profile, str) else profile


def _tables(specs: Specs | None) -> Tables:
    return load_tables() if specs is None else Tables(specs, Mappings(specs))


def _today() -> date:
    return datetime.now(UTC).date()
