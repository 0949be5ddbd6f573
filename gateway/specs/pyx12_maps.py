"""A second opinion on X12 by pyx12, over maps written from our own tables.

Lives here: everything that touches pyx12. `write_folder` turns one release of
`edi_specs/x12/` into a map folder that pyx12 takes; `second_opinion` feeds it segments that
we cut and lists what it objects to. Never here: the request path; nothing that pyx12 says goes
into an acknowledgement. What it is known to judge otherwise stands in
`edi_specs/x12/second_opinion.csv` (`gateway.specs.pyx12_compare`).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

import pyx12.map_if
import pyx12.map_walker
import pyx12.params
import pyx12.segment

from gateway.specs.x12 import X12Spec
from gateway.specs.x12_tables import Composite, Element

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.specs import Specs
    from gateway.specs.x12 import Place
    from gateway.specs.x12_tables import Position, Segment

# The only interchange versions that pyx12 takes.
_VERSIONS = ("00401", "00501")
_USAGE = {"M": "R", "O": "S", "X": "S", "N": "N"}
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
# ISA and GS as far as pyx12 needs them: (element, its number, codes that may be asked for).
_ISA = 16
_GS = 8
_PADDED = {"ISA02": "I10", "ISA04": "I10", "ISA06": "I15", "ISA08": "I15"}
_OPEN_ELEMENTS = 60


class Remark(NamedTuple):
    """One thing that pyx12 objects to.

    `segment` counts from ST as 1; `element` and `component` are 0 for the segment itself.
    `level` is segment (AK304) or element (AK403), `code` the code of that element.
    """

    segment: int
    name: str
    element: int
    component: int
    level: str
    code: str
    text: str


class RefusedError(Exception):
    """pyx12 could not judge a transaction; the message says what it raised."""


def second_opinion(spec: X12Spec, segments: Sequence[str], delimiters: str = "~*:") -> list[Remark]:
    """Ask pyx12 about one transaction, ST and SE included.

    `segments` are without terminators; `delimiters` are terminator, element separator and
    component separator. Repetition is not known to pyx12: such an element is one value. Raises
    `RefusedError` where pyx12 stops with an exception of its own.
    """
    loaded = _loaded(id(spec), spec)
    try:
        return _Opinion(loaded, delimiters).ask(segments)
    except Exception as error:
        raise RefusedError(f"pyx12 gave up: {type(error).__name__}: {error}") from error


_KEPT: dict[int, tuple[X12Spec, Any]] = {}


def _loaded(key: int, spec: X12Spec) -> Any:
    """Load the map of one set; kept, since pyx12 parses its whole folder again each time."""
    if key not in _KEPT:
        with tempfile.TemporaryDirectory() as folder:
            _write_common(Path(folder), spec, [spec])
            file = Path(folder) / f"{spec.message}.xml"
            file.write_text(transaction_map(spec), encoding="utf-8")
            loaded = pyx12.map_if.load_map_file(file.name, pyx12.params.params(), folder)
        _KEPT[key] = (spec, loaded)
    return _KEPT[key][1]


class _Opinion:
    def __init__(self, loaded: Any, delimiters: str) -> None:
        self.walker = pyx12.map_walker.walk_tree()
        # The envelope is not asked about: we stand behind its GS.
        self.walker.forceWalkCounterToLoopStart("/ISA_LOOP/GS_LOOP", "/ISA_LOOP/GS_LOOP/GS")
        self.node = loaded.getnodebypath("/ISA_LOOP/GS_LOOP/GS")
        self.delimiters = delimiters
        self.found: list[Remark] = []

    def ask(self, segments: Sequence[str]) -> list[Remark]:
        for number, text in enumerate(segments, 1):
            cut = pyx12.segment.Segment(text, *self.delimiters)
            node, _, _, errors = self.walker.walk_errors(self.node, cut, number, number, None)
            for error in errors:
                name = error.seg_data.get_seg_id() if error.seg_data is not None else text[:3]
                self.add(number, name or "", 0, 0, "segment", error.err_cde, error.err_str)
            if node is None:
                continue
            self.node = node
            for error in node.is_valid_errors(cut)[1]:
                self.element(number, node.id, error)
        return self.found

    def element(self, number: int, name: str, error: Any) -> None:
        """Take one element error; of a relation pyx12 names only the first position."""
        place = str(error.refdes or "")
        digits = place.removeprefix(name)
        element, _, component = digits.partition("-")
        at = int(element) if element.isdecimal() else 0
        inner = int(component) if component.isdecimal() else 0
        self.add(number, name, at, inner, "element", error.err_cde, error.err_str)

    def add(
        self, number: int, name: str, element: int, component: int, level: str, code: str, text: str
    ) -> None:
        self.found.append(Remark(number, name, element, component, level, code, text))


def write_folder(specs: Specs, release: str, folder: Path) -> list[Path]:
    """Write every set of one release as a map folder for pyx12; give the files.

    Element lengths differ by release, so one folder holds one release. Its maps answer to
    ISA12 00401 or 00501, whichever is nearer, and to GS08 of the release.
    """
    sets = [
        spec
        for message, releases in specs.versions("x12").items()
        if release in releases and isinstance(spec := specs.message("x12", message, release), X12Spec)
    ]
    if not sets:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    written = _write_common(folder, sets[0], sets)
    for spec in sets:
        file = folder / f"{spec.message}.xml"
        file.write_text(transaction_map(spec), encoding="utf-8")
        written.append(file)
    return written


def _write_common(folder: Path, spec: X12Spec, sets: Sequence[X12Spec]) -> list[Path]:
    """Write what pyx12 wants beside the maps: elements, codes, the index, the envelope's maps."""
    version = _VERSIONS[spec.version >= "005010"]
    groups = "".join(
        f'<map vriic="{one.version}" fic="{group}" abbr="{one.message}">{one.message}.xml</map>\n'
        for one in sets
        for group in one.groups
    )
    texts = {
        "dataele.xml": _data_elements(spec.dictionary.elements),
        "codes.xml": _HEAD + "<codesets/>\n",
        "maps.xml": f'{_HEAD}<maps><version icvn="{version}">\n{groups}</version></maps>\n',
    }
    for icvn in _VERSIONS:
        texts[f"x12.control.{icvn}.xml"] = _HEAD + _wrapped("X12", icvn, "")
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def _data_elements(elements: Mapping[str, Element]) -> str:
    rows = [
        f'<data_ele ele_num="{one.number}" data_type="{one.kind}" min_len="{one.length_min}" '
        f'max_len="{one.length_max}" name={quoteattr(one.name)}/>'
        for one in elements.values()
    ]
    # The envelope's own elements, padded ones at their fixed width, and those that no table describes.
    for number, least, most in (("I00", 1, 15), ("I10", 10, 10), ("I15", 15, 15), ("X00", 1, 100_000)):
        rows.append(
            f'<data_ele ele_num="{number}" data_type="AN" min_len="{least}" max_len="{most}" name="{number}"/>'
        )
    return _HEAD + "<data_elements>\n" + "\n".join(rows) + "\n</data_elements>\n"


