"""Sets of goods in a summary: a header and its components, and what stands at which."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.rules.cbp.fees import fee_classes, line_value
from gateway.rules.cbp.scope import whole_summary
from gateway.rules.registry import missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry
    from gateway.finding import Finding

_COMPONENTS_MIN = 2
# Fees that stand at the header of a set, with the duty.
_OF_HEADER = frozenset({"499", "501"})


@rule("cbp.ae.set-order", clause="cbp.ae.v109/set", of=whole_summary, about="lines")
def order_of_a_set(entry: Entry) -> Iterator[Finding]:
    """A component of a set follows its header, and a header has at least two components."""
    header, components = -1, 0
    for turn, line in enumerate([*entry.lines, None]):
        role = line.set_role if line is not None else None
        if role == "component":
            if header < 0:
                yield wrong(
                    f"lines[{turn}].set_role",
                    "no header of a set before it",
                    expected="a header",
                    actual=role,
                )
            components += 1
            continue
        if header >= 0 and components < _COMPONENTS_MIN:
            yield missing(f"lines[{header}].set_role", "components of the set: two at least")
        header, components = (turn if role == "header" else -1), 0


def _sets(entry: Entry) -> Iterator[tuple[int, list[int]]]:
    """Yield the header of each set and the places of its components."""
    header, components = -1, list[int]()
    for turn, line in enumerate(entry.lines):
        if line.set_role == "component" and header >= 0:
            components.append(turn)
            continue
        if header >= 0 and components:
            yield header, components
        header, components = (turn if line.set_role == "header" else -1), []
    if header >= 0 and components:
        yield header, components


@rule("cbp.ae.set-tariff", clause="cbp.ae.v109/set", of=whole_summary, about="lines")
def tariff_of_a_set(entry: Entry) -> Iterator[Finding]:
    """The first component of a set has the header's tariff number."""
    for header, components in _sets(entry):
        first = entry.lines[components[0]]
        numbers = [one.number for one in entry.lines[header].tariffs if one.number is not None]
        goods = [number for number in numbers if not number.startswith(("98", "99"))] or numbers
        if goods and not any(one.number in goods for one in first.tariffs):
            yield wrong(
                f"lines[{components[0]}].tariffs",
                "not the tariff number of the header",
                expected=goods[0],
                actual=next((one.number for one in first.tariffs if one.number is not None), ""),
            )


@rule("cbp.ae.set-value", clause="cbp.ae.v109/set", of=whole_summary, about="lines")
def value_of_a_set(entry: Entry) -> Iterator[Finding]:
    """The header of a set is worth what its components are."""
    for header, components in _sets(entry):
        summed = sum((line_value(entry.lines[turn]) for turn in components), Decimal(0))
        told = line_value(entry.lines[header])
        if told and summed and told != summed:
            yield wrong(
                f"lines[{header}].tariffs", "not the sum of the components", expected=summed, actual=told
            )


@rule("cbp.ae.set-duty", clause="cbp.ae.v109/set-levies", of=whole_summary, about="lines")
def duty_of_a_component(entry: Entry) -> Iterator[Finding]:
    """The duty of a set stands at its header, none at a component."""
    for turn, line in enumerate(entry.lines):
        if line.set_role == "component":
            for place, tariff in enumerate(line.tariffs):
                if tariff.duty is not None and tariff.duty.amount:
                    yield wrong(
                        f"lines[{turn}].tariffs[{place}].duty.amount",
                        "a duty of a component",
                        expected="0",
                        actual=tariff.duty.amount,
                    )


@rule("cbp.ae.set-header", clause="cbp.ae.v109/set-levies", of=whole_summary, about="lines")
def levies_of_a_header(entry: Entry) -> Iterator[Finding]:
    """Taxes, fees of agriculture, visas, quota and cases of a set stand at its components, none at the header."""
    for turn, line in enumerate(entry.lines):
        if line.set_role != "header":
            continue
        for place, levy in enumerate(line.levies):
            if levy.kind in fee_classes("line") - _OF_HEADER:
                yield wrong(
                    f"lines[{turn}].levies[{place}].kind",
                    "not at the header of a set",
                    expected="at a component",
                    actual=levy.kind,
                )
        for place, permit in enumerate(line.permits):
            if permit.kind == "visa":
                yield wrong(
                    f"lines[{turn}].permits[{place}].kind",
                    "a visa at the header of a set",
                    expected="at a component",
                    actual=permit.kind,
                )
        for name, stands in (("cases", line.cases), ("quota", line.quota)):
            if stands:
                yield wrong(
                    f"lines[{turn}].{name}", f"{name} at the header of a set", expected="at a component"
                )
