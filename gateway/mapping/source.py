"""Python source in the making: functions, and the objects that they name.

What `emit.py` and `emit_write.py` write a table's rows with. Nothing of a message ever gets
into the source: only names that a table has, as literals, and objects by made-up names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Source:
    """The source of one table's functions. All of them have the same `parameters`."""

    parameters = ""

    def __init__(self, **names: Any) -> None:
        """Begin with the functions that every table calls."""
        self.names: dict[str, Any] = names
        self.parts: list[str] = []
        self._known: dict[int, str] = {}
        self._defined: dict[int, str] = {}

    def compiled(self, begin: str, title: str) -> Callable[..., Any]:
        """Compile everything, and give the function called `begin`."""
        exec(compile("\n\n".join(self.parts), f"<{title}>", "exec"), self.names)  # noqa: S102 - our own text
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
