"""The tables of WCO XML and the XSDs written from them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lxml import etree

from gateway.formats.wco import schema
from gateway.specs import SpecError, Specs, data_root
from gateway.specs.wco import tables, versions
from gateway.specs.wco_tables import grammar
from gateway.specs.wco_xsd import files

ROOT = data_root()


@pytest.mark.parametrize("profile", ["uk-cds", "neutral"])
def test_committed_schemas_are_what_the_tables_say(profile: str) -> None:
    """The files in xsd/wco are byte for byte what the generator writes from the tables."""
    found = tables(ROOT)
    written = files(found, found.profiles[profile])
    folder = ROOT / "xsd" / "wco" / profile
    assert {path.name for path in folder.iterdir()} == set(written)
    for name, text in written.items():
        assert (folder / name).read_text(encoding="utf-8") == text, name


@pytest.mark.parametrize("profile", ["uk-cds", "neutral"])
@pytest.mark.parametrize("name", ["MetaData", "DEC", "RES", "CAN"])
def test_every_schema_compiles(profile: str, name: str) -> None:
    """Every schema of every profile is a valid XML Schema."""
    assert etree.XMLSchema(file=str(ROOT / "xsd" / "wco" / profile / f"{name}.xsd")) is not None


def test_schemas_compile_while_other_threads_parse() -> None:
    """A parse that ends on one thread takes nothing from a schema that is being compiled on another.

    libxml2 has one loader of documents for the process. A schema whose parts came through a resolver of its
    own failed here about once in forty times.
    """
    document = b"<a>" + b"<b/>" * 200 + b"</a>"
    compiling = True

    def parse() -> int:
        count = 0
        while compiling:
            schema.parse(document)
            count += 1
        return count

    with ThreadPoolExecutor(4) as threads:
        parsing = [threads.submit(parse) for _ in range(2)]
        found = [threads.submit(schema.compiled.__wrapped__, ROOT, "neutral", "MetaData") for _ in range(120)]
        assert all(future.result(60) is not None for future in found)
        compiling = False
        assert all(future.result(60) for future in parsing)


def test_the_trees_have_every_class_and_unique_ids() -> None:
    """A class id always has its class name, and an element id is unique within its class."""
    found = tables(ROOT)
    for message in ("DEC", "RES", "CAN"):
        top = found.messages[message]
        for _, element in [("", top), *top.walk()]:
            if element.family or not element.children:
                continue
            assert found.classes[element.id] == element.name
            ids = [child.id for child in element.children if child.family]
            assert len(ids) == len(set(ids)), element.name


def test_spec_addresses_are_element_names() -> None:
    """An address of the reference finds its part, its text and its attributes."""
    spec = Specs().message("wco", "DEC", "3.6")
    assert spec is not None
    parts = dict(spec.root.walk())
    net = parts["GoodsShipment/GovernmentAgencyGoodsItem/Commodity/GoodsMeasure/NetNetWeightMeasure"]
    assert net.title == "net net weight measure (128)"
    assert net.leaves[""].kind == "Measure n..16,6"
    assert net.leaves["@unitCode"].length_max == 5
    assert parts["GoodsShipment/GovernmentAgencyGoodsItem"].count_max == 999
    assert parts["AcceptanceDateTime/DateTimeString"].leaves["@formatCode"].usage == "M"
    assert spec.id == "wco/DEC/3.6"
    assert versions(ROOT) == {"DEC": ("3.6",), "RES": ("3.6",)}


def test_both_declarations_of_a_response_are_addressable() -> None:
    """A Response's own Declaration and the repeated one share one part that may stand twice."""
    spec = Specs().message("wco", "RES", "3.6")
    assert spec is not None
    declaration = spec.root.part("Declaration")
    assert declaration is not None
    assert declaration.count_max == 2
    assert declaration.part("RejectionDateTime") is not None
    assert declaration.part("Importer") is None
    shipment = declaration.part("GoodsShipment")
    assert shipment is not None
    assert shipment.part("Importer") is not None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Odd  0..1", "at least name, occurrence and id"),
        (" Odd  0..1  001  Code an..3", "not a multiple of two"),
        ("Odd  0..1  001  Word an..3", "no such kind of value"),
        ("Odd  0..1  001  Code x..3", "no such kind of value"),
        ("Odd  0..1  001  @Nowhere", "no block Nowhere"),
        ("Odd  0..1  001  Code an..3\n  Below  0..1  002  Code an..3", "has a value and children"),
    ],
)
def test_a_wrong_tree_names_file_and_line(tmp_path: Path, row: str, reason: str) -> None:
    """A faulty row of a tree stops the load with the file, the line and the reason."""
    folder = tmp_path / "faulty"
    folder.mkdir()
    for path in (ROOT / "edi_specs" / "wco" / "3.6").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    tree = folder / "CAN.txt"
    lines = tree.read_text(encoding="utf-8").count("\n")
    tree.write_text(tree.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    with pytest.raises(SpecError, match=reason) as caught:
        grammar(folder)
    assert f"CAN.txt:{lines + 1}" in str(caught.value)
