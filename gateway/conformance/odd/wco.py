"""Odd documents of WCO XML: marks, encodings, entities, prefixes, breaks, elements and values at their edges.

Lives here: the changes, made in the bytes of a sample; no XML parser is asked. A sample has one element a line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.conformance.odd.wco_leaves import LEAF, dates, leaves
from gateway.conformance.odd.wco_whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEAD = re.compile(rb"^<\?xml[^>]*\?>\s*")
_DECLARATIONS = {
    "none": b"", "bare": b'<?xml version="1.0"?>', "small": b'<?xml version="1.0" encoding="utf-8"?>',
    "utf8": b'<?xml version="1.0" encoding="utf8"?>', "ascii": b'<?xml version="1.0" encoding="US-ASCII"?>',
    "latin": b'<?xml version="1.0" encoding="ISO-8859-1"?>', "latin1": b'<?xml version="1.0" encoding="latin1"?>',
    "windows": b'<?xml version="1.0" encoding="windows-1252"?>', "utf-16": b'<?xml version="1.0" encoding="UTF-16"?>',
    "single": b"<?xml version='1.0' encoding='UTF-8'?>", "single-latin": b"<?xml version='1.0' encoding='iso_8859-1'?>",
    "spaces": b'<?xml  version = "1.0"  encoding\t=\n"UTF-8" ?>', "alone": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
    "alone-no": b'<?xml version="1.0" standalone="no"?>', "alone-odd": b'<?xml version="1.0" standalone="maybe"?>',
    "1.1": b'<?xml version="1.1" encoding="UTF-8"?>', "2.0": b'<?xml version="2.0"?>', "1.1-single": b"<?xml version='1.1'?>",
    "no-version": b'<?xml encoding="UTF-8"?>', "turned": b'<?xml encoding="UTF-8" version="1.0"?>', "empty": b'<?xml version="1.0" encoding=""?>',
    "late": b' <?xml version="1.0" encoding="UTF-8"?>', "line": b'\n<?xml version="1.0" encoding="UTF-8"?>',
    "twice": b'<?xml version="1.0"?><?xml version="1.0"?>', "open": b'<?xml version="1.0" encoding="UTF-8">', "other": b"<?xmlish?>",
    "odd-letter": b'<?xml version="1.0" encoding="\xe9"?>', "odd-version": b'<?xml version="\xe9"?>', "capitals": b'<?XML version="1.0"?>',
    "dtd": b'<?xml version="1.0"?>\n<!DOCTYPE MetaData>', "dtd-alone": b"<!DOCTYPE MetaData>", "dtd-small": b"<!doctype MetaData>",
    "dtd-entity": b'<!DOCTYPE MetaData [<!ENTITY a "b">]>', "dtd-system": b'<!DOCTYPE MetaData SYSTEM "file:///etc/passwd">',
    "dtd-comment": b"<!-- <!DOCTYPE x> -->", "dtd-both": b"<!-- <!DOCTYPE x> -->\n<!DOCTYPE MetaData>",
    "comment": b"<!-- before -->", "instruction": b"<?style sheet?>", "text": b"words ", "comment-odd": b"<!-- a -- b -->",
}  # fmt: skip
_MARKS = {
    "utf-8": b"\xef\xbb\xbf", "utf-8-twice": b"\xef\xbb\xbf\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-7": b"+/v8-",
    "utf-32-le": b"\xff\xfe\x00\x00", "utf-32-be": b"\x00\x00\xfe\xff", "ebcdic": b"\x4c\x6f\xa7\x94", "cut": b"\xef\xbb", "nul": b"\x00", "nuls": b"\x00\x00",
}  # fmt: skip


def odd(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of every oddity of a sample; `drawn` is a number by which places are chosen."""
    body = _HEAD.sub(b"", data)
    for name, head in _DECLARATIONS.items():
        yield f"head/{name}", head + b"\n" + body if head else body
        if name.startswith(("latin", "single-latin", "windows", "ascii", "utf-16", "bare")):
            yield f"head/{name}-e9", _after_text(head + b"\n" + body, drawn, b"\xe9")
            yield f"head/{name}-marked", b"\xef\xbb\xbf" + head + b"\n" + body
    for name, mark in _MARKS.items():
        yield f"mark/{name}", mark + data
        yield f"mark/{name}-alone", mark
    text = data.decode("utf-8", "replace")
    for code in ("utf-16-le", "utf-16-be", "utf-16", "utf-32", "utf-32-be", "utf-32-le", "cp500", "utf-7"):
        yield f"as/{code}", text.encode(code, "replace")
    yield from whole(data, drawn)
    yield from _spaces(data)
    yield from leaves(data, drawn)
    yield from dates(data, drawn)
    yield from _ends(data, drawn)


