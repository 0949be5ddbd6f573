from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.signing import Key, KeyRing, Purpose, ReceiptFile, generate, make_receipt, sign_detached
from gateway.signing.checkpoint import Checkpoint, ReceiptProof
from gateway.signing.log import Tree, leaf_hash
from tests.signing.samples import ACKNOWLEDGEMENT, technical


@pytest.fixture(scope="session")
def key() -> Key:
    """Give a key that signs receipts."""
    return generate(Purpose.RECEIPT, not_before=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
def log_key() -> Key:
    """Give a key that signs the log's checkpoints."""
    return generate(Purpose.LOG, not_before=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
def ring(key: Key, log_key: Key) -> KeyRing:
    """Give the signer's own ring."""
    return KeyRing([key, log_key])


@pytest.fixture(scope="session")
def public(ring: KeyRing) -> KeyRing:
    """Give the ring as a stranger has it."""
    return KeyRing.from_jwks(ring.jwks_text())


@pytest.fixture(scope="session")
def saved(key: Key, log_key: Key, ring: KeyRing) -> ReceiptFile:
    """Give the receipt file of a technical answer, the third of five in its log."""
    receipt = make_receipt(technical(), key)
    tree = Tree(leaf_hash(entry) for entry in (b"a", b"b", receipt.encode("ascii"), b"d", b"e"))
    checkpoint = Checkpoint(technical().log, 5, tree.root())
    return ReceiptFile(
        receipt=receipt,
        proof=ReceiptProof.make(2, checkpoint, checkpoint.sign(log_key), tree.node).text(),
        acknowledgement=ACKNOWLEDGEMENT,
        media_type="application/edi-x12",
        signature=sign_detached(ACKNOWLEDGEMENT, key),
        keys=ring.jwks(),
    )
