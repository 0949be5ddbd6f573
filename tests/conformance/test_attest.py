"""`attest`: a signed statement that holds for its own results and for no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli import main
from tests.conformance.commands import ENVELOPE, conformance, judged


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """Results, a key folder, the public keys, and a statement."""
    judged(tmp_path / "r.jsonl", f"{ENVELOPE}/ISA-01", "--quiet")
    folder = str(tmp_path / "keys")
    assert main(["keys", "generate", "--folder", folder]) == 0
    assert main(["keys", "export", "--folder", folder, "-o", str(tmp_path / "jwks.json")]) == 0
    said = conformance("attest", tmp_path / "r.jsonl", "--key", folder, "-o", tmp_path / "s.jws")
    assert said.status == 0, said.err
    return tmp_path


def verified(folder: Path, results: str = "r.jsonl", keys: str = "jwks.json") -> tuple[int, str]:
    """Verify the statement; give status and words."""
    said = conformance("attest", folder / results, "--verify", folder / "s.jws", "--trust", folder / keys)
    return said.status, said.out + said.err


def test_a_statement_holds(signed: Path) -> None:
    """Signed results verify with the public keys, and the outcome is told."""
    status, words = verified(signed)
    assert status == 0
    assert words.startswith("conforming: 3 of 3 cases passed.")


def test_a_statement_holds_for_its_results_alone(signed: Path) -> None:
    """Other results, a changed statement and somebody else's keys are refused with 1."""
    judged(signed / "other.jsonl", f"{ENVELOPE}/ISA-01", "--target", "toy:accept", "--quiet")
    status, words = verified(signed, results="other.jsonl")
    assert status == 1
    assert "about other results" in words
    assert main(["keys", "generate", "--folder", str(signed / "k2")]) == 0
    assert main(["keys", "export", "--folder", str(signed / "k2"), "-o", str(signed / "k2.json")]) == 0
    assert verified(signed, keys="k2.json")[0] == 1
    token = (signed / "s.jws").read_text()
    head, payload, signature = token.split(".")
    (signed / "s.jws").write_text(f"{head}.{payload[:-4]}AAAA.{signature}")
    assert verified(signed)[0] == 1


def test_nothing_is_signed_that_is_not_whole(signed: Path) -> None:
    """Truncated results, no key, and no trust give 2."""
    data = (signed / "r.jsonl").read_bytes()
    (signed / "cut.jsonl").write_bytes(data[:-9])
    assert conformance("attest", signed / "cut.jsonl", "--key", signed / "keys").status == 2
    assert conformance("attest", signed / "r.jsonl").status == 2
    assert conformance("attest", signed / "r.jsonl", "--key", signed / "nowhere").status == 2
    assert conformance("attest", signed / "r.jsonl", "--verify", signed / "s.jws").status == 2
