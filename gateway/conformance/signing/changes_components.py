"""Components of HTTP messages and the one value that each has in a signature: derived ones, fields, those of a request (RFC 9421 §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.signing.asked import DIGEST, covering, sent
from gateway.conformance.signing.evidence import TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.signing.changing import Change, Tried

_INVALID, _ABSENT = "signature/invalid", "component/absent"
_TYPE = ("Content-Type", "application/edi-x12")

# Addresses, and what each derived component of them is (RFC 9421 §2.2).
_ADDRESSES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("plain", TARGET, {"@authority": "gateway.example", "@scheme": "https", "@path": "/v1/submissions", "@query": "?",
                       "@request-target": "/v1/submissions"}),
    ("capitals-and-port", "https://GATEWAY.Example:443/v1/A?b=1&c=%2F", {
        "@authority": "gateway.example", "@scheme": "https", "@path": "/v1/A", "@query": "?b=1&c=%2F",
        "@request-target": "/v1/A?b=1&c=%2F"}),
    ("no-path", "http://gateway.example:80", {
        "@authority": "gateway.example", "@scheme": "http", "@path": "/", "@query": "?", "@request-target": "/"}),
    ("own-port", "https://gateway.example:8443/", {"@authority": "gateway.example:8443", "@path": "/"}),
    ("port-of-the-other", "http://gateway.example:443/a", {"@authority": "gateway.example:443", "@scheme": "http"}),
    ("port-of-neither", "https://gateway.example:80/a", {"@authority": "gateway.example:80"}),
    ("name-before-it", "https://user@gateway.example/a?", {"@authority": "gateway.example", "@request-target": "/a"}),
    ("no-path-but-query", "https://gateway.example?a=1", {"@path": "/", "@query": "?a=1", "@request-target": "/?a=1"}),
)  # fmt: skip
# What the address would be if it were not brought into its one form.
_AS_WRITTEN = {
    ("capitals-and-port", "@authority"): "GATEWAY.Example:443",
    ("no-path", "@authority"): "gateway.example:80",
    ("no-path", "@path"): "",
    ("no-path", "@query"): "",
    ("no-path", "@request-target"): "",
    ("plain", "@query"): "",
    ("own-port", "@authority"): "gateway.example",
    ("name-before-it", "@authority"): "user@gateway.example",
}


def derived() -> Iterator[Tried]:
    """Yield each component of each address, as it is and as it is not."""
    for place, target, values in _ADDRESSES:
        for name, value in values.items():
            case, label = f"{name[1:]}-{place}", f'"{name}"'
            yield case, "", covering((label, value), target=target)
            yield f"{case}-other", _INVALID, covering((label, value + "x"), target=target)
            plain = _AS_WRITTEN.get((place, name))
            if plain is not None:
                yield f"{case}-as-written", _INVALID, covering((label, plain), target=target)


def fields() -> Iterator[Tried]:
    """Yield fields of a message and the one value that is signed for them (RFC 9421 §2.1)."""
    usual = (_TYPE, ("Content-Digest", DIGEST))
    for name, values, signed in (
        ("plain", ("a",), "a"), ("two-lines", ("a", "b"), "a, b"), ("two-lines-spaced", (" a ", "\tb\t"), "a, b"),
        ("three-lines", ("a", "", "c"), "a, , c"), ("empty", ("",), ""), ("inner-spaces", ("a  b",), "a  b"),
        ("tab-inside", ("a\tb",), "a\tb"), ("folded", ("a\r\n b",), "a b"), ("folded-far", ("a\r\n \t  b",), "a b"),
        ("folded-plain", ("a\n\tb",), "a b"), ("folded-twice", ("a\r\n b\n c",), "a b c"),
        ("folded-and-not", ("a\r\n b", "c"), "a b, c"), ("capitals", ("AbC",), "AbC"),
    ):  # fmt: skip
        more = tuple(("X-Note", value) for value in values)
        yield name, "", covering(('"x-note"', signed), fields=(*usual, *more))
        yield f"{name}-other", _INVALID, covering(('"x-note"', f"{signed}."), fields=(*usual, *more))
    for name, value in (
        ("line-end", "a\nb"),
        ("line-end-crlf", "a\r\nb"),
        ("return-alone", "a\rb"),
        ("return-and-line", "a\r b\n c"),
    ):
        yield name, "field/invalid", covering(('"x-note"', value), fields=(*usual, ("X-Note", value)))
    yield "no-ascii", "field/not-ascii", covering(('"x-note"', "é"), fields=(*usual, ("X-Note", "é")))
    yield "missing", _ABSENT, covering(('"x-note"', "a"))
    yield "capitals-in-its-name", _ABSENT, covering(('"X-Note"', "a"), fields=(*usual, ("X-Note", "a")))
    yield "no-name", _ABSENT, covering(('""', "a"))


_REQUEST = [
    (
        "request",
        {"method": "PUT", "target": "https://gateway.example/asked?a=1", "fields": [["X-Asked", "yes"]]},
    )
]
_DEMANDED = ("content-digest",)


def answers() -> Iterator[Tried]:
    """Yield responses: with a status, and covering what was asked (RFC 9421 §2.4)."""
    digest = ('"content-digest"', DIGEST)

    def answer(*lines: tuple[str, str], status: int = 202, asked: bool = True) -> Change:
        more = [("status", status), ("covers", _DEMANDED), *(_REQUEST if asked else [])]
        return sent(lines=(digest, *lines), method="", target="", more=more)

    yield "status", "", answer(('"@status"', "202"))
    yield "another-status", _INVALID, answer(('"@status"', "200"))
    yield "no-status", _ABSENT, answer(('"@status"', "0"), status=0)
    for name, value in (
        ("@method", "PUT"), ("@target-uri", "https://gateway.example/asked?a=1"), ("@authority", "gateway.example"),
        ("@path", "/asked"), ("@query", "?a=1"), ("x-asked", "yes"),
    ):  # fmt: skip
        case = name.removeprefix("@")
        yield f"{case}-of-the-request", "", answer((f'"{name}";req', value))
        yield f"{case}-of-another-request", _INVALID, answer((f'"{name}";req', f"{value}x"))
        yield f"{case}-without-request", _ABSENT, answer((f'"{name}";req', value), asked=False)
        yield f"{case}-of-the-answer", _ABSENT, answer((f'"{name}"', value))
    yield "status-of-the-request", _ABSENT, answer(('"@status";req', "202"))
    yield (
        "field-of-both",
        "",
        answer(('"@status"', "202"), ('"@method";req', "PUT"), ('"x-asked";req', "yes")),
    )
    yield "not-covered", "component/uncovered", sent(
        lines=(('"@status"', "202"),), method="", target="", more=[("status", 202), ("covers", _DEMANDED)])  # fmt: skip
    yield "digest-of-the-request-alone", "component/uncovered", sent(
        lines=(('"content-digest";req', DIGEST),), method="", target="",
        more=[("status", 202), ("covers", _DEMANDED), ("request", {"method": "PUT", "target": TARGET, "fields": [["Content-Digest", DIGEST]]})])  # fmt: skip
