"""What a summary of each type and mode has: a rule for each row of two tables.

Lives here: the rules that `edi_specs/catair/summary_matrix.csv` (by type) and
`transport_matrix.csv` (by mode) make, one for what must stand and one for what may not.
Never here: what stands on a condition; that is said by rules of its own.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.rules.cbp.parties import NUMBERED
from gateway.rules.cbp.scope import mode, whole_summary
from gateway.rules.registry import Given, missing, rule, wrong
from gateway.specs import data_root, read_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.entry import Entry, Party
    from gateway.finding import Finding

NO_MODE = "none"
# Rows of which a rule elsewhere says when they must stand, because more than the type decides.
_ELSEWHERE_MISSING = frozenset({"line", "bond", "case", "case-totals", "exporter"})
_ELSEWHERE_REFUSED = frozenset({"case"})
_MID = frozenset({"mid"})
_CASES = ("AD", "CVD")
# Where the head of the entry says for all lines, or another field says, what the path itself does not.
_INSTEAD = {
    "lines[].origin.export": "export_country",
    "lines[].exported": "transport.exported",
    "lines[].loading": "transport.loading",
    "destination_state": "destination.region",
}
# Parties of a line by the name of the row: the roles whose number counts, and the schemes that AE 47 takes.
_LINE_PARTIES: Mapping[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "manufacturer": (("manufacturer", "shipper", "seller"), _MID),
    "exporter": (("exporter",), _MID),
    "buyer": (("buyer",), NUMBERED),
}


class Row(NamedTuple):
    """One row: the name of its rules, where the value is, what it is called, and M, C, A or N by type or mode."""

    name: str
    path: str
    what: str
    says: Mapping[str, str]

    def those(self, word: str) -> tuple[str, ...]:
        """Give the types or modes for which the row has a letter."""
        return tuple(column for column, said in self.says.items() if said == word)


@cache
def rows(table: str) -> tuple[Row, ...]:
    """Read `edi_specs/catair/<table>.csv`. Raises `SpecError` where it is wrong."""
    fixed = {"name", "path", "record", "missing", "refused", "what"}
    path = data_root() / "edi_specs" / "catair" / f"{table}.csv"
    return tuple(
        Row(row["name"], row["path"], row["what"], {key: row[key] for key in row if key not in fixed})
        for _, row in read_csv(path)
    )


def types_with(name: str, word: str) -> frozenset[str]:
    """Give the entry types for which the matrix has a letter in the row of a name."""
    return frozenset(next(row for row in rows("summary_matrix") if row.name == name).those(word))


def _numbered(party: Party | None, schemes: frozenset[str]) -> bool:
    return party is not None and any(one.scheme in schemes for one in party.identifiers)


def _told(entry: Entry, path: str) -> Iterator[tuple[str, Any]]:
    """Yield each place of a path with its value, None where there is none."""
    instead = _reached(entry, _INSTEAD[path]) if path in _INSTEAD else None
    for place, value in _own(entry, path):
        yield place, instead if value is None else value


def _own(entry: Entry, path: str) -> Iterator[tuple[str, Any]]:
    first, _, rest = path.partition(".")
    if first == "lines[]":
        for turn, line in enumerate(entry.lines):
            if rest in _LINE_PARTIES:
                roles, schemes = _LINE_PARTIES[rest]
                parties = [getattr(entry, role) for role in roles]
                parties += [party for party in line.parties if party.role in roles]
                found: Any = any(_numbered(party, schemes) for party in parties) or None
                yield f"lines[{turn}].parties", found
            else:
                yield f"lines[{turn}].{rest}", _reached(line, rest)
    elif first == "consignee":
        # What AE 11 takes is a number; a name is for the release.
        yield path, _numbered(entry.consignee, NUMBERED) or None
    elif first == "bonds[kind=waived]":
        waived = next((bond for bond in entry.bonds if bond.kind == "waived"), None)
        yield "bonds", waived.waiver if waived is not None and rest else waived
    elif path == "totals.levies":
        totals = entry.totals.levies if entry.totals is not None else ()
        of_cases = [one for one in totals if (one.kind or "").startswith(_CASES) and one.amount]
        yield path, next((one.kind for one in of_cases if one.amount and one.amount.amount), None)
    elif path == "filing.stage":
        stage = _reached(entry, path)
        yield path, stage if stage == "post-summary" else None
    else:
        yield path, _reached(entry, path)


def _reached(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = getattr(value, step, None)
    return value if value not in ((), "") else None


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _needs(row: Row, wanted: Callable[[Entry], str]) -> Callable[[Entry], Iterator[Finding]]:
    def check(entry: Entry) -> Iterator[Finding]:
        if row.says.get(wanted(entry)) == "M":
            for place, value in _told(entry, row.path):
                if value is None:
                    yield missing(place, f"the {row.what}")

    return check


def _excludes(row: Row, wanted: Callable[[Entry], str]) -> Callable[[Entry, Given], Iterator[Finding]]:
    def check(entry: Entry, _given: Given) -> Iterator[Finding]:
        told = wanted(entry)
        if row.says.get(told) == "N":
            for place, value in _told(entry, row.path):
                # A flag that is not set says what the absence of it says.
                if value is not None and value is not False:
                    yield wrong(
                        place,
                        f"{row.what}: not in a summary of {told}",
                        expected="none",
                        actual=_shown(value),
                    )

    return check


def _kind(entry: Entry) -> str:
    return entry.kind or ""


def _mode(entry: Entry) -> str:
    return mode(entry) or NO_MODE


def _field(path: str) -> str:
    """Give the field of the entry without which a rule about a path has nothing to say."""
    return path.partition(".")[0].partition("[")[0]


def _enter(
    table: str, clause: str, by: str, wanted: Callable[[Entry], str], words: Callable[[str], str]
) -> None:
    """Enter the rules of one table."""
    for row in rows(table):
        if row.those("M") and row.name not in _ELSEWHERE_MISSING:
            needs = _needs(row, wanted)
            needs.__doc__ = f"A summary of {words(' '.join(row.those('M')))} has the {row.what}."
            rule(f"cbp.ae.needs{by}.{row.name}", clause=clause, of=whole_summary)(needs)
        if row.those("N") and row.name not in _ELSEWHERE_REFUSED:
            excludes = _excludes(row, wanted)
            excludes.__doc__ = f"A summary of {words(' '.join(row.those('N')))} has no {row.what}."
            rule(
                f"cbp.ae.excludes{by}.{row.name}",
                clause=clause,
                of=whole_summary,
                about=_field(row.path),
            )(excludes)


_enter("summary_matrix", "cbp.ae.v109/types", "", _kind, lambda said: f"types {said}")
_enter(
    "transport_matrix",
    "cbp.ae.v109/modes",
    "-by-mode",
    _mode,
    lambda said: f"modes {said.replace(NO_MODE, '(or none)')}",
)