def transaction_map(spec: X12Spec) -> str:
    """Write one set as a pyx12 map."""
    positions = iter(range(20, 100_000, 10))
    body = "".join(_place(place, positions) for place in spec.body)
    inside = (
        '<loop xid="ST_LOOP" type="explicit" name="Set" usage="R" pos="020" repeat="&gt;1">\n'
        + _segment(spec.header, "R", 10, "1")
        + body
        + _segment(spec.trailer, "R", next(positions), "1")
        + "</loop>\n"
    )
    return _HEAD + _wrapped(spec.message, _VERSIONS[spec.version >= "005010"], inside)


def _wrapped(xid: str, icvn: str, inside: str) -> str:
    """Write the envelope around a set."""
    isa = "".join(_envelope_element("ISA", at, icvn if at == 12 else "") for at in range(1, _ISA + 1))
    gs = "".join(_envelope_element("GS", at, "") for at in range(1, _GS + 1))
    ends = {name: "".join(_envelope_element(name, at, "") for at in (1, 2)) for name in ("GE", "IEA")}
    return (
        f'<transaction xid="{xid}" name="{xid}">\n'
        '<loop xid="ISA_LOOP" type="explicit" name="Interchange" usage="R" pos="001" repeat="&gt;1">\n'
        f'<segment xid="ISA" name="ISA" usage="R" pos="010" max_use="1">{isa}</segment>\n'
        '<loop xid="GS_LOOP" type="explicit" name="Group" usage="R" pos="020" repeat="&gt;1">\n'
        f'<segment xid="GS" name="GS" usage="R" pos="010" max_use="1">{gs}</segment>\n'
        f"{inside}"
        f'<segment xid="GE" name="GE" usage="R" pos="030" max_use="1">{ends["GE"]}</segment>\n'
        "</loop>\n"
        f'<segment xid="IEA" name="IEA" usage="R" pos="030" max_use="1">{ends["IEA"]}</segment>\n'
        "</loop>\n</transaction>\n"
    )


