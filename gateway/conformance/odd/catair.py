"""Odd transmissions of CATAIR: control records, blocks and batches that are too few, too many or at odds.

Lives here: the changes. A sample is records of 80 columns without line ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.odd.catair_control import codes, control, generated, words
from gateway.conformance.odd.columns import WIDTH, put, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LETTERS = (
    "\xa2",
    "\xe9",
    "\x00",
    "\x7f",
    "\x1f",
    "~",
    "\t",
    "\n",
    "\r",
    "a",
    "z",
    "\x80",
    "\xa1",
    "\xa3",
    "`",
    "{",
)
_BARE = (
    "10",
    "SE10",
    "40",
    "PG01",
    "X0",
    "X1",
    "E0",
    "E1",
    "EA",
    "EB",
    "EY",
    "EZ",
    "SO10",
    "B",
    "A",
    "Y",
    "Z",
    "90",
    "PG00",
)


def odd(data: bytes, drawn: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of every oddity of a sample; `drawn` is a number by which places are chosen."""
    rows = records(data)
    letters = [row[:1] for row in rows]
    if letters.count("A") != 1 or letters.count("B") != 1:
        return
    for ways in (
        _batches,
        _left_out,
        _put_in,
        codes,
        control,
        words,
        generated,
        _groups,
        _inside,
        _header,
        _letters_in,
    ):
        for name, changed in ways(rows, drawn):
            yield name, "".join(changed).encode("latin-1")
    yield from _lines(rows, drawn)
    yield from _ends(data)


