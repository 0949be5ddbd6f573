"""A new configuration and new tables for a running gateway, looked at before they are taken.

Profiles, limits and tables (mappings, specs, code lists) are taken at once; work that was
begun ends with what it began with. What cannot change while running is named and stays as
it was.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from gateway.shell import evidence
from gateway.shell.auth import Gatekeeper
from gateway.shell.config import Config, ConfigError
from gateway.shell.service import Service
from gateway.shell.shelf import read_keys

# Parts of the configuration that are looked at only when something starts.
FIXED = ("name", "log", "server", "store", "keys", "signing", "as2", "work", "endpoints", "tracing", "relays")
FIXED_OF_PARTNERS = ("folder", "as2")


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What was taken, and what waits for a restart."""

    tables: bool
    waiting: tuple[str, ...]


async def reload(service: Service, config: Config) -> Reloaded:
    """Take a new configuration and read the tables again.

    Raises `ConfigError` where the new profiles do not fit what stays, `SpecError` or
    `MappingError` where a table is wrong: then nothing is taken.
    """
    core = service.core
    waiting = _waiting(core.config, config)
    taken = _merged(core.config, config)
    request_keys = {
        name: read_keys(partner.request_keys)
        for name, partner in config.partners.items()
        if partner.request_keys is not None
    }
    renewed = core.pool.processes > 0
    if renewed:
        await core.pool.renew(evidence.tables.cache_clear)
        await asyncio.to_thread(evidence.tables)
    core.config = taken
    service.gatekeeper = Gatekeeper(core.config, core.clock)
    service.request_keys = request_keys
    core.counts["reloads"] += 1
    return Reloaded(renewed, waiting)


def _merged(old: Config, new: Config) -> Config:
    """Give the new configuration with the old values of what stays, held to the same rules."""
    plain = new.model_dump() | {name: old.model_dump()[name] for name in FIXED}
    try:
        return Config.model_validate(plain)
    except ValueError as error:
        reason = str(error).splitlines()[-2].strip()
        raise ConfigError("config", 0, f"it does not fit what stays until a restart: {reason}") from error


def _waiting(old: Config, new: Config) -> tuple[str, ...]:
    """Name what differs and cannot be taken while running."""
    found = [name for name in FIXED if getattr(old, name) != getattr(new, name)]
    for partner in sorted({*old.partners, *new.partners}):
        before, after = old.partners.get(partner), new.partners.get(partner)
        found += [
            f"partners.{partner}.{name}"
            for name in FIXED_OF_PARTNERS
            if getattr(before, name, None) != getattr(after, name, None)
        ]
    return tuple(found)
