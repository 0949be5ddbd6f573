"""What is changed in proofs of the log: paths, checkpoints, signatures of notes, witnesses, and whether a log has grown."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.changing import (
    Change,
    Statement,
    Tried,
    flipped,
    on_data,
    on_keys,
    on_token,
    same,
)
from gateway.conformance.signing.evidence import ORIGIN
from gateway.conformance.signing.noted import (
    AUTHOR,
    DASH,
    Proof,
    inclusion,
    root,
    signed,
    spelt,
    tree,
    witness,
)
from gateway.signing import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.signing.evidence import Evidence
    from gateway.signing import Key

_SHAPE, _PATH, _HASH, _KEY = "shape/invalid", "inclusion/invalid", "hash/invalid", "key/unknown"
_BROKEN = "signature/invalid"
_SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17)
_NOTE_MAX, _SIGNATURES_MAX, _HASHES_MAX = 64 * 1024, 16, 63


def _proof(**wishes: Any) -> Change:
    return Proof(**wishes).made


def _lines(change: Callable[[list[str]], list[str]]) -> Change:
    return on_token(lambda token: "\n".join(change(token.decode().split("\n"))).encode())


def _trees() -> Iterator[Tried]:
    """Yield each entry of logs of many sizes, and what is not quite its path (RFC 9162 §2.1.3)."""
    for size in _SIZES:
        for index in range(size) if size < 9 else (0, 1, size // 2, size - 2, size - 1):
            case, path = f"{size:02}-{index:02}", inclusion(index, tree(size, index))
            yield case, "", _proof(size=size, index=index)
            yield f"{case}-next", _PATH, _proof(size=size, index=index, at=index + 1)
            yield f"{case}-one-more", _PATH, _proof(size=size, index=index, path=[*path, bytes(32)])
            yield f"{case}-larger", _PATH, _proof(size=size, index=index, told=2 * size + 1)
            if path:
                yield f"{case}-one-less", _PATH, _proof(size=size, index=index, path=path[:-1])
                yield f"{case}-first-less", _PATH, _proof(size=size, index=index, path=path[1:])
                yield (
                    f"{case}-turned",
                    _PATH if len(set(path)) > 1 else "",
                    _proof(size=size, index=index, path=path[::-1]),
                )
                for at in {0, len(path) // 2, len(path) - 1}:
                    other = [*path[:at], flipped(path[at], 0.5), *path[at + 1 :]]
                    yield f"{case}-other-{at}", _PATH, _proof(size=size, index=index, path=other)
    yield "same", "", same
    yield "another-index", _PATH, _proof(at=3)
    yield "beyond-the-end", _PATH, _proof(at=5)
    for name, problem, change in (
        ("of-another-kind", _SHAPE, lambda lines: ["c2sp.org/tlog-proof@v9", *lines[1:]]), ("no-index", _SHAPE, lambda lines: [lines[0], *lines[2:]]),
        ("index-no-number", _SHAPE, lambda lines: [lines[0], "index two", *lines[2:]]),
        ("hash-no-base64", _HASH, lambda lines: [*lines[:2], "!" + lines[2][1:], *lines[3:]]), ("hash-short", _HASH, lambda lines: [*lines[:2], lines[2][:40], *lines[3:]]),
        ("hash-changed", _PATH, lambda lines: [*lines[:2], spelt(bytes(32)), *lines[3:]]), ("hash-missing", _PATH, lambda lines: [*lines[:2], *lines[3:]]),
        ("hash-twice", _PATH, lambda lines: [*lines[:3], lines[2], *lines[3:]]),
    ):  # fmt: skip
        yield name, problem, _lines(change)
    yield "empty-log", _PATH, _proof(size=1, index=0, told=0, root=root(()))
    yield "far-index", _PATH, _proof(at=10**18)


def _heads() -> Iterator[Tried]:
    """Yield beginnings of a proof (C2SP tlog-proof)."""
    path = inclusion(2, tree(5, 2))
    for name, problem, change in (
        ("extra", "", lambda lines: [lines[0], "extra AAAA", *lines[1:]]), ("extra-empty", "", lambda lines: [lines[0], "extra ", *lines[1:]]),
        ("extra-twice", _SHAPE, lambda lines: [lines[0], "extra AAAA", "extra AAAA", *lines[1:]]), ("extra-behind", _HASH, lambda lines: [*lines[:2], "extra AAAA", *lines[2:]]),
        ("extra-alone", _SHAPE, lambda lines: [lines[0], "extra", *lines[1:]]),
        ("other-kind", _SHAPE, lambda lines: ["c2sp.org/tlog-proof@v2", *lines[1:]]), ("no-kind", _SHAPE, lambda lines: lines[1:]), ("empty-kind", _SHAPE, lambda lines: ["", *lines[1:]]),
        ("no-index", _SHAPE, lambda lines: [lines[0], *lines[2:]]), ("index-word", _SHAPE, lambda lines: [lines[0], "index two", *lines[2:]]),
        ("index-sign", _SHAPE, lambda lines: [lines[0], "index +2", *lines[2:]]), ("index-negative", _SHAPE, lambda lines: [lines[0], "index -2", *lines[2:]]),
        ("index-zero-before", _SHAPE, lambda lines: [lines[0], "index 02", *lines[2:]]), ("index-blank", _SHAPE, lambda lines: [lines[0], "index 2 ", *lines[2:]]),
        ("index-no-blank", _SHAPE, lambda lines: [lines[0], "index2", *lines[2:]]), ("index-other-word", _SHAPE, lambda lines: [lines[0], "place 2", *lines[2:]]),
        ("index-empty", _SHAPE, lambda lines: [lines[0], "index ", *lines[2:]]), ("index-long", _SHAPE, lambda lines: [lines[0], "index 1" + "0" * 19, *lines[2:]]),
        ("index-longest", _PATH, lambda lines: [lines[0], "index 1" + "0" * 18, *lines[2:]]), ("word-of-its-length", _SHAPE, lambda lines: [lines[0], "xndex 2", *lines[2:]]),
        ("head-alone", _SHAPE, lambda lines: [lines[0], *lines[lines.index(""):]]),
        ("hash-bad-letter", _HASH, lambda lines: [*lines[:2], "!" + lines[2][1:], *lines[3:]]), ("hash-short", _HASH, lambda lines: [*lines[:2], lines[2][:40], *lines[3:]]),
        ("hash-longer", _HASH, lambda lines: [*lines[:2], lines[2] + "AAAA", *lines[3:]]), ("hash-of-33", _HASH, lambda lines: [*lines[:2], spelt(bytes(33)), *lines[3:]]),
        ("hash-of-31", _HASH, lambda lines: [*lines[:2], spelt(bytes(31)), *lines[3:]]), ("hash-stray", _HASH, lambda lines: [*lines[:2], _stray(lines[2]), *lines[3:]]),
        ("hash-url-letters", _HASH, lambda lines: [*lines[:2], "-_" + lines[2][2:], *lines[3:]]), ("hash-blank", _HASH, lambda lines: [*lines[:2], lines[2][:-1] + " ", *lines[3:]]),
        ("returns", _SHAPE, lambda lines: [line + "\r" for line in lines]), ("no-gap", f"{_KEY}|{_SHAPE}", lambda lines: [line for line in lines if line]),
    ):  # fmt: skip
        yield name, problem, _lines(change)
    filled = [*path, *[bytes(32)] * _HASHES_MAX]
    yield "most-hashes", _PATH, _proof(path=filled[:_HASHES_MAX])
    yield "too-many-hashes", _SHAPE, _proof(path=filled[: _HASHES_MAX + 1])
    yield "too-long", _SHAPE, _proof(before=["extra " + "A" * 2 * _NOTE_MAX])
    yield "empty", f"{_KEY}|{_SHAPE}", on_token(lambda _: b"")
    yield "words", f"{_KEY}|{_SHAPE}", on_token(lambda _: b"proof")


def _stray(text: str) -> str:
    """Spell a hash of 32 bytes in base64 with a bit that means nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-2] + letters[letters.index(text[-2]) + 1] + "="


