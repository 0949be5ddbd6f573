"""Odd documents of JSON: tokens, names, lists and depth at the edges of the grammar, and values at those of the schema.

Lives here: the changes, made in the bytes of a sample; no parser is asked. A sample has one field a line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELD = re.compile(rb'"(\w+)": ("[^"]*"|[^\s,\[{}\]"]+)')
_OBJECT = re.compile(rb'"(\w+)": \{')
_LIST = re.compile(rb'"(\w+)": \[')
# What stands where a value stood; `%` is that value.
_VALUES: dict[str, bytes] = {
    "empty": b'""', "blank": b'" "', "null": b"null", "true": b"true", "false": b"false", "zero": b"0", "minus-zero": b"-0", "one": b"1", "minus": b"-1", "point": b"1.5", "zeros": b"1.500", "exponent": b"1e2",
    "exponent-point": b"1.5E-3", "exponent-plus": b"2e+2", "exponent-text": b'"1e2"', "number-text": b'"12"', "minus-text": b'"-12.50"', "true-text": b'"true"', "null-text": b'"null"', "plus": b"+1", "leading": b"01", "bare-point": b"1.", "point-first": b".5", "minus-alone": b"-",
    "exponent-open": b"1e", "exponent-sign": b"1e+", "two-minus": b"--1", "hex": b"0x10", "apart": b"1_000", "nan": b"NaN", "infinity": b"-Infinity", "nan-word": b"NaNa", "huge": b"1e400", "18": b"1" * 18, "19": b"1" * 19, "minus-18": b"-" + b"1" * 17, "38": b'"' + b"1" * 38 + b'"', "39": b'"' + b"1" * 39 + b'"',
    "38-bare": b"1" * 38, "39-bare": b"1" * 39, "long": b'"' + b"x" * 1000 + b'"', "longer": b'"' + b"y" * 70000 + b'"', "capital": b"True", "none": b"None", "nul-word": b"nul", "null-more": b"nullx", "single": b"'x'", "bare-word": b"word", "star": b"*", "slash": b"/", "comment": b"% // c", "comment-block": b"/* c */ %",
    "undefined": b"undefined", "array": b"[]", "array-same": b"[%]", "array-two": b"[%, %]", "array-null": b"[null]", "array-mixed": b'[%, null, 1, "x", true]', "array-array": b"[[%]]", "array-object": b"[{}]", "array-deep": b"[[[%]], %]", "array-comma": b"[%,]", "array-open": b"[%", "array-brace": b"[%}", "object": b"{}",
    "object-same": b'{"x": %}', "object-twice": b'{"x": %, "x": %}', "object-comma": b'{"x": %,}', "object-open": b'{"x": %', "object-bracket": b'{"x": %]', "object-set": b"{%}", "object-colon": b'{"x" %}', "colon-two": b": %", "comma-two": b"%,", "two": b"% %", "string-open": b'"x',
    "string-two": b'"x" "y"', "quote": b'"a\\"b"', "backslash": b'"a\\\\b"', "escapes": b'"\\/\\b\\f\\n\\r\\t"', "unicode": b'"\\u00e9"', "nul-escape": b'"\\u0000"', "pair": b'"\\ud83d\\ude00"', "high": b'"a\\ud83d"', "low": b'"\\ude00b"', "turned": b'"\\ude00\\ud83d"', "cut-escape": b'"\\u12"', "odd-escape": b'"\\x41"', "last-backslash": b'"a\\',
    "odd-escape-latin": b'"\\q\xe9"', "escape-latin": b'"\\n\xe9"', "surrogate-latin": b'"\\ud83d\xff"', "control": b'"a\x01b"', "tab": b'"a\tb"', "line": b'"a\nb"', "control-first": b'"\x1f"', "backslash-control": b'"a\\\x02"', "delete": b'"\x7f"', "accent": b'"\xc3\xa9"', "astral": b'"\xf0\x9f\x98\x80"', "latin": b'"\xe9"', "latin-two": b'"a\xe9b\xff"',
    "cut-letter": b'"a\xc3"', "surrogate-bytes": b'"\xed\xa0\x80"', "overlong": b'"\xc0\xaf"', "day": b'"2026-02-28"', "no-day": b'"2026-02-30"', "leap": b'"2024-02-29"', "no-leap": b'"2026-02-29"', "month": b'"2026-13-01"', "day-short": b'"2026-2-1"', "instant": b'"2026-03-02T10:00:00Z"', "instant-small": b'"2026-03-02t10:00:00z"',
    "instant-offset": b'"2026-03-02T10:00:00+01:00"', "instant-none": b'"2026-03-02T10:00:00"', "instant-24": b'"2026-03-02T24:00:00Z"', "instant-60": b'"2026-03-02T23:59:60Z"', "instant-part": b'"2026-03-02T10:00:00.123456Z"', "instant-parts": b'"2026-03-02T10:00:00.1234567Z"', "instant-no": b'"2026-02-30T10:00:00Z"', "instant-far": b'"2026-03-02T10:00:00+25:00"',
    "code": b'"ZZZ"', "small": b'"us"', "padded": b'" US "', "newline-end": b'"US\\n"', "tilde": b'"~/#[]"', "nbsp": b'"\xc2\xa0"', "bom": b'"\xef\xbb\xbf"', "nothing": b"", "mark": b"\xef\xbb\xbf1", "form-feed": b"\x0c1", "nul": b"\x00", "latin-bare": b"\xe9", "dot": b".", "letter-number": b"1a", "dash-word": b"a-b",
}  # fmt: skip
_NAMES: dict[str, bytes] = {
    "empty": b'""', "foreign": b'"foreign"', "hash": b'"%#2"', "slash": b'"a/b"', "tilde": b'"~7e"', "bracket": b'"%[2]"', "control": b'"a\\u0001"', "delete": b'"\x7f"', "escaped": b'"\\u0061%"', "surrogate": b'"\\ud800"', "latin": b'"\xe9"', "accent": b'"\xc3\xa9"', "long": b'"' + b"k" * 1200 + b'"', "60": b'"' + b"k" * 60 + b'"', "61": b'"' + b"k" * 61 + b'"',
    "number": b"1", "null": b"null", "bare": b"%", "single": b"'%'", "array": b'["%"]', "object": b"{}", "two": b'"%" "%"', "capital": b'"Number"', "space": b'" %"', "odd-escape": b'"\\q"', "open": b'"%', "nul": b'"\\u0000"', "quote": b'"\\""', "canonical": b'"canonical"', "acknowledgement": b'"acknowledgement"', "number-name": b'"number"', "lines": b'"lines"', "filing": b'"filing"', "parties": b'"importer"',
}  # fmt: skip


def odd(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of every oddity of a sample; `drawn` is a number by which places are chosen."""
    yield from _around(data)
    yield from _only(data)
    yield from _values(data, drawn)
    yield from _names(data, drawn)
    yield from _shapes(data, drawn)
    yield from _depth(data, drawn)
    yield from _ends(data, drawn)


