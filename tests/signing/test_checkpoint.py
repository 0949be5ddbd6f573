from __future__ import annotations

import base64
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.signing import Key, KeyRing, KeySetError, Purpose, ReceiptFile, State, generate
from gateway.signing.checkpoint import (
    Checkpoint,
    ReceiptProof,
    check_growth,
    log_verifier,
    open_checkpoint,
    verify_proof,
)
from gateway.signing.log import Tree, consistency_proof, leaf_hash
from gateway.signing.note import Verifier, cosign, sign_note, verify_note
from tests.programs import needs
from tests.signing.samples import SOURCE

ORIGIN = "gateway.local/receipts"
ENTRIES = [f"entry {number}".encode() for number in range(20)]
TREE = Tree(leaf_hash(entry) for entry in ENTRIES)
LOG_KEY = generate(Purpose.LOG)
WITNESS_KEY = generate(Purpose.LOG)
VERIFIER = Verifier.of(ORIGIN, LOG_KEY)
WITNESS = Verifier.of("witness.example", WITNESS_KEY, witness=True)


def checkpoint(size: int = 20) -> Checkpoint:
    """Give the log's own checkpoint at a size."""
    return Checkpoint(ORIGIN, size, TREE.root(size))


def test_a_signed_note_of_another_implementation_holds() -> None:
    """The example of the signed-note specification's reference implementation verifies here."""
    verifier = Verifier.read("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert verify_note(note, verifier).ok
    assert verifier.text() == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert not verify_note(note.replace("answer", "Answer"), verifier).ok


def test_a_checkpoint_reads_back() -> None:
    """A signed checkpoint gives back origin, size and root under the log's key, and only that key."""
    note = checkpoint().sign(LOG_KEY)
    assert note.startswith(f"{ORIGIN}\n20\n")
    verdict, opened = open_checkpoint(note, VERIFIER)
    assert verdict.ok
    assert opened == checkpoint()
    verdict, opened = open_checkpoint(note, Verifier.of(ORIGIN, generate(Purpose.LOG)))
    assert opened is None
    assert verdict.findings[0].problem == "signature/absent"


def test_every_changed_character_of_a_checkpoint_is_refused() -> None:
    """No single changed character of a signed checkpoint holds."""
    note = checkpoint().sign(LOG_KEY)
    for place, char in enumerate(note):
        changed = note[:place] + chr(ord(char) ^ 1) + note[place + 1 :]
        assert open_checkpoint(changed, VERIFIER)[1] is None, place


def test_a_witness_cosigns() -> None:
    """A witness's signature over text and time is asked for and held to."""
    note = checkpoint().sign(LOG_KEY)
    seen = cosign(note, "witness.example", WITNESS_KEY, 1_795_331_469)
    assert open_checkpoint(seen, VERIFIER, [WITNESS])[0].ok
    assert open_checkpoint(note, VERIFIER, [WITNESS])[0].findings[0].problem == "signature/absent"
    line = seen.splitlines()[-1]
    raw = bytearray(base64.b64decode(line.split()[-1]))
    raw[11] ^= 1
    moved = seen.replace(line, f"{line.rpartition(' ')[0]} {base64.b64encode(raw).decode()}")
    assert open_checkpoint(moved, VERIFIER, [WITNESS])[0].findings[0].problem == "signature/invalid"
    author = Verifier.of("witness.example", WITNESS_KEY)
    assert open_checkpoint(seen, VERIFIER, [author])[0].findings[0].problem == "signature/absent"


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n020\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n-1\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n20\n{base64.b64encode(bytes(31)).decode()}\n",
        f"{ORIGIN}\n20\n",
        f"{ORIGIN}\n٢\n{base64.b64encode(bytes(32)).decode()}\n",
        f"other.example/log\n20\n{base64.b64encode(bytes(32)).decode()}\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint_of_this_log_is_refused(text: str) -> None:
    """A note that the log's key signed but that is no checkpoint of this log gives none."""
    verdict, opened = open_checkpoint(sign_note(text, ORIGIN, LOG_KEY), VERIFIER)
    assert opened is None
    assert verdict.findings


def test_growth_is_checked_between_checkpoints() -> None:
    """A log that grew holds; one that shrank, changed or is another log does not."""
    old, new = checkpoint(7), checkpoint(20)
    proof = consistency_proof(7, 20, TREE.node)
    assert check_growth(old, new, proof).ok
    assert check_growth(new, old, proof).findings[0].problem == "size/shrunk"
    forged = Checkpoint(ORIGIN, 20, leaf_hash(b""))
    assert check_growth(old, forged, proof).findings[0].problem == "history/changed"
    other = Checkpoint("other.example/log", 20, new.root)
    assert check_growth(old, other, proof).findings[0].problem == "origin/unexpected"


def test_a_proof_text_proves_one_entry_offline() -> None:
    """A `tlog-proof` text proves its entry, and no other entry, index, size or log."""
    note = checkpoint().sign(LOG_KEY)
    for index, entry in enumerate(ENTRIES):
        text = ReceiptProof.make(index, checkpoint(), note, TREE.node).text()
        assert text.startswith(f"c2sp.org/tlog-proof@v1\nindex {index}\n")
        assert verify_proof(entry, text, VERIFIER).content == entry
        assert not verify_proof(entry + b" ", text, VERIFIER)
        assert not verify_proof(entry, text.replace(f"index {index}", f"index {index + 1}"), VERIFIER)
        assert verify_proof(entry, text.replace("\nindex", "\nextra AAAA\nindex"), VERIFIER).ok


def test_every_changed_character_of_a_proof_is_refused() -> None:
    """No single changed character of a proof text holds."""
    text = ReceiptProof.make(4, checkpoint(), checkpoint().sign(LOG_KEY), TREE.node).text()
    for place, char in enumerate(text):
        changed = text[:place] + chr(ord(char) ^ 1) + text[place + 1 :]
        assert not verify_proof(ENTRIES[4], changed, VERIFIER), place


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200), st.from_regex(r"c2sp.org/tlog-proof@v1\nindex [0-9]+\n.*\n\n.*\n\n— .*\n")
    )
)
def test_any_text_gives_a_verdict(text: str) -> None:
    """Any text as a proof or note gives a verdict with reasons, never an exception."""
    assert verify_proof(b"", text, VERIFIER).findings
    assert verify_note(text, VERIFIER).findings


