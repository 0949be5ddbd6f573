"""What ISO 9735 says of the envelope, each with what keeps it and what breaks it.

Lives here: the statements, most made from the tables of the service directories. Never here: how they
become cases (`envelope.py`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.edifact import tables
from gateway.conformance.edifact.envelope import Said, Sheet, Wrong
from gateway.conformance.edifact.trials import constraints
from gateway.conformance.x12.tables import Composite
from gateway.conformance.x12.trials import DROP, KEEP, VALUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.conformance.x12.tables import Position
    from gateway.conformance.x12.trials import Constraint

# Judged by what they say of other places: the syntax, the message, references, counts, days.
_APART = {"0001", "0002", "0017", "0019", "0020", "0036", "0074", "0062", "0065", "0052", "0054", "0080", "0133",
          "0076", "0070", "0073"}  # fmt: skip


def statements(root: Path, directory: str) -> Iterator[Said]:
    """Yield every statement on the envelope of a service directory's syntax."""
    old = tables.syntax_of(directory) == "3"
    for tag in ("UNB", "UNH", "UNT", "UNZ"):
        yield from _elements(root, directory, tag)
    yield from _syntax(old=old)
    yield from _numbers()
    yield from _groups(old=old)
    yield from _marks(old=old)
    yield from _whole()
    yield from _dates()


def _keep(_: Sheet) -> None:
    return


# -- elements -------------------------------------------------------------------------------


def _elements(root: Path, directory: str, tag: str) -> Iterator[Said]:
    slots = tables.words(root, directory)[tag]
    for at, position in enumerate(slots.segment.positions, 1):
        what = position.what
        if not isinstance(what, Composite):
            if what.number not in _APART:
                yield from _element(tag, (at, 0), position, slots.keys[at, 0])
            continue
        always = position.usage == "M"
        for inner, part in enumerate(what.positions, 1):
            if part.what.number not in _APART:
                yield from _element(tag, (at, inner), part, slots.keys[at, inner], always=always)


def _element(
    tag: str, at: tuple[int, int], position: Position, key: str, *, always: bool = True
) -> Iterator[Said]:
    word = position.name or position.what.name
    for one in constraints(position, word, repeats=False, component=bool(at[1])):
        # A component of what may be left out is missing only beside another.
        if one.name == "components" or (one.name == "usage" and not always):
            continue
        yield _said(tag, at, key, one)


def _said(tag: str, at: tuple[int, int], key: str, one: Constraint) -> Said:
    rights: list[tuple[str, Callable[[Sheet], object]]] = []
    wrongs: list[Wrong] = []
    for trial in one.tried:
        variant = trial.id.partition("/")[2]
        if trial.how == VALUE and trial.text is not None:
            change: Callable[[Sheet], object] = partial(_put, tag, at, trial.text(3))
        elif trial.how == DROP:
            change = partial(_put, tag, at, "")
        else:
            change = _keep if trial.how == KEEP else partial(_put, tag, at, "")
        if trial.problem:
            wrongs.append(Wrong(variant, trial.problem, (f"{tag}:{key}",), change))
        else:
            rights.append((variant, change))
    return Said(f"{tag}:{key}", one.name, one.text, tuple(rights), tuple(wrongs))


def _put(tag: str, at: tuple[int, int], text: str, sheet: Sheet) -> None:
    """Set one element; what must stand beside a qualifier is put there too."""
    if at[1] > 1 and not sheet.get(tag, at[0]):
        sheet.put(tag, at[0], 1, "Q7Z")
    sheet.put(tag, at[0], at[1], text)


# -- syntax, numbers, groups ------------------------------------------------------------------


