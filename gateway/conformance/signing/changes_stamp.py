"""Time-stamps of an authority of the suite's own: each field of a reply, of what it says, and of who says it (RFC 3161)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.certifying import MAIL, STAMPING, certified
from gateway.conformance.signing.changes_cms import Parts, written
from gateway.conformance.signing.changing import Change, Statement, Tried
from gateway.conformance.signing.evidence import AT, FROM, UNTIL, Evidence, ring
from gateway.signing import State, der

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.signing import Key

_INFO = der.oid("1.2.840.113549.1.9.16.1.4")
_DATA = der.oid("1.2.840.113549.1.7.1")
_DIGESTS = {
    name: der.oid(f"2.16.840.1.101.3.4.2.{number}")
    for name, number in (("sha256", 1), ("sha384", 2), ("sha512", 3))
}
_NO, _DIFFERS, _NONCE, _TYPE = "asn1/invalid", "digest/differs", "nonce/differs", "type/unexpected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A reply; each default is right. `digest` names the algorithm, `used` is the one that is used."""

    digest: str = "sha256"
    used: str = "sha256"
    nonce: int | None = 7
    wanted: int | None = 7
    time: str = "20260302101500Z"
    at: datetime | None = AT
    version: int = 1
    policy: str = "1.2.3"
    more: Sequence[bytes] = ()
    status: Sequence[bytes] = (der.integer(0),)
    token: bool = True
    behind: bytes = b""
    parts: tuple[tuple[str, Any], ...] = ()
    usages: Sequence[str] | None = (STAMPING,)
    life: tuple[datetime, datetime] = (FROM, UNTIL)
    trusted: Callable[[Key], Key] = lambda key: key

    def made(self, one: Evidence, key: Key) -> Evidence:
        """Make the reply, and trust who made it."""
        authority = certified(
            replace(key, purpose=None), usages=self.usages, begins=self.life[0], ends=self.life[1]
        )
        imprint = der.sequence(
            der.sequence(_DIGESTS[self.digest], der.NULL),
            der.octets(hashlib.new(self.used, one.data).digest()),
        )
        info = der.sequence(
            der.integer(self.version), der.oid(self.policy), imprint, der.integer(99), der.tlv(0x18, self.time.encode()), *self.more,
            *(() if self.nonce is None else (der.integer(self.nonce),)),
        ) + self.behind  # fmt: skip
        parts = Parts(
            **{"inner": _INFO, "typed": (_INFO,), "carried": info, "version": 3, **dict(self.parts)}
        )
        token = written(parts, replace(one, data=info), authority)
        reply = der.sequence(der.sequence(*self.status), *((token,) if self.token else ()))
        more = {"nonce": self.wanted, "signer": authority.kid, "time": self.at.isoformat() if self.at else ""}
        return replace(one, token=reply, keys=ring(self.trusted(authority)), more=more)


def _stamp(**wishes: Any) -> Change:
    return Stamp(**wishes).made


def _fields() -> Iterator[Tried]:
    """Yield what a time-stamp says."""
    second = timedelta(seconds=1)
    yield "usual", "", _stamp()
    yield "imprint-other-algorithm", _DIFFERS, _stamp(digest="sha512", used="sha512")
    yield "imprint-named-otherwise", _DIFFERS, _stamp(digest="sha512")
    yield "imprint-of-another-algorithm", _DIFFERS, _stamp(used="sha512")
    for name, problem, nonce, wanted in (
        ("none-kept", "", 7, None), ("none-at-all", "", None, None), ("zero", "", 0, 0), ("long", "", 2**159, 2**159), ("other", _NONCE, 8, 7), ("missing", _NONCE, None, 7), ("zero-for-another", _NONCE, 0, 7), ("missing-for-zero", _NONCE, None, 0),
    ):  # fmt: skip
        yield f"nonce-{name}", problem, _stamp(nonce=nonce, wanted=wanted)
    yield "fraction", "", _stamp(time="20260302101500.5Z", at=AT + timedelta(milliseconds=500))
    yield "policy", "", _stamp(policy="1.3.6.1.4.1.99999.1.2")
    yield "accuracy", "", _stamp(more=[der.sequence(der.integer(1))])
    yield "ordered", "", _stamp(more=[der.tlv(0x01, b"\xff")])
    yield "no-time", _NO, _stamp(time="yesterday")
    yield "bytes-behind", _NO, _stamp(behind=b"\x00")
    for name, problem, moment in (
        ("first", "", FROM), ("last", "", UNTIL), ("before", "certificate/out-of-date", FROM - second), ("after", "certificate/out-of-date", UNTIL + second),
    ):  # fmt: skip
        yield (
            f"moment-{name}",
            problem,
            _stamp(time=moment.strftime("%Y%m%d%H%M%SZ"), at=moment.astimezone(UTC)),
        )


