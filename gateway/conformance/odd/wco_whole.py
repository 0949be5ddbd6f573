"""The envelope of a WCO document, its header, and the elements of its message: too few, too many, elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_META = re.compile(rb"<((?:\w+:)?)MetaData([^<>]*)>(.*)</\1MetaData>", re.DOTALL)
_BODY = re.compile(rb"<((?:\w+:)?)(Declaration|Response)>.*</\1\2>", re.DOTALL)
_PAIR = re.compile(rb"\n *<((?:\w+:)?\w+)>(?:(?!</\1>).)*</\1>", re.DOTALL)
_SAID = (
    b"WCODataModelVersionCode", b"WCOTypeName", b"ResponsibleCountryCode", b"ResponsibleAgencyName", b"FunctionCode",
    b"AgencyAssignedCustomizationVersionCode", b"FunctionalReferenceID", b"TypeCode", b"ID",
)  # fmt: skip
_TEXTS = {
    "nothing": b"", "blank": b" ", "same": b" {} ", "3-6": b"3.6", "3-7": b"3.7", "3": b"3", "x": b"X", "13": b"13", "inv": b"INV",
    "9": b"9", "03": b"03", "01": b"01", "35": b"A" * 35, "36": b"A" * 36, "comment": b"{}<!-- c -->", "cdata": b"<![CDATA[{}]]>",
}  # fmt: skip
_PIECES_OF_EACH = 6


def whole(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Yield a document with another envelope, other messages in it, other headers, and elements moved."""
    meta, body = _META.search(data), _BODY.search(data)
    if meta is None or body is None:
        return
    yield from _envelopes(data, meta, body[0].replace(b">", meta[2] + b">", 1))
    yield from _messages(data, meta, body[0], body[1], body[2])
    yield from _said(data)
    pieces = list(_PAIR.finditer(data, body.start()))
    for turn, one in enumerate(pieces):
        if not (turn + drawn) % max(1, len(pieces) // _PIECES_OF_EACH):
            yield from _piece(data, f"{turn}-{_local(one[1]).decode().lower()}", one)
            yield from _moved(data, pieces, turn)
    for levels in (90, 400):
        yield (
            f"deep/{levels}",
            data[: body.start()] + b"<d>" * levels + b"</d>" * levels + data[body.start() :],
        )


def _local(name: bytes) -> bytes:
    return name.rpartition(b":")[2]


def _envelopes(data: bytes, meta: re.Match[bytes], bare: bytes) -> Iterator[tuple[str, bytes]]:
    """Name the envelope otherwise, put it into another, or leave it out."""
    before, behind = data[: meta.start()], data[meta.end() :]
    name, space, inner = meta[1] + b"MetaData", meta[2], meta[3]
    for turn, other in enumerate((b"DocumentMetaData", b"DocumentMetadata", b"Envelope", b"metadata")):
        said = meta[1] + other
        yield f"envelope/other-{turn}-name", before + b"<%s%s>%s</%s>" % (said, space, inner, said) + behind
    request = b"<submitDeclarationRequest>%s</submitDeclarationRequest>"
    detail = b"<detail>%s</detail>" % meta[0]
    made = {
        "none": bare, "none-twice": bare + bare, "request": request % detail, "request-bare": request % meta[0],
        "request-empty": request % b"<a/><b>1</b>", "request-second": request % (b"<a><b/></a>" + detail),
        "request-text": request % (b"words" + detail), "empty": before + b"<%s%s></%s>" % (name, space, name) + behind,
        "closed": before + b"<%s%s/>" % (name, space) + behind, "nested": before + b"<%s%s>%s</%s>" % (name, space, meta[0], name) + behind,
    }  # fmt: skip
    for told, text in made.items():
        yield f"envelope/{told}", text


def _messages(
    data: bytes, meta: re.Match[bytes], body: bytes, prefix: bytes, name: bytes
) -> Iterator[tuple[str, bytes]]:
    """Put messages into the envelope: none, several, one of the other kind, and texts beside them."""
    other = b"Response" if name == b"Declaration" else b"Declaration"
    turned = body.replace(name + b">", other + b">")
    rest = meta[3].replace(body, b"")
    made = {
        "none": rest, "first": body + rest, "text": b"words" + rest + body, "text-long": b"w" * 70 + rest + body, "twice": rest + body * 2,
        "three": rest + body * 3, "foreign": rest + body + b"<x/>", "foreign-first": rest + b"<x>1</x>" + body, "other-name": rest + turned,
        "both": rest + body + turned, "both-turned": rest + turned + body, "closed": rest + b"<%s%s/>" % (prefix, name),
        "empty": rest + b"<%s%s></%s%s>" % (prefix, name, prefix, name), "inside": rest + body.replace(b">", b">" + body, 1),
    }  # fmt: skip
    for told, inner in made.items():
        yield f"messages/{told}", data[: meta.start(3)] + inner + data[meta.end(3) :]


def _said(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Say something else in the elements that are read first, or nothing."""
    for name in _SAID:
        element = re.search(rb"\s*<((?:\w+:)?)%s(?: [^<>]*)?>([^<>]*)</\1%s>" % (name, name), data)
        if element is None:
            continue
        told = name.decode().lower()
        yield f"of/{told}-none", data.replace(element[0], b"", 1)
        yield f"of/{told}-twice", data.replace(element[0], element[0] * 2, 1)
        for how, text in _TEXTS.items():
            now = text.replace(b"{}", element[2])
            yield f"of/{told}-{how}-said", data[: element.start(2)] + now + data[element.end(2) :]


def _piece(data: bytes, name: str, one: re.Match[bytes]) -> Iterator[tuple[str, bytes]]:
    """Leave an element out, repeat it, empty it, or make it another."""
    tag, text = one[1], one[0]
    foreign = b"q:" + _local(tag)
    opened = text.replace(tag, foreign, 1).replace(b">", b' xmlns:q="urn:q">', 1)
    made = {
        "out": b"", "twice": text * 2, "hundred": text * 100, "text": b"text" + text, "closed": b"<%s/>" % tag, "empty": b"<%s></%s>" % (tag, tag),
        "inside": text.replace(b">", b">" + text, 1), "commented": b"<!--%s-->" % text, "foreign": opened.replace(b"</%s>" % tag, b"</%s>" % foreign),
        "blank": b"<%s> </%s>" % (tag, tag), "words": b"<%s>words</%s>" % (tag, tag),
    }  # fmt: skip
    for how, now in made.items():
        yield f"piece/{name}-{how}", data[: one.start()] + now + data[one.end() :]


def _moved(data: bytes, pieces: list[re.Match[bytes]], turn: int) -> Iterator[tuple[str, bytes]]:
    """Put an element before the one before it, and behind the one behind it."""
    one = pieces[turn]
    for back in pieces[max(0, turn - 1) : turn]:
        yield (
            f"moved/{turn}-before",
            data[: back.start()] + one[0] + data[back.start() : one.start()] + data[one.end() :],
        )
    for ahead in pieces[turn + 1 : turn + 2]:
        yield (
            f"moved/{turn}-behind",
            data[: one.start()] + data[one.end() : ahead.end()] + one[0] + data[ahead.end() :],
        )
