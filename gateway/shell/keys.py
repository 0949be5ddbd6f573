"""The key folder: one file for each signing key, readable by its owner alone.

A file is PKCS#8 PEM, encrypted when a passphrase is configured, under a few lines of plain
text: `purpose`, `state`, `algorithm`, `not-before`, `not-after`. A certificate chain may
follow in the same file. Files are replaced whole, never changed in place, and a key that
signed is never deleted: its public half proves old receipts.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption

from gateway.signing.algorithms import RSA_BITS
from gateway.signing.certificates import certificate, self_signed
from gateway.signing.keyring import KeyRing
from gateway.signing.keys import CLOCK_SKEW, Key, KeySetError, Purpose, State, generate, private_key

SERVICE_PURPOSES = (Purpose.RECEIPT, Purpose.LOG)
"""What the service cannot start without."""

CERTIFIED = frozenset({Purpose.CMS, Purpose.XML, Purpose.AS2})
"""What is verified with a certificate; a key for it gets one that it signs itself."""

CERTIFICATE_LIFE = timedelta(days=5 * 365)
KEY_FILE_BYTES_MAX = 256 * 1024
_BEGIN = b"-----BEGIN "
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


class KeyFolderError(Exception):
    """The key folder cannot be used. The message names the file and what to do."""


class KeyFolder:
    """Signing keys on disk. Reading gives a `KeyRing`; each change writes one or two files."""

    def __init__(
        self,
        folder: Path,
        passphrase: str | None = None,
        name: str = "GATEWAY",
        rsa_bits: int = RSA_BITS,
    ) -> None:
        """Name the folder; it need not exist. `passphrase` encrypts and opens the key files.

        `name` is the common name in the certificates that come with keys for CMS, XML and AS2; a new key
        of RSA has `rsa_bits`.
        """
        self.folder = folder
        self._name = name
        self._rsa_bits = rsa_bits
        self._passphrase = passphrase.encode("utf-8") if passphrase else None

    def load(self) -> KeyRing:
        """Read all keys. Raises `KeyFolderError`; a missing folder is an empty ring."""
        try:
            files = sorted(self.folder.glob("*.pem"))
            return KeyRing(self._read(file) for file in files)
        except KeySetError as error:
            raise KeyFolderError(f"{self.folder}: {error}") from error
        except OSError as error:
            raise KeyFolderError(f"{error.filename or self.folder}: {error.strerror}") from error

    def open(
        self, now: datetime, purposes: Iterable[Purpose] = SERVICE_PURPOSES, *, make: bool = True
    ) -> KeyRing:
        """Read all keys, and make those that are missing for these purposes.

        With `make` false a missing key is an error. Raises `KeyFolderError`.
        """
        with self._locked() if make else contextlib.nullcontext():
            ring = self.load()
            missing = [purpose for purpose in dict.fromkeys(purposes) if not ring.signs(purpose)]
            if not missing:
                return ring
            if not make:
                raise KeyFolderError(f"{self.folder}: no active key for {missing[0]}")
            # To look for the primes of RSA takes long, and is done side by side.
            with ThreadPoolExecutor() as threads:
                for key in threads.map(lambda purpose: self._made(purpose, "", now), missing):
                    self._write(key)
                    ring = ring.add(key)
            return ring

    def rotate(self, purpose: Purpose, now: datetime, algorithm: str = "") -> Key:
        """Make a new active key; the one before it signs no more. Raises `KeyFolderError`.

        A key that is pending for the purpose is taken rather than a new one made.
        """
        with self._locked():
            ring = self.load()
            waiting = (key for key in ring if key.purpose is purpose and key.state is State.PENDING)
            new = next(waiting, None) or self._made(purpose, algorithm, now)
            changed = ring.rotate(new, now)
            # The old key first: two active ones would stop the next start, none is made good by it.
            for key in sorted(changed, key=lambda one: one.kid == new.kid):
                if ring.find(key.kid) != key:
                    self._write(key)
            return changed.signer(purpose)

    def generate(self, purpose: Purpose, now: datetime, algorithm: str = "", *, pending: bool = False) -> Key:
        """Make a key: pending, or active where none is. Raises `KeyFolderError`."""
        with self._locked():
            if not pending and self.load().signs(purpose):
                raise KeyFolderError(f"{self.folder}: {purpose} has an active key; rotate it")
            key = self._made(purpose, algorithm, now, state=State.PENDING if pending else State.ACTIVE)
            self._write(key)
            return key

    def certify(self, kid: str, certificates: bytes) -> Key:
        """Keep a chain that an authority issued for a key, its own certificate first.

        Raises `KeyFolderError` when it is for another key.
        """
        with self._locked():
            found = self.load().find(kid)
            if found is None:
                raise KeyFolderError(f"{self.folder}: no key {kid}")
            certified = replace(found, certificates=certificates)
            try:
                certificate(certified)
            except KeySetError as error:
                raise KeyFolderError(str(error)) from error
            self._write(certified)
            return certified

    def retire(self, kid: str, now: datetime, *, compromised: bool = False) -> Key:
        """Take a key out of use, for good. Raises `KeyFolderError`."""
        with self._locked():
            try:
                changed = self.load().retire(kid, now, compromised=compromised).find(kid)
            except KeySetError as error:
                raise KeyFolderError(f"{self.folder}: {error}") from error
            if changed is None:
                raise KeyFolderError(f"{self.folder}: no key {kid}")
            self._write(changed)
            return changed

    def _made(self, purpose: Purpose, algorithm: str, now: datetime, state: State = State.ACTIVE) -> Key:
        try:
            start = None if state is State.PENDING else now
            key = generate(purpose, algorithm=algorithm, rsa_bits=self._rsa_bits, not_before=start)
        except KeySetError as error:
            raise KeyFolderError(str(error)) from error
        if purpose in CERTIFIED:
            # RFC 5280 §4.1.2.2: a serial number is positive and at most 20 octets.
            serial = secrets.randbits(158) + 1
            key = self_signed(key, self._name, serial, now - CLOCK_SKEW, now + CERTIFICATE_LIFE)
        return key.in_state(state)

    def _read(self, file: Path) -> Key:
        with file.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            data = stream.read(KEY_FILE_BYTES_MAX + 1)
        if stat.S_IMODE(mode) & 0o077:
            raise KeyFolderError(f"{file}: others may read this key; set its mode to 0600")
        if len(data) > KEY_FILE_BYTES_MAX or _BEGIN not in data:
            raise KeyFolderError(f"{file}: not a key file")
        head, rest = data.split(_BEGIN, 1)
        key_pem, mark, chain = (_BEGIN + rest).partition(_CERTIFICATE)
        try:
            private = serialization.load_pem_private_key(key_pem, self._passphrase)
            life = _life(head.decode("utf-8"))
            return private_key(private, life.pop("purpose"), certificates=mark + chain, **life)
        except (ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
            raise KeyFolderError(f"{file}: cannot be read: {error}") from error

    def _write(self, key: Key) -> None:
        """Write one key file whole: new file, sync, rename, sync of the folder."""
        protection = BestAvailableEncryption(self._passphrase) if self._passphrase else NoEncryption()
        pem = key.private.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)
        data = _head(key).encode("utf-8") + pem + key.certificates
        final = self.folder / f"{key.purpose}-{key.kid}.pem"
        fresh = final.with_suffix(".new")
        try:
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(final)
            _sync(self.folder)
        except OSError as error:
            raise KeyFolderError(f"{final}: cannot be written: {error.strerror}") from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time change the folder."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise KeyFolderError(f"{self.folder}: cannot be made: {error.strerror}") from error
        with os.fdopen(descriptor) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _head(key: Key) -> str:
    rows = {
        "purpose": key.purpose,
        "state": key.state,
        "algorithm": key.algorithm,
        "kid": key.kid,
        "not-before": key.not_before.isoformat() if key.not_before else None,
        "not-after": key.not_after.isoformat() if key.not_after else None,
    }
    return "".join(f"{name}: {value}\n" for name, value in rows.items() if value)


def _life(head: str) -> dict[str, Any]:
    rows = dict(line.split(": ", 1) for line in head.splitlines() if line.strip())
    life: dict[str, Any] = {"purpose": Purpose(rows["purpose"]), "state": State(rows["state"])}
    life["algorithm"] = rows["algorithm"]
    for name in ("not_before", "not_after"):
        if text := rows.get(name.replace("_", "-")):
            life[name] = datetime.fromisoformat(text).astimezone(UTC)
    return life


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