def _envelope_element(segment: str, at: int, code: str) -> str:
    codes = f"<valid_codes><code>{code}</code></valid_codes>" if code else ""
    width = _PADDED.get(f"{segment}{at:02}", "I00")
    head = (
        f'<element xid="{segment}{at:02}" data_ele="{width}" name="{segment}{at:02}" usage="S" seq="{at:02}">'
    )
    return f"{head}{codes}</element>"


def _place(place: Place, positions: Iterator[int]) -> str:
    usage, at = _USAGE[place.usage], next(positions)
    most = "&gt;1" if place.count_max is None else str(place.count_max)
    if not place.loop:
        return _segment(place.segment, usage, at, most)
    leader = _segment(place.segment, "R", next(positions), "1")
    inside = "".join(_place(part, positions) for part in place.parts)
    return (
        f'<loop xid="{place.name}_{at}" name={quoteattr(place.segment.title)} '
        f'usage="{usage}" pos="{at}" repeat="{most}">\n{leader}{inside}</loop>\n'
    )


def _segment(segment: Segment, usage: str, at: int, most: str) -> str:
    elements = "".join(
        _element(f"{segment.name}{number:02}", number, position)
        for number, position in enumerate(segment.positions, 1)
    )
    if segment.open:
        elements = "".join(
            f'<element xid="{segment.name}{at:02}" data_ele="X00" name="{at:02}" usage="S" seq="{at:02}"/>'
            for at in range(1, _OPEN_ELEMENTS + 1)
        )
    notes = "".join(f"<syntax>{relation.name}</syntax>" for relation in segment.relations)
    return (
        f'<segment xid="{segment.name}" name={quoteattr(segment.title)} usage="{usage}" '
        f'pos="{at}" max_use="{most}">{notes}{elements}</segment>\n'
    )


def _element(xid: str, number: int, position: Position) -> str:
    usage = _USAGE[position.usage]
    what = position.what
    name = quoteattr(position.title or what.name)
    if isinstance(what, Composite):
        inside = "".join(
            _element(f"{xid}-{inner}", inner, component) for inner, component in enumerate(what.components, 1)
        )
        return (
            f'<composite xid="{what.number}" name={name} usage="{usage}" seq="{number:02}">'
            f"<data_ele>{what.number}</data_ele><refdes>{xid}</refdes>{inside}</composite>"
        )
    codes = ""
    if what.codes is not None and what.closed:
        listed = "".join(f"<code>{escape(code)}</code>" for code in what.codes)
        codes = f"<valid_codes>{listed}</valid_codes>"
    return (
        f'<element xid="{xid}" data_ele="{what.number}" name={name} usage="{usage}" '
        f'seq="{number:02}">{codes}</element>'
    )
