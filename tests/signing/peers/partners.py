"""AS2 partners that we did not write, as running programs: pyas2lib and BouncyCastle.

`GATEWAY_TEST_PYAS2` names the Python of an environment with pyas2lib 1.4.4. BouncyCastle is
used where Java and Debian's `libbcmail-java` are.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.signing import Key
from gateway.signing.mime import Entity
from tests.programs import lacking

HERE = Path(__file__).parent
PYAS2 = os.environ.get("GATEWAY_TEST_PYAS2", "")
JARS = [
    Path("/usr/share/java") / f"{name}.jar" for name in ("bcprov", "bcutil", "bcpkix", "bcmail", "javax.mail")
]
Job = Callable[..., dict[str, Any]]


def private_pem(key: Key, passphrase: str = "") -> str:
    """Give key and certificate as PEM."""
    protection = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return (
        key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection) + key.certificates
    ).decode()


@contextlib.contextmanager
def pyas2(sign: Key, decrypt: Key) -> Iterator[Job]:
    """Give a running partner made of pyas2lib; a job names `verify_cert` and `encrypt_cert` of the other side."""
    if not PYAS2:
        lacking("GATEWAY_TEST_PYAS2 names no Python with pyas2lib")
    command = [PYAS2, str(HERE / "pyas2_peer.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as peer:
        common = {"sign_key": private_pem(sign, "test"), "decrypt_key": private_pem(decrypt, "test")}

        def job(op: str, **details: object) -> dict[str, Any]:
            peer.stdin.write(json.dumps({"op": op, **common, **details}) + "\n")
            peer.stdin.flush()
            return json.loads(peer.stdout.readline())

        yield job
        peer.stdin.close()


def arrived(answer: dict[str, Any]) -> Entity:
    """Give what pyas2lib made as it arrives."""
    headers = {name.lower(): value.replace("\n", "") for name, value in answer["headers"].items()}
    return Entity(headers, base64.b64decode(answer["body"]))


def text64(data: bytes) -> str:
    """Give bytes as base64 text."""
    return base64.b64encode(data).decode()


@contextlib.contextmanager
def bouncy(folder: Path, **keys: Key) -> Iterator[Callable[..., str]]:
    """Give a running partner made of BouncyCastle; keys by name go into its folder, `_` for `-`."""
    if shutil.which("javac") is None or not all(jar.is_file() for jar in JARS):
        lacking("Java with BouncyCastle is not installed")
    for name, key in keys.items():
        file = folder / name.replace("_", "-")
        file.with_suffix(".pem").write_bytes(key.certificates)
        if key.signer is not None:
            private = key.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            file.with_suffix(".key").write_bytes(private)
    command = [
        "java", "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, JARS)), str(HERE / "BouncyPeer.java"),
    ]  # fmt: skip
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as peer:

        def tell(*words: str) -> str:
            peer.stdin.write(" ".join(words) + "\n")
            peer.stdin.flush()
            answer = peer.stdout.readline().strip()
            assert not answer.startswith("error"), answer
            return answer

        yield tell
        peer.stdin.close()
