"""Values that the model takes and gives back as they are: seen without asking it.

Lives here: for each kind of value a test that says yes to the common spellings only, a number without an exponent,
a date with its hyphens. Of whatever it does not say yes to nothing is known: the model is asked (`settle.py`). Most
messages have nothing else in them, and what asks the model takes longer to make than they take to read.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, get_args

from gateway.entry.base import CaseNumber, Country, Currency, Hts, Model, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic.fields import FieldInfo

    Test = Callable[[Any], object]

WHOLE_MAX = 1 << 62

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:Z|[+-](?!00:00)(?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)


def sure(kind: Any) -> Test | None:
    """Give the test of one kind of value, None where there is none."""
    if isinstance(kind, type) and issubclass(kind, Model):
        return _object(kind)
    return _scalar(kind)


def _scalar(kind: Any) -> Test | None:
    return next((test for known, test in _TESTS if kind == known), None)


def _whole(value: Any) -> bool:
    return type(value) is int and -WHOLE_MAX < value < WHOLE_MAX


def _day(value: Any) -> bool:
    return type(value) is str and _DATE.fullmatch(value) is not None and _is(date, value)


def _moment(value: Any) -> bool:
    return type(value) is str and _TIME.fullmatch(value) is not None and _is(datetime, value)


def _is(kind: type[date], text: str) -> bool:
    """Tell whether there is such a day: of what looks like one that is all that can be wrong."""
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True


def _like(pattern: str) -> Test:
    """Make the test of a text by its characters."""
    match = re.compile(pattern).fullmatch
    return lambda value: type(value) is str and match(value)


_TESTS: tuple[tuple[Any, Test], ...] = (
    (bool, lambda value: type(value) is bool),
    (int, _whole),
    (Decimal, _like(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,6})?")),
    (date, _day),
    (datetime, _moment),
    (Text, _like("[ -~]+")),
    (Country, _like("[A-Z]{2}")),
    (Currency, _like("[A-Z]{3}")),
    (Hts, _like("[0-9]{4,10}")),
    (CaseNumber, _like("[AC][0-9]{9}")),
)


def _object(model: type[Model]) -> Test | None:
    """Make the test of an object: it has what it needs, in the model's order, and each value is sure."""
    fields = model.model_fields
    tests = {name: test for name, field in fields.items() if (test := _scalar(_kind(field))) is not None}
    needed = frozenset(name for name, field in fields.items() if field.is_required())
    order = {name: number for number, name in enumerate(fields)}

    def whole(value: Any) -> bool:
        if type(value) is not dict or not needed <= value.keys() <= tests.keys():
            return False
        places = [order[name] for name in value]
        return places == sorted(places) and all(tests[name](one) for name, one in value.items())

    return whole if needed <= tests.keys() else None


def _kind(field: FieldInfo) -> Any:
    """Give the kind of value that a field has where it has one."""
    kind = field.annotation
    if field.metadata:
        return Annotated[kind, *field.metadata]
    inner = [one for one in get_args(kind) if one is not type(None)]
    return inner[0] if len(inner) == 1 and len(get_args(kind)) == 2 else kind
