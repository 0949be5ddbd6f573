"""A table that is wrong stops the program with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.mapping import MappingError, compile_table, parse_table
from gateway.specs import LeafSpec, MessageSpec, Part

HEAD = "mapping toy/MSG/1  <->  entry/1\n"


def leaf(key: str, **more: object) -> LeafSpec:
    """Make a leaf of a toy spec."""
    return LeafSpec(key=key, title=key, **more)  # type: ignore[arg-type]


def segment(name: str, *keys: str, **more: object) -> Part:
    """Make a segment of a toy spec."""
    return Part(name=name, leaves={key: leaf(key) for key in keys}, **more)  # type: ignore[arg-type]


def loop(name: str, *parts: Part, **more: object) -> Part:
    """Make a loop of a toy spec."""
    return Part(name=name, parts=parts, loop=True, **({"count_max": None} | more))  # type: ignore[arg-type]


SPEC = MessageSpec(
    format="toy", message="MSG", version="1", title="Toy", separator="-",
    root=Part(
        name="MSG",
        parts=(
            segment("HD", "01", "02", "03", "04"),
            segment("RF", "01", "02", count_max=None),
            loop("NM", segment("NM", "01", "02"), segment("AD", "01", "02")),
            loop(
                "BL", segment("BL", "01", "02"), segment("QT", "01"),
                loop("EQ", segment("EQ", "01", "02", "03"), loop("GD", segment("GD", "01", "02", "03", "04"))),
            ),
        ),
    ),
)  # fmt: skip


def compiled(text: str, codes: Path = Path("nowhere")):
    """Compile a toy table."""
    return compile_table(parse_table(Path("toy.map"), HEAD + text), SPEC, codes)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("HD-09  transport.carrier", "HD has no leaf '09'"),
        ("XX-01  transport.carrier", "MSG has no XX"),
        ("HD-01  transport.nothing", "no field 'nothing'"),
        ("HD-01  transport", "transport is Transport"),
        ("HD-01  entered", "entered is date"),
        ("HD-01  transport.carrier  frobnicate", "no word"),
        ("HD-01  transport.carrier\nHD-02  transport.carrier", "another source in line 2"),
        ("RF-02  transport.carrier", "RF repeats"),
        ("HD-01  bills", "bills is a list"),
        ("each BL  filing", "needs items[]"),
        ("each BL  bills[]  key number", "no row under this each"),
        ("each BL  bills[]\n    BL-01  number", "belongs to no block"),
        ("HD-01 HD-02", "two blanks"),
        ("HD-01+HD-02  transport.carrier", "needs cut n"),
        ("HD-01  transport.carrier  codes none", "cannot be read"),
        ("RF[09=X]-02  transport.carrier", "condition asks a leaf"),
        ("set HD-01", "quotes"),
        ("use party", "no block 'party'"),
        ("block party\n  HD-01  number\nblock party\n  HD-02  number", "name of its own"),
        ("use", "no block"),
        ("RF[2+]-02  transport.carrier", "RF repeats"),
        ("each RF[+]  references[]", "neither a number"),
        ("HD-01  entered  date XX", "pattern"),
        ("each EQ  equipment[]", "MSG has no EQ"),
        ("each BL  bills[]\n  BL-01  number  wrap", "takes 1 argument"),
        (
            "each BL/EQ  equipment[]\n  each GD  /lines[]  by bills[]\n    GD-01  description",
            "by names 1 keys",
        ),
    ],
)
def test_errors_name_file_and_line(text: str, says: str) -> None:
    """Every fault of a table is found at load and says where it is."""
    with pytest.raises(MappingError, match=r"^toy\.map:\d+: ") as caught:
        compiled(text)
    assert says in str(caught.value)


def test_head_is_required() -> None:
    """A table without its first line is refused."""
    with pytest.raises(MappingError, match=r"^toy\.map:1: a table begins with"):
        parse_table(Path("toy.map"), "HD-01  transport.carrier\n")


def test_ambiguous_code_table(tmp_path: Path) -> None:
    """Two codes for one value are refused unless one of them is only read."""
    (tmp_path / "modes.csv").write_text("code,mode,use\nO,10,\nS,10,\n")
    with pytest.raises(MappingError, match="mean the same"):
        compiled("HD-01  transport.mode  codes modes", tmp_path)
    (tmp_path / "modes.csv").write_text("code,mode,use\nO,10,\nS,10,read\n")
    mapping = compiled("HD-01  transport.mode  codes modes", tmp_path)
    assert mapping.id == "toy/MSG/1"


def test_comments_and_blank_lines() -> None:
    """Comments and blank lines say nothing; a # inside quotes is text."""
    mapping = compiled('# all\n\nHD-01  transport.carrier  # the line\nignore HD-02  "it is #2"\n')
    assert [row.kind for row in mapping.table.rows] == ["map", "ignore"]
    assert mapping.table.rows[1].text == "it is #2"


def test_a_block_serves_wherever_it_is_used() -> None:
    """Its rows stand at each place of use, their paths below the object that is named there."""
    mapping = compiled(
        "block who\n  NM-01  name\n  AD-01  address.city\n"
        "each NM  parties[role=a]\n  use who\n"
        "each BL/EQ  equipment[]\n  EQ-01  number\n"
    )
    assert [row.address for row in mapping.table.rows] == ["NM", "BL/EQ"]
    assert [(row.address, row.paths) for row in mapping.table.rows[0].rows] == [
        ("NM-01", ("name",)),
        ("AD-01", ("address.city",)),
    ]
    below = compiled("block who\n  HD-01  name\nuse who buyer")
    assert [(row.address, row.paths) for row in below.table.rows] == [("HD-01", ("buyer.name",))]