def _longest() -> Iterator[Tried]:
    """Yield proofs and notes that are as long as they may be, and longer."""
    plain = f"{ORIGIN}\n5\n{{root}}\n"
    note = len(plain) - len("{root}") + 44 + 1 + len(DASH) + 1 + len(ORIGIN) + 1 + 92 + 1
    for name, problem, length in (("note-longest", "", _NOTE_MAX), ("note-too-long", _SHAPE, _NOTE_MAX + 1)):
        yield name, problem, _proof(text=plain + "x" * (length - note - 1) + "\n")
    room = 2 * _NOTE_MAX - len(f"{Proof().head}\nextra \nindex 2\n\n") - 3 * 45 - note
    for name, problem, length in (("proof-longest", "", room), ("proof-too-long", _SHAPE, room + 1)):
        yield name, problem, _proof(before=["extra " + "A" * length])


def _checkpoints() -> Iterator[Tried]:
    """Yield what a log signed: a checkpoint, or something else under a signature that holds (C2SP tlog-checkpoint)."""
    usual = f"{ORIGIN}\n5\n{{root}}\n"
    for name, problem, text in (
        ("own", "", usual), ("extension", "", usual + "more\n"), ("extensions", "", usual + "more\n\nand more\n"), ("umlaut", "", usual + "\u00e4\n"),
        ("another-log", "origin/unexpected", usual.replace(ORIGIN, "other.example/log")), ("no-log", _SHAPE, usual.replace(ORIGIN, "")),
        ("size-word", _SHAPE, usual.replace("5", "five")), ("size-zero-before", _SHAPE, usual.replace("5", "05")), ("size-sign", _SHAPE, usual.replace("5", "+5")),
        ("size-negative", _SHAPE, usual.replace("5", "-5")), ("size-empty", _SHAPE, usual.replace("5", "")), ("size-blank", _SHAPE, usual.replace("5", "5 ")),
        ("size-long", _SHAPE, usual.replace("5", "1" + "0" * 19)), ("size-longest", _PATH, usual.replace("5", "1" + "0" * 18)), ("size-other", _PATH, usual.replace("5", "9")),
        ("two-lines", _SHAPE, f"{ORIGIN}\n5\n"), ("one-line", _SHAPE, f"{ORIGIN}\n"), ("root-other", _PATH, usual.replace("{root}", spelt(bytes(32)))),
        ("root-short", _HASH, usual.replace("{root}", spelt(bytes(20)))), ("root-long", _HASH, usual.replace("{root}", spelt(bytes(33)))), ("root-empty", _HASH, usual.replace("{root}", "")),
        ("root-no-base64", _HASH, usual.replace("{root}", "!" * 44)), ("order", _SHAPE, f"5\n{ORIGIN}\n{{root}}\n"), ("tab", _SHAPE, usual + "a\tb\n"),
        ("control", _SHAPE, usual + "\x01\n"), ("return", _SHAPE, usual.replace("\n", "\r\n")), ("delete", "", usual + "\x7f\n"),
    ):  # fmt: skip
        yield name, problem, _proof(text=text)
    yield "same", "", same
    yield "no-signature", f"{_KEY}|{_SHAPE}", _lines(lambda lines: lines[:-2])
    yield "no-proof", f"{_KEY}|{_SHAPE}", on_token(lambda _: b"proof")
    yield "no-checkpoint", f"{_KEY}|{_SHAPE}", on_token(lambda token: token.partition(b"\n\n")[0])
    yield "another-root", _BROKEN, on_token(lambda token: _rooted(token, flipped))
    yield "another-size", _BROKEN, on_token(lambda token: token.replace(b"\n5\n", b"\n6\n"))
    yield "line-more", _BROKEN, on_token(lambda token: token.replace(b"\n5\n", b"\n5\nmore\n"))


