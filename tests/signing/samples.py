"""Made-up bytes and receipts that the tests of signing share."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.signing import Attests, Content, Kind, Receipt, digest

AT = datetime(2026, 3, 10, 9, 16, 3, 123456, tzinfo=UTC)
SOURCE = b"ISA*00*          *00*          *ZZ*TESTBROKER     *ZZ*GATEWAY        *260310*0916*U*00401*000000125*0*T*:~"
ACKNOWLEDGEMENT = (
    b"ISA*00*...*ZZ*GATEWAY*ZZ*TESTBROKER~TA1*000000125*260310*0916*A*000~IEA*0*000000001~\r\n\x00\xff"
)


def technical(**changes: object) -> Receipt:
    """Give a technical receipt about the two samples, with changes."""
    values = {
        "receipt": "01KAP3AAAAAAAAAAAAAAAAAAAB",
        "submission": "01KAP3AAAAAAAAAAAAAAAAAAAA",
        "kind": Kind.TECHNICAL,
        "attests": Attests.SYNTAX,
        "disposition": "accepted",
        "at": AT,
        "received_at": AT,
        "partner": "TESTBROKER",
        "content": Content.of(SOURCE),
        "via": {"transport": "http", "key": "8e03978e"},
        "interchange": {"format": "x12", "control": "000000125"},
        "answers": digest(ACKNOWLEDGEMENT),
        "findings": Content.of(b"[]"),
        "software": "customs-gateway/0.1.0",
        "specs": ("x12/309/004010",),
        "log": "gateway.local/receipts",
    }
    return Receipt(**(values | changes))