def _after_text(data: bytes, drawn: int, put: bytes) -> bytes:
    """Put bytes behind the text of some leaf that is for people."""
    found = [one for one in LEAF.finditer(data) if b"Description" in one[1] or b"Name" in one[1]] or list(
        LEAF.finditer(data)
    )
    if not found:
        return data
    at = found[drawn % len(found)].end(3)
    return data[:at] + put + data[at:]


def _spaces(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Write namespaces by other prefixes, wrongly, or not at all."""
    for turn, one in enumerate(re.finditer(rb'xmlns(:\w+)?="([^"]*)"', data)):
        name = f"{turn}-{(one[1] or b':default')[1:].decode()}"
        yield f"space/{name}-foreign", data[: one.start(2)] + b"urn:other" + data[one.end(2) :]
        yield f"space/{name}-longer", data[: one.end(2)] + b"x" + data[one.end(2) :]
        yield f"space/{name}-none", data[: one.start() - 1] + data[one.end() :]
        yield f"space/{name}-empty", data[: one.start(2)] + data[one.end(2) :]
        if one[1]:
            was = one[1][1:]
            now = (
                data.replace(b"<" + was + b":", b"<p:")
                .replace(b"</" + was + b":", b"</p:")
                .replace(b"xmlns:" + was + b"=", b"xmlns:p=")
            )
            yield f"space/{name}-renamed", now
    yield "space/unprefixed", re.sub(rb"(</?)\w+:", rb"\1", data)
    yield "space/none", re.sub(rb"(</?)\w+:", rb"\1", re.sub(rb' xmlns(:\w+)?="[^"]*"', b"", data))
    for was, now in (
        (b"DMS:2", b"DMS:1"),
        (b"urn:", b"urn:x"),
        (b"DEC-", b"RES-"),
        (b"Declaration_DS", b"Response_DS"),
        (b"urn:wco", b"URN:WCO"),
    ):
        yield f"space/all-{now.decode().replace(':', '-').lower()}", data.replace(was, now)


def _ends(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Break off at many places, or go on behind the end."""
    for turn in range(24):
        at = (drawn + turn * 7919) % len(data)
        yield f"cut/{turn}", data[:at]
    for left in range(1, 14):
        yield f"cut/last-{left}", data[:-left]
    after: Sequence[tuple[str, bytes]] = (
        ("blank", b"  \n\t"), ("text", b"words"), ("comment", b"<!-- c -->"), ("instruction", b"<?a b?>"), ("root", b"<x/>"), ("same", data), ("nul", b"\x00"), ("cut-letter", b"\xc3"),
        ("letter", b"\xc3\xa9"), ("latin", b"\xe9"), ("ff", b"\xff\xff"), ("three", b"\xe2\x82"), ("four", b"\xf0\x9f\x98"), ("end-tag", b"</x>"), ("open", b"<"), ("comment-open", b"<!--"), ("entity", b"&amp;"), ("cdata", b"<![CDATA[]]>"),
    )  # fmt: skip
    for name, more in after:
        yield f"more/{name}", data.rstrip() + more
        yield f"more/{name}-cut", data[: len(data) // 2] + more
    whole: Sequence[tuple[str, bytes]] = (
        ("nothing", b""),
        ("blank", b" "),
        ("tag", b"<a/>"),
        ("open", b"<"),
        ("words", b"words"),
        ("head", b'<?xml version="1.0"?>'),
        ("meta", b"<MetaData/>"),
        ("declaration", b"<Declaration/>"),
        ("response", b"<Response/>"),
        ("request", b"<submitDeclarationRequest/>"),
        ("comment", b"<!-- -->"),
    )
    for name, all_of_it in whole:
        yield f"only/{name}", all_of_it
    yield "ends/crlf", data.replace(b"\n", b"\r\n")
    yield "ends/cr", data.replace(b"\n", b"\r")
    yield "ends/joined", re.sub(rb">\s+<", b"><", data)
    yield "ends/apart", data.replace(b"><", b">\n<").replace(b">", b" >")
    yield "ends/self", re.sub(rb"<((?:\w+:)?\w+)([^<>]*)>[^<>]*</\1>", rb"<\1\2/>", data, count=3)
