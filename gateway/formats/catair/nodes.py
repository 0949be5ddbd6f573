"""CATAIR records and loops as nodes: a view over 80 characters, cut when somebody asks.

The password of A and Z is no leaf: it is in the record's text, which the writer needs,
and nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.specs.catair_fields import WIDTH
from gateway.tree import Node

if TYPE_CHECKING:
    from gateway.specs.catair_fields import Field, Layout

UNKNOWN = "UNKNOWN"


def padded(field: Field, text: str) -> str:
    """Pad a text to its field: numbers to the right edge with zeros, all else to the left.

    A text that is longer than its field is cut; `text.py` says so beforehand.
    """
    if field.cls in {"N", "SN"} and text.isdigit():
        return text.zfill(field.width)[-field.width :]
    return text.ljust(field.width)[: field.width]


class RecordNode(Node):
    """A record that was read: its 80 characters, the bytes they came from, their layout.

    `form` is None for a record that no table describes; its one leaf is `1-80`.
    """

    __slots__ = ("end", "form", "start", "text")

    def __init__(self, name: str, text: str, start: int, form: Layout | None, end: int | None = None) -> None:
        """Keep text (padded to 80) and the bytes it came from; nothing is cut yet."""
        self.name = name
        self.children = []
        self.text = text
        self.start = start
        self.end = start + len(text) if end is None else end
        self.form = form

    def __getattr__(self, name: str) -> dict[str, str]:
        """Cut the record when somebody first asks for its leaves."""
        if name != "values":
            raise AttributeError(name)
        self.values = self._leaves()
        return self.values

    def _leaves(self) -> dict[str, str]:
        """Give the leaves by columns: text without padding; blank fields, fillers and passwords left out."""
        if self.form is None:
            text = self.text.rstrip(" ")
            return {"1-80": text} if text else {}
        whole = self.text
        if self.form.cuts is not None:
            return {key: text for key, start, end in self.form.cuts if (text := whole[start:end].strip(" "))}
        found: dict[str, str] = {}
        for field in self.form.fields:
            if not field.secret and (text := field.cut(self.text).strip(" ")):
                found[field.leaf_key(text) if field.schemes else field.key] = text
        return found

    def get(self, key: str) -> str:
        """Give the text of the columns `37-38`, "" where they are blank or no field."""
        if self.form is not None and (columns := self.form.slices.get(key)) is not None:
            return self.text[columns[0] : columns[1]].strip(" ")
        field = self._field(key)
        if field is None:
            return self.values.get(key, "") if self.form is None else ""
        text = field.cut(self.text).strip(" ")
        return text if "#" not in key or field.leaf_key(text) == key else ""

    def span(self, key: str) -> Span | None:
        """Give the bytes of the columns' text, padding left out; of the columns where it is blank."""
        if self.form is None:
            return self.extent() if key == "1-80" else None
        field = self._field(key)
        if field is None:
            return None
        raw = field.cut(self.text)
        text = raw.strip(" ")
        if not text:
            first = min(self.start + field.start - 1, self.end)
            return Span(first, min(self.start + field.end, self.end))
        first = self.start + field.start - 1 + len(raw) - len(raw.lstrip(" "))
        return Span(first, first + len(text))

    def extent(self) -> Span:
        """Give the bytes of the record, 80 of them unless it was cut short."""
        return Span(self.start, self.end)

    @property
    def layout(self) -> str:
        """Where the sender's padding is not ours: `i60-80=2,e27-36,n74`.

        `i` the text begins after so many blanks, `e` blank where we write zeros, `n` the
        record is cut short.
        """
        told = [f"n{len(self.text)}"] if len(self.text) < WIDTH else []
        whole, form = self.text, self.form
        for field, (_, _, width, number, empty) in (
            zip(form.fields, form.writes, strict=True) if form is not None else ()
        ):
            raw = whole[field.start - 1 : field.end]
            # What is empty as we write it, or stands where we put it, has nothing to tell.
            if raw == empty or (len(raw) == width and (raw.isdigit() if number else raw[0] != " ")):
                continue
            text = raw.strip(" ")
            if not text:
                if field.zero:
                    told.append(f"e{field.key}")
            elif not field.secret and padded(field, text) != raw:
                told.append(f"i{field.key}={len(raw) - len(raw.lstrip(' '))}")
        return ",".join(told)

    def _field(self, key: str) -> Field | None:
        field = self.form.by_key.get(key.partition("#")[0]) if self.form is not None else None
        return None if field is not None and field.secret else field


class LoopNode(Node):
    """A loop, block or transaction that was read: it has the extent of what is in it."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        """Make a loop without leaves of its own."""
        self.name = name
        self.values = {}
        self.children = []

    def extent(self) -> Span | None:
        """Give the bytes from the first to the last record of the loop."""
        if not self.children:
            return None
        first, last = self.children[0].extent(), self.children[-1].extent()
        return Span(first.start, last.end) if first is not None and last is not None else None
