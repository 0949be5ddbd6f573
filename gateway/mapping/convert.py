"""Converters: a parse and a format for each word, tested as a pair.

On the entry's side values are JSON-plain: texts (decimals and dates too), integers,
booleans, and `{amount, currency}` or `{value, unit}` objects. `parse` and `format`
raise `ValueError` for what they cannot carry; the engine turns that into a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from gateway.entry.base import Model

Parse = Callable[[str], Any]
Format = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Converter:
    """Both directions of one word. `types` are the entry's types that it fits ("object" for models)."""

    word: str
    parse: Parse
    format: Format
    types: tuple[str, ...]


class ConverterError(ValueError):
    """A word in a table that names no converter, or its arguments do not fit."""


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is not a number") from error
    if not value.is_finite():
        raise ValueError(f"{text!r} is not a number")
    return value


def _plain(value: Decimal) -> str:
    return format(value, "f")


def _text() -> Converter:
    return Converter("", str.strip, str, ("Text",))


def _int() -> Converter:
    def parse(text: str) -> int:
        stripped = text.strip()
        if not (stripped.isascii() and stripped.isdigit() and len(stripped) <= 18):
            raise ValueError(f"{text!r} is not a whole number")
        return int(stripped)

    return Converter("int", parse, str, ("int", "Text"))


def _number() -> Converter:
    return Converter(
        "decimal",
        lambda text: _plain(_decimal(text)),
        lambda value: _plain(_decimal(str(value))),
        ("Decimal",),
    )


def _scaled(places: str) -> tuple[Callable[[str], str], Callable[[Any], str]]:
    """Give the pair for N implied decimals; writing rounds half up (CATAIR 2.4)."""
    exponent = int(places)
    unit = Decimal(1).scaleb(-exponent)

    def parse(text: str) -> str:
        stripped = text.strip()
        if not re.fullmatch(r"-?\d{1,30}", stripped, re.ASCII):
            raise ValueError(f"{text!r} is not a number with {exponent} implied decimals")
        return _plain(Decimal(stripped).scaleb(-exponent))

    def write(value: Any) -> str:
        rounded = _decimal(str(value)).quantize(unit, ROUND_HALF_UP)
        return _plain(rounded.scaleb(exponent).to_integral_value())

    return parse, write


def _implied(places: str) -> Converter:
    parse, write = _scaled(places)
    return Converter("implied", parse, write, ("Decimal",))


def _whole(word: str, value_name: str, unit_name: str, unit: str, places: str | None) -> Converter:
    """Money or a quantity as one object: a number on the wire, its unit known from the place."""
    number = _number()
    parse, write = _scaled(places) if places is not None else (number.parse, number.format)

    def parse_object(text: str) -> dict[str, str]:
        return {value_name: parse(text), unit_name: unit}

    def format_object(value: Any) -> str:
        if value.get(unit_name, unit) != unit:
            raise ValueError(f"{unit_name} {value[unit_name]} where only {unit} can stand")
        return write(value[value_name])

    return Converter(
        word, parse_object, format_object, ("Money",) if value_name == "amount" else ("Quantity",)
    )


def _usd(places: str | None = None) -> Converter:
    return _whole("usd", "amount", "currency", "USD", places)


def _money(currency: str, places: str | None = None) -> Converter:
    return _whole("money", "amount", "currency", currency, places)


def _unit(unit: str, places: str | None = None) -> Converter:
    return _whole("unit", "value", "unit", unit, places)


_FIELDS = {
    "CC": r"(?P<CC>\d\d)", "YY": r"(?P<YY>\d\d)", "DD": r"(?P<DD>\d\d)", "HH": r"(?P<HH>\d\d)",
    "SS": r"(?P<SS>\d\d)", "z": r"(?P<Z>Z|[+-]\d\d)", "Z": r"(?P<Z>Z|[+-]\d\d(?::?\d\d)?)",
}  # fmt: skip


def _calendar(pattern: str) -> tuple[re.Pattern[str], list[str]]:
    """Turn `MMDDYY` or `CCYYMMDD[HHMM[SS]]` into a pattern; MM after HH is minutes, [ ] may be missing."""
    parts, regex, rest, hours = [], "", pattern, False
    while rest:
        if rest[0] in "[]":
            regex += "(?:" if rest[0] == "[" else ")?"
            parts.append(rest[0])
            rest = rest[1:]
            continue
        word = rest[0] if rest[0] in "Zz" else rest[:2]
        if word == "MM":
            name = "mm" if hours else "MM"
            regex += rf"(?P<{name}>\d\d)"
            parts.append(name)
        elif word in _FIELDS:
            hours = hours or word == "HH"
            regex += _FIELDS[word]
            parts.append(word)
        elif rest[0] in "-:T":
            word = rest[0]
            regex += re.escape(word)
            parts.append(word)
        else:
            raise ConverterError(f"{pattern!r} is not a pattern of CC YY MM DD HH MM SS Z")
        rest = rest[len(word) :]
    return re.compile(regex, re.ASCII), parts


def _century(groups: dict[str, str | None]) -> str:
    """Give the four digits of a year; two digits below 70 are of this century."""
    year = groups["YY"] or "00"
    return (groups.get("CC") or ("20" if int(year) < 70 else "19")) + year


