"""What is changed in receipts: each member of the payload, what it is about, and when it was made."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.asked import digested
from gateway.conformance.signing.changing import Change, Statement, Tried, flipped, on_data, same
from gateway.conformance.signing.evidence import ANSWER, AT, FROM, SOURCE
from gateway.conformance.signing.tokens import encoded, headed, paid, part, raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.signing.evidence import Evidence
    from gateway.signing import Key

_NO = "receipt/invalid"
_PAYLOAD_MAX = 1024 * 1024
_GONE: Any = object()
_DIGEST = digested(b"x")
# Which receipt may say what (docs/verify.md): its kind, how far it goes, and the dispositions that may stand with it.
_MAY = {
    ("receipt", "received"): {"received", "rejected"},
    ("technical", "syntax"): {"accepted", "rejected"},
    ("technical", "accepted"): {"accepted", "rejected"},
    ("business", "accepted"): {"accepted", "rejected"},
    ("business", "customs"): {"accepted", "rejected", "pending"},
}
_TEXTS = ("receipt", "submission", "kind", "attests", "disposition", "partner", "log")
_WRONG: tuple[tuple[str, Any], ...] = (
    ("number", 7),
    ("truth", True),
    ("list", ["a"]),
    ("object", {"a": "b"}),
    ("null", None),
)


def said(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """Sign another payload."""
    return paid(lambda data: json.dumps(change(json.loads(data))).encode())


def _with(**members: Any) -> Change:
    """Sign a payload with other members; those that are gone are left out."""
    return said(
        lambda plain: {name: value for name, value in {**plain, **members}.items() if value is not _GONE}
    )


def _inside(name: str, **members: Any) -> Change:
    return said(
        lambda plain: {
            **plain,
            name: {key: value for key, value in {**plain[name], **members}.items() if value is not _GONE},
        }
    )


def _kinds() -> Iterator[Tried]:
    """Yield every kind with everything that it may and may not say; a receipt of bytes has no answer."""
    for kind in ("receipt", "technical", "business"):
        for attests in ("received", "syntax", "accepted", "customs"):
            for disposition in ("received", "accepted", "rejected", "pending", "other"):
                may = disposition in _MAY.get((kind, attests), set())
                bare = kind == "receipt"
                # The answer that comes with a receipt of bytes is one that it says nothing about.
                problem = _NO if not may else "digest/absent" if bare else ""
                answers = None if bare else digested(ANSWER)
                yield f"{kind}-{attests}-{disposition}", problem, _with(
                    kind=kind, attests=attests, disposition=disposition, answers=answers)  # fmt: skip
    yield "receipt-with-an-answer", _NO, _with(kind="receipt", attests="received", disposition="received")
    yield "answer-without", _NO, _with(answers=None)
    yield "business-without", _NO, _with(kind="business", attests="customs", answers=None)
    yield "answer-left-out", _NO, _with(answers=_GONE)
    yield "unknown-kind", _NO, _with(kind="other")
    yield "unknown-attestation", _NO, _with(attests="other")
    yield "kind-in-capitals", _NO, _with(kind="TECHNICAL")


def _members() -> Iterator[Tried]:
    for name in _TEXTS:
        yield f"{name}-left-out", _NO, _with(**{name: _GONE})
        for kind, value in _WRONG:
            yield f"{name}-{kind}", _NO, _with(**{name: value})
    for name in ("receipt", "submission", "partner", "log"):
        yield f"{name}-empty", "", _with(**{name: ""})
        yield f"{name}-umlaut", "", _with(**{name: "ä"})
    for name, value in (
        ("gone", _GONE),
        ("number", 2),
        ("zero", 0),
        ("truth", True),
        ("text", "1"),
        ("null", None),
    ):
        yield f"version-{name}", _NO, _with(v=value)
    yield "unknown-member", "", _with(note={"a": 1})
    yield (
        "all-left-out",
        "",
        _with(received_at=_GONE, findings=_GONE, software=_GONE, specs=_GONE, entry=_GONE),
    )
    yield "nothing", _NO, said(lambda _: {})
    yield "list", _NO, paid(lambda data: b"[" + data + b"]")
    yield "no-json", _NO, paid(lambda data: data[:-1])
    yield "member-twice", _NO, paid(lambda data: data[:-1] + b',"log":"other"}')
    yield "no-utf8", _NO, paid(lambda data: data.replace(b"TESTER", b"TESTE\xff"))
    yield "empty", _NO, paid(lambda _: b"")
    yield "longest", "", paid(lambda data: data + b" " * (_PAYLOAD_MAX * 3 // 4 - len(data)))
    yield "too-long", "length/over", paid(lambda data: data + b" " * (_PAYLOAD_MAX * 3 // 4 + 1 - len(data)))


def _objects() -> Iterator[Tried]:
    """Yield members that hold other texts, and those that may be left out."""
    for name in ("via", "interchange"):
        yield f"{name}-left-out", _NO, _with(**{name: _GONE})
        for kind, value in _WRONG[:3]:
            yield f"{name}-{kind}", _NO, _with(**{name: value})
        yield f"{name}-empty", "", _with(**{name: {}})
        yield f"{name}-other", "", _with(**{name: {"a": "b", "c": ""}})
        for kind, value in _WRONG:
            yield f"{name}-of-{kind}", _NO, _with(**{name: {"a": "b", "c": value}})
    yield "via-null", _NO, _with(via=None)
    yield "interchange-null", "", _with(interchange=None)
    yield "software-left-out", "", _with(software=_GONE)
    for kind, value in _WRONG:
        yield f"software-{kind}", _NO, _with(software=value)
    yield "specs-left-out", "", _with(specs=_GONE)
    for kind, value in (("empty", []), ("two", ["a", "b"])):
        yield f"specs-{kind}", "", _with(specs=value)
    for kind, value in (
        ("text", "a"),
        ("null", None),
        ("object", {"a": "b"}),
        ("of-numbers", [1]),
        ("of-both", ["a", 1]),
        ("of-nothing", [None]),
    ):
        yield f"specs-{kind}", _NO, _with(specs=value)


_NO_NUMBERS: tuple[tuple[str, Any], ...] = (
    ("text", "108"), ("truth", True), ("negative", -1), ("null", None), ("list", [1]), ("gone", _GONE),
)  # fmt: skip
_NO_OBJECTS: tuple[tuple[str, Any], ...] = (("null", None), ("text", "a"), ("list", []), ("number", 1))
_NO_DIGESTS: tuple[tuple[str, Any], ...] = (
    ("short", "sha-256=:AAAA:"), ("other-kind", digested(b"x", "sha-512")), ("no-colons", digested(SOURCE).replace(":", "")),
    ("name", digested(SOURCE).upper()), ("behind", digested(SOURCE) + " "), ("before", " " + digested(SOURCE)),
    ("stray", "sha-256=:" + "A" * 44 + ":"), ("padding", digested(SOURCE).replace("=:", "::", 1)), ("number", 7), ("list", [digested(SOURCE)]),
    ("empty", ""), ("url-letters", "sha-256=:" + "-" * 43 + "=:"),
)  # fmt: skip


def _digests() -> Iterator[Tried]:
    """Yield digests and lengths, those of the payload and those that it holds."""
    right = digested(SOURCE)
    for name, value in _NO_DIGESTS:
        for member in ("answers", "entry"):
            yield f"{member}-{name}", _NO, _with(**{member: value})
        for member in ("content", "findings"):
            yield f"{member}-{name}", _NO, _inside(member, digest=value)
    yield "entry", "", _with(entry=_DIGEST)
    yield "entry-null", "", _with(entry=None)
    yield "another-answer", "digest/differs", _with(answers=_DIGEST)
    yield "another-content", "digest/differs", _inside("content", digest=_DIGEST)
    for member, unit in (("content", "bytes"), ("findings", "count")):
        for name, value in _NO_NUMBERS:
            yield f"{member}-{unit}-{name}", _NO, _inside(member, **{unit: value})
        yield f"{member}-digest-gone", _NO, _inside(member, digest=_GONE)
        for name, value in _NO_OBJECTS:
            yield f"{member}-is-{name}", _NO, _with(**{member: value})
    yield "content-gone", _NO, _with(content=_GONE)
    yield "findings-gone", "", _with(findings=_GONE)
    yield "findings-none", "", _inside("findings", count=0)
    yield "findings-one", "", _inside("findings", count=1)
    for name, length in (("longer", len(SOURCE) + 1), ("shorter", len(SOURCE) - 1), ("none", 0), ("one", 1)):
        yield f"length-{name}", "length/differs", _inside("content", bytes=length)
    # What was inside of what came in (AS2): the digest of that stands beside the transport.
    yield (
        "payload-inside",
        "",
        said(lambda plain: {**plain, "content": {"bytes": 1, "digest": _DIGEST}, "via": {"payload": right}}),
    )
    yield "payload-of-another", "digest/differs|length/differs", said(
        lambda plain: {**plain, "content": {"bytes": 1, "digest": _DIGEST}, "via": {"payload": _DIGEST}})  # fmt: skip
    yield "payload-no-digest", "digest/differs|length/differs", said(
        lambda plain: {**plain, "content": {"bytes": 1, "digest": _DIGEST}, "via": {"payload": "x"}})  # fmt: skip


def _times() -> Iterator[Tried]:
    for member in ("at", "received_at"):
        for name, value in (
            ("no-letter", "2026-03-02 10:15:00.000000Z"), ("no-fraction", "2026-03-02T10:15:00Z"), ("short-fraction", "2026-03-02T10:15:00.000Z"),
            ("zone", "2026-03-02T10:15:00.000000+00:00"), ("no-zone", "2026-03-02T10:15:00.000000"), ("month", "2026-13-02T10:15:00.000000Z"),
            ("day", "2026-02-30T10:15:00.000000Z"), ("hour", "2026-03-02T24:15:00.000000Z"), ("minute", "2026-03-02T10:60:00.000000Z"),
            ("second", "2026-03-02T10:15:61.000000Z"), ("number", 1772446500), ("null", None), ("empty", ""), ("list", ["2026-03-02T10:15:00.000000Z"]),
            ("behind", "2026-03-02T10:15:00.000000Z "), ("year", "0000-03-02T10:15:00.000000Z"),
        ):  # fmt: skip
            yield f"{member}-{name}", _NO, _with(**{member: value})
        yield f"{member}-to-the-microsecond", "", _with(**{member: "2026-03-02T10:15:00.123456Z"})
    yield "at-gone", _NO, _with(at=_GONE)
    yield "received-gone", "", _with(received_at=_GONE)
    for name, problem, at in (
        ("clocks-differ", "", FROM - timedelta(minutes=1)), ("just", "", FROM - timedelta(minutes=5)),
        ("before-the-key", "key/out-of-date", FROM - timedelta(minutes=5, microseconds=1)), ("long-before", "key/out-of-date", AT.replace(year=2020)),
    ):  # fmt: skip
        yield name, problem, _with(at=at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


def _answered(data: bytes) -> Change:
    def changed(one: Evidence, _: Key) -> Evidence:
        return replace(one, more={"answer": base64.b64encode(data).decode("ascii")})

    return changed


def _part(change: Callable[[bytes], bytes]) -> Change:
    return part(1, lambda text: encoded(change(raw(text))))


RECEIPT: tuple[Statement, ...] = (
    (
        "content", "A receipt is about the bytes that were submitted.",
        (("same", "", same),
         ("one-bit-changed", "digest/differs", on_data(lambda data: flipped(data, 0.5))),
         ("one-more", "length/differs", on_data(lambda data: data + b"\n")),
         ("one-less", "length/differs", on_data(lambda data: data[:-1])),
         ("another-transmission", "digest/differs|length/differs", on_data(lambda _: b"another")),
         ("another-length", "length/differs", _inside("content", bytes=7)),
         ("nothing", "length/differs", on_data(lambda _: b""))),
    ),
    (
        "answer", "A receipt is about the answer that it came with.",
        (("same", "", same), ("one-bit-changed", "digest/differs", _answered(flipped(ANSWER, 0.5))),
         ("another", "digest/differs", _answered(b"another")), ("nothing", "digest/differs", _answered(b""))),
    ),
    (
        "payload", "What a receipt says is what was signed.",
        (("same", "", same), ("one-bit-changed", "signature/invalid", _part(lambda data: flipped(data, 0.5))),
         ("another-disposition", "signature/invalid", _part(lambda data: data.replace(b"accepted", b"rejected"))),
         ("of-no-interchange", "", _with(interchange=None)), ("no-receipt", _NO, said(lambda _: {})), ("no-text", _NO, _with(partner=7)),
         ("another-version", _NO, _with(v=99)), ("no-instant", _NO, _with(at="2026-03-02 10:15:00")), ("number-for-an-instant", _NO, _with(at=1772446500)),
         ("half-a-digest", _NO, _with(answers="sha-256:00")), ("no-list", _NO, _with(specs="x12/309/004010")), ("no-partner", _NO, _with(partner=_GONE)),
         ("no-number", _NO, _inside("content", bytes=True)),
         ("none", "signature/invalid", part(1, lambda _: "")), ("padding", "base64url/invalid", part(1, lambda text: text + "=")),
         ("stray-bits", "base64url/invalid", part(1, lambda _: "AB")), ("no-letters", "base64url/invalid", part(1, lambda _: "a b"))),
    ),
    (
        "type", "A receipt is a token of its own type.",
        (("receipt", "", same), ("another", "type/unexpected", headed(lambda head: head.update(typ="JWT"))),
         ("empty", "type/unexpected", headed(lambda head: head.update(typ=""))),
         ("none", "type/unexpected", headed(lambda head: head.pop("typ") and None))),
    ),
    ("kinds", "A receipt says no more than its kind may.", (("own", "", same), *_kinds())),
    ("members", "A receipt has all its members, each of its kind.", (("own", "", same), *_members(), *_objects())),
    ("digests", "Lengths and digests are those of what the receipt is about.", (("own", "", same), *_digests())),
    ("time", "A receipt says when it was made, and its key was valid then.", (("own", "", same), ("valid", "", _with()), *_times())),
)  # fmt: skip