def _batches(rows: list[str], _: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Repeat batches, blocks and transactions, whole and open."""
    a, b, details, y, z = rows[0], rows[1], rows[2:-2], rows[-2], rows[-1]
    block = rows[1:-1]
    cq, zz = ([put(a, 26, code), put(b, 11, code), *details, put(y, 11, code), z] for code in ("CQ", "ZZ"))
    other = put(put(b, 11, "CQ"), 60, "OTHER".ljust(21))
    made: dict[str, Sequence[str]] = {
        "batches/same": [*rows, *rows], "batches/three": [*rows, *rows, *rows], "batches/second-bare": [*rows, a, z],
        "batches/second-open": [*rows, a, *block], "batches/no-z-between": [a, *block, *rows], "batches/behind-z": [*rows, *details],
        "batches/block-behind-z": [*rows, *block], "batches/z-twice": [*rows, z], "batches/a-twice": [a, *rows],
        "batches/other-code": [*rows, *cq], "batches/other-unknown": [*rows, *zz], "batches/first-unknown": [*zz, *rows],
        "blocks/same": [a, *block, *block, z], "blocks/three": [a, *block, *block, *block, z], "blocks/second-empty": [a, *block, b, y, z],
        "blocks/first-empty": [a, b, y, *block, z], "blocks/second-open": [a, *block, b, *details, z], "blocks/first-open": [a, b, *details, *block, z],
        "blocks/second-headless": [a, *block, *details, y, z], "blocks/other-code": [a, *block, other, *details, y, z],
        "blocks/y-twice": [a, *block, y, z], "blocks/b-twice": [a, b, *block, z], "blocks/behind-y": [a, *block, *details[-1:], z],
        "blocks/before-b": [a, *details[:1], *block, z], "blocks/empty": [a, b, y, z], "filed/twice": [a, b, *details, *details, y, z],
        "filed/five": [a, b, *details * 5, y, z], "filed/header-alone": [a, b, *details, *details[:1], y, z], "filed/headless": [a, b, *details[1:], y, z],
        "filed/tail-alone": [a, b, *details[-1:], y, z], "filed/backwards": [a, b, *reversed(details), y, z],
    }  # fmt: skip
    yield from made.items()


def _left_out(rows: list[str], _: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Leave control records out, or move them."""
    a, b, details, y, z = rows[0], rows[1], rows[2:-2], rows[-2], rows[-1]
    made: dict[str, Sequence[str]] = {
        "left-out/a": rows[1:], "left-out/b": [a, *details, y, z], "left-out/y": [a, b, *details, z], "left-out/z": rows[:-1],
        "left-out/a-z": rows[1:-1], "left-out/b-y": [a, *details, z], "left-out/all": details, "left-out/all-but-a": [a],
        "left-out/all-but-b": [b], "left-out/all-but-a-z": [a, z], "left-out/behind-b": [a, b], "moved/z-first": [z, *rows[:-1]],
        "moved/y-first": [a, y, b, *details, z], "moved/a-last": [*rows[1:], a], "moved/b-last": [a, *details, y, b, z],
    }  # fmt: skip
    yield from made.items()


def _put_in(rows: list[str], drawn: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Put records between others that do not belong there."""
    a, b, details, y, z = rows[0], rows[1], rows[2:-2], rows[-2], rows[-1]
    place = drawn % max(1, len(details))
    strange = {
        "blank": " " * WIDTH,
        "unknown": "?!".ljust(WIDTH),
        "bare": "".join(details[:1])[:4].ljust(WIDTH),
    }
    for name, row in (*strange.items(), ("a", a), ("b", b), ("y", y), ("z", z)):
        yield f"put-in/{name}", [a, b, *details[:place], row, *details[place:], y, z]
    for name in _BARE:
        row = name.ljust(WIDTH)
        yield f"put-in/{name.lower()}-alone", [a, b, *details[:place], row, *details[place:], y, z]
        yield f"put-in/{name.lower()}-first", [a, b, row, *details, y, z]


def _groups(rows: list[str], drawn: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Put groups that are written once, and references to them, into a transaction."""
    front, details, tail = rows[:2], rows[2:-2], rows[-2:]
    group, second = (
        ["PG00S0001", "PG19MF 16 123456789", "PG00E"],
        ["PG00S0002", "PG19MF 16 123456789", "PG00E"],
    )
    made = {
        "group": group, "asked": ["PG00R0001"], "both": [*group, "PG00R0001"], "same-twice": [*group, *group],
        "falling": [*second, *group], "rising": [*group, *second], "asked-before": ["PG00R0001", *group],
        "asked-other": [*group, "PG00R0002"], "end-alone": ["PG00E"], "begin-alone": ["PG00S0001"], "no-number": ["PG00S"],
        "odd-letter": ["PG00X0001"], "bare": ["PG00"], "letters": ["PG00S000A", "PG00R000A"],
        "nested": ["PG00S0001", "PG00S0002", "PG00E", "PG00E", "PG00R0002"], "all-asked": [*group, "PG00R0001", "PG00R0001"],
    }  # fmt: skip
    for at in sorted(
        {drawn % (len(details) + 1), drawn // 7 % (len(details) + 1), len(details) // 2, len(details)}
    ):
        for name, lines in made.items():
            inside = [one.ljust(WIDTH) for one in lines]
            yield f"pg00/{name}-{at}", [*front, *details[:at], *inside, *details[at:], *tail]


def _inside(rows: list[str], drawn: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Repeat, move and spoil single records of a transaction."""
    front, details, tail = rows[:2], rows[2:-2], rows[-2:]
    for at, row in enumerate(details):
        if row in details[:at] or (drawn + at) % 4:
            continue
        before, behind = [*front, *details[:at]], [*details[at + 1 :], *tail]
        for times in (2, 3, 10, 100):
            yield f"again/{at}-{times}", [*before, *[row] * times, *behind]
        yield f"alone/{at}", [*front, row, *tail]
        yield f"first/{at}", [*front, row, *details[:at], *behind]
        yield f"last/{at}", [*before, *details[at + 1 :], row, *tail]
        yield f"end-here/{at}", [*before, row, *tail]
        yield f"from-here/{at}", [*front, row, *behind]
        spoilt = {
            "blank": row[:4].ljust(WIDTH), "small": row.lower(), "filled": row.replace(" ", "X"),
            "zeros": row[:4] + row[4:].replace(" ", "0"), "shifted": (row[:4] + " " + row[4:])[:WIDTH],
        }  # fmt: skip
        for name, now in spoilt.items():
            yield f"{name}/{at}", [*before, now, *behind]


def _header(rows: list[str], _: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Spoil the first record of a transaction, and correct what another filer filed."""
    front, details, tail = rows[:2], rows[2:-2], rows[-2:]
    if not details:
        return
    header = details[0]
    for column in (64, 65, 66):
        for letter in "YN":
            other = [put(header, column, letter), *details[1:]]
            yield f"correction/{column}-{letter.lower()}", [*front, *other, *tail]
            b, y = put(front[1], 8, "X" * 3), put(tail[0], 8, "X" * 3)
            yield f"correction/{column}-{letter.lower()}-other", [front[0], b, *other, y, tail[1]]
    for column in range(3, 34):
        letter = "7" if column % 2 else "X"
        yield f"header/{column}", [*front, put(header, column, letter), *details[1:], *tail]
        yield f"header/{column}-blank", [*front, put(header, column, " "), *details[1:], *tail]


def _letters_in(rows: list[str], drawn: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Put letters that no record may have, or that are mended, into columns."""
    for turn, letter in enumerate(_LETTERS):
        at = (drawn + turn * 7) % len(rows)
        for column in (1, 2, 3, 12, 40, WIDTH):
            yield (
                f"letter/{ord(letter):02x}-{at}-{column}",
                [*rows[:at], put(rows[at], column, letter), *rows[at + 1 :]],
            )


def _lines(rows: list[str], drawn: int) -> Iterator[tuple[str, bytes]]:
    """Write records on lines, blanks at their ends cut or not."""
    cut = [row.rstrip(" ") for row in rows]
    at = drawn % len(rows)
    small = [row.lower() for row in cut]
    texts = {
        "lf": "\n".join(cut), "lf-end": "\n".join(cut) + "\n", "crlf": "\r\n".join(cut) + "\r\n", "cr": "\r".join(cut) + "\r",
        "whole": "\n".join(rows) + "\n", "whole-crlf": "\r\n".join(rows), "twice": "\n\n".join(cut), "first": "\n" + "\n".join(cut),
        "blank-line": "\n".join([*cut[:at], "   ", *cut[at:]]), "blank-record": "\n".join([*cut[:at], " " * WIDTH, *cut[at:]]),
        "blank-81": "\n".join([*cut[:at], " " * 81, *cut[at:]]), "blank-160": "\n".join([*cut[:at], " " * 160, *cut[at:]]),
        "joined": "\n".join([*cut[:at], *(["".join(rows[at : at + 2])] if at + 1 < len(rows) else cut[at:]), *cut[at + 2 :]]),
        "joined-cut": "\n".join([*cut[:at], "".join(rows[at : at + 2]).rstrip(" "), *cut[at + 2 :]]),
        "over": "\n".join([*cut[:at], rows[at] + "X", *cut[at + 1 :]]), "over-blank": "\n".join([*cut[:at], rows[at] + " ", *cut[at + 1 :]]),
        "one": "".join(rows[: at + 1]) + "\n" + "".join(rows[at + 1 :]), "small": "\n".join(small), "small-one": "\n".join([*cut[:at], small[at], *cut[at + 1 :]]),
        "mixed-ends": "\n".join(cut[:at]) + "\r" + "\r\n".join(cut[at:]), "lfcr": "\n\r".join(cut), "79": "\n".join([*rows[:at], rows[at][:79], *rows[at + 1 :]]),
        "broken": "\n".join([*cut[:at], cut[at][:9], cut[at][9:], *cut[at + 1 :]]),
    }  # fmt: skip
    for name, text in texts.items():
        yield f"lines/{name}", text.encode("latin-1")


def _ends(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Break off, go on, or be nothing."""
    for left in (1, 2, 5, 40, 79, 81, 119, 159, 161):
        yield f"cut/{left}", data[:-left]
    for more in (b" ", b"X", b"\n", b" " * 79, b" " * 80, b" " * 81, b"\x1a", b"Z"):
        yield f"more/{len(more)}-{more[0]:02x}", data + more
    for name, whole in (
        ("nothing", b""),
        ("blank", b" "),
        ("line", b"\n"),
        ("record", b" " * 80),
        ("letter", b"A"),
        ("two", b"AB"),
        ("words", b"HELLO WORLD"),
    ):
        yield f"only/{name}", whole
