from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.signing import (
    Attests,
    Key,
    KeyRing,
    Kind,
    Purpose,
    ReceiptError,
    ReceiptFile,
    ReceiptFileError,
    digest,
    generate,
    make_receipt,
    read_receipt,
    render,
    sign_compact,
    sign_detached,
    verify_receipt,
)
from gateway.signing.receipt import TYPE
from tests.signing.samples import ACKNOWLEDGEMENT, AT, SOURCE, technical


def test_a_receipt_says_what_it_was_made_of(key: Key, public: KeyRing) -> None:
    """The verified payload reads back as the receipt that was signed."""
    verdict = verify_receipt(make_receipt(technical(), key), public, SOURCE, ACKNOWLEDGEMENT)
    assert verdict.ok
    assert verdict.reasons == ()
    assert read_receipt(verdict.content) == technical()


def test_the_members_stand_in_the_documented_order() -> None:
    """The payload is compact JSON whose members come in the order of the table in the docs."""
    payload = technical().payload()
    names = list(json.loads(payload))
    assert names[:8] == ["v", "receipt", "submission", "kind", "attests", "disposition", "at", "received_at"]
    assert names[8:12] == ["partner", "via", "content", "interchange"]
    assert b'"at":"2026-03-10T09:16:03.123456Z"' in payload
    assert b": " not in payload


def test_a_receipt_of_bytes_claims_no_more_than_that() -> None:
    """No receipt claims what its kind may not: bytes are no syntax, syntax is no customs decision."""
    plain = technical(kind=Kind.RECEIPT, attests=Attests.RECEIVED, disposition="received", answers=None)
    assert b'"answers":null' in plain.payload()
    for changes in (
        {"kind": Kind.RECEIPT, "attests": Attests.SYNTAX, "answers": None},
        {"kind": Kind.RECEIPT, "attests": Attests.RECEIVED, "disposition": "accepted", "answers": None},
        {"attests": Attests.CUSTOMS},
        {"disposition": "received"},
        {"answers": None},
        {"kind": Kind.BUSINESS},
    ):
        with pytest.raises(ReceiptError):
            technical(**changes)


@pytest.mark.parametrize("place", range(0, len(SOURCE), 7))
def test_one_changed_byte_of_the_input_is_seen(place: int, key: Key, public: KeyRing) -> None:
    """A submitted file with one byte changed does not fit its receipt."""
    changed = SOURCE[:place] + bytes([SOURCE[place] ^ 4]) + SOURCE[place + 1 :]
    verdict = verify_receipt(make_receipt(technical(), key), public, changed)
    assert [finding.problem for finding in verdict.findings] == ["digest/differs"]


def test_the_reasons_name_what_differs(key: Key, public: KeyRing) -> None:
    """Length, acknowledgement and time outside the key's dates have a reason each."""
    token = make_receipt(technical(), key)
    assert verify_receipt(token, public, SOURCE + b"x").findings[0].problem == "length/differs"
    assert verify_receipt(token, public, None, b"x").findings[0].place == "answers"
    early = make_receipt(technical(at=AT - timedelta(days=900)), key)
    assert verify_receipt(early, public).findings[0].problem == "key/out-of-date"


