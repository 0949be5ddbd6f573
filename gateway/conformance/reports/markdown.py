"""Markdown, for a merge request or a mail: the outcome, the suites, what failed."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from gateway.conformance.model import Verdict
from gateway.conformance.reports.summary import summarize, verdict_of
from gateway.conformance.text import block, level_name, summary

if TYPE_CHECKING:
    from collections import Counter

    from gateway.conformance.results import Results

SHOWN_MAX = 50


def write(results: Results, out: IO[str]) -> None:
    """Write the page."""
    header, counts = results.header, results.footer["counts"]
    found = summarize(results)
    word, sentence = verdict_of(counts)
    profile = header["profile"]
    out.write(f"# Conformance: {word}\n\n{sentence}\n\n")
    out.write(f"{summary(counts)}\n\n")
    facts = {
        "target": f"`{header['target']['address']}` {header['target'].get('version', '')}".strip(),
        "profile": f"{_cell(profile['name'])} {_cell(profile['version'])}, judged on {profile['see']}",
        "suite, tables, seed": f"{header['suite']}, {header['specs']}, {header['seed']}",
        "at": header["at"],
        "results": f"`{results.digest}`",
    }
    out.write("| | |\n| --- | --- |\n" + "".join(f"| {key} | {value} |\n" for key, value in facts.items()))
    out.write(
        "\n## Levels\n\n"
        + _table("level", {level_name(key): row for key, row in sorted(found.levels.items())})
    )
    out.write("\n## Suites\n\n" + _table("suite", found.suites))
    if found.notable:
        out.write("\n## To look at\n")
    for line in found.notable[:SHOWN_MAX]:
        out.write("\n```\n" + "\n".join(block(line, str(results.path))).replace("```", "'''") + "\n```\n")
    rest = len(found.notable) + found.left_out - SHOWN_MAX
    if rest > 0:
        out.write(f"\nand {rest} more, in the results.\n")


def _table(name: str, rows: dict[str, Counter[str]]) -> str:
    verdicts = [one for one in Verdict if any(row[one] for row in rows.values())]
    text = f"| {name} | {' | '.join(verdicts)} |\n| --- |{' ---: |' * len(verdicts)}\n"
    for key, row in rows.items():
        text += f"| {_cell(key)} | {' | '.join(str(row[one] or '') for one in verdicts)} |\n"
    return text


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
