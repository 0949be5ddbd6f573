"""Texts, attributes and dates that are put into the leaves of a WCO document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAF = re.compile(rb"<((?:\w+:)?\w+)([^<>]*)>([^<>]+)</\1>")
# What stands where a text stood; `{}` is that text.
_TEXTS: dict[str, bytes] = {
    "cdata": b"<![CDATA[{}]]>", "cdata-open": b"<![CDATA[{}", "cdata-part": b"{}<![CDATA[]]>", "cdata-blank": b"<![CDATA[ ]]>", "comment": b"{}<!-- c -->", "comment-first": b"<!-- c -->{}",
    "comment-open": b"{}<!-- c ", "instruction": b"{}<?do it?>", "entity": b"{}&foo;", "entity-known": b"{}&amp;", "entity-bare": b"{}&", "entity-open": b"{}&amp",
    "number": b"{}&#65;", "number-hex": b"{}&#x41;", "number-nul": b"{}&#0;", "number-control": b"{}&#x1f;", "number-surrogate": b"{}&#xD800;", "number-huge": b"{}&#x110000;",
    "less": b"{}<", "less-word": b"{}<b", "more": b"{}>", "end-cdata": b"{}]]>", "tab": b"\t{}\t", "line": b"\n  {}\n  ", "line-inside": b"{}\n{}", "return": b"{}&#13;", "blanks": b"  {}  ",
    "blank": b" ", "nothing": b"", "element": b"<x>{}</x>", "element-empty": b"{}<x/>", "latin": b"{}\xe9", "latin-cut": b"{}\xc3", "accent": b"{}\xc3\xa9", "astral": b"{}\xf0\x9f\x98\x80",
    "surrogate": b"{}\xed\xa0\x80", "overlong": b"{}\xc0\xaf", "ff": b"{}\xff", "nul": b"{}\x00", "control": b"{}\x01", "fffe": b"{}\xef\xbf\xbe", "nbsp": b"{}\xc2\xa0",
    "twice": b"{}{}", "long": b"{}" + b"x" * 600, "60": b"y" * 60, "61": b"y" * 61, "small": b"a", "zero": b"0", "signed": b"-1", "plus": b"+1", "point": b"1.", "point-first": b".5",
    "exponent": b"1e3", "hex": b"0x1", "apart": b"1 2", "zeros": b"00012.500", "nan": b"NaN", "inf": b"INF", "digits": b"12345678901234567890", "fraction": b"1.1234567", "comma": b"1,5",
    "code": b"ZZZ", "mark": b"'\"", "slash": b"http://[", "percent": b"%zz", "colon": b":a", "caps": b"EN-gb-x", "tag-long": b"abcdefghi", "tag-end": b"en-",
}  # fmt: skip
_DAYS = (
    "20260302", "20260230", "20240229", "20230229", "20000229", "19000229", "20261301", "20260001", "20260100", "20260132", "2026030", "202603020",
    "20260302080500Z", "20260302240000Z", "20260302235959Z", "20260302236000Z", "20260302235960Z", "20260302080500+14", "20260302080500+15",
    "20260302080500-14", "20260302080500-15", "20260302080500+00", "20260302080500", "20260302080500z", "20260302080500+1", "2026-03-02", "00000101",
    "00010101", "99991231", " 20260302 ", "", "20260230080500Z", "20260302080500+99",
)  # fmt: skip
_FORMS = ("102", "304", "203", "", "none")
# Attributes that are put into an element.
_ATTRIBUTES = {
    "unknown": b' foo="1"', "schema": b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"',
    "no-schema": b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="a"',
    "type": b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x"', "nil": b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"',
    "lang": b' xml:lang="en"', "language": b' languageID="en"', "language-odd": b' languageID="e_n"', "unit": b' unitCode="KGM"', "unit-odd": b' unitCode="k"', "currency": b' currencyID="GBP"',
    "currency-odd": b' currencyID="gbp"', "form": b' formatCode="102"', "form-odd": b' formatCode="999"', "scheme": b' schemeID="1"', "twice": b' foo="1" foo="2"', "bare": b" foo=1", "open": b' foo="1',
    "single": b" foo='1'", "spaces": b' foo = "1" ', "less": b' foo="<"', "entity": b' foo="&x;"', "amp": b' foo="&amp;"', "latin": b' foo="\xe9"', "line": b' foo="a\nb"', "many": b"".join(b' a%d="1"' % at for at in range(70)),
    "undeclared": b' no:foo="1"', "declare": b' xmlns:q="urn:q"', "declare-empty": b' xmlns:q=""', "default": b' xmlns="urn:q"', "default-none": b' xmlns=""', "xml": b' xmlns:xml="urn:q"', "xmlns": b' xmlns:xmlns="urn:q"',
    "nothing": b' unitCode=""', "blank": b' unitCode=" "', "long": b' foo="' + b"x" * 500 + b'"',
}  # fmt: skip


def leaves(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Put texts and attributes into leaves; each of them goes into some leaf of each sample."""
    found = list(LEAF.finditer(data))
    if not found:
        return
    for turn, (name, text) in enumerate(_TEXTS.items()):
        for more in range(6):
            at = (drawn + turn * 11 + more * 29) % len(found)
            one = found[at]
            put = text.replace(b"{}", one[3])
            yield f"text/{name}-{at}", data[: one.start(3)] + put + data[one.end(3) :]
    tags = list(re.finditer(rb"<(?:\w+:)?\w+", data))
    for turn, (name, text) in enumerate(_ATTRIBUTES.items()):
        for more in range(5):
            at = (drawn + turn * 13 + more * 31) % len(tags)
            where = tags[at].end() if more != 3 else tags[0].end()
            yield f"attribute/{name}-{at if more != 3 else 'top'}-{more}", data[:where] + text + data[where:]
    kept = [one for one in found if one[2].strip()]
    for more in range(8):
        if kept:
            at = (drawn + more * 7) % len(kept)
            one = kept[at]
            for name, text in (
                ("gone", b""),
                ("odd", re.sub(rb'"[^"]*"', b'"?"', one[2])),
                ("single", one[2].replace(b'"', b"'")),
                ("apart", one[2].replace(b"=", b" = ")),
                ("name", re.sub(rb"\w+=", b"other=", one[2])),
            ):
                yield f"kept-attribute/{name}-{at}-{more}", data[: one.start(2)] + text + data[one.end(2) :]


def dates(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Write days that are not there, in each form."""
    found = list(re.finditer(rb"<((?:\w+:)?)DateTimeString([^<>]*)>([^<>]*)<", data))
    for turn, day in enumerate(_DAYS):
        for other, form in enumerate(_FORMS):
            if found:
                at = (drawn + turn + other) % len(found)
                one = found[at]
                said = f' formatCode="{form}"' if form != "none" else ""
                told = day.strip().replace("+", "p").replace("-", "m").lower() + (
                    "-blanks" if day != day.strip() else ""
                )
                yield (
                    f"day/{told or 'nothing'}-{form or 'empty'}-{at}",
                    data[: one.start(2)] + said.encode() + b">" + day.encode() + data[one.end(3) :],
                )
