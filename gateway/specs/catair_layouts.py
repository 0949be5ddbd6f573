"""CATAIR layouts from their tables: `edi_specs/catair/layouts/`, with the code lists and relations they name.

Lives here: the way from rows to `Layout` and `Record`. Never here: what a field may hold (`catair_fields.py`), or
which records follow which (`catair_structure.py`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gateway.specs import SpecError, read_csv
from gateway.specs.catair_fields import DATES, WIDTH, Field, Layout, Record, Relation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Kinds of party numbers that stand in one field; the leaf's key tells which (`3-14#irs`).
SCHEMES = ("irs", "ssn", "cbp", "mid")


@cache
def layouts(root: Path, name: str) -> Mapping[str, Record]:
    """Load `layouts/<name>.csv`. SpecError where fields leave a gap or name an unknown table."""
    folder = root / "edi_specs" / "catair"
    file = folder / "layouts" / f"{name}.csv"
    rows: dict[tuple[str, str], list[tuple[int, dict[str, str]]]] = {}
    for number, row in read_csv(file):
        rows.setdefault((row["record"], row["select"]), []).append((number, row))
    related = _relations(root).get(name.partition(".")[0], {})
    titles = _titles(root)
    found: dict[str, list[Layout]] = {}
    for (record, _), fields in rows.items():
        found.setdefault(record, []).append(_layout(root, file, fields, related.get(record, ())))
    return {
        record: Record(record, titles.get((name.partition(".")[0], record), ""), each)
        for record, each in found.items()
    }


def _layout(
    root: Path,
    file: Path,
    rows: list[tuple[int, dict[str, str]]],
    related: tuple[tuple[str, str, str], ...],
) -> Layout:
    built: list[Field] = []
    column = 1
    for number, row in rows:
        field = _field(root, file, number, row)
        if field.start != column:
            raise SpecError(file, number, f"column {column} was expected")
        column = field.end + 1
        built.append(field)
    if column != WIDTH + 1:
        raise SpecError(file, rows[-1][0], "the record does not end at column 80")
    first, head = rows[0]
    return Layout(
        name=head["record"],
        wire=head["wire"],
        select=head["select"],
        fields=tuple(built),
        relations=_bind(file, first, built, related),
        by_key={field.key: field for field in built},
        slices={
            field.key: (field.start - 1, field.end)
            for field in built
            if field.cls != "S" and not field.secret and not field.schemes
        },
        writes=tuple(
            (
                field.key,
                field.constant,
                field.width,
                field.cls in {"N", "SN"},
                ("0" if field.zero else " ") * field.width,
            )
            for field in built
        ),
        exact=not any(field.constant and field.blank for field in built),
        cuts=None
        if any(field.schemes for field in built)
        else tuple((field.key, field.start - 1, field.end) for field in built if not field.secret),
    )


def _field(root: Path, file: Path, number: int, row: dict[str, str]) -> Field:
    start, end = int(row["start"]), int(row["end"])
    words = row["format"].split()
    date = next((word for word in words if word in DATES), "")
    shapes = _shapes(root)
    shape = next((word for word in words if word in shapes), "")
    known = {"by-shape", "right", "zero", "secret", "echo", "signed", "condition", "control", ".2", ".4"}
    if unknown := [word for word in words if word not in known | DATES.keys() | shapes.keys()]:
        raise SpecError(file, number, f"`{unknown[0]}` is no format")
    cls = row["class"].rstrip("?")
    listed: Mapping[str, str] | None = None
    constant = ""
    if row["codes"].startswith("="):
        constant = row["codes"][1:]
    elif row["codes"].startswith("@"):
        listed = code_list(root, row["codes"][1:])
    elif row["codes"]:
        listed = dict.fromkeys(row["codes"].split("|"), "")
    if listed is not None:
        # A list may serve fields of several widths (units of 3 and 5 columns).
        listed = {code: meaning for code, meaning in listed.items() if len(code) <= end - start + 1}
        if not listed:
            raise SpecError(file, number, "no code of the list fits the field")
    pattern = r" *-?[0-9]+" if "signed" in words else shapes.get(shape, "")
    control = cls == "S" or bool(constant) or "secret" in words or "control" in words
    return Field(
        key=str(start) if start == end else f"{start}-{end}",
        title=row["field"],
        kind=f"{end - start + 1}{'(S)N' if cls == 'SN' else cls}",
        length_max=end - start + 1,
        usage={"M": "M", "O": "O", "C": "X"}.get(row["usage"], "N"),
        codes=listed,
        control=control,
        start=start,
        end=end,
        cls=cls,
        # In a side-by-side repeat M means: there, if the repeat is there at all.
        blank=row["usage"] != "M" or (row["class"].endswith("?") and not row["turn"]),
        decimals=next((int(word[1:]) for word in words if word.startswith(".")), None),
        date=date,
        zero="zero" in words,
        secret="secret" in words,
        turn=int(row["turn"] or 0),
        constant=constant,
        shape=pattern,
        shape_name=shape or ("signed" if "signed" in words else ""),
        rule=row["rule"],
        free=bool({"echo", "right"} & set(words)),
        schemes=tuple((name, shapes[name]) for name in SCHEMES) if "by-shape" in words else (),
    )


@cache
def code_list(root: Path, name: str) -> Mapping[str, str]:
    """Give a code list: code to meaning."""
    rows = read_csv(root / "edi_specs" / "catair" / "codes" / f"{name}.csv")
    return {row["code"]: row["meaning"] for _, row in rows}


@cache
def _shapes(root: Path) -> Mapping[str, str]:
    return {row["name"]: row["pattern"] for _, row in read_csv(root / "edi_specs" / "catair" / "shapes.csv")}


@cache
def _titles(root: Path) -> Mapping[tuple[str, str], str]:
    rows = read_csv(root / "edi_specs" / "catair" / "records.csv")
    return {(row["layouts"], row["record"]): row["title"] for _, row in rows}


@cache
def _relations(root: Path) -> Mapping[str, Mapping[str, tuple[tuple[str, str, str], ...]]]:
    found: dict[str, dict[str, tuple[tuple[str, str, str], ...]]] = {}
    for _, row in read_csv(root / "edi_specs" / "catair" / "relations.csv"):
        records = found.setdefault(row["layouts"], {})
        told = (row["relation"], row["fields"], row["why"])
        records[row["record"]] = (*records.get(row["record"], ()), told)
    return found


def _bind(
    file: Path, number: int, fields: list[Field], told: tuple[tuple[str, str, str], ...]
) -> tuple[Relation, ...]:
    by_key = {field.key: field for field in fields}
    bound = []
    for kind, keys, why in told:
        try:
            bound.append(Relation(kind=kind, fields=tuple(by_key[key] for key in keys.split()), why=why))
        except KeyError as error:
            raise SpecError(file, number, f"a relation names columns {error} that are no field") from error
    return tuple(bound)
