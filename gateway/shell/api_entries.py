"""`/v1/entries/{number}`: where an entry stands, over all filings of its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.flow.standing import Meanings, standing
from gateway.flow.standing_next import as_json
from gateway.shell.ledger_entry import story
from gateway.shell.problems import Problem
from gateway.shell.service import caller_of, json_response, service_of
from gateway.specs import data_root
from gateway.specs.answers import census_warnings, retries, words

if TYPE_CHECKING:
    from aiohttp import web

    from gateway.shell.core import Core

NUMBER_CHARS_MAX = 64


async def get_one(request: web.Request) -> web.Response:
    """Show an entry: its states as ACE has them, what may be done next, its filings."""
    number = request.match_info["number"]
    if len(number) > NUMBER_CHARS_MAX or not number.isprintable():
        raise Problem("not-found")
    found = await entry(service_of(request).core, number, caller_of(request).sees)
    if found is None:
        raise Problem("not-found")
    return json_response(found)


async def entry(core: Core, number: str, partner: str | None) -> dict[str, Any] | None:
    """Give where an entry stands, of the filings that a partner may see; None where there are none."""

    def look(ask: Any) -> dict[str, Any] | None:
        told = story(ask, number, partner)
        if told is None:
            return None
        known = meanings()
        return as_json(standing(told.number, told.filings, told.said, known), known)

    return await core.ledger.read(look)


def meanings() -> Meanings:
    """Give what customs' words mean, from the tables."""
    root = data_root()
    return Meanings(words=words(root), left=retries(root), census=census_warnings(root))
