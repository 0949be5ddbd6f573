"""What is done with envelopes and values: classes of oddities, each as (name, bytes).

Lives here: going through a class of them. Each is made by rule from the pieces of a sample, none by looking at what
the library says of it. Never here: how a transmission is built (`building.py`), how it is read (`suites.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.framed.building import EDIFACT, LETTERS, X12, Maker, base, remarked, written
from gateway.conformance.model import salt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.framed.building import Base, Segment

    Made = Iterator[tuple[str, bytes]]

BASES = {
    X12: ("353/rail-004010.edi", "353/rail-005010.edi"),
    EDIFACT: ("CUSREP/truck.edi", "CUSREP/vessel-departure-d13a.edi"),
}
# Of more kinds of elements, for values.
_WIDE = {
    X12: ("309/truck-005010.edi", "856/shipment-005010.edi", "601/cancel-004050.edi", "355/rejected-004010.edi",
          "350/ocean-006050.edi", "309/rail-004040.edi"),
    EDIFACT: ("CUSDEC/import-us-truck.edi", "CUSCAR/truck-d13a.edi", "CUSRES/duty-d13a.edi", "CUSRES/rejected.edi"),
}  # fmt: skip
_ROWS = {
    X12: ("IGSSgGBgi", "ITGSgi", "IGSgiIGBSgi", "IGBWgKi", "IGNGUgi"),
    EDIFACT: ("ISSi", "IGSBgGSgi", "ISiVIBi", "IBKi", "IGNGUgi"),
}
_TEXTS: tuple[bytes, ...] = (
    b"", b" ", b"0", b"1", b"2", b"3", b"5", b"9", b"00", b"A", b"ab", b"000", b"999", b"0001", b"1 ", b" 1", b"01", b"-1",
    b"1.5", b"00200", b"00401", b"00402", b"00501", b"99999", b"004010", b"004020X1", b"005010X2", b"260228",
    b"260230", b"20260228", b"20260229", b"20240229", b"2359", b"2400", b"1260", b"235959", b"000000001", b"0000000001",
    b"9999999999", b"123456789012", b"X" * 14, b"X" * 15, b"X" * 16, b"X" * 35, b"X" * 36, b"\xe9", b"\x01", b"\xb2",
    b"\xd9\xa3", b"A B", b"A  ", b"  ", b"UNOA", b"UNOB", b"UNOC", b"UNOW", b"UNOZ", b"SO", b"FA", b"ZZ", b"P", b"T", b"X", b"U",
    b"^", b"!", b">", b":", b"CUSREP", b"CONTRL", b"D", b"96B", b"13A", b"UN", b"?", b"A?", b"??", b"1?+2", b"?'",
)  # fmt: skip
_VALUES: tuple[bytes, ...] = (
    b"", b" ", b"0", b"1", b"A", b"ab", b"A ", b" A", b"-1", b"-0", b"1.", b".5", b"1.5", b"0.05", b"1,5", b"+1", b"1e5", b"00",
    b"-", b".", b"--1", b"1-", b"12345678", b"20260229", b"20240229", b"20000229", b"19000229", b"000229", b"600101",
    b"590101", b"260131", b"260431", b"2359", b"2400", b"235960", b"2359591", b"23595912", b"235959123", b"\xe9", b"\x01", b"\t",
    b"X" * 300, b"9" * 15, b"9" * 16, b"9" * 18, b"9" * 19, b"-" + b"9" * 15, b"ZZZ", b"A B", b"\xc3\xa9", b"a\x7f",
    b"1<>2", b":", b":A", b"A:", b">A", b"A>", b"A>B>C>D>E>F>G>H", b"A^B", b"A^", b"^A", b"^" * 30, b"A*B", b"A**",
    b"A:B:C:D:E:F:G", b"?+", b"??", b"A?", b"?'A", b"?:", b"???'", b"????",
)  # fmt: skip
_MARKS = [
    bytes([one])
    for one in b"*|~!^>:;,.+-=/_ \"'#$%&()?@[]{}<\\`A0az\n\r\t\x00\x01\x1c\x1d\x1e\x1f\x7f\x80\xa7\xc2\xe2\xff"
]
_LINE_ENDS: tuple[tuple[bytes, ...], ...] = (
    (b"\n",), (b"\r\n",), (b"\r",), (b"\n\n",), (b" ",), (b"  \n",), (b"\t",), (b"\n", b""), (b"", b"\n"), (b"\n", b"\r\n"),
    (b"\r\n", b"\n", b"", b"\r\n"), (b"\n ", b"\n"), (b"", b"", b"", b" \n"), (b"\x00",), (b"\x80",), (b"\xa9",), (b"\x0b",),
)  # fmt: skip
_AROUND = ((b"\xef\xbb\xbf", b""), (b"\n\n", b""), (b" ", b""), (b"\xef\xbb\xbf\r\n", b""), (b"X", b""), (b"\xef\xbb", b""),
           (b"", b"\n"), (b"", b"\r\n \t"), (b"", b"X"), (b"", b"\x1a"), (b"", b"\x00"), (b"", b"\nISA"), (b"", b"ISA*00*"),
           (b"", b"UNA"), (b"", b"UNB+UNOA"), (b"", b"UNA:+.? '\n"), (b"", b"GARBAGE BEHIND THE END OF ALL OF IT"))  # fmt: skip
_ASKED = {
    X12: ("IGSgi", "IGBgi", "IGSBgi", "ITi", "IGgi", "IKi", "IGS"),
    EDIFACT: ("ISi", "IBi", "ISBi", "IKi", "Ii", "IS"),
}
_PAIRS = 150
# How many of a class are taken, by name: one in so many.
_ONE_IN = {"header": 24, "value": 64, "scattered": 96}


def _kept(form: str, what: str, name: str) -> bool:
    return salt(0, f"{form}/{what}/{name}") % _ONE_IN[what] == 0


def word(text: bytes) -> str:
    """Give bytes as a part of a name: letters and digits as they are if there are few, the others in hex."""
    return text.decode() if text.isalnum() and text.isascii() and len(text) < 13 else f"x{text[:8].hex()}-{len(text)}"  # fmt: skip


def rows(form: str) -> Made:
    """Go through rows of pieces: some right ones, each with a piece less, twice, moved, or one more anywhere."""
    for row in _ROWS[form]:
        found = {row: None}
        for at in range(len(row)):
            found[row[:at] + row[at + 1 :]] = None
            found[row[:at] + row[at] + row[at:]] = None
            found[row[:at] + row[at : at + 2][::-1] + row[at + 2 :]] = None
            for letter in LETTERS:
                found[row[: at + 1] + letter + row[at + 1 :]] = None
        for one in found:
            name = salt(0, f"{form}/rows/{one}")
            yield f"row/{one}", _row(form, one, name)
    for one in _ROWS[form]:
        yield (
            f"same/{one}",
            written(base(form, BASES[form][0]), Maker(base(form, BASES[form][0]), same=True).built(one)),
        )


def _row(form: str, letters: str, number: int) -> bytes:
    chosen = base(form, BASES[form][number % 2])
    line_ends = ((b"",), (b"\n",), (b"\r\n",))[number // 2 % 3]
    return written(chosen, Maker(chosen).built(letters), line_ends)


def ends(form: str) -> Made:
    """Break a transmission off around every piece, and have something around it."""
    for number, name in enumerate(BASES[form]):
        chosen = base(form, name)
        whole = written(chosen, Maker(chosen).built("IGSBgi"))
        places = sorted({at + more for at in _ends(chosen, whole) for more in (-1, 0, 1)})
        for at in places:
            yield f"off/{number}-{at}", whole[:at]
        for turn, (before, behind) in enumerate(_AROUND):
            yield f"around/{number}-{turn}", before + whole + behind
            good = written(chosen, Maker(chosen).built("ISi" if form == EDIFACT else "IGSgi"))
            yield f"around/{number}-{turn}-good", before + good + behind
    for turn, blank in enumerate(
        (b"", b" ", b"\n", b"\r\n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n", b"\x00", b"I", b"UN")
    ):
        yield f"off/nothing{f'-{turn}' if turn else ''}", blank


def _ends(chosen: Base, whole: bytes) -> list[int]:
    mark = chosen.marks["terminator"]
    return [at for at in range(len(whole)) if whole[at : at + 1] == mark] + [3, 4, 9, 12, 60]


def _headers(form: str) -> Iterator[tuple[str, list[Segment], int]]:
    """Yield each service segment of a transmission: number of its sample, all segments, its place in them."""
    for number, name in enumerate(BASES[form]):
        for row in ("ITGSgi" if form == X12 else "IGSgi", "IGBgi", "ISi"):
            segments = Maker(base(form, name)).built(row)
            body = {tuple(one) for one in base(form, name).body}
            for at, one in enumerate(segments):
                if tuple(one) not in body and one[0][:1] in b"IGSTU" and row != "ISi" * (form == X12):
                    yield f"{number}{row}", segments, at


def headers(form: str) -> Made:
    """Put each text into each element of each service segment, and a few into each component."""
    for told, segments, at in _headers(form):
        chosen = base(form, BASES[form][int(told[0])])
        one = segments[at]
        for place in range(1, len(one) + 2):
            for component in range(_components(form, one, place)):
                for text in _TEXTS:
                    name = f"{told}-{at}/{place}.{component}/{word(text)}"
                    if _kept(form, "header", name):
                        yield f"header/{name}", written(chosen, _put(segments, at, place, component, text))


def pairs(form: str) -> Made:
    """Put texts into two elements of service segments at once, with line ends or without."""
    places = list(_headers(form))
    for turn in range(_PAIRS):
        drawn = salt(0, f"{form}/pair/{turn}")
        drawn, which = divmod(drawn, len(places))
        told, segments, _ = places[which]
        mine = [at for other, there, at in places if other == told and there is segments]
        line_ends = ((b"",), (b"\n",))[drawn % 2]
        names = []
        for part in range(2):
            chosen = salt(0, f"{form}/pair/{turn}/{part}")
            chosen, which = divmod(chosen, len(mine))
            at = mine[which]
            chosen, place = divmod(chosen, len(segments[at]))
            text = _TEXTS[chosen % len(_TEXTS)]
            segments = _put(segments, at, place + 1, 0, text)
            names.append(f"{at}-{place + 1}-{word(text)}")
        yield (
            f"pair/{told}-{'+'.join(names)}",
            written(base(form, BASES[form][int(told[0])]), segments, line_ends),
        )


def asked(form: str) -> Made:
    """Ask for acknowledgements in each way there is, of what is right, odd or wrong."""
    for number, name in enumerate(BASES[form]):
        chosen = base(form, name)
        place = 14 if form == X12 else 9
        for text in (b"0", b"1", b"2", b"3", b""):
            for row in _ASKED[form]:
                for turn, line_ends in enumerate(((b"",), (b"\n",))):
                    segments = _put(Maker(chosen).built(row), 0, place, 0, text)
                    data = written(chosen, segments, line_ends)
                    yield f"asked/{number}{row}-{word(text)}-{turn}", data
                    yield f"asked/{number}{row}-{word(text)}-{turn}-twice", data + data


def _components(form: str, segment: Segment, place: int) -> int:
    """Tell how many components an element has room for: those that it has and one more in EDIFACT."""
    if form == X12 or place >= len(segment):
        return 1
    return segment[place].count(b":") + 2


def _put(segments: list[Segment], at: int, place: int, component: int, text: bytes) -> list[Segment]:
    changed = [list(one) for one in segments]
    one = changed[at]
    one += [b""] * (place + 1 - len(one))
    parts = one[place].split(b":") if component or b":" in one[place] else [one[place]]
    parts += [b""] * (component + 1 - len(parts))
    parts[component] = text
    now = b":".join(parts)
    # An ISA is as long as ever where what is put into it is not longer.
    one[place] = now.ljust(len(one[place])) if one[0] == b"ISA" and len(text) % 3 else now
    return changed


def values(form: str) -> Made:
    """Put each value into elements of messages: some of all, drawn by name."""
    for name in (*BASES[form], *_WIDE[form]):
        chosen = base(form, name)
        row = "ISi" if form == EDIFACT else "IGSgi"
        segments = Maker(chosen).built(row)
        first = next(at for at, one in enumerate(segments) if one[0] in {b"ST", b"UNH"})
        for at in range(first + 1, len(segments) - (2 if form == EDIFACT else 3)):
            for place in range(1, len(segments[at]) + 2):
                for component in range(_components(form, segments[at], place)):
                    for text in _VALUES:
                        told = f"{name.partition('.')[0].replace('/', '-')}-{at}/{place}.{component}/{word(text)}"
                        if _kept(form, "value", told):
                            yield f"value/{told}", written(chosen, _put(segments, at, place, component, text))


def marks(form: str) -> Made:
    """Use every sort of byte for each mark, with the old one inside or not, and every line end."""
    for number, name in enumerate(BASES[form]):
        chosen = base(form, name)
        for row in ("IGSBgi", "IGSgi"):
            whole = written(chosen, Maker(chosen).built(row))
            for role, was in _roles(chosen).items():
                for now in _MARKS:
                    if salt(0, f"{form}/{row}/{role}/{now!r}{number}") % 3 == 0:
                        yield f"mark/{number}{row}-{role}-{now.hex()}", _marked(chosen, whole, role, was, now)
            for turn, ends_ in enumerate(_LINE_ENDS):
                yield f"lines/{number}{row}-{turn}", written(chosen, Maker(chosen).built(row), ends_)
                if form == EDIFACT:
                    bare = written(chosen, Maker(chosen).built(row), ends_, announced=False)
                    yield f"lines/{number}{row}-{turn}-bare", bare
            for turn, long in enumerate(
                (
                    b"\xe2\x82\xac",
                    b"\xc2\xa7",
                    b"~~",
                    b"~\n~",
                    b"\xc2\xa7\n",
                    b"\xe2\x82",
                    b"\xf0\x9f\x98\x80\r\n",
                )
            ):
                mark = chosen.marks["terminator"]
                yield f"terminator/{number}{row}-{turn}", whole.replace(mark, long)


def _roles(chosen: Base) -> dict[str, bytes]:
    roles = {key: mark for key, mark in chosen.marks.items() if mark.strip()}
    if chosen.form == X12:
        repetition = chosen.headers["I"][11]
        return {**roles, "repetition": repetition}
    return {**roles, "repetition": chosen.una[7:8], "decimal": chosen.una[5:6]}


def _marked(chosen: Base, whole: bytes, role: str, was: bytes, now: bytes) -> bytes:
    if chosen.form == X12 and role == "repetition":
        return whole[:82] + now + whole[83:]
    if chosen.form == EDIFACT and role in {"repetition", "decimal"}:
        at = 7 if role == "repetition" else 5
        return whole[:at] + now + whole[at + 1 :]
    return remarked(whole, was, now)


def announced(form: str) -> Made:
    """Have announcements of delimiters that are too short or too long, wrong or missing."""
    for number, name in enumerate(BASES[form]):
        chosen = base(form, name)
        rest = written(chosen, Maker(chosen).built("ISBi"), announced=False)
        for turn, una in enumerate(
            (b"UNA", b"UNA:+.?'", b"UNA:+.? ", b"UNA:+. '", b"UNA:+.?  '", b"UNA:+.? ' ", b"UNA:+.? '\r\n", b"UNA:+.?'\n",
             b"UNA:+.?\n", b"UNA:+.?\r\n", b"UNA:+.? ''", b"UNA+:.? '", b"UNA:+,? '", b"UNA:+.?+'", b"UNA:+.A '", b"UNA:+5? '",
             b"UNA|;.! ~", b"UNA:;.? '", b"UNA:+.\xe9 '", b"UNA:+.? \xe9", b"una:+.? '", b"UNA:+.?*'\n\n", b"UNA:+.? '" * 2,
             b"UNA::.? '", b"UNA:+.? +", b"UNA:+.? \n", b"UNA" + b" " * 6, b"UNA:+.? '" + b" " * 40)
        ):  # fmt: skip
            yield f"una/{number}-{turn}", una + rest
            yield f"una/{number}-{turn}-star", (una + rest).replace(b"+", b"!").replace(b":", b"|")


def scattered(form: str) -> Made:
    """Put a segment of a message again somewhere else in it, once or several times, in one place or in two."""
    for name in (*BASES[form], *_WIDE[form]):
        chosen = base(form, name)
        segments, body, end = _message(chosen)
        for which in body:
            for at in body:
                for times, apart in ((1, 0), (2, 0), (3, 0), (1, 1), (2, 2)):
                    told = f"{name.partition('.')[0].replace('/', '-')}-{which}-{at}-{times}{apart}"
                    if not _kept(form, "scattered", told):
                        continue
                    changed = [list(one) for one in segments]
                    copies = [list(segments[which]) for _ in range(times)]
                    changed[at + 1 : at + 1] = copies
                    if apart:
                        second = min(at + times + apart + 1, len(changed) - (end - body[-1] + 1))
                        changed[second:second] = [list(one) for one in copies]
                    counted = sum(tuple(one) in chosen.body for one in changed) + 2
                    next(one for one in changed if one[0] in {b"SE", b"UNT"})[1] = str(counted).encode()
                    yield f"scattered/{told}", written(chosen, changed, (b"\n",))


def turns(form: str) -> Made:
    """Have two or three segments of a message come in turns, few times and very often."""
    for number, name in enumerate((*BASES[form], *_WIDE[form][:2])):
        chosen = base(form, name)
        segments, body, _ = _message(chosen)
        for first in body[:: max(1, len(body) // 5)]:
            for width in (2, 3):
                for times in (2, 6, 13) + ((420,) if first == body[1] and width == 2 else ()):
                    changed = [list(one) for one in segments]
                    piece = segments[first : first + width]
                    changed[first:first] = [list(one) for _ in range(times) for one in piece]
                    counted = len(body) + times * width + 2
                    next(one for one in changed if one[0] in {b"SE", b"UNT"})[1] = str(counted).encode()
                    yield f"turns/{number}-{first}-{width}-{times}", written(chosen, changed, (b"\n",))


def _message(chosen: Base) -> tuple[list[Segment], list[int], int]:
    """Give a transmission with one message, the places of what is inside, and where its trailer stands."""
    segments = Maker(chosen).built("ISi" if chosen.form == EDIFACT else "IGSgi")
    first = next(at for at, one in enumerate(segments) if one[0] in {b"ST", b"UNH"})
    end = next(at for at, one in enumerate(segments) if one[0] in {b"SE", b"UNT"})
    return segments, list(range(first + 1, end)), end


def long(form: str) -> Made:
    """Make transmissions in which much comes: many messages without trailer, many faults, a far trailer."""
    for number, name in enumerate(BASES[form]):
        chosen = base(form, name)
        for row in (
            "IG" + "N" * 70 + "Sgi",
            "IG" + "N" * 90 + "gi",
            "IG" + "S" * 60 + "N" * 60 + "Sgi",
            "IG" + "B" * 60 + "gi",
        ):
            short = f"{row[2]}{row.count(row[2])}{row[-3]}"
            yield f"long/{number}-{short}", written(chosen, Maker(chosen).built(row))
        for times in (2, 3, 9, 10, 11, 12, 30, 31, 99, 100, 101, 400):
            for place in (0, 1, -1):
                segments = Maker(chosen).built("IGSgi")
                body = [at for at, one in enumerate(segments) if tuple(one) in chosen.body]
                at = body[place]
                segments[at:at] = [list(segments[at]) for _ in range(times - 1)]
                end = next(one for one in segments if one[0] in {b"SE", b"UNT"})
                end[1] = str(len(body) + times + 1).encode()
                yield f"times/{number}-{place % 9}-{times}", written(chosen, segments, (b"\n",))


CLASSES = {
    X12: (rows, ends, headers, pairs, asked, values, scattered, turns, marks, long),
    EDIFACT: (rows, ends, headers, pairs, asked, values, scattered, turns, marks, announced, long),
}
"""The classes of each format, in the order of its cases."""
