"""What is asked of the work, and what it gives.

Plain data, so that it goes to another process and back. The classes have no slots: with them, what is
frozen is written and read field by field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.finding import Finding
from gateway.flow.decide import Policy
from gateway.specs import Limits


@dataclass(frozen=True, kw_only=True)
class Route:
    """An endpoint, as far as translating for it needs."""

    endpoint: str
    target: str
    messages: tuple[str, ...] = ()
    sender: str = ""
    receiver: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReadJob:
    """Bytes to be read and judged for a partner.

    `numbers` are control numbers that this job may use up: one for the technical answer,
    one for each transaction. `correlation` is the beginning of the key that comes back
    with an answer. `first` names the submission that had the same control number.
    """

    data: bytes
    format: str
    policy: Policy
    limits: Limits
    routes: Sequence[Route]
    numbers: range
    correlation: str
    name: str
    options: Mapping[str, str]
    at: str
    first: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer's bytes and what they say.

    `attests` is how far it goes: `syntax`, `accepted` for processing, or `customs`. `open`: customs
    answered and has not decided.
    """

    data: bytes
    media_type: str
    accepted: bool
    attests: str = "syntax"
    open: bool = False

    @property
    def outcome(self) -> str:
        """The word for a receipt: accepted, rejected or pending."""
        return "pending" if self.open else "accepted" if self.accepted else "rejected"


@dataclass(frozen=True, kw_only=True)
class PartRead:
    """What became of one transaction; `forward` None: it is refused, and `reply` says so.

    `found` is what forwarding found, beside what reading had found.
    """

    idx: int
    message: str = ""
    version: str = ""
    control: str = ""
    number: str = ""
    correlation: str = ""
    keys: Sequence[str] = ()
    action: str = ""
    endpoint: str = ""
    target: str = ""
    entry: bytes | None = None
    forward: bytes | None = None
    reply: Reply | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    found: Sequence[Finding] = ()


@dataclass(frozen=True, kw_only=True)
class ReadDone:
    """What reading gave. `wanted` is how many control numbers it takes; too few: nothing else is set."""

    wanted: int
    format: str = ""
    sender: str = ""
    receiver: str = ""
    control: str = ""
    identity: str = ""
    findings: bytes = b"[]"
    technical: Reply | None = None
    parts: Sequence[PartRead] = ()


@dataclass(frozen=True, kw_only=True)
class AnswerJob:
    """A business acknowledgement to be written in the sender's format.

    `said` are dispositions as plain JSON; `refused` is a reason of ours instead of them. `heard` is
    the message that said so and `sent` what it answers, where it may tell the place of a fault. `noted` is
    what we have to say beside it.
    """

    data: bytes
    format: str
    limits: Limits
    idx: int
    said: Sequence[Mapping[str, str]]
    refused: str
    control: int
    name: str
    options: Mapping[str, str]
    at: str
    heard: bytes = b""
    sent: bytes = b""
    noted: Sequence[Finding] = ()


@dataclass(frozen=True, kw_only=True)
class AgainJob:
    """What was sent, and the number under which it goes out now."""

    data: bytes
    route: Route
    number: int
    correlation: str
    name: str
    at: str


@dataclass(frozen=True, kw_only=True)
class ToolJob:
    """Bytes to look at, and how."""

    data: bytes
    format: str
    limits: Limits
    profile: dict[str, str]
    at: str
    to: str = ""
    sender: str = "GATEWAY"
    receiver: str = ""
    lineage: bool = False


@dataclass(frozen=True, kw_only=True)
class ToolDone:
    """What was found, as plain JSON; `output` None where nothing could be written."""

    ok: bool
    document: dict[str, Any]
    output: bytes | None = None
    media_type: str = ""
