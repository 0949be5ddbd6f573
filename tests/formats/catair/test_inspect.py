"""`gateway inspect --verbose` of CATAIR files: each record, its fields by name, what codes mean."""

from __future__ import annotations

import re

import pytest

from gateway.cli import main
from gateway.specs import data_root, read_csv
from tests.formats.catair.support import FIXTURES, GOOD, records

TITLES = {
    (row["record"], row["title"]) for _, row in read_csv(data_root() / "edi_specs" / "catair" / "records.csv")
}
HEADING = re.compile(r" +([A-Z0-9]{1,4})  (\S.*)")
FIELD = re.compile(r" +([A-Z0-9]{1,4}):[0-9-]+(?:#\w+)?  (\S[^:]*): (.*)")


def inspected(file, capsys):
    """Run the command on a file and give its lines."""
    assert main(["inspect", str(file), "--verbose"]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("file", GOOD, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_each_record_is_printed_with_its_name_and_fields(file, capsys):
    """Every record inside the envelope has a line with its title, in order; its fields have names and texts."""
    lines = inspected(file, capsys)
    headings = [found for line in lines if ":" not in line and (found := HEADING.fullmatch(line))]
    inside = [row for row in records(file.read_bytes()) if row[0] not in "ABYZ"]
    assert len(headings) == len(inside)
    for heading, row in zip(headings, inside, strict=True):
        # In-bond records are named with their application; on the wire the id is two characters.
        assert row.startswith((heading[1], heading[1][2:] or heading[1]))
        assert (heading[1], heading[2]) in TITLES
    fields = [found for line in lines if (found := FIELD.fullmatch(line))]
    assert len(fields) >= 2 * len(inside)


def test_codes_are_printed_with_what_they_mean(capsys):
    """A field has its name and columns, a code its meaning from the list of its field."""
    lines = [line.strip() for line in inspected(FIXTURES / "SE" / "three-bills.txt", capsys)]
    assert "SE10  entry header" in lines
    assert "SE10:20-21  Entry Type: 01 = consumption free and dutiable" in lines
    assert "SE10:37-38  Mode of Transportation (MOT) Code: 11 = vessel container" in lines
