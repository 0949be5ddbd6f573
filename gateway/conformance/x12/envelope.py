"""What the envelope must be, statement by statement, with what breaks each.

Lives here: the statements over ST and SE of one set, and over ISA, GS, GE, IEA, delimiters and
truncation. How a statement becomes cases is in `frame.py`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.x12.draft import Frame, Line
from gateway.conformance.x12.frame import Fault, Said, Whole

if TYPE_CHECKING:
    from gateway.conformance.x12.tables import Set


def as_it_is(whole: Whole, _: int) -> None:
    """Change nothing."""
    del whole


def _put(name: str, element: int, text: str, whole: Whole, _: int) -> tuple[str, str]:
    was = whole.get(name, element)
    whole.put(name, element, text)
    return was, text


def _plus(name: str, element: int, step: int, whole: Whole, _: int) -> tuple[str, str]:
    was = whole.get(name, element)
    now = str(int(was) + step).rjust(len(was), "0")
    whole.put(name, element, now)
    return was, now


def _pair(pairs: tuple[tuple[str, int], ...], text: str, whole: Whole, _: int) -> tuple[str, str]:
    was = whole.get(*pairs[0])
    for name, element in pairs:
        whole.put(name, element, text)
    return was, text


def _drop(name: str, whole: Whole, _: int) -> tuple[str, str]:
    del whole.lines[whole.index(name)]
    return name, ""


def _at(name: str, element: int, whole: Whole) -> tuple[int, int]:
    return whole.span(name, element)


def _before(name: str, whole: Whole) -> tuple[int, int]:
    start = whole.start(whole.index(name))
    return start, start


def _end(whole: Whole) -> tuple[int, int]:
    size = len(whole.written())
    return size, size


def _unjudged(_: Whole) -> None:
    return None


# -- ST and SE of a set ----------------------------------------------------------------------------


def set_statements(spec: Set, other_group: str) -> tuple[Said, ...]:
    """Give the statements about the two ends of one set; `other_group` is a GS01 that is not its own."""
    both = (("ST", 2), ("SE", 2))
    return (
        Said("ST-01", "identifier", "ST01 names a set that is known.", (("identifier/known", as_it_is),),
             (Fault("identifier/unknown", "set/unsupported", "ST-01", partial(_put, "ST", 1, "Z99"),
                    partial(_at, "ST", 1)),
              Fault("identifier/two-characters", "set/identifier", "ST-01", partial(_put, "ST", 1, "30"),
                    partial(_at, "ST", 1)))),
        Said("ST-02", "control-number", "ST02 has four to nine characters.",
             (("length/min", partial(_pair, both, "0042")), ("length/max", partial(_pair, both, "000000042"))),
             (Fault("length/too-short", "set/control-number", "ST-02", partial(_pair, both, "042"),
                    partial(_at, "ST", 2)),
              Fault("length/too-long", "set/control-number", "ST-02", partial(_pair, both, "0000000042"),
                    partial(_at, "ST", 2)))),
        Said("ST-02", "unique", "ST02 stands once in a group.", (("control/two", partial(_second, "0002")),),
             (Fault("control/repeated", "set/duplicate", "ST-02", _repeated, _second_control),)),
        Said("SE-01", "count", "SE01 counts the segments from ST to SE.", (("count/equal", as_it_is),),
             (Fault("count/one-more", "set/count", "SE-01", partial(_plus, "SE", 1, 1), partial(_at, "SE", 1)),
              Fault("count/one-less", "set/count", "SE-01", partial(_plus, "SE", 1, -1),
                    partial(_at, "SE", 1)))),
        Said("SE-02", "control", "SE02 repeats ST02.", (("control/equal", as_it_is),),
             (Fault("control/differs", "set/control", "SE-02", partial(_put, "SE", 2, "0002"),
                    partial(_at, "SE", 2)),)),
        Said("SE", "trailer", "A set ends with SE.", (("trailer/present", as_it_is),),
             (Fault("trailer/missing", "set/trailer-missing", "SE", partial(_drop, "SE"),
                    partial(_before, "GE")),)),
        Said("GS-01", "group", f"The set travels in a group {' or '.join(spec.groups)}.",
             tuple((f"group/{code}", partial(_put, "GS", 1, code)) for code in spec.groups),
             (Fault("group/of-another-set", "set/group", "ST-01", partial(_put, "GS", 1, other_group),
                    partial(_at, "ST", 1)),)),
    )  # fmt: skip


def _second(control: str, whole: Whole, _: int) -> None:
    first, last = whole.index("ST"), whole.index("SE")
    copy = [Line(line.id, list(line.values), line.place, line.way) for line in whole.lines[first : last + 1]]
    copy[0].values[1] = control
    copy[-1].values[1] = control
    whole.lines[last + 1 : last + 1] = copy
    whole.put("GE", 1, "2")


def _repeated(whole: Whole, number: int) -> tuple[str, str]:
    control = whole.get("ST", 2)
    _second(control, whole, number)
    return "", control


def _second_control(whole: Whole) -> tuple[int, int]:
    return whole.span("ST", 2, 1)


# -- the envelope ------------------------------------------------------------------------------------


def number_statements(release: str) -> tuple[Said, ...]:
    """Give the statements about numbers and counts of interchange and group."""
    isa, gs = (("ISA", 13), ("IEA", 2)), (("GS", 6), ("GE", 2))
    return (
        Said("ISA-13", "number", "ISA13 has nine digits.", (("number/zeros", partial(_pair, isa, "000000001")),),
             (Fault("type/letter-in-number", "envelope/control-number", "ISA-13",
                    partial(_put, "ISA", 13, "00000A905"), partial(_at, "ISA", 13)),)),
        Said("ISA-13", "unique", "ISA13 stands once from one sender to one receiver.",
             (("control/two", _two_interchanges),),
             (Fault("control/repeated", "envelope/duplicate", "ISA-13", _same_interchange,
                    lambda whole: whole.span("ISA", 13, 1), answered=False),)),
        Said("IEA-02", "control", "IEA02 repeats ISA13.", (("control/equal", as_it_is),),
             (Fault("control/differs", "envelope/control", "IEA-02", partial(_put, "IEA", 2, "000000906"),
                    partial(_at, "IEA", 2)),)),
        Said("IEA-01", "count", "IEA01 counts the groups.",
             (("count/equal", as_it_is), ("count/two-groups", _two_groups)),
             (Fault("count/one-more", "envelope/count", "IEA-01", partial(_put, "IEA", 1, "2"),
                    partial(_at, "IEA", 1)),
              Fault("count/one-less", "envelope/count", "IEA-01", partial(_put, "IEA", 1, "0"),
                    partial(_at, "IEA", 1)))),
        Said("GS-06", "number", "GS06 has one to nine digits and does not begin with a zero that counts.",
             (("number/min", partial(_pair, gs, "1")), ("number/max", partial(_pair, gs, "999999999"))),
             (Fault("type/letter-in-number", "group/control-number", "GS-06", partial(_put, "GS", 6, "90A"),
                    partial(_at, "GS", 6)),
              Fault("length/too-long", "group/control-number", "GS-06", partial(_put, "GS", 6, "0000000905"),
                    partial(_at, "GS", 6)))),
        Said("GS-06", "unique", "GS06 stands once in an interchange.", (("control/two", _two_groups),),
             (Fault("control/repeated", "group/duplicate", "GS-06", _same_group,
                    lambda whole: whole.span("GS", 6, 1)),)),
        Said("GE-02", "control", "GE02 repeats GS06.", (("control/equal", as_it_is),),
             (Fault("control/differs", "group/control", "GE-02", partial(_put, "GE", 2, "906"),
                    partial(_at, "GE", 2)),)),
        Said("GE-01", "count", "GE01 counts the sets of the group.",
             (("count/equal", as_it_is), ("count/two-sets", partial(_second, "0002"))),
             (Fault("count/one-more", "group/count", "GE-01", partial(_put, "GE", 1, "2"),
                    partial(_at, "GE", 1)),
              Fault("count/one-less", "group/count", "GE-01", partial(_put, "GE", 1, "0"),
                    partial(_at, "GE", 1)))),
        Said("GS-01", "identifier", "GS01 is a functional group.", (("identifier/known", as_it_is),),
             (Fault("identifier/unknown", "group/identifier", "GS-01", partial(_put, "GS", 1, "Z9"),
                    partial(_at, "GS", 1)),)),
        Said("GS-08", "release", "GS08 is a release that is supported.",
             (("release/known", as_it_is), ("release/with-industry", partial(_put, "GS", 8, f"{release}CBP1"))),
             (Fault("release/unknown", "group/release", "GS-08", partial(_put, "GS", 8, "009010"),
                    partial(_at, "GS", 8)),)),
    )  # fmt: skip


def _copy(whole: Whole, first: str, last: str) -> list[Line]:
    lines = whole.lines[whole.index(first) : whole.index(last) + 1]
    return [Line(line.id, list(line.values), line.place, line.way) for line in lines]


def _two_groups(whole: Whole, _: int) -> None:
    copy = _copy(whole, "GS", "GE")
    copy[0].values[5] = copy[-1].values[1] = "906"
    at = whole.index("IEA")
    whole.lines[at:at] = copy
    whole.put("IEA", 1, "2")


def _same_group(whole: Whole, number: int) -> tuple[str, str]:
    _two_groups(whole, number)
    whole.put("GS", 6, "905", 1)
    whole.put("GE", 2, "905", 1)
    return "906", "905"


def _two_interchanges(whole: Whole, _: int) -> None:
    copy = _copy(whole, "ISA", "IEA")
    copy[0].values[12] = copy[-1].values[1] = "000000906"
    whole.lines.extend(copy)


def _same_interchange(whole: Whole, _: int) -> tuple[str, str]:
    whole.lines.extend(_copy(whole, "ISA", "IEA"))
    return "000000906", "000000905"


def shape_statements(spec: Set) -> tuple[Said, ...]:
    """Give the statements about what stands where, and about truncation."""
    body = spec.places[0].segment.id
    return (
        Said("IEA", "trailer", "An interchange ends with IEA.", (("trailer/present", as_it_is),),
             (Fault("trailer/missing", "envelope/end-of-file", "IEA", partial(_drop, "IEA"), _end),)),
        Said("GE", "trailer", "A group ends with GE.", (("trailer/present", as_it_is),),
             (Fault("trailer/missing", "group/trailer-missing", "GE", partial(_drop, "GE"),
                    partial(_before, "IEA")),)),
        Said("ISA", "first", "An interchange begins with ISA.", (("first/isa", as_it_is),),
             (Fault("first/missing", "envelope/missing", "ISA", partial(_drop, "ISA"), _unjudged,
                    answered=False),
              Fault("first/blank-before", "envelope/leading", "ISA", _leading, lambda _: (0, 1)))),
        Said("ISA", "last", "Nothing follows the IEA but another ISA.", (("last/iea", as_it_is),),
             (Fault("last/bytes-after", "envelope/trailing", "ISA", _trailing, _unjudged, answered=False),)),
        Said("ISA", "length", "An ISA has 106 bytes, its elements are padded.", (("length/exact", as_it_is),),
             (Fault("length/unpadded", "envelope/length", "ISA", partial(_put, "ISA", 6, "QTZL"),
                    lambda whole: (0, whole.start(1))),
              Fault("length/one-blank-more", "envelope/length", "ISA",
                    partial(_put, "ISA", 2, " " * 11), lambda whole: (0, whole.start(1))))),
        Said("ISA", "structure", "Between ISA and IEA stand groups and TA1, in groups stand sets.",
             (("structure/ta1", _with_ta1),),
             (Fault("structure/segment-outside-group", "envelope/unexpected", body,
                    partial(_insert, body, "GS"), _unjudged),
              Fault("structure/empty-segment", "envelope/unexpected", "ISA", partial(_insert, "", "GS"),
                    _unjudged))),
        Said("ISA", "complete", "An interchange is complete: it ends where its IEA ends.",
             (("complete/whole", as_it_is),),
             (Fault("complete/cut-after-gs", "envelope/end-of-file", "IEA", _cut_trailer, _end),
              Fault("complete/cut-in-iea", "envelope/end-of-file", "IEA", _cut_terminator, _unjudged),
              Fault("complete/cut-in-isa", "envelope/end-of-file", "ISA", _cut_isa, _unjudged,
                    answered=False),
              Fault("complete/nothing", "envelope/empty", "ISA", _nothing, _unjudged, answered=False))),
        Said("ISA", "elements", "Envelope segments have no element too many.", (("elements/exact", as_it_is),),
             (Fault("elements/gs-too-many", "envelope/structure", "GS",
                    lambda whole, _: _more(whole, "GS"), _unjudged),
              Fault("elements/ge-too-many", "envelope/structure", "GE",
                    lambda whole, _: _more(whole, "GE"), _unjudged),
              Fault("elements/iea-too-many", "envelope/structure", "IEA",
                    lambda whole, _: _more(whole, "IEA"), _unjudged))),
    )  # fmt: skip


def _more(whole: Whole, name: str) -> tuple[str, str]:
    whole.lines[whole.index(name)].values.append("X")
    return "", "X"


def _leading(whole: Whole, _: int) -> tuple[str, str]:
    whole.begin = b" "
    return "", " "


def _trailing(whole: Whole, _: int) -> tuple[str, str]:
    whole.end = b"END OF FILE"
    return "", "END OF FILE"


def _with_ta1(whole: Whole, _: int) -> None:
    whole.lines.insert(1, Line("TA1", ["000000001", "260301", "0900", "A", "000"]))


def _insert(name: str, before: str, whole: Whole, _: int) -> tuple[str, str]:
    whole.lines.insert(whole.index(before), Line(name, ["1"] if name else []))
    return "", name


def _cut_trailer(whole: Whole, _: int) -> tuple[str, str]:
    """Keep what stands before the IEA."""
    whole.lines = whole.lines[: whole.index("IEA")]
    return "IEA", ""


def _cut_terminator(whole: Whole, _: int) -> tuple[str, str]:
    last = whole.lines.pop()
    whole.end = last.text(whole.frame).encode("latin-1")
    return whole.frame.terminator, ""


def _cut_isa(whole: Whole, _: int) -> tuple[str, str]:
    text = whole.lines[0].text(whole.frame)
    whole.lines = []
    whole.end = text[:60].encode("latin-1")
    return text[60:], ""


def _nothing(whole: Whole, _: int) -> tuple[str, str]:
    whole.lines = []
    return "everything", ""


# -- delimiters --------------------------------------------------------------------------------------

_CHOICES = (
    ("bars", Frame(element="|", component=">", repetition="^", terminator="~")),
    ("controls", Frame(element="\x1d", component="\x1f", repetition="\x1e", terminator="\x1c")),
    ("plus-and-quote", Frame(element="+", component=":", repetition="*", terminator="'")),
    ("line-feed", Frame(terminator="\n")),
    ("semicolon", Frame(element=";", component="<", repetition="!", terminator="%")),
)


def delimiter_statements(spec: Set) -> tuple[Said, ...]:
    """Give the statements about what divides segments, elements and components."""
    return (
        Said("ISA", "delimiters", "Any character that is no letter, digit or blank may divide, if all differ.",
             tuple((f"delimiters/{name}", partial(_reframed, spec, frame)) for name, frame in _CHOICES),
             (Fault("delimiters/component-is-element", "envelope/component-separator", "ISA-16",
                    partial(_put, "ISA", 16, "*"), _unjudged, answered=False),
              Fault("delimiters/letter-as-component", "envelope/component-separator", "ISA-16",
                    partial(_put, "ISA", 16, "A"), _unjudged, answered=False))),
        Said("ISA", "line-ends", "Line ends after the terminator do no harm.",
             (("line-ends/none", as_it_is), ("line-ends/crlf", partial(_ended, "\r\n")),
              ("line-ends/lf", partial(_ended, "\n"))), (),
             reason="nothing is wrong on the other side: a reader may not mind"),
        Said("ISA-11", "repetition", "From 00402 on ISA11 is the repetition separator, before it is `U`.",
             (("repetition/separator", as_it_is),),
             (Fault("repetition/letter", "envelope/repetition-separator", "ISA-11",
                    partial(_put, "ISA", 11, "U"), partial(_at, "ISA", 11)),)),
    )  # fmt: skip


def _reframed(spec: Set, frame: Frame, _: Whole, number: int) -> Whole:
    return Whole.around(spec, number, frame)


def _ended(line_end: str, whole: Whole, _: int) -> None:
    whole.frame = replace(whole.frame, line_end=line_end)
