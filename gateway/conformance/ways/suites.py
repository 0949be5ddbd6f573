"""The suites of ways: which sample goes which way, as it is and changed.

Lives here: the choice. It comes from the name of the sample alone, so the same cases are asked under every seed.
What comes of it is judged by what has to hold of every outcome, and by `answers.lock`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from gateway.conformance.mixed.suites import BESIDE, bytes_max, changes_of, made
from gateway.conformance.model import Built, Case, Clause, Expect, Operator, salt
from gateway.conformance.ways import pointing, trees
from gateway.conformance.ways.saying import EXTRA, FIRST, UNTOLD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAY = "way"
_LEVEL = 6
_OPEN = Expect("", open=True)
_FORMATS = ("x12", "catair", "wco", "json", "edifact")
_TEXTS = {
    "limits": "No more is read than the limits allow, and what was left out is told.",
    "customs": "What customs said is passed on in the sender's own format.",
    "kept": "What was read is written again byte for byte; where a value was changed, that value alone differs.",
    "translated": "What is written as another message can be read, and says the same.",
    "ruled": "What the rules say of an entry is told at its place.",
    "pointed": "What an answer points at is found in the declaration that it answers.",
    "streamed": "Read piece by piece a file has the transactions that it has when it is read whole.",
    "made": "Whatever tree is written, it is written as it says: byte for byte where it was read, else plainly; an envelope says what is in it.",
}
_STREAMED = frozenset({"x12", "edifact"})
# Ways that only some formats have.
_ONLY = {"streamed": _STREAMED, "pointed": frozenset({"wco"})}
_TARGETS = ("x12/309", "x12/353", "x12/358", "x12/601", "x12/856", "x12/350", "x12/810", "edifact/CUSCAR/D96B",
            "edifact/CUSDEC/D13A", "edifact/CUSREP/D13A", "edifact/CUSRES/D13A", "catair/SE", "catair/AE", "wco/DEC",
            "wco/RES", "json", "catair/C1", "x12/355", "x12/352", "edifact/CUSCAR/D13A", "edifact/CUSDEC/D96B")  # fmt: skip
# What else has a mapping: a few samples of each format are written as each of them.
_RARER = ("catair/QP", "catair/WP", "catair/QT", "catair/WT", "catair/NS", "catair/AX", "catair/SX", "catair/SO",
          "catair/CX", "catair/CB", "catair/KR", "catair/ER", "catair/UC", "edifact/APERAK/D13A",
          "edifact/APERAK/D96B", "edifact/CUSREP/D96B", "edifact/CUSRES/D96B", "x12/354", "x12/356", "x12/357",
          "x12/824", "x12/309/004010", "x12/358/004010", "x12/856/004010")  # fmt: skip
# What no draw of an envelope leads to: an edge of a release, and numbers under a decimal comma.
_SELDOM = (
    ("x12/309", "isa_version", "00402"),
    ("edifact/CUSDEC/D13A", "mark", ","),
    ("edifact/CUSDEC/D96B", "mark", ","),
)
# Options of an envelope, each a choice of one.
OPTIONS: tuple[dict[str, str], ...] = (
    {},
    {"acknowledgment_set": "997"},
    {"acknowledgment_set": "999", "line_end": "\n"},
    {"confirmation_set": "824", "element": "|", "terminator": "'"},
    {"isa_qualifier": "02", "isa_receiver_qualifier": "01", "usage": "T", "group_date": "20260301"},
    {"set_control": "77", "group_control": "12", "release": "", "acknowledgment": "1"},
    {
        "component": "+",
        "repetition": "^",
        "authorization": "ABC",
        "security_qualifier": "01",
        "security": "KEY",
    },
    {"group_sender": "GSENDER", "group_receiver": "GRECEIVER", "group_time": "2359", "convention": "X1"},
    {"profile": "neutral", "header.AgencyAssignedCustomizationCode": "v2"},
    {"header.WCODataModelVersionCode": "3.7", "profile": "uk-cds"},
)
_PARTIES = (("", ""), ("GATEWAY", "CUSTOMS"), ("ABC", "5301"))
# Of some formats there are few samples.
_EDITS_OF_EACH = {"catair": 5, "wco": 16, "json": 16, "edifact": 4}
_SAID_OF_EACH = {"catair": 6, "wco": 12, "json": 6}
_WRITTEN_OF_EACH = {"catair": 5, "wco": 8, "json": 8}
_RARER_ONE_IN = {"x12": 12, "catair": 10, "wco": 6, "json": 6, "edifact": 8}
_EXTRA_ONE_IN = {"catair": 12, "wco": 6, "json": 6}
_EDITS = ("turn", "drop", "again", "less", "turn", "turn")


@dataclass(frozen=True)
class WaySuite:
    """The samples of one format on one way."""

    root: Path
    form: str
    way: str

    @property
    def name(self) -> str:
        """`x12.kept`."""
        return f"{self.form}.{self.way}"

    def _samples(self) -> Iterator[tuple[str, Path]]:
        """Yield right samples, and for limits and streams wrong ones too."""
        wrong = self.way in {"limits", "streamed", "made"}
        for path in sorted((self.root / "fixtures" / self.form).glob("*/*")):
            folder = path.parent.name
            if path.suffix in BESIDE or not path.is_file() or path.stat().st_size > bytes_max(self.form):
                continue
            if wrong or folder not in {"bad", "lenient"}:
                yield folder, path

    def clauses(self) -> Iterator[Clause]:
        """Yield one statement."""
        yield Clause(
            f"{self.name}/held", _TEXTS[self.way], "this library", who="receiver", level=_LEVEL, pair=False
        )

    def cases(self) -> Iterator[Case]:
        """Yield the cases of every sample."""
        for folder, path in self._samples():
            ways = _CHOICES[self.way](self.form, f"{folder}/{path.stem}", path)
            seen: set[str] = set()
            for number, (told, steps, changed) in enumerate(ways):
                # The same may be drawn twice.
                if told in seen:
                    continue
                seen.add(told)
                name = f"{self.name}/{folder}/{path.stem}/{told}"
                changes = changes_of(self.form, f"{self.way}/{folder}/{path.stem}", number) if changed else ()
                steps |= {"way": self.way, "format": self.form}
                make = partial(_made, self.form, path, changes, steps)
                yield Case(
                    name, self.name, (f"{self.name}/held",), _LEVEL, "must", good=True, make=make, kind=WAY
                )


def _made(form: str, path: Path, changes: Any, steps: dict[str, Any]) -> Built:
    data = pointing.answer(*steps["answer"]) if "answer" in steps else made(form, path, changes).data
    if steps.get("limit") == "interchange_bytes_max":
        steps = {**steps, "value": max(0, len(data) + steps["value"])}
    return Built(data, _OPEN, Operator("way", path.stem, "", steps["way"]), steps)


_Choice = tuple[str, dict[str, Any], bool]


def _drawn(form: str, name: str, turn: int) -> int:
    return salt(0, f"{form}/{name}/{turn}")


def _limits(form: str, name: str, path: Path) -> Iterator[_Choice]:
    """Yield limits around what a sample has: exactly as much, one less, one more, and few."""
    kept = 0
    for limit, values in _ladders(form, path.read_bytes()):
        for value in values:
            drawn = _drawn(form, f"{name}/{limit}", value + 9)
            # A few of the ladder for each sample; together they have every step.
            if not all(drawn % one for one in _ONE_IN[form]):
                kept += 1
                lenient = drawn // 100 % 3 == 0
                changed = drawn // 1000 % 3 == 0 and limit != "interchange_bytes_max"
                steps = {"limit": limit, "value": value, "lenient": lenient}
                yield f"{limit}/{value if value >= 0 else 'less'}", steps, changed


_ONE_IN = {"x12": (9,), "catair": (7,), "wco": (11, 3), "json": (3, 2), "edifact": (14,)}


def _ladders(form: str, data: bytes) -> Iterator[tuple[str, list[int]]]:
    if form == "catair":
        lengths, pieces = [80], len(data.splitlines())
    elif form in _STREAMED:
        cut = re.split(rb"[~'\n]+", data)
        lengths, pieces = [len(one) for one in cut], len(cut)
    else:
        lengths, pieces = [], data.count(b"<") + data.count(b"{")
    words = sorted({len(one) for one in re.findall(rb"[A-Za-z0-9 .-]+", data)} - {0})
    yield "interchange_bytes_max", [-1, 0, 1]
    yield "transactions_max", [0, 1, 2, 3]
    # Records without line ends are as many as there are 80 columns.
    ends = {pieces, len(data) // 80} if form == "catair" else {pieces}
    yield "segments_max", sorted({1, 2, 3, *(at for end in ends for at in range(max(1, end - 3), end + 2))})
    yield (
        "segment_bytes_max",
        sorted({max(1, one + more) for one in sorted(lengths)[-3:] for more in (-1, 0, 1, 2)}),
    )
    yield "value_chars_max", sorted({max(1, one + more) for one in words[-3:] for more in (-1, 0, 1)})
    yield "findings_max", [1, 2, 3, 4]
    if form in {"wco", "json"}:
        yield "depth_max", list(range(1, 9))
        yield "attributes_max", [0, 1, 2, 3]


def _customs(form: str, name: str, _: Path) -> Iterator[_Choice]:
    for turn in range(_SAID_OF_EACH.get(form, 4)):
        drawn = _drawn(form, name, turn)
        drawn, count = divmod(drawn, 4)
        drawn, option = divmod(drawn, len(OPTIONS))
        drawn, party = divmod(drawn, len(_PARTIES))
        said = [drawn // 100**at % 100 for at in range(count)]
        sender, receiver = _PARTIES[party]
        steps = {"said": said, "options": OPTIONS[option], "sender": sender, "receiver": receiver,
                 "control": 1 + drawn % 99}  # fmt: skip
        word = "-".join(f"{one:02}" for one in said) or "refused"
        # Customs speaks of what is right; what we refuse may have faults.
        yield f"said/{word}-{option}", steps, not said and turn > 1

    for number in UNTOLD if form == "wco" else ():
        # It is refused for what was found here, and customs says something that is no rejection in words.
        steps = {"said": [number], "options": {}, "sender": "GATEWAY", "receiver": "CUSTOMS", "control": 7,
                 "both": True}  # fmt: skip
        yield f"said/both-{number}", steps, True
    for number in range(FIRST, FIRST + len(EXTRA)) if form in _EXTRA_ONE_IN else ():
        drawn, left = divmod(_drawn(form, name, number), _EXTRA_ONE_IN[form])
        if not left:
            drawn, more = divmod(drawn, 3)
            before = [drawn % 16] if more == 1 else [FIRST + drawn % len(EXTRA)] if more == 2 else []
            steps = {"said": [*before, number], "options": {}, "sender": "GATEWAY", "receiver": "CUSTOMS",
                     "control": 1 + drawn % 99, "both": drawn % 5 == 0}  # fmt: skip
            # Beside what customs says there may be faults of a changed sample.
            yield f"said/{number}", steps, drawn % 5 == 0


def _kept(form: str, name: str, _: Path) -> Iterator[_Choice]:
    yield "same/as-it-is", {"edit": "", "at": 0}, False
    yield "same/changed", {"edit": "", "at": 0}, True
    for turn in range(_EDITS_OF_EACH.get(form, 2)):
        drawn = _drawn(form, name, turn)
        at, how = drawn % 100, _EDITS[drawn // 100 % len(_EDITS)]
        yield f"{how}/{at:02}-{turn}", {"edit": how, "at": at}, False


def _translated(form: str, name: str, _: Path) -> Iterator[_Choice]:
    for turn in range(_WRITTEN_OF_EACH.get(form, 3)):
        drawn, to = divmod(_drawn(form, f"to/{name}", turn), len(_TARGETS))
        yield _written(_TARGETS[to], drawn, turn)
    for rarer in _RARER:
        drawn, left = divmod(_drawn(form, f"to/{rarer}/{name}", 0), _RARER_ONE_IN[form])
        if not left:
            yield _written(rarer, drawn, 0)
    for target, option, value in _SELDOM:
        drawn, left = divmod(_drawn(form, f"{option}/{target}/{name}", 0), _RARER_ONE_IN[form])
        if not left:
            steps = {**_written(target, drawn, 0)[1], "options": {option: value}}
            yield f"to/{target.replace('/', '-')}-{option}", steps, False


def _written(to: str, drawn: int, turn: int) -> _Choice:
    """Draw the envelope in which something is written."""
    drawn, option = divmod(drawn, len(OPTIONS))
    drawn, party = divmod(drawn, len(_PARTIES))
    sender, receiver = _PARTIES[party]
    steps = {"to": to, "options": OPTIONS[option], "sender": sender, "receiver": receiver,
             "copies": 1 + (drawn % 5 == 0), "near": drawn % 2 == 0, "control": 1 + drawn % 99}  # fmt: skip
    return f"to/{to.replace('/', '-')}-{option}-{turn}", steps, turn == 2


def _pointed(_form: str, name: str, _: Path) -> Iterator[_Choice]:
    """Yield our own answers to changed declarations, and received ones that point at each place of a list."""
    if not name.startswith("DEC/"):
        return
    for turn in range(4):
        yield f"own/{turn}", {"original": "", "turn": turn}, True
    for kind in ("errors", "warnings"):
        yield f"placed/{kind}", {"original": "", "placed": kind}, False
    for function in ("03", "01", ""):
        for told in pointing.KINDS:
            steps = {"original": f"{name}.xml", "answer": [function, told]}
            yield f"received/{function or 'none'}-{told}", steps, False


def _streamed(form: str, name: str, _: Path) -> Iterator[_Choice]:
    drawn = _drawn(form, f"stream/{name}", 0)
    if drawn % 4 == 0:
        size = (1, 7, 64, 300)[drawn // 4 % 4]
        yield f"bytes/{size}", {"bytes": size, "lenient": drawn // 100 % 4 == 0}, drawn // 1000 % 2 == 0


def _ruled(form: str, name: str, _: Path) -> Iterator[_Choice]:
    for turn in range(4):
        drawn = _drawn(form, f"rules/{name}", turn)
        edits = [[_EDITS[drawn // 600**at % len(_EDITS)], drawn // 600**at // 6 % 100] for at in range(turn)]
        steps = {"edits": edits, "on": _DAYS[drawn % len(_DAYS)], "profile": {}}
        told = "+".join(f"{how}-{at:02}" for how, at in edits) or "as-it-is"
        yield f"{steps['on']}/{told}", steps, False


def _written_trees(form: str, name: str, _: Path) -> Iterator[_Choice]:
    yield from ((told, steps, False) for told, steps in trees.choices(form, name))


_DAYS = ("2026-03-02", "2026-11-25", "2025-02-28", "2024-10-01")
_CHOICES = {
    "limits": _limits,
    "customs": _customs,
    "kept": _kept,
    "translated": _translated,
    "streamed": _streamed,
    "ruled": _ruled,
    "pointed": _pointed,
    "made": _written_trees,
}


@cache
def _suites(root: Path) -> tuple[WaySuite, ...]:
    return tuple(
        WaySuite(root, form, way) for way in _TEXTS for form in _FORMATS if form in _ONLY.get(way, _FORMATS)
    )


def suites(root: Path, _seed: int) -> list[WaySuite]:
    """Give every suite in order."""
    return list(_suites(root))
