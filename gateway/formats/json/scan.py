"""Cuts bytes into a tree of `JsonNode`, without recursion and without an exception.

What breaks the grammar of RFC 8259 ends the scan; what was read until then stays. What
is only wrong inside one value (an escape, bytes that are no UTF-8, a second field of the
same name) is a fault beside it, and the scan goes on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.finding import Layer, Severity, Span
from gateway.formats.json.breaks import Break, explain
from gateway.formats.json.faults import Fault, Place, shown
from gateway.formats.json.frames import (
    COLON,
    DEPTH_MAX,
    END,
    ENTRY,
    EXPECTED,
    FIRST_KEY,
    FIRST_VALUE,
    KEY,
    MESSAGES,
    NEXT,
    VALUE,
    Frame,
    where,
)
from gateway.formats.json.node import DOCUMENTS, JsonNode
from gateway.formats.json.tokens import BLANKS, MEMBER, SURROGATE, TOKEN, name_to_key, scalar

if TYPE_CHECKING:
    from gateway.specs import Limits

_BEFORE_MEMBER = frozenset({FIRST_KEY, NEXT})
_KINDS = {"plain": "s", "escaped": "s", "number": "n", "word": "b"}


class Scanner:
    """One scan: `run`, then `root` (of name `documents`), `single`, `faults` and where it `stopped`."""

    def __init__(self, data: bytes, start: int, limits: Limits) -> None:
        self.data = data
        self.at = start
        self.limits = limits
        self.root = JsonNode(DOCUMENTS, data, start, 0, 0)
        self.single: JsonNode | None = None
        self.stack: list[Frame] = []
        self.state = VALUE
        self.faults: list[Fault] = []
        self.fatal: Fault | None = None
        self.field = ""
        self.values_left = limits.segments_max
        self.depth_max = min(limits.depth_max, DEPTH_MAX)
        try:
            data.decode("utf-8")
            self.clean = True
        except UnicodeDecodeError:
            self.clean = False

    def run(self) -> None:
        """Scan to the end, or to what breaks the grammar."""
        match, data = TOKEN.match, self.data
        while self.state != END:
            if self.state in _BEFORE_MEMBER and self._member():
                continue
            token = match(data, self.at)
            if token is None:
                self._unreadable()
                break
            group = token.lastgroup or ""
            self.at = end = token.end()
            if group == "mark":
                self._mark(data[end - 1 : end], end - 1)
            elif group in {"plain", "escaped"}:
                self._scalar(group, token.start(group) - 1, end)
            else:
                self._scalar(group, token.start(group), end)
        self.field = ""
        if self.fatal is None:
            blanks = BLANKS.match(self.data, self.at)
            end = blanks.end() if blanks else self.at
            if end < len(self.data):
                self._stop("syntax/trailing-data", "the document ends before the bytes do", end)
        self._close_rest()

    def _member(self) -> bool:
        """Take comma, name, colon and a plain value of a field at once, where they stand as nearly always; else nothing."""
        if self.stack[-1].array:
            return False
        found = MEMBER.match(self.data, self.at)
        if found is None or (found["comma"] is None) is not (self.state == FIRST_KEY):
            return False
        start, end = found.span("name")
        self._key("plain", start - 1, end + 1)
        self.at = found.end()
        self.state = VALUE
        group = found.lastgroup or ""
        if group != "name":
            start, end = found.span(group)
            self._value(group, start - (group == "plain"), self.at)
        return True

    # -- brackets, colons, commas ------------------------------------------------------

    def _mark(self, mark: bytes, at: int) -> None:
        state = self.state
        if mark == b":":
            if state == COLON:
                self.state = VALUE
                return
        elif mark == b",":
            if state == NEXT:
                self.state = VALUE if self.stack[-1].array else KEY
                return
        elif mark in b"{[":
            if state in {VALUE, FIRST_VALUE}:
                self._open(at, array=mark == b"[")
                return
        elif self._may_close(at, array=mark == b"]"):
            self._close()
            return
        self._unexpected(at)

    def _open(self, at: int, *, array: bool) -> None:
        self.field = ""
        if len(self.stack) >= self.depth_max:
            self._stop("limit/depth_max", f"more than {self.depth_max} levels", at)
            return
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.node is self.root:
            if array:
                self._stop("content/type", "an item of the list is no object", at, "an object")
                return
            if len(self.root.children) >= self.limits.transactions_max:
                self._stop("limit/transactions_max", "more documents than one transmission may hold", at)
                return
        new = self._enter(at, frame, array=array)
        self.stack.append(new)
        self.state = FIRST_VALUE if array else FIRST_KEY

    def _enter(self, at: int, frame: Frame | None, *, array: bool) -> Frame:
        if frame is None:
            if array:
                self.root.start = at
                return Frame(self.root, array=True)
            self.single = JsonNode(ENTRY, self.data, at, 0, 0)
            return Frame(self.single, array=False)
        if array and not frame.array:
            if not frame.twice:
                frame.node.arrays[frame.name] = at
                return Frame(frame.node, array=True, name=frame.name)
            return Frame(JsonNode(frame.name, self.data, at, 0, 1), array=True)
        # A field's list stands one level deeper than its object, its items one more.
        levels = 2 if frame.array and frame.name else 1
        name = ENTRY if frame.node is self.root else frame.name
        node = JsonNode(name, self.data, at, frame.node.indent + levels, levels)
        if not frame.twice:
            frame.node.children.append(node)
        return Frame(node, array=array)

    def _may_close(self, at: int, *, array: bool) -> bool:
        if not self.stack or self.stack[-1].array is not array:
            return False
        if self.state in {NEXT, FIRST_VALUE if array else FIRST_KEY}:
            return True
        if self.state == (VALUE if array else KEY) and self.limits.lenient:
            self.fault(
                "syntax/trailing-comma", "a comma before a closing bracket", at, at + 1, Severity.REPAIRED
            )
            return True
        return False

    def _close(self) -> None:
        self.field = ""
        frame = self.stack.pop()
        node = frame.node
        owner = self.stack[-1] if self.stack else None
        if owner is None or owner.node is not node:
            node.end = self.at
            node.closed = True
            self._tell_owner(node, owner)
        self.state = NEXT if self.stack else END

    @staticmethod
    def _tell_owner(node: JsonNode, owner: Frame | None) -> None:
        if owner is not None and not owner.twice and not node.hollow:
            owner.node.hollow = False

    def _close_rest(self) -> None:
        while self.stack:
            frame = self.stack.pop()
            owner = self.stack[-1] if self.stack else None
            if owner is None or owner.node is not frame.node:
                frame.node.end = self.at
                self._tell_owner(frame.node, owner)

    # -- strings, numbers, words -------------------------------------------------------

    def _scalar(self, group: str, start: int, end: int) -> None:
        state = self.state
        if state in {VALUE, FIRST_VALUE}:
            self._value(group, start, end)
        elif state in {KEY, FIRST_KEY} and group in {"plain", "escaped"}:
            self._key(group, start, end)
        else:
            self._unexpected(start)

    def _key(self, group: str, start: int, end: int) -> None:
        frame = self.stack[-1]
        frame.name = self.field = ""
        key = name_to_key(self._text(group, start, end))
        if not frame.seen and len(self.stack) == (1 if self.single is not None else 2) and key in MESSAGES:
            frame.node.name = key
        frame.name = key
        frame.twice = key in frame.seen
        if frame.twice:
            severity = Severity.REPAIRED if self.limits.lenient else Severity.ERROR
            self.fault(
                "field/duplicate", f"{shown(key)} stands twice; the first is taken", start, end, severity
            )
        frame.seen.add(key)
        self.state = COLON

    def _value(self, group: str, start: int, end: int) -> None:
        self.values_left -= 1
        if self.values_left < 0:
            self._stop("limit/segments_max", "more values than one transmission may hold", start)
            return
        if not self.stack:
            self._stop("content/type", "the document is one value", start, "an object, or a list of objects")
            return
        frame = self.stack[-1]
        if frame.node is self.root:
            self._stop("content/type", "an item of the list is no object", start, "an object")
            return
        key = frame.name
        if frame.array:
            frame.count += 1
            key = key if frame.count == 1 else f"{key}#{frame.count}"
        self.field = key
        self.state = NEXT
        if frame.twice:
            return
        if end - start > self.limits.value_chars_max:
            self.fault("limit/value_chars_max", "the value is too long and was left out", start, end)
            return
        text = self._text(group, start, end)
        kind = "0" if not text and group == "word" else _KINDS[group]
        frame.node.tokens[key] = (kind, start, end)
        if text:
            frame.node.values[key] = text
            frame.node.hollow = False

    def _text(self, group: str, start: int, end: int) -> str:
        raw = self.data[start:end]
        if group == "plain":
            if self.clean:
                return raw[1:-1].decode("utf-8")
            self._utf8(raw[1:-1], start + 1)
        elif group == "escaped":
            if not self.clean:
                self._utf8(raw[1:-1], start + 1)
            try:
                text = json.loads(raw.decode("utf-8", "replace"))
            except ValueError:
                self.fault("string/escape", "a backslash with nothing that JSON knows after it", start, end)
            else:
                if SURROGATE.search(text):
                    self.fault("string/surrogate", "half of a surrogate pair", start, end)
        return scalar(raw)

    def _utf8(self, raw: bytes, start: int) -> None:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            self.fault(
                "string/utf-8",
                "these bytes are no UTF-8",
                start + error.start,
                start + error.end,
                expected="UTF-8",
                actual=raw[error.start : error.end].hex(" "),
            )

    # -- what is wrong -----------------------------------------------------------------

    def place(self) -> Place:
        """Where the scan stands: the fields that are open."""
        transaction = len(self.root.children) - 1 if self.single is None else 0
        return where(self.stack, self.root, self.field, transaction if transaction >= 0 else None)

    def fault(
        self,
        problem: str,
        message: str,
        start: int,
        end: int,
        severity: Severity = Severity.ERROR,
        *,
        expected: str = "",
        actual: str = "",
    ) -> None:
        """Note something wrong that does not end the scan."""
        if len(self.faults) <= self.limits.findings_max:
            self.faults.append(
                Fault(
                    problem=problem,
                    message=message,
                    place=self.place(),
                    span=Span(start, end),
                    expected=expected,
                    actual=actual,
                    severity=severity,
                    layer=Layer.SYNTAX,
                )
            )

    def _unreadable(self) -> None:
        found = explain(self.data, self.at)
        self._stop(found.problem, found.message, found.span.start, EXPECTED[self.state], found)

    def _unexpected(self, at: int) -> None:
        raw = self.data[at : self.at].decode("utf-8", "backslashreplace")
        self.at = at
        found = Break(
            "syntax/unexpected", f"{EXPECTED[self.state]} is due here", Span(at, at + 1), shown(raw)
        )
        self._stop(found.problem, found.message, at, EXPECTED[self.state], found)

    def _stop(
        self, problem: str, message: str, at: int, expected: str = "", found: Break | None = None
    ) -> None:
        self.at = min(self.at, at)
        self.state = END
        self.fatal = Fault(
            problem=problem,
            message=message,
            place=Place(address=self.place().address),
            span=found.span if found is not None else Span(at, min(at + 1, len(self.data))),
            expected=expected,
            actual=found.actual if found is not None else "",
            layer=Layer.SYNTAX,
        )
