"""AS2 in the service: partnerships, the door, the sender, and carriers for endpoints."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.shell.as2_carrier import As2Carrier
from gateway.shell.as2_partners import Partnership, Partnerships
from gateway.shell.config import ConfigError, Partner

if TYPE_CHECKING:
    from aiohttp import web

    from gateway.shell.as2_in import Door
    from gateway.shell.as2_out import Sender
    from gateway.shell.config import Endpoint
    from gateway.shell.core import Core

PATH = "/v1/as2"


class As2:
    """All of AS2 for one core. Without partnerships it takes nothing and sends nothing."""

    def __init__(self, core: Core) -> None:
        """Read the partnerships. Raises `ConfigError`."""
        self._core = core
        self.partnerships = Partnerships(core.config)
        if self.partnerships:
            _ = self.door, self.sender

    @cached_property
    def door(self) -> Door:
        """What takes messages in; a tenth of what a service loads, and loaded where somebody does AS2."""
        from gateway.shell.as2_in import Door  # noqa: PLC0415

        return Door(self._core, self.partnerships)

    @cached_property
    def sender(self) -> Sender:
        """What sends messages, where there is somebody to send to."""
        from gateway.shell.as2_out import Sender  # noqa: PLC0415

        return Sender(self._core, self.partnerships)

    def listen_at(self, url: str) -> None:
        """Say where we are reached: asynchronous receipts come there."""
        if self.partnerships:
            self.sender.listen_at((self._core.config.server.public_url or url).rstrip("/") + PATH)

    def carrier(self, name: str, endpoint: Endpoint) -> As2Carrier:
        """Give the carrier of an endpoint. Raises `ConfigError`."""
        partnership = self.partnerships.get(f"endpoint/{name}")
        if partnership is None:
            raise ConfigError("config", 0, f"endpoint {name} has no AS2 partnership")
        return As2Carrier(self._core, self.sender, partnership, endpoint)

    def profile(self, partnership: Partnership | None) -> Partner:
        """Give the rates of a sender: a stranger has few, an endpoint many."""
        if partnership is None:
            return Partner(requests_per_second=1, requests_burst=50)
        if partnership.endpoint:
            return Partner(requests_per_second=1000, requests_burst=2000)
        return self._core.config.partners[partnership.partner]

    def trusts(self, request: web.Request, partnership: Partnership | None) -> bool:
        """Tell whether the connection's client certificate, if there is one, is the sender's own."""
        secure = request.transport.get_extra_info("ssl_object") if request.transport is not None else None
        certificate = secure.getpeercert(binary_form=True) if secure is not None else None
        if not certificate or partnership is None:
            return True
        own = hashlib.sha256(certificate).hexdigest()
        theirs = {one.lower().replace(":", "") for one in self.profile(partnership).certificates}
        return own in theirs if theirs else own not in self._others(partnership)

    def _others(self, partnership: Partnership) -> set[str]:
        return {
            one.lower().replace(":", "")
            for name, partner in self._core.config.partners.items()
            if name != partnership.partner
            for one in partner.certificates
        }
