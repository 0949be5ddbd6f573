"""The control records of CATAIR, spoilt column by column, and marked as made by customs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.odd.columns import WIDTH, put

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Columns of A that Z repeats and of B that Y repeats, and those beside them.
_Z_EDGES = (2, 5, 6, 8, 9, 14, 15, 20, 21, 26, 37, 38, 39, 40)
_Y_EDGES = (3, 4, 7, 8, 10, 11, 12, 13, 17, 18, 44, 45, 46, 47)
# Columns 47 to 56 of B: port, filer and office of a preparer, and whether there is one.
_PREPARERS = (
    "{port}{filer}  1", "{port}{filer}   ", "    {filer}  1", "{port}     1", "{port}{other}  1", "      01 1", "         1",
    "      01  ", "{port}{filer}011", "{port}{filer}  0", "{port}{filer}  Y", "27  {filer}  1", "{port}{short}   1",
)  # fmt: skip
_COUNTS = ("00000", "99999", "     ", "0000A", "    1", "00001", "-0001", "00002")
_CODES = (
    "  ",
    "ZZ",
    "AE",
    "SE",
    "QP",
    "EQ",
    "AX",
    "SO",
    "CB",
    "NS",
    "HI",
    "ae",
    "A ",
    " E",
    "X1",
    "ER",
    "KI",
)


def codes(rows: list[str], _: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Name applications that are not there, or not the one."""
    for code in _CODES:
        told = code.replace(" ", "_")
        if told != told.upper():
            told = f"small-{told}"
        a, b, y = put(rows[0], 26, code), put(rows[1], 11, code), put(rows[-2], 11, code)
        yield f"code-a/{told}", [a, *rows[1:]]
        yield f"code-b/{told}", [rows[0], b, *rows[2:]]
        yield f"code-b-y/{told}", [rows[0], b, *rows[2:-2], y, rows[-1]]
        yield f"code/{told}", [a, b, *rows[2:-2], y, rows[-1]]
        yield f"code-blank-a/{told}", [put(a, 26, "  "), b, *rows[2:-2], y, rows[-1]]
        yield f"code-blank-b/{told}", [a, put(b, 11, "  "), *rows[2:-2], put(y, 11, "  "), rows[-1]]


def control(rows: list[str], _: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Spoil control records column by column, and set what they may say."""
    a, b, y, z = rows[0], rows[1], rows[-2], rows[-1]
    for column in _Z_EDGES:
        for letter in "X0 ":
            yield f"z/{column}-{letter.strip() or 'blank'}", [*rows[:-1], put(z, column, letter)]
        yield f"a/{column}", [put(a, column, "7"), *rows[1:]]
    for column in _Y_EDGES:
        for letter in "X0 ":
            yield f"y/{column}-{letter.strip() or 'blank'}", [*rows[:-2], put(y, column, letter), z]
        yield f"b/{column}", [a, put(b, column, "7"), *rows[2:]]
    for text in _PREPARERS:
        said = text.format(port=b[3:7], filer=b[7:10], short=b[7:9], other="X" * 3)
        told = said.replace(" ", "_").lower()
        yield f"preparer/{told}", [a, put(b, 47, said), *rows[2:]]
    for text in _COUNTS:
        yield f"count/{text.replace(' ', '_').lower()}", [*rows[:-2], put(y, 13, text), z]
    yield "count/right", [*rows[:-2], put(y, 13, f"{len(rows) - 4:05d}"), z]
    yield "count/one-more", [*rows[:-2], put(y, 13, f"{len(rows) - 3:05d}"), z]
    yield "count/one-less", [*rows[:-2], put(y, 13, f"{len(rows) - 5:05d}"), z]


def words(rows: list[str], _: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Write passwords, filers, days and texts of a batch otherwise; a password is shown to nobody."""
    a, b, y, z = rows[0], rows[1], rows[-2], rows[-1]
    for name, word in (
        ("right", "SECRET"),
        ("small", "secret"),
        ("late", " ECRET"),
        ("odd", "SE\x01RET"),
        ("marks", "S$C*ET"),
        ("accent", "S\xc9CRET"),
    ):
        yield f"password/{name}", [put(a, 9, word), *rows[1:]]
        yield f"password/{name}-z", [put(a, 9, word), *rows[1:-1], put(z, 9, word)]
    for name, filer in (("first", "X"), ("all", "X" * 3), ("blank", "   ")):
        yield f"filer/{name}", [a, put(b, 8, filer), *rows[2:-2], put(y, 8, filer), z]
    for name, day in (
        ("none", "      "),
        ("no-day", "022926"),
        ("leap", "022924"),
        ("words", "TODAY "),
        ("month", "133126"),
    ):
        yield f"day/{name}", [put(a, 15, day), *rows[1:-1], put(z, 15, day)]
    for name, text in (("blank", " " * 21), ("full", "X" * 21), ("odd", "a'b*c~d\"e"), ("late", " LATE")):
        yield f"text/{name}", [put(a, 60, text), put(b, 60, text), *rows[2:]]


def generated(rows: list[str], _: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Mark control records as made by customs: their own letter stands in column 80."""
    a, b, y, z = (put(row, WIDTH, row[0]) for row in (rows[0], rows[1], rows[-2], rows[-1]))
    details = rows[2:-2]
    yield "made/a", [a, *rows[1:]]
    yield "made/b", [rows[0], b, *rows[2:]]
    yield "made/y", [*rows[:-2], y, rows[-1]]
    yield "made/z", [*rows[:-1], z]
    yield "made/z-other", [*rows[:-1], put(put(z, 2, "9999"), 15, "010101")]
    yield "made/b-y", [rows[0], b, *details, y, rows[-1]]
    yield "made/b-y-other", [rows[0], b, *details, put(y, 4, "9999"), rows[-1]]
    yield "made/y-wrong", [*rows[:-2], put(y, 4, "9999"), rows[-1]]
    bare = [put(rows[0], 26, "  "), put("B".ljust(WIDTH), WIDTH, "B")]
    ends = [
        put(put("Y".ljust(WIDTH), 13, f"{len(details):05d}"), WIDTH, "Y"),
        put("Z".ljust(WIDTH), WIDTH, "Z"),
    ]
    yield "made/all", [*bare, *details, *ends]
    for name in ("X0", "X1", "E0", "E1", "EA", "EB", "EY", "EZ", "E9"):
        yield f"made/as-{name.lower()}", [*bare, name.ljust(WIDTH), *details[1:], *ends]
        yield f"made/as-{name.lower()}-alone", [*bare, f"{name}R 999".ljust(WIDTH), *ends]
        told = put(bare[1], WIDTH, " ")
        yield f"made/as-{name.lower()}-told", [bare[0], told, f"{name}R 999".ljust(WIDTH), *ends]
