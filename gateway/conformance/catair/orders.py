"""Cases about repeats whose order is prescribed: the tariff numbers of a line.

Lives here: an answer of our own from `edi_specs/catair/orders.csv`, good and bad lines for each
order. Never here: the order of records of different names (`structure.py`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.catair.making import Shape
from gateway.conformance.catair.structure import Structure
from gateway.conformance.model import Built, Operator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.conformance.catair.draft import Draft, Way
    from gateway.conformance.catair.parts import Order

_OTHERS = ("8473301180", "0901210010")


def _number(beginning: str, turn: int) -> str:
    return f"{beginning.ljust(8, '0')}{turn:02}"


class Orders(Structure):
    """The cases about the order of siblings."""

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield each order with its place."""
        for order in self.application.orders:
            for section in self.message.sections:
                way = next((way for way in section.walk() if way[-1].name == order.record), None)
                if way is not None:
                    yield f"{order.record}:{order.key}", self._shape(order, way)

    def _shape(self, order: Order, way: Way) -> Shape:
        first = tuple(_number(begin, turn) for turn, begin in enumerate(order.beginnings, 1))
        most = (way[-1].most or len(first)) - len(first) - 1
        many = tuple(_number(order.beginnings[-1], turn) for turn in range(10, 10 + most))
        tried = [
            ("in-order", "", (*first, *_OTHERS)),
            ("as-many-as-there-may-be", "", (*first, *many, _OTHERS[0])),
            ("others-alone", "", _OTHERS),
        ]
        if order.free:
            free = tuple(_number(order.free, turn) for turn in range(1, order.free_count + 1))
            tried.append(("free", "", (_OTHERS[0], *free)))
        for begin in order.beginnings:
            late = _number(begin, 1)
            rest = [one for one in first if not one.startswith(begin)]
            tried.append((f"late-{begin}", "order/wrong", (*rest, _OTHERS[0], late)))
        tried.append(("last-of-many", "order/wrong", (*first, *many[1:], _OTHERS[0], many[0])))
        text = (
            f"{order.record} stand in order of columns {order.key}: first {' then '.join(order.beginnings)}."
        )
        makers = (
            (name, problem, partial(self._line, order, way, told, problem)) for name, problem, told in tried
        )
        return Shape("order-of", text, tuple(makers), level=4)

    def _line(self, order: Order, way: Way, told: Sequence[str], problem: str, number: int) -> Built:
        draft = self.composer.compose(way, number, copies=len(told))
        start, _, end = order.key.partition("-")
        places = [index for index, line in enumerate(draft.lines) if line.way == way]
        for index, text in zip(places, told, strict=True):
            record = draft.lines[index].text
            draft.lines[index].text = record[: int(start) - 1] + text + record[int(end) :]
        if not problem:
            return Built(draft.written())
        return self._late(draft, order, places[-1], problem)

    def _late(self, draft: Draft, order: Order, index: int, problem: str) -> Built:
        start, _, end = order.key.partition("-")
        line = draft.lines[index]
        begin = draft.start(index) + int(start) - 1
        span = (begin, begin + int(end) - int(start) + 1)
        at = (f"{line.address}:{order.key}",)
        operator = Operator("order.late", at[0], "", line.text[int(start) - 1 : int(end)])
        return self.making.bad(draft, problem, f"{order.record}:{order.key}", at, span, operator)
