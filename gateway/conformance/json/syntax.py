"""Cases about JSON itself: encoding, tokens, strings, brackets, one document or several.

Lives here: statements of RFC 8259 and of our envelope, each shown by texts around the smallest entry.
A text that breaks the grammar gives one finding, and nothing after it is judged.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.json.fields import Fields
from gateway.conformance.model import Ack, Built, Case, Clause, Expect, Operator, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENTRY = b'{"number": "Q7Z00010429", "kind": "01"}'
_DEPTH = 250
# Statement: words, and (variant, problem, bytes).
_STATEMENTS: tuple[tuple[str, str, tuple[tuple[str, str, bytes], ...]], ...] = (
    ("encoding", "The text is UTF-8 without a mark.", (
        ("utf-8", "", '{"number": "Q7Zé"}'.encode()),
        ("byte-order-mark", "encoding/bom", b"\xef\xbb\xbf" + _ENTRY),
        ("utf-16", "encoding/utf-16", _ENTRY.decode().encode("utf-16")),
        ("utf-16-without-mark", "encoding/utf-16", _ENTRY.decode().encode("utf-16-le")),
        ("latin-1", "string/utf-8", '{"number": "Q7Zé"}'.encode("latin-1")),
        ("cut-letter", "string/utf-8", b'{"number": "Q7Z\xc3"}'),
        ("too-long-form", "string/utf-8", b'{"number": "Q7Z\xc0\xaf"}'))),
    ("document", "A transmission is an object, or a list of objects.", (
        ("object", "", _ENTRY), ("list", "", b"[" + _ENTRY + b", " + _ENTRY + b"]"),
        ("blanks-around", "", b" \r\n\t" + _ENTRY + b"\n\n"),
        ("empty-object", "", b"{}"),
        ("fault-in-the-second", "syntax/number", b"[" + _ENTRY + b', {"number": 01}]'),
        ("nothing", "content/empty", b""), ("blanks", "content/empty", b" \n"),
        ("string", "content/type", b'"entry"'), ("number", "content/type", b"7"),
        ("null", "content/type", b"null"), ("list-of-numbers", "content/type", b"[7]"),
        ("list-of-lists", "content/type", b"[[" + _ENTRY + b"]]"),
        ("two-documents", "syntax/trailing-data", _ENTRY + b"\n" + _ENTRY),
        ("text-behind", "syntax/trailing-data", _ENTRY + b" end"))),
    ("numbers", "Numbers are those of JSON.", (
        ("whole", "", b'{"lines": []}'), ("nan", "syntax/nan", b'{"number": NaN}'),
        ("infinity", "syntax/nan", b'{"number": -Infinity}'),
        ("zero-in-front", "syntax/number", b'{"number": 0123}'),
        ("plus", "syntax/number", b'{"number": +1}'), ("point-in-front", "syntax/number", b'{"number": .5}'),
        ("point-at-end", "syntax/number", b'{"number": 1.}'), ("hex", "syntax/number", b'{"number": 0x1F}'))),
    ("words", "The words are true, false and null.", (
        ("null", "", b'{"number": null}'), ("capital", "syntax/word", b'{"number": True}'),
        ("undefined", "syntax/word", b'{"number": undefined}'),
        ("no-quotes", "syntax/word", b'{"number": Q7Z}'))),
    ("strings", "Strings are in double quotes, control characters escaped.", (
        ("escapes", "", rb'{"number": "Q7Z\" \\ \/ \b\f\n\r\t \u00e9"}'),
        ("pair", "", rb'{"number": "\ud83d\ude00"}'),
        ("date-in-escapes", "", rb'{"transport": {"exported": "2026-\u0031\u0030-01"}}'),
        ("single-quotes", "syntax/unexpected", b"{'number': 'Q7Z'}"),
        ("line-end", "syntax/control", b'{"number": "Q7Z\n"}'),
        ("tab", "syntax/control", b'{"number": "Q7Z\t"}'),
        ("unknown-escape", "string/escape", rb'{"number": "\q"}'),
        ("short-escape", "string/escape", rb'{"number": "\u00e"}'),
        ("half-a-pair", "string/surrogate", rb'{"number": "\ud83d"}'))),
    ("structure", "Commas, colons and brackets stand where they must.", (
        ("nested", "", b'{"lines": [], "importer": {}}'),
        ("comma-at-end", "syntax/unexpected", b'{"number": "Q7Z",}'),
        ("comma-at-end-of-list", "syntax/unexpected", b'{"lines": [{},]}'),
        ("no-comma", "syntax/unexpected", b'{"number": "Q7Z" "kind": "01"}'),
        ("no-colon", "syntax/unexpected", b'{"number" "Q7Z"}'),
        ("no-value", "syntax/unexpected", b'{"number": }'),
        ("field-is-no-string", "syntax/unexpected", b'{7: "Q7Z"}'),
        ("wrong-bracket", "syntax/unexpected", b'{"lines": [}'),
        ("comment", "syntax/unexpected", b'{/* kind */ "number": "Q7Z"}'),
        ("closing-only", "syntax/unexpected", b"}"))),
    ("whole", "The text is there to its end.", (
        ("whole", "", _ENTRY), ("one-bracket", "syntax/truncated", b"{"),
        ("in-a-name", "syntax/truncated", _ENTRY[:5]), ("after-a-name", "syntax/truncated", _ENTRY[:9]),
        ("after-a-colon", "syntax/truncated", _ENTRY[:11]), ("in-a-string", "syntax/truncated", _ENTRY[:15]),
        ("after-a-value", "syntax/truncated", _ENTRY[:25]), ("after-a-comma", "syntax/truncated", _ENTRY[:26]),
        ("before-the-end", "syntax/truncated", _ENTRY[:-1]), ("in-a-word", "syntax/truncated", b'{"number": nul'),
        ("in-a-number", "syntax/truncated", b'{"number": -'), ("in-a-list", "syntax/truncated", b"[" + _ENTRY))),
    ("depth", "No document is nested deeper than is read.", (
        ("flat", "", _ENTRY),
        ("deep", "limit/depth_max", b'{"of": ' * _DEPTH + b"1" + b"}" * _DEPTH),
        ("deep-list", "limit/depth_max", b'{"of": ' + b"[" * _DEPTH + b"]" * _DEPTH + b"}"))),
)  # fmt: skip


class Syntax(Fields):
    """The cases about JSON itself."""

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements about JSON itself."""
        for name, words, _ in _STATEMENTS:
            yield Clause(f"{self.suite}/{name}", words, "RFC 8259")

    def cases(self) -> Iterator[Case]:
        """Yield the cases about JSON itself."""
        for name, _, tried in _STATEMENTS:
            for variant, problem, data in tried:
                make = partial(self._text, problem, data, variant)
                clause = (f"{self.suite}/{name}",)
                case = f"{self.suite}/{name}/{variant}"
                yield Case(case, self.suite, clause, 1, "must", not problem, make)

    def _text(self, problem: str, data: bytes, variant: str) -> Built:
        if not problem:
            return Built(data, self.right())
        spot = Spot(problem.replace("/", "."), ())
        ack = Ack("acknowledgement", (("accepted", "false"),))
        return Built(
            data, Expect("rejected", (spot,), ack, variant), Operator(problem.replace("/", "."), variant)
        )