def _syntax(*, old: bool) -> Iterator[Said]:
    other = "1" if old else "4"
    yield Said(
        "UNB:S001.0002", "version", "The syntax version is 1 to 4.",
        (("own", _keep), ("other", lambda sheet: sheet.put("UNB", 1, 2, other))),
        (Wrong("unknown", "envelope/version", ("UNB:S001.0002",), lambda sheet: sheet.put("UNB", 1, 2, "9")),
         Wrong("none", "envelope/version-assumed", ("UNB:S001.0002",),
               lambda sheet: sheet.put("UNB", 1, 2, ""))),
    )  # fmt: skip
    yield Said(
        "UNB:S001.0001", "repertoire", "The repertoire is one that is known.",
        (("unoa", lambda sheet: sheet.put("UNB", 1, 1, "UNOA")),
         ("unoc", lambda sheet: sheet.put("UNB", 1, 1, "UNOC"))),
        (Wrong("unknown", "envelope/repertoire", ("UNB:S001.0001",),
               lambda sheet: sheet.put("UNB", 1, 1, "UNOZ")),
         Wrong("without-codec", "envelope/repertoire", ("UNB:S001.0001",),
               lambda sheet: sheet.put("UNB", 1, 1, "UNOX"))),
    )  # fmt: skip
    day, wrong = ("260302", "260230") if old else ("20260302", "20260230")
    longer = "20260302" if old else "260302"
    yield Said(
        "UNB:S004.0017", "date", f"The date is a day of {len(day)} digits.",
        (("day", lambda sheet: sheet.put("UNB", 4, 1, day)),),
        (Wrong("30-february", "type/date", ("UNB:S004.0017",), lambda sheet: sheet.put("UNB", 4, 1, wrong)),
         Wrong("other-length", "envelope/date-digits", ("UNB:S004.0017",),
               lambda sheet: sheet.put("UNB", 4, 1, longer)),
         Wrong("letter", "type/number", ("UNB:S004.0017",),
               lambda sheet: sheet.put("UNB", 4, 1, day[:-1] + "A"))),
    )  # fmt: skip
    yield Said(
        "UNB:S004.0019", "time", "The time is a time of day.",
        (("midnight", lambda sheet: sheet.put("UNB", 4, 2, "0000")),
         ("last-minute", lambda sheet: sheet.put("UNB", 4, 2, "2359"))),
        (Wrong("hour-24", "type/date", ("UNB:S004.0019",), lambda sheet: sheet.put("UNB", 4, 2, "2400")),
         Wrong("three-digits", "element/too-short", ("UNB:S004.0019",),
               lambda sheet: sheet.put("UNB", 4, 2, "101"))),
    )  # fmt: skip
    yield Said(
        "UNH:S009", "message", "The message is one of a directory that is known.",
        (("known", _keep), ("association", lambda sheet: sheet.put("UNH", 2, 5, "EU1"))),
        (Wrong("type-unknown", "message/unsupported", ("UNH:S009.0065",),
               lambda sheet: sheet.put("UNH", 2, 1, "ZZZDEC")),
         Wrong("directory-unknown", "message/unsupported", ("UNH:S009.0065",),
               lambda sheet: sheet.put("UNH", 2, 3, "99Z"))),
    )  # fmt: skip


def _numbers() -> Iterator[Said]:
    yield Said(
        "UNZ:0036", "count", "UNZ counts the messages.", (("one", _keep), ("two", partial(_second, "2"))),
        (Wrong("one-more", "envelope/count", ("UNZ:0036",), lambda sheet: sheet.put("UNZ", 1, 0, "2")),
         Wrong("one-less", "envelope/count", ("UNZ:0036",), lambda sheet: sheet.put("UNZ", 1, 0, "0"))),
    )  # fmt: skip
    yield Said(
        "UNZ:0020", "reference", "UNZ has the reference of UNB.", (("same", _keep),),
        (Wrong("other", "envelope/control", ("UNZ:0020",), lambda sheet: sheet.put("UNZ", 2, 0, "906")),),
    )  # fmt: skip
    yield Said(
        "UNT:0074", "count", "UNT counts the segments, UNH and UNT among them.", (("right", _keep),),
        (Wrong("one-more", "message/count", ("UNT:0074",), partial(_count, 1)),
         Wrong("one-less", "message/count", ("UNT:0074",), partial(_count, -1))),
    )  # fmt: skip
    yield Said(
        "UNT:0062", "reference", "UNT has the reference of UNH.", (("same", _keep),),
        (Wrong("other", "message/control", ("UNT:0062",), lambda sheet: sheet.put("UNT", 2, 0, "9")),),
    )  # fmt: skip
    yield Said(
        "UNH:0062", "unique", "A message reference stands once in an interchange.",
        (("two", partial(_second, "2")),),
        (Wrong("repeated", "message/duplicate", ("UNH:0062",), partial(_second, "1")),),
    )  # fmt: skip


