"""What faults are seeded in, and which cases are asked: `edi_specs/conformance/faults.toml`.

Lives here: reading it, the cases of a kind of code, the sample of its faults. The same seed gives the same
sample on every machine.
"""

from __future__ import annotations

import hashlib
import pickle
import tomllib
from collections import Counter
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

from gateway.conformance.selftest.faults import sites
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.conformance.model import Built, Case
    from gateway.conformance.selftest.faults import Fault


# Suites of which each case is one of its own.
_BY_HAND = (".samples", ".cases", ".mixed", ".mended", ".lenient", ".odd", ".profile", ".framed")

# The formats that have a quick way to tell that a message is right.
_CUT = frozenset({"x12", "edifact"})


@dataclass(frozen=True, slots=True)
class Scope:
    """One kind of code. `outside` maps names of functions to the reason why no case is about them."""

    name: str
    modules: tuple[str, ...]
    suites: tuple[str, ...]
    each: int
    outside: Mapping[str, str]

    def is_outside(self, fault: Fault) -> bool:
        """Tell whether a fault lies in a function that the suite does not judge."""
        name = f"{fault.module}:{fault.where}"
        return any(fnmatchcase(name, one) for one in self.outside)

    def faults(self) -> list[Fault]:
        """List every fault that the suite has to answer for."""
        return [one for module in self.modules for one in sites(module) if not self.is_outside(one)]

    @property
    def outside_total(self) -> int:
        """Count the faults that no case is about."""
        return sum(len(sites(module)) for module in self.modules) - len(self.faults())


@cache
def scopes() -> Mapping[str, Scope]:
    """Give every kind of code by its name."""
    path = data_root() / "edi_specs" / "conformance" / "faults.toml"
    found = {}
    for name, plain in tomllib.loads(path.read_text(encoding="utf-8")).items():
        package = plain["package"]
        outside = {
            f"{package}.{function}": one["why"]
            for one in plain.get("outside", ())
            for function in one["functions"]
        }
        modules = tuple(f"{package}.{one}" for one in plain["modules"])
        found[name] = Scope(name, modules, tuple(plain["suites"]), plain["each"], outside)
    return found


def scope(name: str) -> Scope:
    """Give one kind of code."""
    return scopes()[name]


def salt(seed: int, name: str) -> int:
    """Give a number that depends on seed and name alone."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest(), "big")


def sample(one: Scope, seed: int, size: int) -> list[Fault]:
    """Draw so many faults, all of them for 0, in the order of modules and lines."""
    faults = one.faults()
    if size and size < len(faults):
        drawn = set(sorted((fault.name for fault in faults), key=lambda name: salt(seed, name))[:size])
        faults = [fault for fault in faults if fault.name in drawn]
    return faults


def nothing() -> Built:
    """Stand in for what made a case; its bytes are made already."""
    raise LookupError("the bytes of this case are made already")


def _kind(case: Case) -> str:
    """Give what a case is of: its constraint and variant, and itself if it is about an envelope or by hand."""
    if ".envelope" in case.suite or case.suite.endswith(_BY_HAND) or case.kind != "message":
        return case.id
    return "/".join(case.id.split("/")[-2:])


def pool(one: Scope, seed: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield id, suite and the packed case of what is asked: so many of every kind, drawn by the seed."""
    from gateway.conformance import catalogue, locked  # noqa: PLC0415 - who only judges needs no suites

    suites = [suite for suite in catalogue.suites() if suite.name.startswith(one.suites)]
    cases = [case for suite in suites for case in suite.cases()]
    taken: Counter[str] = Counter()
    kept = locked.names()
    meant = []
    for case in sorted(cases, key=lambda case: salt(seed, case.id)):
        kind = _kind(case)
        taken[kind] += 1
        if taken[kind] <= one.each or case.id in kept:
            meant.append(case)
    for case in sorted(meant, key=lambda case: case.id):
        packed = pickle.dumps((replace(case, make=nothing), case.make()))
        yield case.id, case.suite, packed


def one_of_each() -> Iterator[Case]:
    """Yield each sample and changed one, and one generated case of every kind: those whose answers are kept."""
    from gateway.conformance import catalogue  # noqa: PLC0415 - as above

    asked = tuple({start for one in scopes().values() for start in one.suites})
    chosen: dict[tuple[str, str], Case] = {}
    for suite in catalogue.suites():
        form = suite.name.partition(".")[0]
        if not suite.name.startswith(asked):
            continue
        for case in suite.cases():
            own = suite.name.endswith(_BY_HAND) or case.kind != "message"
            kind = case.id if own else "/".join(case.id.split("/")[-2:])
            # A right one shows as well whether it went the quick way: one of each kind of each message.
            key = (suite.name if form in _CUT and case.good else form, kind)
            best = chosen.get(key)
            if best is None or salt(1, case.id) < salt(1, best.id):
                chosen[key] = case
    yield from chosen.values()
