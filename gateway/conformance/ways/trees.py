"""Which trees are written: how each sample is copied and changed, in which envelope, with which frame.

Lives here: the choice, made by the name of the sample alone. Never here: the odd things that a change puts in
(`things.py`), and how it is done (`making.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.conformance.model import salt
from gateway.conformance.ways.making import COPIES, EDITS
from gateway.conformance.ways.things import FRAMES, OPENED, OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARTIES = (
    ("GATEWAY", "CUSTOMS"),
    ("5301ABC", "4601XYZ"),
    ("", ""),
    ("2704ABCD9", "5301XYZQ"),
    ("GATEWAY+ONE", "A:B"),
)
# Of each right sample, of each wrong one, and one in so many of those.
_OF_EACH = {
    "x12": (9, 2, 1),
    "catair": (9, 2, 1),
    "wco": (14, 2, 1),
    "json": (14, 2, 1),
    "edifact": (20, 2, 3),
}
# Ports that a profile names.
_USUAL = ("1001", "4601", "4701", "2704")
_WRONG = ("bad/", "lenient/")
# Several interchanges in one: as it is, with other service characters, without its UNA.
_JOINED = {"edifact": ("12", "21", "23", "32", "3", "11"), "x12": ("11",)}


def choices(form: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield how the trees of a sample are written: what it is called, and the steps."""
    count, few, one_in = _OF_EACH[form]
    if name.startswith(_WRONG):
        count = 0 if salt(0, f"made/{form}/{name}") % one_in else few
    for turn in range(count):
        yield _choice(form, f"{form}/{name}/{turn}", first=not turn)
    if not name.startswith(_WRONG):
        yield from _beside(form, salt(0, f"made/beside/{form}/{name}"))


def _beside(form: str, drawn: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what no draw leads to: ports of every kind of district, and interchanges that open otherwise."""
    drawn, number = divmod(drawn, 1000)
    if form == "catair":
        drawn, usual = divmod(drawn, len(_USUAL))
        told = {
            "options": {"port": _USUAL[usual]},
            "sender": "5301ABC",
            "receiver": "4601XYZ",
            "control": 1 + drawn % 99,
        }
        for at in range(2):
            steps = {"copy": "plain", "edits": [("port", 0, number + at)], "wrap": told}
            yield f"plain/port-{_USUAL[usual]}+port-{number + at}", steps
    elif form in OPENED:
        for join in _JOINED[form][: drawn % 2 + 1]:
            steps = {"copy": "kept", "edits": [("opened", 0, number)], "join": join}
            yield f"kept/joined-{join}+opened-{number}", steps
            number += 1
    if form == "edifact":
        yield "kept/divided", {"copy": "kept", "edits": [("divided", 0, 0)]}


def _choice(form: str, name: str, *, first: bool) -> tuple[str, dict[str, Any]]:
    """Draw one: the first as it is, then by turns in an envelope of its own and changed where it stands."""
    drawn, wrapped = divmod(salt(0, f"made/{name}"), 2)
    steps: dict[str, Any] = {"copy": COPIES[drawn % (3 if first else len(COPIES))], "edits": []}
    words = []
    if not first and wrapped:
        steps["wrap"], word = _wrap(form, salt(0, f"made/wrap/{name}"))
        words.append(word)
    elif not first:
        drawn, framed = divmod(salt(0, f"made/frame/{name}"), 4)
        if not framed:
            which = drawn % len(FRAMES[form])
            steps["frame"] = FRAMES[form][which]
            words.append(f"frame-{which}")
    drawn, joined = divmod(salt(0, f"made/join/{name}"), 3)
    if form in _JOINED and not joined:
        steps["join"] = _JOINED[form][drawn % len(_JOINED[form])]
        words.append(f"joined-{steps['join']}")
    edits = 0 if first else salt(0, f"made/edits/{name}") % (3 if wrapped else 4)
    steps["edits"] = [_edit(salt(at, f"made/edit/{name}")) for at in range(edits)]
    words += [f"{how}-{at:02}-{number}" for how, at, number in steps["edits"]]
    return f"{steps['copy']}/{'+'.join(words) or 'as-it-is'}", steps


def _edit(drawn: int) -> tuple[str, int, int]:
    drawn, how = divmod(drawn, len(EDITS))
    drawn, at = divmod(drawn, 100)
    return EDITS[how], at, drawn % 10000


def _wrap(form: str, drawn: int) -> tuple[dict[str, Any], str]:
    drawn, option = divmod(drawn, len(OPTIONS[form]))
    drawn, party = divmod(drawn, len(_PARTIES))
    sender, receiver = _PARTIES[party]
    told = {
        "options": OPTIONS[form][option],
        "sender": sender,
        "receiver": receiver,
        "control": 1 + drawn % 99,
    }
    return told, f"wrapped-{option}-{party}"