def _second(reference: str, sheet: Sheet) -> None:
    """Put the message there a second time, with a reference."""
    first, last = sheet.index("UNH"), sheet.index("UNT")
    copy = [list(one) for one in sheet.segments[first : last + 1]]
    copy[0][1] = copy[-1][2] = reference
    sheet.segments[last + 1 : last + 1] = copy
    sheet.put("UNZ", 1, 0, "2")


def _count(by: int, sheet: Sheet) -> None:
    sheet.put("UNT", 1, 0, str(int(sheet.get("UNT", 1)) + by))


def _grouped(sheet: Sheet) -> None:
    """Put the message into a group."""
    date = sheet.get("UNB", 4)
    ung = ["UNG", "CUSDEC", "BROKER01:ZZZ", "GATEWAY:ZZZ", date, "77", "UN", "D:96B"]
    sheet.segments.insert(1, ung)
    sheet.segments.insert(len(sheet.segments) - 1, ["UNE", "1", "77"])


def _broken(change: Callable[[Sheet], object]) -> Callable[[Sheet], object]:
    """Group, then change."""

    def both(sheet: Sheet) -> object:
        _grouped(sheet)
        return change(sheet)

    return both


def _groups(*, old: bool) -> Iterator[Said]:
    yield Said(
        "UNE:0060", "count", "UNE counts the messages of its group.", (("one", _grouped),),
        (Wrong("one-more", "group/count", ("UNE:0060",), _broken(lambda sheet: sheet.put("UNE", 1, 0, "2"))),),
    )  # fmt: skip
    yield Said(
        "UNE:0048", "reference", "UNE has the reference of UNG.", (("same", _grouped),),
        (Wrong("other", "group/control", ("UNE:0048",), _broken(lambda sheet: sheet.put("UNE", 2, 0, "78"))),),
    )  # fmt: skip
    yield Said(
        "UNE", "there", "A group ends with UNE.", (("there", _grouped),),
        (Wrong("missing", "group/trailer-missing", ("UNE",),
               _broken(lambda sheet: sheet.segments.remove(sheet.find("UNE")))),),
    )  # fmt: skip
    if old:
        yield Said(
            "UNG:S006.0040", "usage", "A group names its sender.", (("there", _grouped),),
            (Wrong("missing", "element/missing", ("UNG:S006",),
                   _broken(lambda sheet: sheet.put("UNG", 2, 0, ""))),),
        )  # fmt: skip


# -- marks, cuts, days ------------------------------------------------------------------------


