"""Dataclasses whose methods are compiled late do what those of the standard library do."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import pytest

from gateway.records import dataclass

PACKAGE = Path(__file__).resolve().parents[1] / "gateway"
WORDS = (
    {},
    {"frozen": True},
    {"slots": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "kw_only": True},
    {"slots": True, "eq": False},
    {"frozen": True, "eq": False},
)


def made(by: Callable[..., Any], words: dict[str, bool]) -> type:
    """Make a class that has a field of every kind."""

    @by(**words)
    class Thing:
        """A thing."""

        kinds: ClassVar[int] = 3
        name: str
        size: int = 1
        parts: list[str] = field(default_factory=list, hash=False)
        note: str = field(default="", repr=False, compare=False)
        twice: str = field(init=False, compare=False)
        late: int = field(init=False, default=7)
        found: list[int] = field(init=False, default_factory=list, hash=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "twice", self.name * 2)

    return Thing


def shown(one: object) -> str:
    """Show an object without the function around its class."""
    return repr(one).replace("made.<locals>.", "")


@pytest.mark.parametrize("words", WORDS, ids=str)
def test_objects(words: dict[str, bool]) -> None:
    """Made, shown, compared, hashed and replaced, objects are those that the standard decorator gives."""
    seen = []
    for by in (dataclasses.dataclass, dataclass):
        thing = made(by, words)
        one = thing(name="a", parts=["x"], note="n")
        same = dataclasses.replace(one, note="other")
        other = thing(name="a", size=2, parts=["x"])
        assert thing(name="q").parts is not thing(name="q").parts
        hashed = None
        if words.get("eq", True) and words.get("frozen"):
            hashed = hash(one) == hash(same), hash(one) == hash(other), len({one, same, other})
        elif words.get("eq", True):
            with pytest.raises(TypeError, match="unhashable"):
                hash(one)
        fields = [(x.name, x.type, x.default, x.init, x.kw_only) for x in dataclasses.fields(thing)]
        seen.append(
            (
                shown(one), one == same, one == other, one == "a", hashed, fields,
                one.twice, one.late, one.found, thing.__match_args__, thing.kinds, thing.__doc__,
                hasattr(one, "__dict__"), str(inspect.signature(thing)).replace(" -> None", ""),
                dataclasses.asdict(one),
            )
        )  # fmt: skip
    assert seen[0] == seen[1]


@pytest.mark.parametrize("words", WORDS, ids=str)
def test_wrong_arguments(words: dict[str, bool]) -> None:
    """What is no argument of a class, or is missing, is a `TypeError` with the same words."""
    for given, named in (((), {}), ((), {"name": "a", "else": 1}), (("a", 1, [], "", 1, 2), {})):
        said = []
        for by in (dataclasses.dataclass, dataclass):
            with pytest.raises(TypeError) as error:
                made(by, words)(*given, **named)
            said.append(str(error.value))
        assert said[0] == said[1]


@pytest.mark.parametrize("words", [one for one in WORDS if one.get("frozen")], ids=str)
def test_frozen(words: dict[str, bool]) -> None:
    """Of a frozen object nothing is set and nothing deleted."""
    said = []
    for by in (dataclasses.dataclass, dataclass):
        one = made(by, words)(name="a")
        with pytest.raises(FrozenInstanceError) as first:
            one.size = 2
        with pytest.raises(FrozenInstanceError) as second:
            del one.size
        said.append((str(first.value), str(second.value), one.size))
    assert said[0] == said[1]
    with pytest.raises(FrozenInstanceError):
        one.unknown = 2


@dataclass(frozen=True, slots=True)
class Point:
    """A place that can be sent to another process."""

    x: int
    y: int = 0


@dataclass(frozen=True, slots=True)
class Named(Point):
    """A place below another class, with what it says itself."""

    name: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<{self.name}>"


class Free(Point):
    """A class below a frozen one that is none itself."""

    def __init__(self, wide: int) -> None:
        super().__init__(wide, wide)
        self.more = wide

    @cached_property
    def sum(self) -> int:
        """The sum."""
        return self.x + self.y


def test_copies() -> None:
    """A frozen object with slots is copied and pickled like any other."""
    one = Named(1, 2, "n")
    for again in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):  # noqa: S301 - our own
        assert (again.x, again.y, again.name) == (1, 2, "n")
        assert type(again) is Named


def test_below() -> None:
    """A class has its base's fields first; what it says itself is kept; what stands below may have more."""
    assert Named(1, name="a") == Named(2, name="a")
    assert repr(Named(1, name="a")) == "<a>"
    assert hash(Named(1, 2, "a")) == hash("a")
    assert Point(1) != Named(1)
    free = Free(3)
    free.more = 4
    assert (free.x, free.more, free.sum, repr(free)) == (3, 4, 6, "Free(x=3, y=3)")
    assert str(inspect.signature(Free)) == "(wide: 'int') -> 'None'"
    with pytest.raises(FrozenInstanceError):
        free.x = 1


def test_compiled_once() -> None:
    """What a class's first object compiled is the class's own method from then on, and its caller is no part of it."""

    @dataclass(slots=True)
    class Late:
        """A class that nobody has used."""

        name: str = ""

    before = Late.__init__
    assert Late("a").name == "a"
    assert Late.__init__ is not before
    assert Late.__init__.__qualname__.endswith("Late.__init__")
    assert Late.__init__.__code__.co_varnames == ("_self", "name")
    compiled = Late.__init__
    assert Late("b") != Late("a")
    assert Late.__init__ is compiled


def test_every_class_is_one() -> None:
    """No module of ours has the decorator that compiles everything at once."""
    plain = re.compile(r"^\s*(from dataclasses import .*\bdataclass\b|import dataclasses$)", re.MULTILINE)
    found = [path.name for path in PACKAGE.rglob("*.py") if plain.search(path.read_text(encoding="utf-8"))]
    assert found == ["records.py"]
