"""Bills as an authority counts them: one group from in-bond and master down to sub-house.

A manifest names each bill by itself and says under which master it stands; an entry summary
or an in-bond filing wants the whole chain in one place. `grouped` says the same bills the
second way. Nothing is guessed but what the first way implies: a house bill that names no
master stands under the only master that there is, and a number that begins with its
carrier's code is carrier and number.
"""

from __future__ import annotations

import re
from typing import Any

Bill = dict[str, Any]

_KINDS = {"house": "house", "sub-house": "sub-house", "in-bond": "in-bond"}
_ORDER = ("in-bond", "master", "house", "sub-house")
_BELOW = {"house": ("master",), "sub-house": ("house", "master")}
_AIR = {"40", "41"}
_DEPTH_MAX = 4
_NUMBER_MAX = 12
_MIXED = "PCS"


class Groups:
    """A plain entry with its bills as groups, and where each value of it came from.

    `plain` is a copy where something changed. `origins` gives for a canonical path of `plain`
    the path of the entry that was given; `moved` does so for whole bills, in the new order.
    `said` are the paths that the groups themselves say: which master a bill stands under.
    """

    def __init__(self, entry: dict[str, Any]) -> None:
        """Make the groups; an entry whose bills are chains already stays as it is."""
        self.entry = entry
        self.origins: dict[str, str] = {}
        self.moved: list[int] = []
        self.said: set[str] = set()
        bills: list[Bill] = list(entry.get("bills") or ())
        transport = entry.get("transport") or {}
        self._air = transport.get("mode") in _AIR
        self._carrier = str(transport.get("carrier") or "") if not self._air else ""
        self._by_number = {str(bill["number"]): at for at, bill in reversed(list(enumerate(bills)))}
        self._bills = bills
        tops = [at for at, bill in enumerate(bills) if bill.get("kind") not in _KINDS]
        self._only = tops[0] if len(tops) == 1 else None
        self._above = {at: found for at in range(len(bills)) if (found := self._master(at)) is not None}
        self.plain = entry
        if bills:
            self._make()

    def back(self, path: str) -> str:
        """Give the path of the entry that a path of `plain` came from."""
        found = self.origins.get(path)
        if found is not None:
            return found
        match = re.match(r"bills\[(\d+)\]", path)
        if match is None or int(match[1]) >= len(self.moved):
            # What was read back may have more bills than groups: those came from none of ours.
            return path
        return f"bills[{self.moved[int(match[1])]}]{path[match.end() :]}"

    def _make(self) -> None:
        under = set(self._above.values())
        groups: list[Bill] = []
        for at, bill in enumerate(self._bills):
            if at in under:
                continue  # it has its place in the group of each bill below it
            self.moved.append(at)
            groups.append(self._group(len(groups), at, bill))
        if not groups:
            return  # bills that stand under each other in a circle
        self.plain = {**self.entry, "bills": groups}
        if len(groups) == 1 and not groups[0].get("quantity"):
            self._count(groups[0])

    def _master(self, at: int) -> int | None:
        """Find the bill above one, by its number or as the only one there is."""
        bill = self._bills[at]
        if bill.get("kind") not in _BELOW or bill.get("chain"):
            return None
        named = bill.get("master")
        found = self._by_number.get(str(named)) if named else self._only
        if found is None or found == at:
            return None
        self.said.add(f"bills[{at}].master")
        return found

    def _group(self, number: int, at: int, bill: Bill) -> Bill:
        chain = [dict(part) for part in bill.get("chain") or ()]
        if chain and any(part.get("number") == bill["number"] for part in chain):
            return dict(bill)
        parts: list[tuple[dict[str, str], dict[str, str]]] = [(part, {}) for part in chain]
        upward: int | None = at
        last = bill
        for _ in range(_DEPTH_MAX):
            if upward is None:
                break
            last = self._bills[upward]
            parts.append(self._part(upward, last))
            upward = self._above.get(upward)
        if last.get("kind") in _BELOW and last.get("master"):
            parts.append(self._named(last))
        in_bond = (bill.get("in_bond") or {}).get("number")
        if in_bond:
            told = f"bills[{at}].in_bond.number"
            parts.append(({"kind": "in-bond", "number": str(in_bond)}, {"kind": told, "number": told}))
        parts.sort(key=lambda one: _ORDER.index(one[0]["kind"]) if one[0].get("kind") in _ORDER else -1)
        for turn, (_, origins) in enumerate(parts):
            self.origins |= {f"bills[{number}].chain[{turn}].{key}": path for key, path in origins.items()}
        group = {**bill, "chain": [part for part, _ in parts]}
        self._headed(group, number, parts)
        return group

    def _headed(self, group: Bill, number: int, parts: list[tuple[dict[str, str], dict[str, str]]]) -> None:
        """Name a group by its master."""
        for part, origins in parts:
            if part.get("kind") == "master":
                group["number"] = part["number"]
                group.pop("issuer", None)
                if "issuer" in part:
                    group["issuer"] = part["issuer"]
                self.origins |= {
                    f"bills[{number}].{key}": path for key, path in origins.items() if key != "kind"
                }
                return

    def _part(self, at: int, bill: Bill) -> tuple[dict[str, str], dict[str, str]]:
        """Say one bill as a part of a chain, and where its values stood."""
        base = f"bills[{at}]"
        part = {"kind": _KINDS.get(bill.get("kind") or "", "master")}
        # What a bill is when it does not say is told by there being one.
        origins = {"kind": f"{base}.kind" if bill.get("kind") else f"{base}.number"}
        number = str(bill["number"])
        issuer = str(bill.get("issuer") or "")
        told = f"{base}.issuer" if issuer else ""
        prefix = issuer or self._carrier
        whole = bool(issuer) and len(number) <= _NUMBER_MAX
        if part["kind"] in {"master", "house"} and prefix and number.startswith(prefix) and not whole:
            number = number[len(prefix) :]
            issuer, told = prefix, told or f"{base}.number"
        if issuer and not self._air and part["kind"] in {"master", "house"}:
            part["issuer"] = issuer
            origins["issuer"] = told
        part["number"] = re.sub(r"[^A-Za-z0-9]", "", number)
        origins["number"] = f"{base}.number"
        return part, origins

    def _named(self, bill: Bill) -> tuple[dict[str, str], dict[str, str]]:
        """Say a master that only a bill below it names."""
        at = self._bills.index(bill)
        named, origins = self._part(
            at, {"number": bill["master"], "issuer": bill.get("master_issuer"), "kind": "master"}
        )
        number = f"bills[{at}].master"
        swapped = {"kind": number, "number": number, "issuer": f"bills[{at}].master_issuer"}
        return named, {key: swapped[key] for key in origins}

    def _count(self, group: Bill) -> None:
        """Give the only group all packages of the entry."""
        total = (self.entry.get("totals") or {}).get("packages")
        kinds = {
            package.get("kind"): f"lines[{at}].packages[{turn}].kind"
            for at, line in enumerate(self.entry.get("lines") or ())
            for turn, package in enumerate(line.get("packages") or ())
            if package.get("kind")
        }
        if total is None:
            return
        group["quantity"] = {"value": str(total), "unit": next(iter(kinds)) if len(kinds) == 1 else _MIXED}
        self.origins["bills[0].quantity.value"] = "totals.packages"
        if len(kinds) == 1:
            self.origins["bills[0].quantity.unit"] = next(iter(kinds.values()))


def grouped(entry: dict[str, Any]) -> Groups:
    """Give an entry with its bills as groups."""
    return Groups(entry)