def _replies() -> Iterator[Tried]:
    """Yield what an authority replies, around what it says."""
    said = der.sequence(der.tlv(0x0C, b"words"))
    for number, name in enumerate(
        ("granted", "granted-otherwise", "rejected", "waiting", "revocation-near", "revoked")
    ):
        problem = "" if number < 2 else "status/refused"
        yield name, problem, _stamp(status=(der.integer(number),))
        yield f"{name}-in-words", problem, _stamp(status=(der.integer(number), said))
    yield "granted-without-token", _NO, _stamp(token=False)
    yield "rejected-without-token", "status/refused", _stamp(token=False, status=(der.integer(2),))
    yield "of-data", _TYPE, _stamp(parts=(("inner", _DATA), ("typed", (_DATA,))))
    yield "without-content", f"{_TYPE}|{_NO}", _stamp(parts=(("carried", None),))
    yield "attribute-of-data", _TYPE, _stamp(parts=(("typed", (_DATA,)),))
    yield "other-digest", _DIFFERS, _stamp(parts=(("digests", ("other",)),))
    yield "two-signers", "signers/count", _stamp(parts=(("signers", 2),))
    yield "no-attributes", "attributes/absent", _stamp(parts=(("attributes", False),))


def _authorities() -> Iterator[Tried]:
    """Yield certificates of authorities, and what is believed of their keys."""
    usage = "usage/unexpected"
    for name, problem, usages in (
        ("stamping", "", (STAMPING,)), ("stamping-and-mail", usage, (STAMPING, MAIL)), ("mail-and-stamping", usage, (MAIL, STAMPING)), ("mail", usage, (MAIL,)), ("anything", usage, ("2.5.29.37.0",)), ("nothing-said", usage, None), ("twice", usage, (STAMPING, STAMPING)),
    ):  # fmt: skip
        yield f"for-{name}", problem, _stamp(usages=usages)
    yield "retired", "", _stamp(trusted=lambda key: key.in_state(State.RETIRED))
    yield "compromised", "key/compromised", _stamp(trusted=lambda key: key.in_state(State.COMPROMISED))
    yield (
        "key-later",
        "key/out-of-date",
        _stamp(trusted=lambda key: replace(key, not_before=AT + timedelta(minutes=6))),
    )
    yield "key-just-later", "", _stamp(trusted=lambda key: replace(key, not_before=AT + timedelta(minutes=5)))
    yield "certificate-until-then", "", _stamp(life=(FROM, AT))
    yield "certificate-from-then", "", _stamp(life=(AT, UNTIL))
    yield (
        "certificate-until-before",
        "certificate/out-of-date",
        _stamp(life=(FROM, AT - timedelta(seconds=1))),
    )


STAMPED: tuple[Statement, ...] = (
    ("fields", "A time-stamp says which bytes were there, when, and which request it answers.", tuple(_fields())),
    ("replies", "A reply grants one time-stamp.", tuple(_replies())),
    ("authorities", "A certificate is for time-stamps alone, and was valid then.", tuple(_authorities())),
)  # fmt: skip