def test_a_receipt_outlives_the_rotation_of_its_key(key: Key) -> None:
    """After a rotation the old receipt holds, and the old key makes no new one that does."""
    token = make_receipt(technical(), key)
    later = AT + timedelta(days=30)
    ring = KeyRing.from_jwks(KeyRing([key]).rotate(generate(Purpose.RECEIPT), later).jwks())
    assert verify_receipt(token, ring).ok
    back = make_receipt(technical(at=later + timedelta(days=1)), key)
    assert verify_receipt(back, ring).findings[0].problem == "key/out-of-date"


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"v": True},
        {"v": "1"},
        {"at": "2026-03-10T09:16:03Z"},
        {"at": "2026-13-10T09:16:03.000000Z"},
        {"at": 1},
        {"kind": "other"},
        {"content": {"bytes": -1, "digest": digest(b"")}},
        {"content": {"bytes": True, "digest": digest(b"")}},
        {"content": {"bytes": 1, "digest": "sha-256=:AA==:"}},
        {"content": []},
        {"answers": "md5=:AA==:"},
        {"via": {"key": 1}},
        {"interchange": []},
        {"specs": "x12"},
        {"partner": None},
        {"log": None},
        {"disposition": "received"},
    ],
    ids=str,
)
def test_a_signed_payload_that_is_no_receipt_is_refused(
    changes: dict[str, object], key: Key, public: KeyRing
) -> None:
    """A payload that is rightly signed but no receipt of a known version does not hold."""
    payload = json.dumps(json.loads(technical().payload()) | changes).encode()
    verdict = verify_receipt(sign_compact(payload, key, TYPE), public)
    assert [finding.problem for finding in verdict.findings] == ["receipt/invalid"]


def test_a_token_of_another_type_is_no_receipt(key: Key, public: KeyRing) -> None:
    """The same payload under another `typ` is refused."""
    token = sign_compact(technical().payload(), key, "JWT")
    assert verify_receipt(token, public).findings[0].problem == "type/unexpected"


def test_text_for_people_says_it_in_one_sentence() -> None:
    """The text begins with what is attested, and control characters are shown escaped."""
    text = render(technical(partner="A\x1b[31mB\u202e"))
    assert text.startswith("technical: The message could be read.")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "TA1" not in text
    assert "000000125" in text


def test_a_receipt_file_holds_only_as_a_whole(saved: ReceiptFile, key: Key, public: KeyRing) -> None:
    """A file reads back equal and holds; with another answer, signature or input it does not."""
    assert ReceiptFile.read(saved.as_text().encode()) == saved
    assert saved.verify(public, SOURCE).ok
    assert saved.verify(saved.keyset()).ok
    other = replace(saved, acknowledgement=ACKNOWLEDGEMENT + b"\n")
    assert other.verify(public).findings[0].problem == "digest/differs"
    unsigned = replace(saved, signature="")
    assert unsigned.verify(public).findings[0].problem == "parts/count"
    swapped = replace(saved, signature=sign_detached(b"x", key))
    assert swapped.verify(public).findings[0].problem == "signature/invalid"
    bare = ReceiptFile(receipt=saved.receipt)
    assert bare.verify(public).findings[0].problem == "content/absent"
    assert saved.verify(public, b"").findings[0].problem == "length/differs"


def test_a_forged_file_with_its_own_keys_falls_to_trusted_ones(public: KeyRing) -> None:
    """A whole file by a stranger holds with its own keys and not with the trusted ones."""
    stranger = generate(Purpose.RECEIPT, not_before=datetime.fromisoformat("2026-01-01T00:00:00Z"))
    forged = ReceiptFile(
        receipt=make_receipt(technical(), stranger),
        acknowledgement=ACKNOWLEDGEMENT,
        media_type="application/edi-x12",
        signature=sign_detached(ACKNOWLEDGEMENT, stranger),
        keys=KeyRing([stranger]).jwks(),
    )
    assert forged.verify(forged.keyset()).ok
    assert forged.verify(public).findings[0].problem == "key/unknown"


def test_every_changed_byte_of_a_receipt_file_is_refused_or_means_the_same(
    saved: ReceiptFile, public: KeyRing
) -> None:
    """No changed byte of a receipt file makes another receipt or acknowledgement hold."""
    data = saved.as_text().encode()
    for place in range(0, len(data), 3):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        try:
            again = ReceiptFile.read(changed)
        except ReceiptFileError:
            continue
        if again.verify(public).ok:
            assert (again.receipt, again.acknowledgement) == (saved.receipt, saved.acknowledgement)
            assert again.signature == saved.signature


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_as_receipt_file(data: bytes) -> None:
    """Any bytes are a receipt file or a `ReceiptFileError`."""
    with contextlib.suppress(ReceiptFileError):
        assert isinstance(ReceiptFile.read(data), ReceiptFile)