def _around(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Put bytes before and behind the document, and write it in other encodings."""
    for name, put in (
        ("mark", b"\xef\xbb\xbf"),
        ("marks", b"\xef\xbb\xbf\xef\xbb\xbf"),
        ("blanks", b" \t\r\n"),
        ("blank-mark", b" \xef\xbb\xbf"),
        ("form-feed", b"\x0c"),
        ("nul", b"\x00"),
        ("nbsp", b"\xc2\xa0"),
        ("comma", b","),
        ("comment", b"// c\n"),
        ("word", b"x"),
        ("mark-16", b"\xff\xfe"),
        ("mark-16-be", b"\xfe\xff"),
        ("latin", b"\xe9"),
        ("brace", b"{"),
        ("bracket", b"["),
        ("close", b"}"),
        ("string", b'"'),
    ):
        yield f"before/{name}", put + data
    for name, put in (
        ("blanks", b" \t\r\n"),
        ("comma", b","),
        ("close", b"}"),
        ("bracket", b"]"),
        ("open", b"{"),
        ("object", b"{}"),
        ("same", data),
        ("word", b"x"),
        ("number", b"1"),
        ("nul", b"\x00"),
        ("latin", b"\xe9"),
        ("quote", b'"'),
        ("form-feed", b"\x0c"),
        ("mark", b"\xef\xbb\xbf"),
        ("colon", b":"),
        ("comment", b"// c"),
    ):
        yield f"behind/{name}", data + put
        yield f"behind/{name}-close", data.rstrip() + put
    text = data.decode("utf-8", "replace")
    for code in ("utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32-be", "utf-32", "cp500", "utf-7"):
        yield f"as/{code}", text.encode(code, "replace")
    yield "ends/crlf", data.replace(b"\n", b"\r\n")
    yield "ends/joined", re.sub(rb"\n\s*", b"", data)
    yield "ends/apart", data.replace(b":", b" :\n").replace(b",", b" , ")
    yield "ends/tabs", data.replace(b"  ", b"\t")


def _only(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Be a list of documents, one value, or nothing."""
    one = data.strip()
    whole = {
        "nothing": b"", "blank": b" ", "blanks": b" \n\t\r ", "mark": b"\xef\xbb\xbf", "object": b"{}", "list": b"[]", "list-objects": b"[{}, {}]", "null": b"null", "true": b"true", "number": b"1", "string": b'"x"', "word": b"word", "cut-word": b"tru", "cut-number": b"-", "cut-point": b"1.", "cut-exponent": b"1e",
        "open": b"{", "open-list": b"[", "open-name": b'{"', "open-colon": b'{"x":', "open-name-2": b'{"x"', "close": b"}", "comma": b",", "colon": b":", "quote": b'"', "16": b"{\x00}\x00", "16-be": b"\x00{\x00}", "16-list": b"[\x00", "mark-16": b"\xff\xfe{\x00", "mark-16-alone": b"\xff\xfe", "mark-16-no-nul": b"\xff\xfe{}", "late-nul": b"{}" + b" " * 70 + b"\x00",
        "one-in-list": b"[" + one + b"]", "two-in-list": b"[" + one + b", " + one + b"]", "three-in-list": b"[" + b",\n".join([one] * 3) + b"]", "list-list": b"[[" + one + b"]]", "list-number": b"[1]", "list-null": b"[null]", "list-string": b'["x"]', "list-mixed": b"[" + one + b", 1]", "list-mixed-list": b"[" + one + b", []]",
        "list-comma": b"[" + one + b",]", "list-comma-only": b"[,]", "list-first-comma": b"[," + one + b"]", "list-brace": b"[" + one + b"}", "list-open": b"[" + one, "list-open-comma": b"[" + one + b",", "list-empty-last": b"[" + one + b", {}]", "list-empty-first": b"[{}, " + one + b"]", "list-twice-in": b'[{"number": "1", "number": "2"}, ' + one + b"]",
        "kind-canonical": b'{"canonical": "1"}', "kind-canonical-2": b'{"canonical": "2"}', "kind-canonical-odd": b'{"canonical": "a b"}', "kind-canonical-long": b'{"canonical": "12345678901234567"}', "kind-canonical-16": b'{"canonical": "1234567890123456"}', "kind-canonical-number": b'{"canonical": 1}', "kind-canonical-object": b'{"canonical": {}}',
        "kind-canonical-entries": b'{"canonical": "1", "entries": [' + one + b"]}", "kind-late": b'{"number": "1", "canonical": "1"}', "kind-ack": b'{"acknowledgement": {}}', "kind-ack-version": b'{"acknowledgement": "1"}', "kind-ack-full": b'{"acknowledgement": {"version": "1", "accepted": true, "findings": []}}', "kind-ack-list": b'[{"acknowledgement": {}}, ' + one + b"]", "kind-ack-null": b'{"acknowledgement": null}',
        "ack-findings": b'{"acknowledgement": {"accepted": "yes", "findings": [{"code": 1, "severity": "odd", "span": [1, "x"]}, {}]}}', "filing": b'{"filing": {"local_reference": "A1"}, "number": "N1"}', "filing-none": b'{"filing": {}, "number": "N1"}', "filing-twice": b'{"filing": {"local_reference": "A1"}, "filing": {"local_reference": "A2"}}', "filing-list": b'{"filing": [{"local_reference": "A1"}]}',
        "broker": b'{"broker": {"identifiers": [{"scheme": "x"}, {"scheme": "y", "value": "B1"}]}, "importer": {"identifiers": [{"value": "I1"}]}}', "declarant": b'{"importer": {"identifiers": [{"value": "I1"}]}, "declarant": {"identifiers": [{"value": "D1"}]}}', "broker-none": b'{"broker": {}, "declarant": {"names": []}, "importer": {"identifiers": [{"value": "I1"}, {"value": "I2"}]}}', "party-name": b'{"broker": {"name": {"value": "B9"}}, "importer": {"identifiers": [{"value": "I1"}]}}',
    }  # fmt: skip
    for name, text in whole.items():
        yield f"only/{name}", text


def _values(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Put each value into several fields."""
    found = list(_FIELD.finditer(data))
    for turn, (name, text) in enumerate(_VALUES.items()):
        for more in range(9):
            if found:
                at = (drawn + turn * 17 + more * 37) % len(found)
                one = found[at]
                yield (
                    f"value/{name}-{at}-{more}",
                    data[: one.start(2)] + text.replace(b"%", one[2]) + data[one.end(2) :],
                )
    items = list(re.finditer(rb'\n\s*("[^"\n]*")(?=,?\n)', data))
    for turn, (name, text) in enumerate(_VALUES.items()):
        if items:
            one = items[(drawn + turn) % len(items)]
            yield f"item/{name}", data[: one.start(1)] + text.replace(b"%", one[1]) + data[one.end(1) :]


def _names(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Give fields other names, names that others have, or none."""
    found = list(re.finditer(rb'"(\w+)":', data))
    for turn, (name, text) in enumerate(_NAMES.items()):
        for more in range(6):
            at = (drawn + turn * 13 + more * 29) % len(found)
            one = found[at]
            put = text.replace(b"%", one[1])
            yield f"name/{name}-{at}-{more}", data[: one.start()] + put + b":" + data[one.end() :]
    fields = list(_FIELD.finditer(data))
    for more in range(12):
        one = fields[(drawn + more * 7) % len(fields)]
        for name, text in (
            ("same", one[0]),
            ("other", b'"%s": "other"' % one[1]),
            ("null", b'"%s": null' % one[1]),
            ("list", b'"%s": ["a", "b", {"c": ["d"]}]' % one[1]),
            ("object", b'"%s": {"a": {"b": 1}}' % one[1]),
            ("latin", b'"%s": "\xe9"' % one[1]),
            ("escape", b'"\\u00%02x%s": 1' % (one[1][0], one[1][1:])),
        ):
            yield f"twice/{name}-{more}", data[: one.end()] + b", " + text + data[one.end() :]
            yield f"twice/{name}-{more}-first", data[: one.start()] + text + b", " + data[one.start() :]


def _shapes(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Make lists of objects, objects of lists, and leave them empty, open or null."""
    for kind, pattern, marks in (("object", _OBJECT, b"{}"), ("list", _LIST, b"[]")):
        found = list(pattern.finditer(data))
        for more in range(8):
            if not found:
                continue
            at = (drawn + more * 3) % len(found)
            one = found[at]
            start, end = one.end() - 1, _close(data, one.end() - 1, marks)
            was = data[start:end]
            for name, text in (
                ("null", b"null"), ("text", b'"x"'), ("number", b"7"), ("true", b"true"), ("empty", b""), ("none", marks), ("listed", b"[" + was + b"]"), ("twice", b"[" + was + b", " + was + b"]"), ("bare", was[1:-1].strip()), ("other", b"{}" if marks == b"[]" else b"[]"),
                ("null-in", b"[null]"), ("texts", b'["x", "y"]'), ("in-null", b"[" + was + b", null]"), ("in-text", b'["x", ' + was + b"]"), ("in-list", b"[" + was + b", []]"), ("comma", was[:-1].rstrip() + b"," + was[-1:]), ("comma-first", was[:1] + b"," + was[1:]), ("comma-only", marks[:1] + b"," + marks[1:]), ("open", was[:-1]), ("other-end", was[:-1] + (b"]" if marks == b"{}" else b"}")),
                ("unknown", was[:1] + b'"odd": {"a": [1, {"b": 2}]}, ' + was[1:]), ("unknown-list", was[:1] + b'"odd": [{"a": 1}, {"a": 2}], ' + was[1:]), ("unknown-empty", was[:1] + b'"odd": [], "more": {}, ' + was[1:]), ("unknown-null", was[:1] + b'"odd": null, ' + was[1:]), ("ten", b"[" + b", ".join([was] * 10) + b"]"),
            ):  # fmt: skip
                yield f"{kind}/{name}-{at}-{more}", data[:start] + text + data[end:]
            comma = re.match(rb",\s*", data[end:])
            rest = end + (comma.end() if comma else 0)
            yield f"{kind}/out-{at}-{more}", data[: one.start()] + data[rest:] if comma else data
            yield f"{kind}/again-{at}-{more}", data[:end] + b", " + data[one.start() : end] + data[end:]
            yield f"{kind}/again-other-{at}-{more}", data[:end] + b', "%s": ["x"]' % one[1] + data[end:]


def _close(data: bytes, start: int, marks: bytes) -> int:
    """Give the end of the bracket that opens at a place of a sample, whose texts have no brackets."""
    depth = 0
    for at in range(start, len(data)):
        depth += (data[at] == marks[0]) - (data[at] == marks[1])
        if not depth:
            return at + 1
    return len(data)


def _depth(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Nest values, at the depth that is read and one more."""
    found = list(_FIELD.finditer(data))
    one = found[drawn % len(found)]
    for levels in (10, 30, 31, 32, 33, 60, 61, 62, 63, 64, 65, 99, 197, 198, 199, 200, 201):
        for name, opened, closed in (("list", b"[", b"]"), ("object", b'{"a": ', b"}")):
            text = opened * levels + one[2] + closed * levels
            yield f"depth/{name}-{levels}", data[: one.start(2)] + text + data[one.end(2) :]
            yield f"depth/{name}-{levels}-alone", opened * levels + b"1" + closed * levels


def _ends(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Break off at many places."""
    for turn in range(40):
        yield f"cut/{turn}", data[: (drawn + turn * 7919) % len(data)]
    for left in range(1, 10):
        yield f"cut/last-{left}", data[:-left]
    for mark in b'{[":,}]':
        places = [at for at, letter in enumerate(data) if letter == mark]
        for turn in range(3):
            if places:
                at = places[(drawn + turn * 11) % len(places)]
                yield f"cut/at-{mark:02x}-{turn}", data[: at + 1]
                yield f"cut/before-{mark:02x}-{turn}", data[:at]
                yield f"gone/{mark:02x}-{turn}", data[:at] + data[at + 1 :]
                yield f"double/{mark:02x}-{turn}", data[: at + 1] + data[at:]
