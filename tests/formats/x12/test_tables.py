"""A table that is wrong stops the program with file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.specs import SpecError
from gateway.specs.x12 import load
from gateway.specs.x12_profiles import profile
from tests.formats.x12.support import SPECS

if TYPE_CHECKING:
    from pathlib import Path

ELEMENTS = """element,name,type,min,max,codes
143,Set,ID,3,3,
329,Control,AN,4,9,
96,Count,N0,1,10,
98,Role,ID,2,3,closed
93,Name,AN,1,60,
"""
SEGMENTS = """segment,position,element,usage,repeat,name,notes
ST,00,,,,Header,
ST,01,143,M,1,,
ST,02,329,M,1,,
SE,00,,,,Trailer,
SE,01,96,M,1,,
SE,02,329,M,1,,
N1,00,,,,Name,R0102
N1,01,98,M,1,,
N1,02,93,X,1,,
"""
SET = """set     309  Manifest
group   SO

N1          M     1    loop
  N1[01=SH] O     2
"""


def folder(tmp_path: Path, **files: str) -> Path:
    """Write a small table folder; a keyword replaces one of its files."""
    tables = {
        "releases.csv": "release,base,since,source\n004010,,1997-12-01,ours\n",
        "004010/elements.csv": ELEMENTS,
        "004010/segments.csv": SEGMENTS,
        "004010/codes/98.csv": "code,meaning\nSH,shipper\nCN,consignee\n",
        "004010/309.set": SET,
    }
    names = {name.replace("/", "_").replace(".", "_").replace("004010_", ""): name for name in tables}
    for key, text in files.items():
        tables[names[key]] = text
    for name, text in tables.items():
        file = tmp_path / "edi_specs" / "x12" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_a_small_folder_loads(tmp_path: Path) -> None:
    """A folder of one release with one set is all that it takes."""
    spec = load(folder(tmp_path), "309", "004010")
    assert spec is not None
    assert spec.id == "x12/309/004010"
    assert [part.name for part in spec.root.parts] == ["ST", "N1", "SE"]


MISTAKES = [
    ({"elements_csv": ELEMENTS.replace("ID,3,3", "XX,3,3")}, "elements.csv:2: no such type"),
    ({"elements_csv": ELEMENTS.replace(",4,9,", ",4,nine,")}, "elements.csv:3: not a number"),
    ({"codes_98_csv": "code,meaning\n"}, "98.csv:1: a code list without a code"),
    ({"segments_csv": SEGMENTS.replace("N1,02,93", "N1,03,93")}, "segments.csv:10: N1-03 does not follow"),
    ({"segments_csv": SEGMENTS.replace("N1,02,93", "N1,02,94")}, "segments.csv:10: no element or composite"),
    ({"segments_csv": SEGMENTS.replace("R0102", "R0103")}, "segments.csv:8: not a syntax note"),
    ({"segments_csv": SEGMENTS.replace("R0102", "Q0102")}, "segments.csv:8: not a syntax note"),
    ({"segments_csv": SEGMENTS.replace("98,M", "98,Y")}, "segments.csv:9: no such usage"),
    ({"309_set": SET.replace("309  M", "310  M")}, "309.set:1: a set file begins"),
    (
        {"309_set": SET.replace("N1          M", "N2          M")},
        "309.set:4: release 004010 has no segment N2",
    ),
    ({"309_set": SET.replace("M     1    loop", "M     none loop")}, "309.set:4: not a maximum"),
    ({"309_set": SET.replace("  N1[", "   N1[")}, "309.set:5: indented by 3 blanks"),
    ({"309_set": SET.replace("  N1[", "    N1[")}, "309.set:5: indented deeper"),
    ({"309_set": SET.replace("O     2", "O     2  07=A")}, "309.set:5: not a change"),
    ({"309_set": SET.replace("N1          M     1", "N1")}, "309.set:4: a line is"),
    ({"releases_csv": "release,base,since,source\n004010,003010,,\n"}, "releases.csv:2: the base"),
]


@pytest.mark.parametrize(("files", "words"), MISTAKES, ids=[row[1] for row in MISTAKES])
def test_a_mistake_names_file_and_line(tmp_path: Path, files: dict[str, str], words: str) -> None:
    """Each mistake in a table is an error that begins with where it stands."""
    with pytest.raises(SpecError) as caught:
        load(folder(tmp_path, **files), "309", "004010")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("309,*,M10-02,,wish,A,error,,,1,x", "no such rule"),
        ("309,*,M10-02,,codes,A,fatal,,,1,x", "no such rule or severity"),
        ("309,*,M10-02,,max_length,many,error,,,1,x", "max_length wants a number"),
        ("309,*,M10-02,,pattern,(,error,,,1,x", "not a pattern"),
        ("309,*,M10 02,,codes,A,error,,,1,x", "not an address"),
        ("309,*,M10-02,M10-09,codes,A,error,,,1,x", "not a condition"),
    ],
)
def test_a_mistake_in_a_profile_names_file_and_line(tmp_path: Path, row: str, words: str) -> None:
    """A rule that cannot be meant is an error at load."""
    file = tmp_path / "edi_specs" / "x12" / "profiles" / "ours.csv"
    file.parent.mkdir(parents=True)
    head = "set,release,address,when,rule,value,severity,since,until,source,text\n"
    file.write_text(f"{head}{row}\n")
    with pytest.raises(SpecError) as caught:
        profile(tmp_path, "ours")
    assert f"ours.csv:2: {words}" in str(caught.value)


@pytest.mark.parametrize(
    ("message", "version"),
    [("309", "009999"), ("999", "004010"), ("850", "004010"), ("../x", "004010"), ("A" * 5000, "004010")],
)
def test_what_there_is_no_table_for_is_none(message: str, version: str) -> None:
    """An unknown set or release, and what is no name of a set at all, has no spec."""
    assert SPECS.message("x12", message, version) is None
