"""Lines of an entry and their agency sets, routed to the agencies that they are for.

Lives here: which PG records belong to which agency line (catair.md 11.1), and what one
agency may see of an entry: its own sets and the header places that it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.simulator.catair.conditions import of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.simulator.catair.batch import Record
    from gateway.simulator.state import Filing, State

# What an agency sees of the header beside its own sets.
_HEADER = ("port", "type", "importer", "carrier", "conveyance", "voyage", "arrival")
_NOT_FILED = ("D",)


class Places(NamedTuple):
    """Where an application keeps line id, origin and tariff number."""

    line: str
    identity: str
    origin: str
    tariff: str
    number: str


RELEASE = Places("SE40", "5-7", "8-9", "SE60", "5-14")
SUMMARY = Places("40", "5-7", "9-10", "50", "3-12")


def lines_of(
    transaction: Sequence[Record], places: Places
) -> tuple[tuple[Mapping[str, str], ...], tuple[Mapping[str, str], ...]]:
    """Give the lines (one row for each tariff number) and their agency lines.

    The tariff's position counts its numbers within the line, as SO70 does. Several PG01 in
    a row share the records that follow them.
    """
    lines: list[dict[str, str]] = []
    agencies: list[dict[str, str]] = []
    shared: list[dict[str, str]] = []
    identity = origin = description = ""
    position = 0
    before = ""
    for record in _expanded(transaction):
        wire = record.text[:2]
        if wire in {"PG", "SE"}:
            wire = record.text[:4]
        if wire == places.line:
            identity, origin, position, shared = record.cut(places.identity), record.cut(places.origin), 0, []
        elif wire == places.tariff and identity:
            position, shared = position + 1, []
            row = {"id": identity, "origin": origin, "position": str(position)}
            lines.append({**row, "tariff": record.cut(places.number)})
        elif wire == "OI":
            description, shared = record.cut("11-80"), []
        elif wire == "PG01" and identity:
            row = {"line": identity, "tariff": str(position), "description": description}
            agencies.append({**row, **_agency_line(record)})
            shared = [*shared, agencies[-1]] if before == "PG01" else [agencies[-1]]
        elif wire.startswith("PG"):
            for row in shared:
                row["records"] = f"{row['records']}\n{record.text.rstrip()}"
        else:
            shared = []
        before = wire
    return tuple(lines), tuple(agencies)


def _expanded(transaction: Sequence[Record]) -> Iterator[Record]:
    """Give the records with those of a PG00 group where a set names it, and not where they were said."""
    groups: dict[str, list[Record]] = {}
    group: list[Record] | None = None
    if not of(transaction, "PG00"):
        yield from transaction
        return
    for record in transaction:
        mark = record.cut("5") if record.text.startswith("PG00") else ""
        if mark == "S":
            group = groups[record.cut("6-9")] = []
        elif mark == "E":
            group = None
        elif group is not None:
            group.append(record)
        elif mark == "R":
            yield from groups.get(record.cut("6-9"), [record])
        else:
            yield record


def _agency_line(record: Record) -> dict[str, str]:
    return {
        "agency": record.cut("8-10"),
        "program": record.cut("11-13"),
        "processing": record.cut("14-16"),
        "pga_line": record.cut("5-7"),
        "disclaimer": record.cut("80"),
        "records": record.text.rstrip(),
    }


def view(state: State, agency: str) -> list[dict[str, object]]:
    """Give what one agency sees: its own sets of every entry on file, no other agency's."""
    return [seen for filing in state.filings.values() if (seen := _of(filing, agency))]


def _of(filing: Filing, agency: str) -> dict[str, object]:
    sets = [
        {name: row[name] for name in ("line", "tariff", "pga_line", "program", "processing", "description")}
        | {"disclaimed": row["disclaimer"], "records": row["records"].split("\n")}
        for row in filing.row("agencies")
        if row["agency"] == agency and row["disclaimer"] not in _NOT_FILED
    ]
    if not sets:
        return {}
    header = {name: filing.fact(name) for name in _HEADER if filing.fact(name)}
    said = list(_said(filing, agency))
    return {"entry": filing.number, "release": filing.release, **header, "sets": sets, "said": said}


def _said(filing: Filing, agency: str) -> Iterator[dict[str, str]]:
    for event in filing.history:
        if event.agency == agency:
            yield {"at": event.at, "status": event.word, "code": event.code, "text": event.text}
