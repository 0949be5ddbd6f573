"""Who is calling, and how much they may: API keys, client certificates, the loopback.

A wrong key and an unknown key look the same. Callers without credentials are only known
when the configuration has an anonymous partner, which it may only when the listener is on
the loopback address; then a page in somebody's browser must not pass for them.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.shell.clock import Clock
from gateway.shell.config import Config, Partner, is_loopback, key_hash
from gateway.shell.problems import Problem

if TYPE_CHECKING:
    from aiohttp import web

DAY_SECONDS = 86400
COOKIE = "gateway_key"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated partner."""

    name: str
    profile: Partner

    @property
    def sees(self) -> str | None:
        """Whose submissions this caller sees: its own name, or None for everybody's."""
        return None if self.profile.operator else self.name


@dataclass(slots=True)
class _Meter:
    tokens: float
    at: float
    day: int = 0
    bytes_today: int = 0


class Gatekeeper:
    """Tells callers apart and keeps them within their rates."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._partners = config.partners
        self._clock = clock
        self._anonymous = config.anonymous()
        self._by_key = {key.sha256: name for name, partner in config.partners.items() for key in partner.keys}
        self._by_certificate = {
            print_.lower().replace(":", ""): name
            for name, partner in config.partners.items()
            for print_ in partner.certificates
        }
        self._meters: dict[str, _Meter] = {}

    def identify(self, request: web.Request) -> Caller:
        """Give the caller. Raises the `Problem` 401, or 403 for a foreign page on the loopback."""
        name = self._by_credentials(request)
        if name is None and self._anonymous and "Authorization" not in request.headers:
            _refuse_foreign_page(request)
            name = self._anonymous
        if name is None:
            raise Problem("unauthorized", headers={"WWW-Authenticate": 'Bearer realm="gateway"'})
        return Caller(name, self._partners[name])

    def _by_credentials(self, request: web.Request) -> str | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._by_api_key(key.strip())
        # The console's cookie; other sites cannot send it (SameSite=Strict), and it orders nothing in /v1.
        reads = request.method == "GET" or request.path.startswith("/console")
        if reads and "Cookie" in request.headers and COOKIE in request.cookies:
            return self._by_api_key(request.cookies[COOKIE])
        secure = request.transport.get_extra_info("ssl_object") if request.transport else None
        certificate = secure.getpeercert(binary_form=True) if secure is not None else None
        if certificate:
            return self._by_certificate.get(hashlib.sha256(certificate).hexdigest())
        return None

    def _by_api_key(self, key: str) -> str | None:
        given = key_hash(key)
        found = None
        for known, name in self._by_key.items():
            if hmac.compare_digest(known, given):
                found = name
        return found

    def knows(self, key: str) -> bool:
        """Tell whether this is somebody's API key."""
        return self._by_api_key(key) is not None

    def admit(self, caller: Caller, size: int = 0) -> None:
        """Count a request against the caller's rate. Raises the `Problem` 429."""
        now, profile = self._clock.seconds(), caller.profile
        meter = self._meters.setdefault(caller.name, _Meter(float(profile.requests_burst), now))
        meter.tokens = min(
            float(profile.requests_burst),
            meter.tokens + max(0.0, now - meter.at) * profile.requests_per_second,
        )
        meter.at = now
        if meter.day != int(now // DAY_SECONDS):
            meter.day, meter.bytes_today = int(now // DAY_SECONDS), 0
        if meter.tokens < 1:
            seconds = math.ceil((1 - meter.tokens) / profile.requests_per_second)
            raise Problem("too-many-requests", headers={"Retry-After": str(seconds)})
        if meter.bytes_today + size > profile.bytes_per_day:
            left = DAY_SECONDS - int(now % DAY_SECONDS)
            raise Problem(
                "too-many-requests", "today's bytes are used up", headers={"Retry-After": str(left)}
            )
        meter.tokens -= 1
        meter.bytes_today += size


def _refuse_foreign_page(request: web.Request) -> None:
    """Refuse what a browser sends for another site, by its own marks or by a rebound name."""
    peer = request.remote or ""
    if not names_loopback(request.headers.get("Host", "")) or not _loopback_peer(peer):
        raise Problem("forbidden", "without an API key this is answered on the loopback address only")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("Host", ""):
        raise Problem("forbidden", "a page of another site asked for this")
    if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        raise Problem("forbidden", "a page of another site asked for this")


@lru_cache(maxsize=256)
def names_loopback(host: str) -> bool:
    """Tell whether a `Host` field names this machine's own loopback, with or without a port."""
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def _loopback_peer(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer.split("%", 1)[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
