"""A receipt file cut into the pieces that openssl and José work on (`docs/verify.md`)."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.signing.algorithms import der_signature
from gateway.signing.checkpoint import log_verifier
from gateway.signing.jsontext import HEADER_BYTES_MAX, JsonTextError, decode64, encode64, strict_object
from gateway.signing.receiptfile import ReceiptFile, ReceiptFileError


def pieces(saved: ReceiptFile) -> dict[str, bytes]:
    """Cut a receipt file into files by name. Raises `ReceiptFileError`; verifies nothing."""
    found = {"receipt.jws": saved.receipt.encode("utf-8")}
    found |= _token_pieces("receipt", saved, saved.receipt, None)
    if saved.acknowledgement is not None:
        found["acknowledgement"] = saved.acknowledgement
        found["acknowledgement.jws"] = saved.signature.encode("utf-8")
        found |= _token_pieces("acknowledgement", saved, saved.signature, saved.acknowledgement)
    if saved.proof:
        found["receipt.tlog-proof"] = saved.proof.encode("utf-8")
        verifier = log_verifier(saved.claims().log, saved.keyset(), saved.proof) if saved.keys else None
        if verifier is not None:
            found["log.pem"] = verifier.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return found


def _token_pieces(name: str, saved: ReceiptFile, token: str, data: bytes | None) -> dict[str, bytes]:
    """Give payload, signing input, signature as openssl wants it, and the key, of one token."""
    try:
        head, payload, signature = token.split(".")
        header = strict_object(decode64(head), HEADER_BYTES_MAX)
        raw = decode64(signature)
        found = {f"{name}.json": decode64(payload)} if data is None else {}
    except (JsonTextError, ValueError) as error:
        raise ReceiptFileError(f"the token of the {name} cannot be cut: {error}") from error
    body = payload if data is None else encode64(data)
    found[f"{name}.signing-input"] = f"{head}.{body}".encode()
    found[f"{name}.sig"] = der_signature(raw) if str(header.get("alg")).startswith("ES") else raw
    key = saved.keyset().find(str(header.get("kid"))) if saved.keys else None
    if key is not None:
        found[f"{name}.pem"] = key.public_pem()
        found[f"{name}.jwk"] = json.dumps(key.as_jwk()).encode("ascii")
    return found
