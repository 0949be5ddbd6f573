"""Makes agency message sets from the grammar: every record wherever it may stand, in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.formats.catair.generated import put, sample
from tests.formats.catair.support import SPECS

if TYPE_CHECKING:
    from random import Random

    from gateway.specs import Part
    from gateway.specs.catair_fields import Field

# In these the entry has a place of its own for each kind of record, and writes them in this order.
ORDERED = {
    "PG07": ("PG08", "PG60"),
    "PG19": ("PG60", "PG55", "PG20", "PG21", "PG34"),
    "PG20": ("PG60",),
    "PG21": ("PG55", "PG60", "PG24"),
}
# Columns that say something only together.
TOGETHER = {
    "PG01": (("19-22", "23-41"),),
    "PG02": (("6-9", "10-28"), ("29-32", "33-51"), ("52-55", "56-74")),
    "PG04": (("57-68", "69-73"),),
    "PG14": (("51-66", "67-71"),),
    "PG19": (("8-10", "11-25"),),
    "PG25": (("6", "8-13"),),
    "PG27": (("28-47", "48", "49-50"), ("51-70", "71", "72-73")),
    "PG26": (("6-17", "18-22"),),
    "PG29": (("5-7", "8-19"), ("20-22", "23-34"), ("35-37", "38-49"), ("50-52", "53-64")),
    "PG32": (("10-12", "13-21"),),
}
# Lists whose later columns are used when the earlier ones are.
LEFT = {
    "PG02": ("6-9", "29-32", "52-55"),
    "PG08": ("5-21", "22-38", "39-55", "56-72"),
    "PG27": ("5-24", "28-47", "51-70"),
    "PG28": ("5-8", "9-12", "13-16"),
}
SIZE = 14


def agency_set(spec_name: str, version: str, random: Random) -> list[str]:
    """Give the records below one tariff number: OI, then agency lines with what they are told."""
    spec = SPECS.message("catair", spec_name, version)
    part = spec.root.part("SE40" if spec_name == "SE" else "40")
    part = part.part("SE60" if spec_name == "SE" else "50").part("OI")
    made = [put(f"{'OI':80}", SPECS_FIELDS("OI")["11-80"], "LENSES")]
    for number in range(1, random.randint(2, 4)):
        line = record("PG01", random)
        made.append(line[:4] + f"{number:03}" + "FDA" + line[10:])
        made += below(part.part("PG01"), random, depth=0)
    return made


def SPECS_FIELDS(name):  # noqa: N802 - reads like the table it looks up
    """Give the fields of a record by their columns."""
    (layout,) = (layout for _, layout in SPECS.message("catair", "AE", "v109").records[name].layouts)
    return layout.by_key


def below(part: Part, random: Random, *, depth: int) -> list[str]:
    """Give records that may stand in a loop behind its leader."""
    made: list[str] = []
    names = [one.name for one in part.parts[1:] if one.name not in {"PG00", part.closer}]
    if part.name in ORDERED:
        picked = [name for name in ORDERED[part.name] for _ in range(random.choice((0, 0, 1, 2)))]
    else:
        picked = random.choices(names, k=max(1, random.randint(SIZE // 4, SIZE) >> depth))
    packages = 0
    for name in picked:
        packages += name == "PG26"
        if packages > 6 and name == "PG26":
            continue
        if name == "PG21" and made and made[-1].startswith("PG34"):
            # The person would be the party's, behind its travel document.
            continue
        made.append(record(name, random))
        inner = part.part(name)
        if inner.loop:
            made += below(inner, random, depth=depth + 1)
    if part.closer:
        made.append(record(part.closer, random))
    return made


def record(name: str, random: Random) -> str:
    """Give one record with some of its columns filled, at least one of them."""
    fields = SPECS_FIELDS(name)
    text = " " * 80
    chosen = columns(name, [field for field in fields.values() if not field.control], random)
    for field in fields.values():
        if field.constant or field.key in chosen:
            text = put(text, field, random.choice(list(field.codes)) if field.codes else sample(field))
    return text


def columns(name: str, data: list[Field], random: Random) -> set[str]:
    """Choose columns: those that say something only together, lists from the left."""
    chosen = {field.key for field in data if not field.blank or random.random() < 0.5}
    if name == "PG19":
        # The lines of an address move up where the first is not there.
        chosen.add("58-80")
    if name == "PG55":
        return {field.key for field in data[: random.randint(1, 10)]}
    pairs = TOGETHER.get(name, ())
    for pair in pairs:
        chosen |= set(pair) if chosen & set(pair) else set()
    for first, later in zip(LEFT.get(name, ()), LEFT.get(name, ())[1:], strict=False):
        if first not in chosen:
            chosen -= {later, *(key for pair in pairs if later in pair for key in pair)}
    if data and not chosen:
        chosen = {data[0].key, *(key for pair in pairs if data[0].key in pair for key in pair)}
    return chosen
