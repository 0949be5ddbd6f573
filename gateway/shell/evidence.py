"""What a receipt says of how an answer came about: entry, findings, what judged.

All of it by digest, over exactly the bytes that `/entry` and `/findings` of the submission
give, so that whoever keeps them can compare them without asking us.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.shell import ledger_query
from gateway.shell.bodies import Bodies
from gateway.signing import Content
from gateway.specs import data_root

if TYPE_CHECKING:
    from gateway.shell.ledger_query import Ask

SPECS_MAX = 20
TABLES = ("edi_specs", "mappings", "xsd")
# Beside them stands what the conformance suite asks and expects: larger than all of them, and it judges no message.
_ASIDE = frozenset({"edi_specs/clauses", "edi_specs/conformance"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What stands behind one answer.

    `entry` is the SHA-256 of the canonical entry, None where there is none or more than one.
    `findings` are number and digest of the findings as stored, None where nothing was read.
    `specs` names the specifications that were applied, such as `x12/309/004010`.
    """

    entry: bytes | None = None
    findings: Content | None = None
    specs: tuple[str, ...] = ()


NOTHING = Evidence()


def counted(findings: bytes) -> Content:
    """Give number and digest of findings, which are the JSON text as stored."""
    return Content(len(json.loads(findings)), Content.of(findings).digest)


def evidence(entry: bytes | None, findings: Content, specs: Iterable[str]) -> Evidence:
    """Describe what was judged. `entry` is a digest, `findings` as `counted` gives them."""
    named = tuple(dict.fromkeys(name for name in specs if name))[:SPECS_MAX]
    return Evidence(entry=entry, findings=findings, specs=(*named, tables()))


def stored_evidence(ask: Ask, bodies: Bodies, row: Mapping[str, Any], idx: int) -> tuple[Evidence, str]:
    """Give what stands behind a later answer about one transaction, and its control number.

    `row` is the submission as stored; all else is read from the ledger. Raises `LookupError`.
    """
    part = ledger_query.part_row(ask, row["id"], idx)
    if part is None:
        raise LookupError(f"{row['id']}/{idx}")
    findings = bodies.load(ask, bytes(row["findings"])) if row["findings"] is not None else b"[]"
    specs = json.loads(part["summary"]).get("specs", ())
    entry = bytes(part["entry"]) if part["entry"] is not None else None
    return evidence(entry, counted(findings), specs), str(part["control"])


@cache
def tables() -> str:
    """Name the tables that judge by one digest over all of them: `tables/<16 hex digits>`.

    A file counts by its path and its bytes, in the order of the paths.
    """
    root, found = data_root(), hashlib.sha256()
    for name in sorted(_files(root), key=lambda name: name.split("/")):
        digest = hashlib.sha256((root / name).read_bytes()).digest()
        found.update(hashlib.sha256(name.encode("utf-8")).digest() + digest)
    return f"tables/{found.hexdigest()[:16]}"


def _files(root: Path) -> Iterator[str]:
    """Yield every file of the tables, by its path below the root."""
    for table in TABLES:
        for folder, inside, files in os.walk(root / table):
            own = Path(folder).relative_to(root).as_posix()
            inside[:] = [name for name in inside if f"{own}/{name}" not in _ASIDE]
            yield from (f"{own}/{name}" for name in files)


@cache
def software() -> str:
    """Name this software with its version, for receipts."""
    try:
        return f"gateway/{version('customs-gateway')}"
    except PackageNotFoundError:
        return "gateway/0"
