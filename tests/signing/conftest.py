from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.signing import Key, KeyRing, Purpose, ReceiptFile, generate, make_receipt, sign_detached
from tests.signing.samples import ACKNOWLEDGEMENT, technical


@pytest.fixture(scope="session")
def key() -> Key:
    """Give a key that signs receipts."""
    return generate(Purpose.RECEIPT, not_before=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="session")
def ring(key: Key) -> KeyRing:
    """Give the signer's own ring."""
    return KeyRing([key])


@pytest.fixture(scope="session")
def public(ring: KeyRing) -> KeyRing:
    """Give the ring as a stranger has it."""
    return KeyRing.from_jwks(ring.jwks_text())


@pytest.fixture(scope="session")
def saved(key: Key, ring: KeyRing) -> ReceiptFile:
    """Give the receipt file of a technical answer."""
    return ReceiptFile(
        receipt=make_receipt(technical(), key),
        acknowledgement=ACKNOWLEDGEMENT,
        media_type="application/edi-x12",
        signature=sign_detached(ACKNOWLEDGEMENT, key),
        keys=ring.jwks(),
    )
