"""Witnesses of the receipt log (C2SP tlog-witness): they cosign a checkpoint that continues what they saw.

A witness answers `add-checkpoint` with its own signature over the checkpoint and the time. We
send it what it needs to see that nothing was removed or changed; what it answers is verified
before it is kept. A witness that is away delays nothing for long and stops nothing.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import aiohttp

from gateway.shell.config import ConfigError
from gateway.signing import KeySetError
from gateway.signing.note import Verifier, verify_note

if TYPE_CHECKING:
    from gateway.shell.config_signing import Witness
    from gateway.shell.core import Core

log = logging.getLogger(__name__)

ANSWER_BYTES_MAX = 16 * 1024
SIZE_TYPE = "text/x.tlog.size"

Prove = Callable[[int, int], Awaitable[list[bytes]]]
"""Two sizes to the hashes that show the log of the second to begin with that of the first."""


class Witnesses:
    """Everybody who cosigns, for one core."""

    def __init__(self, core: Core) -> None:
        """Read the verifier keys. Raises `ConfigError`."""
        self._core = core
        self._known = [(one, _verifier(one)) for one in core.config.signing.witnesses]
        self._sizes: dict[tuple[str, str], int] = {}

    def __bool__(self) -> bool:
        return bool(self._known)

    async def cosigned(self, origin: str, size: int, note: str, prove: Prove) -> str:
        """Give the note with a line of every witness that answered."""
        if not self._known:
            return note
        own = note
        cookies = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(cookie_jar=cookies, trust_env=False) as session:
            for witness, verifier in self._known:
                line = await self._line(session, witness, verifier, origin, size, own, prove)
                note += line
                name = f"witness {verifier.name}"
                if line:
                    self._core.troubles.pop(name, None)
                    self._core.counts["cosignatures"] += 1
                else:
                    self._core.troubles[name] = "it did not cosign the last checkpoint"
                    self._core.counts["cosignatures_missing"] += 1
        return note

    async def _line(
        self, session: aiohttp.ClientSession, witness: Witness, verifier: Verifier, origin: str, size: int,
        own: str, prove: Prove,
    ) -> str:  # fmt: skip
        """Ask one witness; "" where it gives no signature that holds."""
        for _ in range(2):
            old = self._sizes.get((verifier.name, origin), 0)
            proof = await prove(old, size) if 0 < old < size else []
            hashes = "".join(f"{base64.b64encode(one).decode('ascii')}\n" for one in proof)
            try:
                async with session.post(
                    witness.url,
                    data=f"old {old}\n{hashes}\n{own}".encode(),
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=witness.seconds_max),
                ) as response:
                    text = (await response.content.read(ANSWER_BYTES_MAX)).decode("utf-8", "replace")
                    status = response.status
            except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
                log.info("witness %s: %s", verifier.name, str(error) or type(error).__name__)
                return ""
            if status == 409 and text.strip().isdecimal() and int(text) <= size:
                # It saw another size of ours last: prove from there.
                self._sizes[verifier.name, origin] = int(text)
                continue
            if status != 200:
                log.warning("witness %s answered %d", verifier.name, status)
                return ""
            line = _own_line(text, verifier)
            if line and verify_note(own + line, verifier).ok:
                self._sizes[verifier.name, origin] = size
                return line
            log.warning("witness %s gave a signature that does not hold", verifier.name)
            return ""
        return ""


def _own_line(text: str, verifier: Verifier) -> str:
    lines = [f"{line}\n" for line in text.splitlines() if verifier.signed(line)]
    return lines[0] if len(lines) == 1 else ""


def _verifier(witness: Witness) -> Verifier:
    try:
        verifier = Verifier.read(witness.key)
    except KeySetError as error:
        raise ConfigError("config", 0, f"signing.witnesses: {error}") from error
    if not verifier.witness:
        raise ConfigError("config", 0, f"signing.witnesses: {verifier.name} is no witness's key")
    return verifier