def _render(parts: list[str], iso: re.Match[str]) -> str:
    values = {
        "CC": iso["year"][:2], "YY": iso["year"][2:], "MM": iso["month"], "DD": iso["day"],
        "HH": iso["hour"] or "00", "mm": iso["minute"] or "00", "SS": iso["second"] or "00",
        "Z": iso["zone"] or "Z", "z": (iso["zone"] or "Z")[:3],
    }  # fmt: skip
    if "[" in parts and values["HH"] + values["mm"] + values["SS"] == "000000":
        # A day without a time was written without its optional tail.
        parts = parts[: parts.index("[")]
    return "".join(values.get(part, part) for part in parts if part not in "[]")


_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?(?P<zone>Z|[+-]\d\d:\d\d)?)?"
)


def _iso(value: Any) -> re.Match[str]:
    match = _ISO.fullmatch(str(value))
    if match is None:
        raise ValueError(f"{value!r} is not an ISO date or instant")
    return match


def _check_day(year: str, month: str, day: str, text: str) -> None:
    y, m, d = int(year), int(month), int(day)
    leap = y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if y == 0 or not 1 <= m <= 12 or not 1 <= d <= days[m - 1]:
        raise ValueError(f"{text!r} is not a day of the calendar")


def _date(pattern: str) -> Converter:
    regex, parts = _calendar(pattern)

    def parse(text: str) -> str:
        match = regex.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a date {pattern}")
        groups = match.groupdict()
        year = _century(groups)
        _check_day(year, groups["MM"] or "", groups["DD"] or "", text)
        return f"{year}-{groups['MM']}-{groups['DD']}"

    return Converter("date", parse, lambda value: _render(parts, _iso(value)), ("date",))


def _time(pattern: str) -> Converter:
    regex, parts = _calendar(pattern)

    def parse(text: str) -> str:
        match = regex.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not an instant {pattern}")
        groups = match.groupdict()
        year = _century(groups)
        _check_day(year, groups["MM"] or "", groups["DD"] or "", text)
        hour, minute, second = (groups.get(name) or "00" for name in ("HH", "mm", "SS"))
        if int(hour) > 23 or int(minute) > 59 or int(second) > 59:
            raise ValueError(f"{text!r} is not a time of the day")
        zone = groups.get("Z") or "Z"
        if zone != "Z" and len(zone) != 6:
            zone = f"{zone[:3]}:{zone[-2:] if len(zone) == 5 else '00'}"
        return f"{year}-{groups['MM']}-{groups['DD']}T{hour}:{minute}:{second}{zone}"

    return Converter("time", parse, lambda value: _render(parts, _iso(value)), ("datetime",))


def _flag(yes: str, no: str = "") -> Converter:
    def parse(text: str) -> bool:
        stripped = text.strip()
        if stripped == yes:
            return True
        if no and stripped == no:
            return False
        raise ValueError(f"{text!r} is neither {yes!r} nor {no!r}")

    return Converter("flag", parse, lambda value: yes if value else no, ("bool",))


def _nodots() -> Converter:
    return Converter("nodots", lambda text: text.strip().replace(".", ""), str, ("Text",))


def _tidy() -> Converter:
    return Converter("tidy", lambda text: " ".join(text.split()), str, ("Text",))


def same(kind: str) -> Converter:
    """Give the pair for a JSON scalar of a type of the model: what the JSON mapping uses."""
    if kind == "int":
        return _int()
    if kind == "bool":
        return _flag("true", "false")
    return Converter("same", str, str, (kind,))


_WORDS: dict[str, Callable[..., Converter]] = {
    "text": _text, "int": _int, "decimal": _number, "implied": _implied, "usd": _usd, "money": _money,
    "unit": _unit, "date": _date, "time": _time, "flag": _flag, "nodots": _nodots, "tidy": _tidy,
}  # fmt: skip

WORDS = frozenset(_WORDS) - {"text"}


def converter(words: list[str]) -> Converter:
    """Make the converter that words of a table name: `["date", "CCYYMMDD"]`, [] for plain text."""
    name, *arguments = words or ["text"]
    try:
        return _WORDS[name](*arguments)
    except (TypeError, ValueError) as error:
        raise ConverterError(f"{' '.join(words)}: {error}") from error


def type_word(kind: Any) -> str:
    """Name a type of the model as `Converter.types` does."""
    if isinstance(kind, type) and issubclass(kind, Model):
        return kind.__name__
    name = getattr(kind, "__name__", "Text")
    return "Text" if name == "str" else name


def cut_words(text: str, width: int, most: int) -> list[str]:
    """Cut a text at blanks into at most `most` pieces of `width`; `join_words` puts them together again.

    A piece that fills its width was cut in a word. What is too long stays in the last piece.
    """
    pieces: list[str] = []
    while len(text) > width and len(pieces) < most - 1:
        at = text.rfind(" ", 0, width)
        piece, text = (text[:at], text[at + 1 :]) if at > 0 else (text[:width], text[width:])
        pieces.append(piece)
    return [*pieces, text]


def join_words(pieces: Iterable[str], width: int) -> str:
    """Join the pieces of a text: with a blank after each that does not fill its width."""
    text, full = "", True
    for piece in pieces:
        if piece:
            text += ("" if full else " ") + piece
            full = len(piece) >= width
    return text
