"""Single segments of a message with faults: what the matcher holds, the check of elements finds nothing in."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from gateway.formats import named
from gateway.formats.edifact import matching as edifact
from gateway.formats.x12 import interchange
from gateway.formats.x12 import matching as x12
from gateway.formats.x12.delimiters import Delimiters
from gateway.quick import COMPILED
from gateway.segments.matching import Sure
from gateway.specs import Limits
from tests.formats.edifact.test_fuzz import files, mutate
from tests.formats.x12.generated import own_sets
from tests.formats.x12.support import SPECS
from tests.formats.x12.test_laws import mutated
from tests.quick.twins import compiled

if COMPILED:
    from gateway.quick.matcher import holds_all

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = compiled
CASES = 400
SET = next(spec for spec in own_sets() if spec.message == "810" and spec.version == "004010")


def damaged(name: str) -> Iterator[bytes]:
    """Yield damaged interchanges of a format, the same each time."""
    dice = random.Random(810)  # noqa: S311 - the same damage each time
    for _ in range(CASES):
        if name == "x12":
            yield mutated(dice)
        else:
            yield mutate(mutate(dice.choice(files()), dice), dice)


def found(name: str, data: bytes, *, lenient: bool) -> list[Any]:
    """Read, and give the findings."""
    form = named(name)
    assert form is not None
    return form.read(data, SPECS, Limits(lenient=lenient)).all_findings()


@pytest.mark.parametrize(
    ("name", "programs", "nothing"),
    [("x12", x12.PROGRAMS, None), ("edifact", edifact.PROGRAMS, (None, {}, False, None))],
)
def test_findings_are_those_that_a_look_at_every_segment_gives(
    name: str, programs: Any, nothing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strictly and leniently a damaged interchange has the same findings; most segments are held."""
    asked: list[bool] = []
    holds = Sure.holds

    def counted(self: Sure, table: object, segment: Any, size: int) -> bool:
        asked.append(holds(self, table, segment, size))
        return asked[-1]

    for data in damaged(name):
        for lenient in (False, True):
            with monkeypatch.context() as one:
                one.setattr(Sure, "holds", counted)
                first = found(name, data, lenient=lenient)
            with monkeypatch.context() as one:
                one.setattr(programs, "get", lambda *_: nothing)
                one.setattr(interchange, "envelope_sure", lambda *_: None)
                assert found(name, data, lenient=lenient) == first
    assert sum(asked) > 0.8 * len(asked) > CASES


def test_nothing_is_held_that_is_not_there() -> None:
    """A segment without a terminator, of no such table or outside the bytes is not held."""
    data = b"CUR*BY*USD~"
    cur = next(place.segment for place in SET.body if place.name == "CUR")
    way, made = x12.ways(Delimiters()), x12.PROGRAMS.get(SET)
    number = x12.written(SET)[1][id(cur)]
    assert holds_all(made, number, data, 3, 10, way) is True
    for at, end in ((3, 9), (4, 10), (3, 11), (-1, 10), (10, 3), (3, 1 << 40)):
        assert holds_all(made, number, data, at, end, way) is False
    assert holds_all(made, number, data[:-1], 3, 10, way) is False
    for other in (-1, 1 << 20):
        assert holds_all(made, other, data, 3, 10, way) is False
    assert holds_all(made, number, b"CUR*BY*USDOLLARS~", 3, 16, way) is False
