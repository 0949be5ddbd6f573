"""What pyx12 says over maps written from our tables, beside what we say."""

from __future__ import annotations

import io
import os
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import pytest
import pyx12.params
import pyx12.x12n_document

from gateway.formats.x12.format import segments_of
from gateway.specs.pyx12_compare import Pair, compare, known
from gateway.specs.pyx12_maps import RefusedError, second_opinion, write_folder
from gateway.specs.x12 import X12Spec
from tests.formats.x12.broken import cases
from tests.formats.x12.generated import address, file, good, own_sets, places
from tests.formats.x12.golden import good as good_files
from tests.formats.x12.support import SPECS, manifest, read
from tests.formats.x12.test_seeded import FAULTS

if TYPE_CHECKING:
    from pathlib import Path

# Every case of every release is compared on demand (`make deep`), in the suite all of the first
# release and every fortieth of the others.
ALL = bool(os.environ.get("X12_ALL"))
EVERY = 1 if ALL else 40
GAVE_UP = "gave-up"
SETS = [spec for spec in own_sets() if ALL or spec.version == "004010"]
OTHERS = [] if ALL else [spec for spec in own_sets() if spec.version != "004010"]


def opinion(data: bytes) -> list[Pair]:
    """Compare both verdicts on the first transaction of a file; that pyx12 gives up is one of them."""
    one = read(data).transactions[0]
    spec = SPECS.message("x12", one.message, one.version)
    assert isinstance(spec, X12Spec)
    segments, marks = segments_of(one)
    try:
        remarks = second_opinion(spec, segments, marks)
    except RefusedError:
        reasons = known(SPECS.root)
        return [Pair(ours, None, GAVE_UP, reasons.get((ours.problem, GAVE_UP), "")) for ours in one.findings]
    return compare(one.findings, remarks, SPECS.root)


@pytest.mark.parametrize("path", good_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_pyx12_accepts_the_good_fixtures(path: Path) -> None:
    """A good fixture is good for pyx12 too."""
    for one in read(path.read_bytes()).transactions:
        spec = SPECS.message("x12", one.message, one.version)
        assert isinstance(spec, X12Spec)
        segments, marks = segments_of(one)
        assert second_opinion(spec, segments, marks) == []


@pytest.mark.parametrize("spec", SETS, ids=lambda spec: spec.id)
def test_pyx12_accepts_every_place_of_a_good_set(spec: X12Spec) -> None:
    """What our pattern accepts of a set, pyx12 accepts."""
    for way in places(spec.body):
        lines = ["*".join([one.place.name, *one.elements]) for one in good(spec, way)]
        segments = [f"ST*{spec.message}*0001", *lines, f"SE*{len(lines) + 2}*0001"]
        assert second_opinion(spec, segments, "~*>") == [], address(way)


@pytest.mark.parametrize("spec", SETS, ids=lambda spec: spec.id)
def test_both_see_each_broken_constraint(spec: X12Spec) -> None:
    """For each generated case pyx12 says the same of the same place, or a difference of the table."""
    kinds: Counter[str] = Counter()
    for case in cases(spec):
        for pair in opinion(file(spec, case.body)):
            assert pair.agrees, f"{spec.id} {case.name}: {pair}"
            kinds[pair.kind] += 1
    assert kinds["agree"] > kinds.total() * 0.7


@pytest.mark.parametrize("spec", OTHERS, ids=lambda spec: spec.id)
def test_both_see_cases_of_later_releases(spec: X12Spec) -> None:
    """In the later releases pyx12 says the same of a sample of the cases, or a difference of the table."""
    for case in islice(cases(spec), None, None, EVERY):
        for pair in opinion(file(spec, case.body)):
            assert pair.agrees, f"{spec.id} {case.name}: {pair}"


def test_every_known_difference_has_a_reason() -> None:
    """No row of the table of differences is without its reason."""
    assert all(known(SPECS.root).values())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_seeded_faults_have_a_second_opinion(fault) -> None:
    """Of each seeded fault inside a set pyx12 says the same, or what the table knows of it."""
    data = fault.data.encode()
    if not SPECS.message("x12", read(data).transactions[0].message, "004010"):
        pytest.skip("a set without a map")
    for pair in opinion(data):
        assert pair.agrees or pair.kind == "only theirs", pair


def test_a_folder_of_maps_is_one_that_pyx12_takes(tmp_path: Path) -> None:
    """pyx12 itself, over the folder of a release, accepts a good manifest and refuses a bad one."""
    written = write_folder(SPECS, "004010", tmp_path)
    assert {file.name for file in written} >= {"309.xml", "810.xml", "maps.xml", "dataele.xml", "codes.xml"}
    folder = str(tmp_path)
    for data, verdict in (
        (manifest(), True),
        (manifest().replace(b"*NVLN*O*PA*", b"*NVLN*O*PAPAPA*"), False),
    ):
        source = tmp_path / "in.x12"
        source.write_bytes(data)
        said = io.StringIO()
        accepted = pyx12.x12n_document.x12n_document(
            pyx12.params.params(), str(source), said, None, map_path=folder
        )
        assert accepted is verdict
        assert ("AK9*A" in said.getvalue()) is verdict
