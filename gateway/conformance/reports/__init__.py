"""Other forms of `results.jsonl`, each a pure function of it.

Lives here: JUnit, SARIF, TAP, HTML, Markdown and a badge, one module each. Never here: judging, and
anything that does not stand in the results.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from gateway.conformance.reports import badge, html, junit, markdown, sarif, tap
from gateway.conformance.results import ResultsError, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.conformance.results import Results

WRITERS: Mapping[str, Callable[[Results, IO[str]], None]] = {
    "junit": junit.write,
    "sarif": sarif.write,
    "tap": tap.write,
    "html": html.write,
    "md": markdown.write,
    "badge": badge.write,
}


def draw(results: str | Path, wanted: Mapping[str, str], standard: IO[str]) -> None:
    """Draw each form that is wanted into its file; `-` is `standard`.

    ResultsError where the results are not whole or a file cannot be written.
    """
    found = read(results)
    for name, path in wanted.items():
        if path == "-":
            WRITERS[name](found, standard)
            continue
        try:
            with Path(path).open("w", encoding="utf-8", newline="\n") as file:
                WRITERS[name](found, file)
        except OSError as error:
            raise ResultsError(f"{path}: {error.strerror}") from error
