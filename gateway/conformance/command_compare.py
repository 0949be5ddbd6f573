"""`gateway conformance compare`: what got worse, what got better between two results files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from gateway.conformance import results
from gateway.conformance.model import Verdict
from gateway.conformance.results import compact

if TYPE_CHECKING:
    from collections.abc import Iterator

_RIGHT = {Verdict.PASS, Verdict.FIXED}
_WRONG = {Verdict.FAIL, Verdict.KNOWN}
SHOWN_MAX = 50
WORDS = {
    "worse": "got worse",
    "better": "got better",
    "lost": "no longer judged",
    "won": "judged now",
    "gone": "no longer there",
    "new": "new",
    "changed": "fails otherwise",
}


def compare(old: str, new: str, *, as_json: bool) -> int:
    """Print the differences; status 1 where something got worse or is no longer judged."""
    before = results.read(old)
    after = results.read(new)
    told: dict[str, list[dict[str, str]]] = {name: [] for name in WORDS}
    for name, one in differences(before, after):
        told[name].append(one)
    if as_json:
        sys.stdout.write(compact({"old": before.digest, "new": after.digest, **told}) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(before, after, told)) + "\n")
    return 1 if told["worse"] or told["lost"] else 0


def differences(before: results.Results, after: results.Results) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (word, what) for each case whose verdict differs; new and lost cases are told too."""
    there = {line["case"]: (line["verdict"], line.get("actual", "")) for line in before.cases()}
    for line in after.cases():
        now = line["verdict"]
        was, said = there.pop(line["case"], ("", ""))
        word = _word(was, now)
        if not word and now in _WRONG and line.get("actual", "") != said:
            word = "changed"
        if word:
            yield word, {"case": line["case"], "was": was, "now": now, "actual": line.get("actual", "")}
    for case, (was, _) in there.items():
        yield "gone", {"case": case, "was": was, "now": "", "actual": ""}


def _word(was: str, now: str) -> str:
    if not was:
        return "worse" if now in _WRONG else "new"
    if now in _WRONG and was not in _WRONG:
        return "worse"
    if now in _RIGHT and was not in _RIGHT:
        return "better" if was in _WRONG else "won"
    return "lost" if now not in _RIGHT | _WRONG and was in _RIGHT | _WRONG else ""


def _lines(
    before: results.Results, after: results.Results, told: dict[str, list[dict[str, str]]]
) -> Iterator[str]:
    for key in ("target", "profile", "seed", "specs", "suite"):
        was, now = _shown(before.header[key]), _shown(after.header[key])
        if was != now:
            yield f"{key}: {was} -> {now}"
    for name, found in told.items():
        if not found:
            continue
        yield f"{WORDS[name]}: {len(found)}"
        for one in found[:SHOWN_MAX] if name not in {"gone", "new"} else found[:5]:
            change = f"{one['was'] or '-'} -> {one['now'] or '-'}"
            yield f"  {change:<16} {one['case']}" + (f"  {one['actual']}" if one["actual"] else "")
        if len(found) > SHOWN_MAX or (name in {"gone", "new"} and len(found) > 5):
            yield "  ..."
    if not any(told.values()):
        yield f"no difference in {after.footer['counts']['total']} cases"


def _shown(value: Any) -> str:
    return " ".join(str(one) for one in value.values() if one) if isinstance(value, dict) else str(value)