def _rooted(token: bytes, change: Callable[[bytes, float], bytes]) -> bytes:
    lines = token.decode().split("\n")
    at = lines.index("") + 3
    lines[at] = spelt(change(base64.b64decode(lines[at]), 0.5))
    return "\n".join(lines).encode()


def _signatures() -> Iterator[Tried]:
    """Yield lines of signatures (C2SP signed-note)."""
    other = f"{DASH} other.example {spelt(bytes(68))}"
    for name, problem, lines in (
        ("others-before", "", (other, "{own}")), ("others-behind", "", ("{own}", other)), ("most", "", ("{own}", *[other] * (_SIGNATURES_MAX - 1))),
        ("too-many", "signatures/over", ("{own}", *[other] * _SIGNATURES_MAX)), ("shortest", "", ("{own}", f"{DASH} a {spelt(bytes(5))}")), ("long-name", "", ("{own}", f"{DASH} {'n' * 300} {spelt(bytes(9))}")),
        ("twice", "signature/repeated", ("{own}", "{own}")), ("none-of-ours", _KEY, (other,)),
        ("too-short", _SHAPE, ("{own}", f"{DASH} a {spelt(bytes(4))}")), ("empty-signature", _SHAPE, ("{own}", f"{DASH} a ")), ("no-signature", _SHAPE, ("{own}", f"{DASH} a")),
        ("no-name", _SHAPE, ("{own}", f"{DASH}  {spelt(bytes(9))}")), ("name-with-plus", _SHAPE, ("{own}", f"{DASH} a+b {spelt(bytes(9))}")),
        ("name-with-tab", _SHAPE, ("{own}", f"{DASH} a\tb {spelt(bytes(9))}")), ("name-with-wide-blank", _SHAPE, ("{own}", f"{DASH} a\u2003b {spelt(bytes(9))}")),
        ("hyphen", _SHAPE, ("{own}", f"- a {spelt(bytes(9))}")), ("no-dash", _SHAPE, ("{own}", f"a {spelt(bytes(9))}")), ("two-dashes", _SHAPE, ("{own}", f"{DASH} {DASH} a {spelt(bytes(9))}")),
        ("stray", _SHAPE, ("{own}", f"{DASH} a AAAAAAB=")), ("url-letters", _SHAPE, ("{own}", f"{DASH} a AAAAAA-_")), ("no-padding", _SHAPE, ("{own}", f"{DASH} a AAAAAAA")),
        ("blank-behind", _SHAPE, ("{own} ",)), ("empty-line", "signature/absent", ("{own}", "", other)),
    ):  # fmt: skip
        yield name, problem, _proof(lines=lines)
    yield "no-line-end", _SHAPE, _proof(end="")
    yield "two-line-ends", f"{_SHAPE}|signature/absent", _proof(end="\n\n")
    yield "cut", _BROKEN, on_token(lambda token: _resigned(token, lambda raw: raw[:-1]))
    yield "one-bit-changed", _BROKEN, on_token(lambda token: _resigned(token, lambda raw: flipped(raw, 0.5)))
    yield "one-byte-more", _BROKEN, on_token(lambda token: _resigned(token, lambda raw: raw + b"\x00"))
    yield "key-id-changed", _KEY, on_token(lambda token: _resigned(token, lambda raw: flipped(raw, 0)))
    yield (
        "key-id-changed-late",
        f"signature/absent|{_KEY}",
        on_token(lambda token: _resigned(token, lambda raw: raw[:3] + bytes([raw[3] ^ 1]) + raw[4:])),
    )
    for name, other in (("half-before", "\ud800"), ("half-behind", "\udfff"), ("half", "\udc80")):
        yield name, _SHAPE, _proof(lines=("{own}", f"{DASH} a{other} {spelt(bytes(9))}"))
        yield f"{name}-in-the-text", _SHAPE, _proof(text=f"{ORIGIN}\n5\n{{root}}\n{other}\n")
    yield "text-of-a-line-end", f"{_SHAPE}|{_KEY}", _proof(text="\n")
    yield "text-of-a-letter", _SHAPE, _proof(text="a\n")
    yield "other-name", _KEY, lambda one, _: replace(one, more={**one.more, "origin": "other.example/log"})
    yield "key-of-another-purpose", _KEY, on_keys(lambda key: (replace(key, purpose=Purpose.RECEIPT),))
    yield "key-of-another-kind", _KEY, lambda one, _: _of_another_kind(one)


