"""State: what the small ACE remembers, as plain frozen values.

Lives here: filings, answers that wait for their time, answers given, faults in force.
Never here: what any of it means on a wire, and any IO. The shell keeps these values in
SQLite and hands them back after a restart; every value is plain JSON.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast

NEW_MAX = 64
"""So many filings are copied for one more, before they are put to the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One status that a filing was given. `target` is a bill, line or "" for the whole."""

    word: str
    code: str
    at: str
    text: str = ""
    target: str = ""
    agency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One thing on file: an entry, an in-bond movement, a manifest, a declaration.

    `kind` is `entry`, `inbond`, `manifest` or `declaration`; `number` is its own number
    (entry number without separators). `facts` are single values, `rows` repeating ones
    (bills, lines, agency lines), both under plain names. `frame` is what an answer needs
    of the envelope it came in. `release` and `summary` are the two states of an entry.
    """

    kind: str
    number: str
    format: str
    batch: str
    scenario: str = ""
    reference: str = ""
    release: str = ""
    summary: str = ""
    version: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    frame: Mapping[str, str] = field(default_factory=dict)
    history: tuple[Event, ...] = ()

    @property
    def key(self) -> str:
        """The place of this filing in the state: `entry/Q7Z00010429`."""
        return f"{self.kind}/{self.number}"

    def row(self, name: str) -> tuple[Mapping[str, str], ...]:
        """Give the rows of one name, none where there are none."""
        return self.rows.get(name, ())

    def fact(self, name: str) -> str:
        """Give one value, "" where it is not known."""
        return self.facts.get(name, "")


class Filings(Mapping[str, Filing]):
    """Filings by their keys. One more costs the copy of a few, not of all that is on file.

    What is new lies before the many, which are shared and never changed; from time to time the two
    become one. So a state that somebody still holds stays what it was.
    """

    __slots__ = ("_many", "_new")

    def __init__(self, many: Mapping[str, Filing], new: Mapping[str, Filing] | None = None) -> None:
        """Hold filings; those of `new` go before the many."""
        self._many = many
        self._new = new or {}

    def put(self, filing: Filing) -> Filings:
        """Give these filings and one more, or another in the place of an earlier one."""
        new = {**self._new, filing.key: filing}
        return Filings(self._many, new) if len(new) < NEW_MAX else Filings({**self._many, **new})

    def __getitem__(self, key: str) -> Filing:
        """Give one. Raises `KeyError`."""
        found = self._new.get(key)
        return self._many[key] if found is None else found

    def __iter__(self) -> Iterator[str]:
        """Go through the keys, in the order in which they came first."""
        yield from self._many
        yield from (key for key in self._new if key not in self._many)

    def __len__(self) -> int:
        """Count them."""
        return len(self._many) + sum(key not in self._many for key in self._new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One answer, ready to be read. `at` is an ISO instant in UTC."""

    kind: str
    batch: str
    media_type: str
    body: bytes
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An answer that waits for `at`.

    Either `body` is there already (the answer to a batch), or `step` says which status
    the filing `key` gets then, and the bytes are made when the time has come.
    """

    at: str
    batch: str
    kind: str
    media_type: str = ""
    body: str = ""
    key: str = ""
    step: Mapping[str, str] = field(default_factory=dict)

    def message(self, at: str) -> Message:
        """Give the answer whose body is there already."""
        return Message(
            kind=self.kind, batch=self.batch, media_type=self.media_type, body=b64decode(self.body), at=at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that shall go wrong `times` more. `until` bounds those that last."""

    name: str
    times: int = 1
    seconds: float = 0.0
    on: str = "batches"
    after: bool = False
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that the simulator knows.

    `orders` say what a tester wants of a filing that may not have come yet, by
    `entry/<number>` or `reference/<reference>`. `ahead` is how many seconds the
    simulator's clock runs before the real one. `held` is an answer that the next one
    overtakes. `touched` are the keys of filings changed since `settled`.
    """

    filings: Mapping[str, Filing] = field(default_factory=dict)
    pending: Mapping[int, Pending] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    orders: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scenario: str = ""
    ahead: float = 0.0
    serial: int = 1
    control: int = 1
    held: Pending | None = None
    touched: frozenset[str] = frozenset()

    def put(self, filing: Filing) -> State:
        """Give the state in which this filing is on file."""
        kept = self.filings if isinstance(self.filings, Filings) else Filings(self.filings)
        return replace(self, filings=kept.put(filing), touched=self.touched | {filing.key})

    def wait(self, *answers: Pending) -> State:
        """Give the state in which these answers wait."""
        if not answers:
            return self
        added = {self.serial + turn: answer for turn, answer in enumerate(answers)}
        return replace(self, pending={**self.pending, **added}, serial=self.serial + len(answers))

    def without(self, numbers: set[int]) -> State:
        """Give the state in which these answers do not wait any more."""
        if not numbers:
            return self
        kept = {number: answer for number, answer in self.pending.items() if number not in numbers}
        return replace(self, pending=kept)

    def settled(self) -> State:
        """Give the state with nothing marked as changed."""
        return replace(self, touched=frozenset()) if self.touched else self

    def next_due(self) -> str:
        """Give the earliest instant at which something is due, "" if nothing waits."""
        return min((answer.at for answer in self.pending.values()), default="")


@dataclass(frozen=True, slots=True)
class Step:
    """What one call made: the new state, answers for the outbox, lines for a person."""

    state: State
    messages: tuple[Message, ...] = ()
    said: tuple[str, ...] = ()


def instant(at: datetime) -> str:
    """Give an instant as text that sorts: UTC, microseconds, always the same length."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{utc.isoformat('T', 'microseconds')[:26]}Z"


def moment(text: str) -> datetime:
    """Give the instant that `instant` wrote."""
    return datetime.fromisoformat(text)


def later(at: datetime, seconds: float) -> str:
    """Give the instant some seconds after `at`."""
    return instant(at + timedelta(seconds=seconds))


def ready(message: Message) -> Pending:
    """Give an answer with its bytes as one that waits."""
    return Pending(
        at=message.at,
        batch=message.batch,
        kind=message.kind,
        media_type=message.media_type,
        body=b64encode(message.body).decode("ascii"),
    )


def plain(value: Filing | Pending | Fault) -> dict[str, Any]:
    """Give a value as plain JSON; `filing`, `pending` and `fault` read it back.

    Not `dataclasses.asdict`: it copies every text too, and takes a sixth of a transmission's time.
    """
    return _members(value)


def _members(value: Any) -> dict[str, Any]:
    return {name: _plain(getattr(value, name)) for name in _names(value.__class__)}


def _plain(value: Any) -> Any:
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return _members(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(one.name for one in fields(cast("Any", kind)))


def filing(value: Mapping[str, Any]) -> Filing:
    """Read back a filing that `plain` wrote."""
    kept = dict(value)
    kept["rows"] = {name: tuple(rows) for name, rows in kept["rows"].items()}
    kept["history"] = tuple(Event(**event) for event in kept["history"])
    return Filing(**kept)


def pending(value: Mapping[str, Any]) -> Pending:
    """Read back a waiting answer that `plain` wrote."""
    return Pending(**value)


def fault(value: Mapping[str, Any]) -> Fault:
    """Read back a fault that `plain` wrote."""
    return Fault(**value)