def test_names_and_keys_that_cannot_sign_are_refused() -> None:
    """A name with a space or plus, a text without line end, a P-256 key and a broken verifier key are errors."""
    for wrong in (
        lambda: sign_note("x\n", "a b", LOG_KEY),
        lambda: sign_note("x\n", "a+b", LOG_KEY),
        lambda: sign_note("x", "a", LOG_KEY),
        lambda: sign_note("x\x07\n", "a", LOG_KEY),
        lambda: sign_note("x\n", "a", generate(Purpose.RECEIPT)),
        lambda: Verifier.read("a+00000000+AQ=="),
        lambda: Verifier.read(f"{VERIFIER.text()[:-6]}AAAAA="),
        lambda: Verifier.read("nothing"),
    ):
        with pytest.raises(KeySetError):
            wrong()


def test_a_receipt_file_with_a_proof_holds_with_it(saved: ReceiptFile, key: Key, log_key: Key) -> None:
    """The proof in a receipt file counts: a wrong one, or an unknown log key, is a reason against."""
    assert saved.verify(saved.keyset(), SOURCE).ok
    assert log_verifier(ORIGIN, KeyRing([key]), saved.proof) is None
    assert log_verifier(ORIGIN, KeyRing([log_key.in_state(State.COMPROMISED)]), saved.proof) is None
    assert saved.verify(KeyRing([key])).findings[0].problem == "key/unknown"
    moved = replace(saved, proof=saved.proof.replace("index 2", "index 1"))
    assert moved.verify(moved.keyset()).findings[0].problem == "inclusion/invalid"


@needs("openssl")
def test_openssl_verifies_a_checkpoint(tmp_path: Path) -> None:
    """The note's Ed25519 signature, cut from its line, is accepted by openssl over the three lines."""
    note = checkpoint().sign(LOG_KEY)
    text, _, line = note.partition("\n\n")
    (tmp_path / "note").write_bytes(text.encode() + b"\n")
    (tmp_path / "sig").write_bytes(base64.b64decode(line.split()[-1])[4:])
    (tmp_path / "pem").write_bytes(LOG_KEY.public_pem())
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "pem",
        "-rawin",
        "-in",
        "note",
        "-sigfile",
        "sig",
    ]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "note").write_bytes(text.encode().replace(b"20", b"21", 1) + b"\n")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