def _marks(*, old: bool) -> Iterator[Said]:
    last = " " if old else "*"
    yield Said(
        "UNA", "marks", "UNA names the marks that the interchange uses.",
        (("announced", _keep), ("usual-without-una", lambda sheet: setattr(sheet, "una", "")),
         ("line-ends", lambda sheet: setattr(sheet, "line_end", "\r\n")),
         ("another-terminator", lambda sheet: _terminated("~", last, sheet))),
        (Wrong("another-separator", "una/mismatch", (),
               lambda sheet: setattr(sheet, "una", f"UNA:/.?{last}'")),
         Wrong("one-mark-twice", "una/clash", (), lambda sheet: setattr(sheet, "una", f"UNA:+.+{last}'"),
               unread=True),
         Wrong("a-mark-short", "una/length", (), lambda sheet: setattr(sheet, "una", "UNA:+.?'"))),
    )  # fmt: skip
    yield Said(
        "UNB", "release", "A mark inside a text is released.",
        (("released", lambda sheet: sheet.put("UNB", 3, 0, "GATE?+WAY:ZZZ")),
         ("released-release", lambda sheet: sheet.put("UNB", 3, 0, "GATE??WAY:ZZZ"))),
        (Wrong("at-the-end", "segment/release-at-end", (),
               lambda sheet: sheet.written()[:-1] + b"?'"),),
    )  # fmt: skip


def _terminated(mark: str, last: str, sheet: Sheet) -> None:
    sheet.una = f"UNA:+.?{last}{mark}"
    sheet.terminator = mark


def _whole() -> Iterator[Said]:
    yield Said(
        "interchange", "whole", "An interchange is there from UNB to UNZ.",
        (("whole", _keep), ("line-end-behind", lambda sheet: setattr(sheet, "end", b"\r\n"))),
        (Wrong("nothing", "envelope/empty", (), lambda _: b"", unread=True),
         Wrong("no-unb", "envelope/missing", (), _headless, unread=True),
         Wrong("no-unz", "envelope/trailer-missing", ("UNZ",), lambda sheet: sheet.segments.pop()),
         Wrong("no-message", "envelope/no-message", ("UNB",), _emptied),
         Wrong("text-behind", "envelope/trailing", (), lambda sheet: setattr(sheet, "end", b"END")),
         Wrong("last-terminator-missing", "envelope/end-of-file", (), lambda sheet: sheet.written()[:-1]),
         Wrong("segment-outside", "envelope/unexpected", (),
               lambda sheet: sheet.segments.insert(len(sheet.segments) - 1, ["FTX", "AAA"]))),
    )  # fmt: skip
    yield Said(
        "UNT", "there", "A message ends with UNT.", (("there", _keep),),
        (Wrong("missing", "message/trailer-missing", ("UNT",),
               lambda sheet: sheet.segments.remove(sheet.find("UNT"))),),
    )  # fmt: skip


def _headless(sheet: Sheet) -> None:
    sheet.una = ""
    del sheet.segments[0]


def _emptied(sheet: Sheet) -> None:
    sheet.segments = [sheet.segments[0], sheet.segments[-1]]
    sheet.put("UNZ", 1, 0, "0")


_FORMATS = (
    ("2", "020326", "300226"), ("101", "260302", "260230"), ("102", "20260302", "20260230"),
    ("201", "2603021015", "2603022415"), ("203", "202603021015", "202603021060"),
    ("204", "20260302101530", "20260302101560"), ("602", "2026", "202A"), ("610", "202603", "202613"),
    ("616", "202610", "202654"), ("718", "2026030220260309", "2026030220260230"),
)  # fmt: skip


def _dates() -> Iterator[Said]:
    """Yield the forms of dates by their codes, shown in the DTM of the message, which stands after BGM."""
    for code, good, bad in _FORMATS:
        yield Said(
            "DTM:C507.2380", f"format-{code}", f"A date of format {code} is one.",
            (("right", partial(_dated, code, good)),),
            (Wrong("wrong", "type/date", ("DTM:C507.2380",), partial(_dated, code, bad)),
             Wrong("letter", "type/date", ("DTM:C507.2380",), partial(_dated, code, good[:-1] + "X"))),
        )  # fmt: skip


def _dated(code: str, text: str, sheet: Sheet) -> None:
    sheet.segments.insert(sheet.index("BGM") + 1, ["DTM", f"137:{text}:{code}"])
    _count(1, sheet)
