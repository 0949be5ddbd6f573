"""Structured fields, just inside and just outside of what RFC 9651 allows, each in a request that is signed over it.

The field is `Content-Digest`: what stands in it beside the right digest has to be read, and means nothing. A value that
is right is signed as it stands; one that is wrong is refused although its signature holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.signing.asked import DIGEST, METHOD_LINE, TARGET_LINE, covering, sent
from gateway.conformance.signing.changing import Change, Statement, Tried, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_INVALID = "field/invalid"
_CHARS_MAX, _MEMBERS_MAX = 16 * 1024, 64


def _carrying(value: str) -> Change:
    """Send a value of `Content-Digest`, signed."""
    fields = (("Content-Type", "application/edi-x12"), ("Content-Digest", value))
    return sent(lines=(METHOD_LINE, TARGET_LINE, ('"content-digest"', value.strip(" \t"))), fields=fields)


def _both(good: Iterable[str], bad: Iterable[str], text: str) -> Iterator[Tried]:
    """Yield each value beside the right digest; `text` says where it stands."""
    for problem, values in (("", good), (_INVALID, bad)):
        for at, value in enumerate(values):
            kind = "inside" if not problem else "outside"
            yield f"{kind}-{at:02}", problem, _carrying(text.replace("{}", value).replace("{digest}", DIGEST))


def _many(count: int, text: str = "k{}=1", between: str = ", ") -> str:
    return between.join(text.replace("{}", str(at)) for at in range(count))


_VALUES = (
    # Integers.
    ("0", "1", "-1", "-0", "007", "999999999999999", "-999999999999999"),
    ("1000000000000000", "-1000000000000000", "-", "--1", "+1", "1.0", "1.", ".5", "1e3", "- 1", "1-", "0x1", "1_0", "1a"),
)  # fmt: skip
_TEXTS = (
    ('""', '"a b"', '"~!#[]^"', '"\\""', '"\\\\"', '"a\\"b\\\\c"', '"  "', '","', '";"', '"("'),
    ('"', '"a', 'a"', '"\\"', '"\\a"', '"\\', '"a"b"', '"a""b"', '"\t"', '"\x7f"', "'a'", '"\x01"'),
)
_TOKENS = (
    ("a", "A", "*", "*a", "a/b", "a:b", "a!#$%&'*+-.^_`|~9/:", "Aa-1"),
    ("/a", ":a", "!a", "-a", "a{", "a@", "a(b)", "a=b", "a\\b", '"a"b', "a[b]", "a?b"),
)
_BYTES = (
    ("::", ":AA==:", ":AAE=:", ":AAEC:", ":+/+/:"),
    (
        ":",
        ":AA==",
        "AA==:",
        ":AA=A:",
        ":A:",
        ":A A=:",
        ":AA=:",
        ":AA-_:",
        ":AA==::",
        ":@@@@:",
        ":AA==:x",
        ":AA==AA==:",
        ":==:",
        ":=AA==:",
    ),
)
_TRUTHS = (("?0", "?1", "?1;a"), ("?", "?2", "?true", "? 1", "?01", "?-1", "??1"))
# What RFC 9651 has and nothing here may use.
_REFUSED = (("a", "1", '"1"'), ("@1", "@-1", '%"a"', '%"%c3%a4"', "1.5", "-0.1"))
_LISTS = (
    ("()", "( )", "(a)", "( a )", "(a b)", '(a  "b"   1)', "(1;p=2 2;q)", "(a);p=1", "(a);p;q", "(:AA==: ?1)"),
    ("(", "(a", "(a b", ")", "(a))", "((a))", "(a,b)", "(a\tb)", '("a""b")', "(a ;p)", "(a)b", "(a);", "(a b);=1", "(a;)", "(1.5)"),
)  # fmt: skip
_PARAMETERS = (
    ("1;a", "1;a=2", "1; a=2", "1;  a", "1;a;b;c", "1;a=?0", '1;a="x;y"', "1;a=:AA==:", "1;a=1;a=2", "1;*a", "1;a_-.*9=1"),
    ("1;", "1;;a", "1;A", "1;1", "1 ;a", "1;a=", "1;a =1", "1;a= 1", "1;a=(b)", "1;-a", "1;\ta", "1;a==1", "1;a=1.5"),
)  # fmt: skip
_NAMES = (
    ("a=1", "*=1", "*a=1", "a_b=1", "a-b=1", "a.b=1", "a*b=1", "a9=1", "a", "a;b=1", "a;b", "a=1, a=2"),
    ("A=1", "aB=1", "9=1", "_a=1", "-a=1", ".a=1", "=1", "a=", "a =1", "a= 1", "a==1", "a:1", '"a"=1', "a=1=2", "a%=1", "a!"),
)  # fmt: skip
_ORDER = (
    ("{digest}", " {digest}", "{digest} ", "\t{digest}", "{digest}\t", "a=1,{digest}", "a=1 ,{digest}", "a=1\t,\t{digest}",
     "a=1 \t , \t {digest}", "a,{digest}", "{digest},a", "a, {digest}, b"),
    ("{digest},", "{digest}, ", "{digest},\t", ",{digest}", "{digest},,a", "a b,{digest}", "a=1;;{digest}", "{digest} a",
     "{digest}a", "{digest}{digest}", "{digest};", "a=1.{digest}", "{digest}:", "a=1;b c,{digest}"),
)  # fmt: skip


def _sizes() -> Iterator[Tried]:
    """Yield as much as is read, and one more."""
    room = _CHARS_MAX - len(DIGEST) - len(', a=""')
    for name, problem, value in (
        ("longest", "", f'{DIGEST}, a="{"x" * room}"'), ("too-long", _INVALID, f'{DIGEST}, a="{"x" * (room + 1)}"'),
        ("most-members", "", f"{_many(_MEMBERS_MAX - 1)}, {DIGEST}"),
        ("too-many-members", _INVALID, f"{_many(_MEMBERS_MAX)}, {DIGEST}"),
        ("one-name-often", "", f"{_many(_MEMBERS_MAX + 5, 'k=1')}, {DIGEST}"),
        ("most-items", "", f"k=({_many(_MEMBERS_MAX, '{}', ' ')}), {DIGEST}"),
        ("too-many-items", _INVALID, f"k=({_many(_MEMBERS_MAX + 1, '{}', ' ')}), {DIGEST}"),
        ("most-parameters", "", f"k=1;{_many(_MEMBERS_MAX, between=';')}, {DIGEST}"),
        ("too-many-parameters", _INVALID, f"k=1;{_many(_MEMBERS_MAX + 1, between=';')}, {DIGEST}"),
        ("most-of-a-list", "", f"k=();{_many(_MEMBERS_MAX, between=';')}, {DIGEST}"),
        ("too-many-of-a-list", _INVALID, f"k=();{_many(_MEMBERS_MAX + 1, between=';')}, {DIGEST}"),
    ):  # fmt: skip
        yield name, problem, _carrying(value)


FIELDS: tuple[Statement, ...] = (
    ("integers", "An integer has at most fifteen digits.", tuple(_both(*_VALUES, "a={}, {digest}"))),
    ("strings", "A string is printable ASCII in quotes; a quote and a backslash are escaped, and nothing else.",
     tuple(_both(*_TEXTS, "a={}, {digest}"))),
    ("tokens", "A token begins with a letter or a star.", tuple(_both(*_TOKENS, "a={}, {digest}"))),
    ("bytes", "A byte sequence is base64 between colons.", tuple(_both(*_BYTES, "a={}, {digest}"))),
    ("booleans", "A boolean is ?0 or ?1.", tuple(_both(*_TRUTHS, "a={}, {digest}"))),
    ("refused", "Decimals, dates and display strings are not read.", tuple(_both(*_REFUSED, "a={}, {digest}"))),
    ("lists", "An inner list has items between parentheses, divided by spaces.", tuple(_both(*_LISTS, "a={}, {digest}"))),
    ("parameters", "Parameters stand behind semicolons; their names are in lower case.",
     tuple(_both(*_PARAMETERS, "a={}, {digest}"))),
    ("names", "A member has a name in lower case; without a value it is true.", tuple(_both(*_NAMES, "{}, {digest}"))),
    ("order", "Members are divided by commas, with blanks around them, and none stands at the end.",
     tuple(_both(*_ORDER, "{}"))),
    ("sizes", "A field is at most 16,384 characters, with 64 members, items or parameters each.", tuple(_sizes())),
    ("ascii", "A field is ASCII.", (("plain", "", same), ("umlaut", "field/not-ascii", _carrying(f'a="ä", {DIGEST}')),
     ("umlaut-uncovered", _INVALID, sent(input_='x="ä", sig={input}')),
     ("umlaut-covered", "field/not-ascii", covering(('"x-note"', "ä"), fields=(("Content-Digest", DIGEST), ("X-Note", "ä")))))),
)  # fmt: skip
