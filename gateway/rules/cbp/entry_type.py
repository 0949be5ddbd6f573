"""The type of entry, and what it allows: stage, mode, value."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.rules.cbp.scope import (
    INFORMAL,
    LOW_VALUE,
    ZONE,
    is_release,
    is_summary,
    mode,
    us,
    us_declaration,
)
from gateway.rules.codes import codes
from gateway.rules.registry import Given, missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry, Line
    from gateway.finding import Finding

INFORMAL_USD_MAX = Decimal(2500)
LOW_VALUE_USD_MAX = Decimal(800)
# Limits of their own (AE condition 646): returned US goods 10,000 dollars, personal goods none.
_RETURNED, RETURNED_USD_MAX = "98010010", Decimal(10000)
_NO_LIMIT = ("98010050", "98010060")


@rule("cbp.entry-type.known", clause="cbp.entry-type/list", of=us, about="kind")
def entry_type_known(entry: Entry, given: Given) -> Iterator[Finding]:
    """An entry type is one of the list, on the date it is filed."""
    if entry.kind is None:
        return
    code = codes("entry_types").get(entry.kind)
    if code is None:
        yield wrong("kind", "no entry type", expected="a type of the list", actual=entry.kind)
    elif not code.stands(given.on):
        until = (
            f"until {code.until}"
            if code.until is not None and code.until <= given.on
            else f"from {code.since}"
        )
        yield wrong("kind", "the entry type is not open on this date", expected=until, actual=entry.kind)


@rule("cbp.se.entry-type", clause="cbp.entry-type/release", of=is_release)
def release_type(entry: Entry) -> Iterator[Finding]:
    """A cargo release is filed for types that have one."""
    if not codes("entry_types")[entry.kind or ""].says("release"):
        yield wrong("kind", "this type has no cargo release", expected="a type of SE10", actual=entry.kind)


@rule("cbp.ae.entry-type", clause="cbp.entry-type/summary", of=is_summary)
def summary_type(entry: Entry) -> Iterator[Finding]:
    """An entry summary is filed for types that have one."""
    if not codes("entry_types")[entry.kind or ""].says("summary"):
        yield wrong("kind", "this type has no entry summary", expected="a type of AE", actual=entry.kind)


@rule("cbp.mode.known", clause="cbp.transport/mode", of=us_declaration, about="transport")
def mode_known(entry: Entry) -> Iterator[Finding]:
    """The mode of transport of a US entry is one of CBP's."""
    if mode(entry) and mode(entry) not in codes("transport_modes"):
        yield wrong("transport.mode", "no mode of transport", expected="10 to 70", actual=mode(entry))


@rule("cbp.mode.container", clause="cbp.transport/mode", of=us, about="transport")
def mode_and_container(entry: Entry) -> Iterator[Finding]:
    """A mode that means a container does not stand beside goods that are in none."""
    code = codes("transport_modes").get(mode(entry))
    boxed = code is not None and code.says("container")
    transport = entry.transport
    if boxed and transport is not None and transport.containerized is False:
        yield wrong(
            "transport.containerized",
            f"mode {transport.mode} means a container",
            expected="true",
            actual="false",
        )


@rule("cbp.se.mode", clause="cbp.se.v40/SE10", of=is_release)
def mode_required(entry: Entry) -> Iterator[Finding]:
    """A cargo release says the mode, but for a zone entry without a bill."""
    if not mode(entry) and not (entry.kind == ZONE and not entry.bills):
        yield missing("transport.mode", "the mode of transport")


@rule("cbp.entry-type.value", clause="cbp.entry-type/value-limit", about="lines")
def value_limit(entry: Entry) -> Iterator[Finding]:
    """Informal and low-value entries stay under their limits."""
    if entry.kind not in INFORMAL | {LOW_VALUE}:
        return
    filing = entry.filing
    if filing is not None and (filing.consolidated or filing.express):
        return
    limit = LOW_VALUE_USD_MAX if entry.kind == LOW_VALUE else INFORMAL_USD_MAX
    for turn, line in enumerate(entry.lines):
        returned = any((tariff.number or "").startswith(_RETURNED) for tariff in line.tariffs)
        if returned and _value(line) > RETURNED_USD_MAX:
            yield wrong(
                f"lines[{turn}].tariffs",
                "returned goods over their limit",
                expected=f"at most {RETURNED_USD_MAX}",
                actual=_value(line),
            )
    total = sum((_value(line) for line in entry.lines if not _apart(line)), Decimal(0))
    if total > limit:
        yield wrong(
            "lines", "the value is over the limit of this type", expected=f"at most {limit}", actual=total
        )


def _apart(line: Line) -> bool:
    """Tell whether goods have a limit of their own, or none."""
    return any((tariff.number or "").startswith((_RETURNED, *_NO_LIMIT)) for tariff in line.tariffs)


def _value(line: Line) -> Decimal:
    values = (tariff.value for tariff in line.tariffs)
    return sum(
        (value.amount for value in values if value is not None and value.currency == "USD"), Decimal(0)
    )
