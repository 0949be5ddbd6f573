"""HTTP message signatures (RFC 9421) on what we send, with Content-Digest (RFC 9530).

Lives here: the signature base and the two headers, for our own requests. The key and
what it signs with are `gateway/signing`'s.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from gateway.signing import Key

# RFC 9421 section 3.3: our JOSE names to the names of HTTP signatures.
ALGORITHMS = {"EdDSA": "ed25519", "ES256": "ecdsa-p256-sha256"}
LABEL = "sig1"
COVERED = ("@method", "@target-uri", "content-digest", "content-type", "idempotency-key")


def content_digest(data: bytes) -> str:
    """Give the Content-Digest of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode('ascii')}:"


def base(components: Mapping[str, str], parameters: str) -> bytes:
    """Give the signature base (RFC 9421 section 2.5): one line for each component, the parameters last."""
    lines = [f'"{name}": {value}' for name, value in components.items()]
    lines.append(f'"@signature-params": {parameters}')
    return "\n".join(lines).encode("ascii")


def sign_request(
    method: str, url: str, headers: Mapping[str, str], key: Key, *, created: int, tag: str
) -> dict[str, str]:
    """Give `Signature-Input` and `Signature` for a request with these headers (names in lower case)."""
    components = {
        name: {"@method": method, "@target-uri": url}.get(name, headers.get(name, "")) for name in COVERED
    }
    names = " ".join(f'"{name}"' for name in components)
    algorithm = ALGORITHMS[key.algorithm]
    parameters = f'({names});created={created};keyid="{key.kid}";alg="{algorithm}";tag="{tag}"'
    signature = base64.b64encode(key.sign(base(components, parameters))).decode("ascii")
    return {"Signature-Input": f"{LABEL}={parameters}", "Signature": f"{LABEL}=:{signature}:"}