def _of_another_kind(one: Evidence) -> Evidence:
    from gateway.conformance.signing.evidence import key, ring  # noqa: PLC0415 - keys are made when a case is

    return replace(one, keys=ring(key(Purpose.LOG, "ES256")))


def _resigned(token: bytes, change: Callable[[bytes], bytes]) -> bytes:
    head, blank, text = token.decode().rstrip("\n").rpartition(" ")
    return f"{head}{blank}{spelt(change(base64.b64decode(text)))}\n".encode()


def _witnessed(
    change: Callable[[str], list[str]], *, wanted: tuple[str, ...] = ("witness.example/w",)
) -> Change:
    """Add cosignatures to the note of a proof, and ask for those of the named witnesses."""

    def changed(one: Evidence, key: Key) -> Evidence:
        text = f"{ORIGIN}\n5\n{spelt(root(tree(5, 2)))}\n"
        more = [("witnesses", [witness(name).told() for name in wanted])]
        return Proof(lines=("{own}", *change(text)), more=more).made(one, key)

    return changed


def _witnesses() -> Iterator[Tried]:
    """Yield cosignatures of witnesses (C2SP tlog-cosignature)."""
    one, two = witness(), witness("second.example")
    yield "seen", "", _witnessed(lambda text: [one.line(text)])
    yield (
        "seen-by-two",
        "",
        _witnessed(lambda text: [two.line(text), one.line(text)], wanted=(one.name, two.name)),
    )
    yield "seen-by-more", "", _witnessed(lambda text: [two.line(text), one.line(text)])
    yield "nobody-asked", "", _witnessed(lambda text: [one.line(text)], wanted=())
    yield "at-the-beginning", "", _witnessed(lambda text: [one.line(text, 0)])
    yield "late", "", _witnessed(lambda text: [one.line(text, 2**63)])
    yield "not-seen", "signature/absent", _witnessed(lambda _: [])
    yield "seen-by-another", "signature/absent", _witnessed(lambda text: [two.line(text)])
    yield (
        "seen-by-one-of-two",
        "signature/absent",
        _witnessed(lambda text: [one.line(text)], wanted=(one.name, two.name)),
    )
    yield "seen-twice", "signature/repeated", _witnessed(lambda text: [one.line(text), one.line(text, 7)])
    yield "other-time-shown", _BROKEN, _witnessed(lambda text: [one.line(text, 5, shown=6)])
    yield "other-text-seen", _BROKEN, _witnessed(lambda text: [one.line(text + "more\n")])
    yield "signed-as-author", "signature/absent", _witnessed(lambda text: [signed(text, one.key, one.name)])
    yield "believed-as-author", "", lambda proof, signer: _asked_as_author(proof, signer, one.name)


