"""Python source in the making: functions, and the objects that they name.

What `emit.py` and `emit_write.py` write a table's rows with. Nothing of a message ever gets
into the source: only names that a table has, as literals, and objects by made-up names.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Source:
    """The source of one table's functions. All of them have the same `parameters`."""

    parameters = ""

    def __init__(self, **names: Any) -> None:
        """Begin with the functions that every table calls."""
        self._given = names
        self._title = ""
        # What was called already, by the object it stands for: the same for every source of the table.
        self._called: dict[int, Callable[..., Any]] = {}
        self.begin()

    def begin(self) -> None:
        """Begin anew, with nothing defined."""
        self.names: dict[str, Any] = dict(self._given)
        self.parts: list[str] = []
        self._known: dict[int, str] = {}
        self._defined: dict[int, str] = {}

    def _apart(self, make: Callable[[Self], str]) -> Callable[..., Any]:
        """Define a function in a source for the same table in which nothing stands yet, and compile it."""
        source = copy(self)
        source.begin()
        return source.compiled(make(source), self._title)

    def compiled(self, begin: str, title: str) -> Callable[..., Any]:
        """Compile everything, and give the function called `begin`."""
        self._title = title
        exec(compile("\n\n".join(self.parts), f"<{title}>", "exec"), self.names)  # noqa: S102 - our own text
        self.parts.clear()
        found: Callable[..., Any] = self.names[begin]
        return found

    def name(self, what: Any, prefix: str) -> str:
        """Give the name by which the source knows an object."""
        found = self._known.get(id(what))
        if found is None:
            found = self._known[id(what)] = f"{prefix}{len(self.names)}"
            self.names[found] = what
        return found

    def table(self, prefix: str, text: str) -> str:
        """Add an object that is written out, and give its name."""
        name = f"{prefix}{len(self.names)}"
        self.names[name] = None
        self.parts.append(f"{name} = {text}")
        return name

    def choice(self, prefix: str, makers: Mapping[str, Callable[[Self], str]]) -> str:
        """Add a table of functions, and give the name of its `get`.

        Each is defined, in a source of its own, and compiled when it is first called: a message has few of the
        branches of a large table.
        """
        table: dict[str, Callable[..., Any]] = {}
        for key, make in makers.items():
            table[key] = self._later(table, key, make)
        return self.name(table.get, prefix)

    def _later(
        self, table: dict[str, Callable[..., Any]], key: str, make: Callable[[Self], str]
    ) -> Callable[..., Any]:
        def first(*given: Any) -> Any:
            # Where two threads are the first, each makes one, and either will do.
            table[key] = function = self._apart(make)
            return function(*given)

        return first

    def when_called(self, what: Any, define: Callable[[Self, Any], str]) -> str:
        """Give the name of a function for an object, which is defined and compiled when it is first called.

        It is made once for a table, wherever it is named: a message says few of the things that it could.
        """
        if id(what) in self._defined:
            return self._defined[id(what)]
        name = self._defined[id(what)] = f"L{len(self.names)}"
        names, called = self.names, self._called

        def first(*given: Any) -> Any:
            # Where two threads are the first, each makes one, and either will do.
            if id(what) not in called:
                called[id(what)] = self._apart(lambda source: define(source, what))
            names[name] = function = called[id(what)]
            return function(*given)

        names[name] = first
        return name

    def once(self, what: Any, define: Callable[[Any], str]) -> str:
        """Define a function for an object, or give the name of the one that there is."""
        if id(what) not in self._defined:
            self._defined[id(what)] = define(what)
        return self._defined[id(what)]

    def define(self, prefix: str, lines: Sequence[str]) -> str:
        """Add a function, and give its name."""
        name = f"{prefix}{len(self.names)}"
        self.names[name] = None
        body = "\n".join(indented(lines)) or "    pass"
        self.parts.append(f"def {name}({self.parameters}):\n{body}")
        return name


def indented(lines: Sequence[str]) -> list[str]:
    """Give lines one step further in."""
    return [f"    {line}" for line in lines]
