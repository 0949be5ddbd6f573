"""The receipt file: one JSON file that proves an answer without asking anybody.

Members: `format` ("customs-receipt-file/1"), `receipt` (the token), `acknowledgement` (null
or `media_type`, `body` in base64, `signature` as detached JWS), `keys` (the public key set
at the time), `proof` (null or a tlog-proof text). What it proves, it proves to somebody who
trusts the keys: the set inside is for convenience, a verifier brings its own.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.finding import Finding
from gateway.signing.checkpoint import log_verifier, verify_proof
from gateway.signing.jsontext import JsonTextError, decode64, strict_object
from gateway.signing.jws import verify_detached
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import KeySetError
from gateway.signing.note import Verifier
from gateway.signing.receipt import Kind, Receipt, ReceiptError, read_receipt, verify_receipt
from gateway.signing.verdict import Verdict, wrong

FORMAT = "customs-receipt-file/1"
FILE_BYTES_MAX = 64 * 1024 * 1024
KIND = "receipt-file.v1"
NO_RECEIPT = f"this is no receipt: neither a receipt file ({FORMAT}) nor a bare receipt token"


class ReceiptFileError(ValueError):
    """The file is not a receipt file. The message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFile:
    """A receipt with what is needed to check it.

    `acknowledgement` are the answer's exact bytes and `signature` its detached JWS; both are
    empty for a receipt of bytes. `keys` is a public key set as plain JSON.
    """

    receipt: str
    acknowledgement: bytes | None = None
    media_type: str = ""
    signature: str = ""
    keys: dict[str, Any] = field(default_factory=dict)
    proof: str = ""

    def claims(self) -> Receipt:
        """Read what the receipt says, unverified. Raises `ReceiptFileError`."""
        try:
            return read_receipt(decode64(self.receipt.split(".")[1]))
        except (ReceiptError, ValueError, IndexError) as error:
            raise ReceiptFileError(f"the receipt cannot be read: {error}") from error

    def as_text(self) -> str:
        """Give the file's text."""
        acknowledgement = None
        if self.acknowledgement is not None:
            acknowledgement = {
                "media_type": self.media_type,
                "body": base64.b64encode(self.acknowledgement).decode("ascii"),
                "signature": self.signature,
            }
        plain = {
            "format": FORMAT,
            "receipt": self.receipt,
            "acknowledgement": acknowledgement,
            "keys": self.keys,
            "proof": self.proof or None,
        }
        return json.dumps(plain, indent=1) + "\n"

    @classmethod
    def read(cls, data: bytes) -> ReceiptFile:
        """Read a receipt file, or a bare token. Raises `ReceiptFileError`; verifies nothing."""
        if data.startswith(b"ey") and data.count(b".") == 2:
            return cls(receipt=data.decode("ascii", "replace").strip())
        try:
            plain = strict_object(data, FILE_BYTES_MAX)
            _format(plain.get("format"))
            answer = plain["acknowledgement"]
            return cls(
                receipt=_text(plain, "receipt"),
                acknowledgement=None if answer is None else base64.b64decode(answer["body"], validate=True),
                media_type="" if answer is None else _text(answer, "media_type"),
                signature="" if answer is None else _text(answer, "signature"),
                keys=dict(plain["keys"]),
                proof=_text(plain, "proof") if plain.get("proof") is not None else "",
            )
        except ReceiptFileError:
            raise
        except KeyError as error:
            raise ReceiptFileError(f"{error} is missing") from error
        except JsonTextError as error:
            raise ReceiptFileError(NO_RECEIPT) from error
        except binascii.Error as error:
            raise ReceiptFileError("acknowledgement.body is not base64") from error
        except (TypeError, ValueError) as error:
            raise ReceiptFileError("a part of the receipt file has not the shape it must have") from error

    def keyset(self) -> KeyRing:
        """Give the key set inside. Raises `ReceiptFileError`."""
        try:
            return KeyRing.from_jwks(self.keys)
        except KeySetError as error:
            raise ReceiptFileError(f"the key set inside cannot be used: {error}") from error

    def verify(
        self, keyset: KeyRing, source: bytes | None = None, witnesses: Sequence[Verifier] = ()
    ) -> Verdict:
        """Check everything in the file against trusted keys, and the submitted bytes if given.

        The receipt's token, the acknowledgement against the receipt, the acknowledgement's own
        signature, made by a key valid at the receipt's time, and the log proof if there is one.
        With `witnesses` there must be a proof, under a checkpoint that each of them cosigned.
        """
        verdict = verify_receipt(self.receipt, keyset, source, self.acknowledgement)
        if verdict.signed is None or verdict.findings:
            return verdict
        receipt = read_receipt(verdict.content)
        return verdict.against(
            *self._answer_findings(receipt, keyset), *self._proof_findings(receipt, keyset, witnesses)
        )

    def _proof_findings(
        self, receipt: Receipt, keyset: KeyRing, witnesses: Sequence[Verifier]
    ) -> tuple[Finding, ...]:
        if not self.proof:
            message = "there is no log proof that a witness could have cosigned"
            return (wrong(KIND, "proof", "proof/absent", message),) if witnesses else ()
        verifier = log_verifier(receipt.log, keyset, self.proof)
        if verifier is None:
            message = "no trusted key signed the checkpoint of the log proof"
            return (wrong(KIND, "proof", "key/unknown", message, expected=receipt.log),)
        return verify_proof(self.receipt.encode("utf-8"), self.proof, verifier, witnesses).findings

    def _answer_findings(self, receipt: Receipt, keyset: KeyRing) -> tuple[Finding, ...]:
        if receipt.kind is Kind.RECEIPT:
            return ()
        if self.acknowledgement is None:
            message = "the receipt is about an acknowledgement that is not in the file"
            return (
                wrong(KIND, "acknowledgement", "content/absent", message, expected=receipt.answers or ""),
            )
        return verify_detached(self.acknowledgement, self.signature, keyset, at=receipt.at).findings


def _format(name: object) -> None:
    if name != FORMAT:
        raise ReceiptFileError(f"{NO_RECEIPT}; its format is {name!r}" if name else NO_RECEIPT)


def _text(plain: dict[str, Any], name: str) -> str:
    text = plain[name]
    if not isinstance(text, str):
        raise ReceiptFileError(f"{name} is not text")
    return text
