"""Dataclasses whose methods are compiled when they are first called.

The `dataclass` of the standard library compiles up to six functions for each class while its module loads. Few of
them are ever called: a command makes objects of a third of the classes that it loads, and compares, hashes or shows
those of hardly any. Here a class has the same fields and the same methods, and each method is written and compiled
at its first call; from then on it is what it would have been.

Only the words of `dataclass` that are used here are known: `eq`, `frozen`, `kw_only`, `slots`.
"""

from __future__ import annotations

import dataclasses
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from dataclasses import dataclass
    from inspect import Signature

    Function = Callable[..., Any]
else:

    def dataclass(cls: Any = None, /, **words: Any) -> Any:
        """Do what `dataclasses.dataclass` does."""
        return _made(cls, **words) if cls is not None else lambda one: _made(one, **words)


__all__ = ["dataclass"]

_MISSING = dataclasses.MISSING


class _Absent:
    """What a parameter has whose value is made for each object anew."""

    def __repr__(self) -> str:
        return "<factory>"


_ABSENT = _Absent()


def _made(
    cls: Any, *, eq: bool = True, frozen: bool = False, kw_only: bool = False, slots: bool = False
) -> Any:
    """Make a dataclass of a class."""

    def later(name: str, write: Callable[[Any, bool], Function]) -> Function:
        def first(self: Any, *given: Any, **named: Any) -> Any:
            # Where two threads are the first, each compiles it, and either will do.
            function = write(made, frozen)
            setattr(made, name, function)
            return function(self, *given, **named)

        return first

    methods: dict[str, Any] = {"__init__": later("__init__", _init), "__repr__": _repr}
    hashed = cls.__dict__.get("__hash__") is not None
    if eq:
        methods["__eq__"] = later("__eq__", _eq)
    if eq and not hashed:
        # What has been compared is not hashed unless it is sure to stay what it is.
        cls.__hash__ = later("__hash__", _hash) if frozen else None
    if frozen:
        methods |= _kept(lambda: made)
        if slots:
            methods |= {"__getstate__": _state, "__setstate__": _restored}
    if cls.__doc__ is None:
        cls.__doc__ = cls.__name__
    for name, method in {"__signature__": _Signature(), **methods}.items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    made = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only, slots=slots)(cls)
    return made


def _compiled(
    cls: type, name: str, parameters: Sequence[str], lines: Sequence[str], names: dict[str, Any]
) -> Any:
    """Compile a method; `names` are what it knows besides its parameters."""
    body = "\n    ".join(lines or ("pass",))
    source = f"def {name}({', '.join(parameters)}):\n    {body}"
    exec(compile(source, f"<{cls.__qualname__}>", "exec"), names)  # noqa: S102 - names of fields, nothing else
    function = names[name]
    function.__qualname__ = f"{cls.__qualname__}.{name}"
    function.__module__ = cls.__module__
    return function


def _init(cls: Any, frozen: bool) -> Function:  # noqa: FBT001 - all of the writers have the same parameters
    """Write what makes an object."""
    names: dict[str, Any] = {"__absent": _ABSENT, "__put": object.__setattr__}
    placed, named, lines = ["_self"], ["*"], []
    for one in dataclasses.fields(cls):
        name, value, parameter = one.name, one.name, one.name
        if one.default_factory is not _MISSING:
            names[f"__make_{name}"] = one.default_factory
            value, parameter = f"__make_{name}() if {name} is __absent else {name}", f"{name}=__absent"
            if not one.init:
                value = f"__make_{name}()"
        elif one.default is not _MISSING:
            names[f"__default_{name}"] = one.default
            parameter = f"{name}=__default_{name}"
            if not one.init:
                value = f"__default_{name}"
        elif not one.init:
            continue
        if one.init:
            (named if one.kw_only else placed).append(parameter)
        lines.append(f"__put(_self, {name!r}, {value})" if frozen else f"_self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("_self.__post_init__()")
    parameters = placed + (named if len(named) > 1 else [])
    function: Function = _compiled(cls, "__init__", parameters, lines, names)
    function.__annotations__ = {one.name: one.type for one in dataclasses.fields(cls) if one.init}
    return function


def _eq(cls: Any, _: bool) -> Function:  # noqa: FBT001
    """Write what compares two objects."""
    names = [one.name for one in dataclasses.fields(cls) if one.compare]
    lines = [
        "if other.__class__ is not self.__class__: return NotImplemented",
        f"return {_all('self', names)} == {_all('other', names)}",
    ]
    function: Function = _compiled(cls, "__eq__", ("self", "other"), lines, {})
    return function


def _hash(cls: Any, _: bool) -> Function:  # noqa: FBT001
    """Write what hashes an object."""
    names = [one.name for one in dataclasses.fields(cls) if (one.compare if one.hash is None else one.hash)]
    function: Function = _compiled(cls, "__hash__", ("self",), [f"return hash({_all('self', names)})"], {})
    return function


def _all(of: str, names: Sequence[str]) -> str:
    return f"({''.join(f'{of}.{name}, ' for name in names)})"


@recursive_repr()
def _repr(self: Any) -> str:
    """Show an object as it is written in Python."""
    fields = ", ".join(
        f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self) if one.repr
    )
    return f"{self.__class__.__qualname__}({fields})"


def _kept(cls: Callable[[], Any]) -> dict[str, Function]:
    """Give what refuses that an object is changed."""

    def fixed(self: Any, name: str) -> bool:
        return type(self) is cls() or name in cls().__dataclass_fields__

    def assign(self: Any, name: str, value: Any) -> None:
        if fixed(self, name):
            raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls(), self).__setattr__(name, value)

    def delete(self: Any, name: str) -> None:
        if fixed(self, name):
            raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls(), self).__delattr__(name)

    return {"__setattr__": assign, "__delattr__": delete}


def _state(self: Any) -> list[Any]:
    """Give what a copy in another process is made of."""
    return [getattr(self, one.name) for one in dataclasses.fields(self)]


def _restored(self: Any, state: Sequence[Any]) -> None:
    """Take it up again."""
    for one, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


class _Signature:
    """How an object is made, for whoever asks (`help`): it is known before the method is compiled."""

    def __get__(self, _: object, cls: Any) -> Signature:
        import inspect  # noqa: PLC0415 - only who asks needs it

        maker = next((one for one in cls.__mro__ if "__init__" in one.__dict__), cls)
        if "__dataclass_fields__" not in maker.__dict__:
            # A class below a dataclass that says itself how its objects are made.
            raise AttributeError("__signature__")
        function = _init(cls, frozen=False)
        signature = inspect.signature(function)
        return signature.replace(parameters=list(signature.parameters.values())[1:])
