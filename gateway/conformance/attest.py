"""A signed statement of the outcome of a run: what was judged, with what, how it ended.

The statement names the results by their digest, so it holds for these results alone. It is a JSON Web
Signature with the payload inside, made with the key that signs receipts. Never here: keys on disk.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.conformance.reports.summary import verdict_of
from gateway.conformance.results import compact
from gateway.signing import sign_compact, verify_compact

if TYPE_CHECKING:
    from gateway.conformance.results import Results
    from gateway.signing import Key, KeyRing

TYPE = "conformance-statement+jws"
VERSION = 1
_BINDING = (
    "results",
    "verdict",
    "counts",
    "target",
    "profile",
    "suite",
    "specs",
    "seed",
    "select",
    "strict",
    "run_at",
)


class StatementError(ValueError):
    """A statement that does not hold, or not for these results. The message says why."""


def statement(results: Results, at: str) -> dict[str, Any]:
    """Give what is signed; `at` is the time of signing."""
    header = results.header
    word, sentence = verdict_of(results.footer["counts"])
    return {
        "v": VERSION,
        "at": at,
        "results": results.digest,
        "verdict": word,
        "says": sentence,
        "counts": results.footer["counts"],
        "target": header["target"],
        "profile": header["profile"],
        "suite": header["suite"],
        "specs": header["specs"],
        "seed": header["seed"],
        "select": header["select"],
        "strict": header["strict"],
        "run_at": header["at"],
        **({"stopped": results.footer["stopped"]} if "stopped" in results.footer else {}),
    }


def sign(results: Results, key: Key, at: str) -> str:
    """Give the signed statement."""
    return sign_compact(compact(statement(results, at)).encode(), key, TYPE)


def verify(token: str, keys: KeyRing, results: Results) -> dict[str, Any]:
    """Give the statement if it is signed by one of the keys and is about these results; StatementError if not."""
    verdict = verify_compact(token.strip(), keys, TYPE)
    if not verdict:
        raise StatementError(
            "; ".join(one.message for one in verdict.findings) or "the signature does not hold"
        )
    try:
        plain = json.loads(verdict.content)
    except ValueError as error:
        raise StatementError("the statement is no JSON") from error
    wanted = statement(results, "")
    for name in _BINDING:
        if not isinstance(plain, dict) or plain.get(name) != wanted[name]:
            raise StatementError(f"the statement is about other results: `{name}` differs")
    found: dict[str, Any] = plain
    return found


__all__ = ["TYPE", "StatementError", "sign", "statement", "verify"]