def _asked_as_author(one: Evidence, key: Key, name: str) -> Evidence:
    """Ask for the signature of somebody who signs the text itself."""
    seen = _witnessed(lambda text: [signed(text, witness(name).key, name)])(one, key)
    return replace(seen, more={**seen.more, "witnesses": [witness(name).told(AUTHOR)]})


LOG: tuple[Statement, ...] = (
    ("entry", "A proof is about one receipt.",
     (("same", "", same), ("one-bit-changed", _PATH, on_data(lambda data: flipped(data, 0.5))),
      ("one-more", _PATH, on_data(lambda data: data + b"\n")), ("another", _PATH, on_data(lambda _: b"b")), ("nothing", _PATH, on_data(lambda _: b"")))),
    ("path", "The hashes of a proof lead from the receipt to the root, whatever the size of the log.", tuple(_trees())),
    ("shape", "A proof has a head, an index, hashes and a signed checkpoint.", (("same", "", same), *_heads(), *_longest())),
    ("checkpoint", "The root is the one that the log signed.", tuple(_checkpoints())),
    ("note", "A note has lines of signatures, one of them of the log.", (("same", "", same), *_signatures())),
    ("witness", "Who was asked to watch a log has seen the checkpoint, once.", tuple(_witnesses())),
)  # fmt: skip
