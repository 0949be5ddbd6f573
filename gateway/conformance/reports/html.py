"""HTML: one file that needs no network. Summary first, then what failed, then every clause.

Lives here: the page. What is counted comes from `summary.py`, what a failure says from `text.py`.
"""

from __future__ import annotations

from html import escape
from typing import IO, TYPE_CHECKING, Any

from gateway.conformance.model import Verdict
from gateway.conformance.reports.htmlstyle import STYLE
from gateway.conformance.reports.summary import LOOKED_AT, Summary, Tally, summarize, verdict_of
from gateway.conformance.text import again, data_of, excerpt, level_name, span_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Mapping

    from gateway.conformance.results import Results

# Above this only the clauses that have to be looked at are listed one by one.
CLAUSES_LISTED_MAX = 3000
_WORDS = {
    Verdict.PASS: "did what the clause asks",
    Verdict.FAIL: "did something else",
    Verdict.ERROR: "could not be judged: no answer, or none that can be read",
    Verdict.SKIP: "the target has no such thing",
    Verdict.EXCLUDED: "the profile does not claim it",
    Verdict.KNOWN: "failed, as the baseline says",
    Verdict.FIXED: "passed, though the baseline lists it as failing",
}


def write(results: Results, out: IO[str]) -> None:
    """Write the page."""
    found = summarize(results)
    counts = results.footer["counts"]
    word, sentence = verdict_of(counts)
    target = results.header["target"]["address"]
    out.write(
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Conformance: {escape(word)}: {escape(target)}</title><style>{STYLE}</style></head><body>\n"
    )
    for part in (
        _head(results, word, sentence),
        _tiles(counts),
        _table("Levels", "level", {level_name(key): row for key, row in sorted(found.levels.items())}),
        _notable(found, str(results.path)),
        _matrix(found),
        _table("Suites", "suite", found.suites),
        _clauses(found),
        _foot(results, found),
    ):
        out.write(part)
    out.write("</body></html>\n")


def _head(results: Results, word: str, sentence: str) -> str:
    header = results.header
    profile = header["profile"]
    facts = {
        "target": f"{header['target']['address']} {header['target'].get('version', '')}",
        "profile": f"{profile['name']} {profile['version']}, judged on {profile['see']}",
        "chosen": " ".join(header["select"]) or "everything",
        "suite and tables": f"{header['suite']}, {header['specs']}, seed {header['seed']}",
        "at": header["at"],
    }
    if "stopped" in results.footer:
        facts["stopped"] = results.footer["stopped"]
    rows = "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in facts.items())
    kind = word.replace(" ", "-")
    return (
        f'<header class="{kind}"><h1>Conformance: {escape(word)}</h1><p>{escape(sentence)}</p>'
        f"<dl>{rows}</dl></header>\n"
        '<nav><a href="#failures">what to look at</a> <a href="#matrix">clause matrix</a> '
        '<a href="#suites">suites</a> <a href="#clauses">clauses</a></nav>\n'
    )


def _tiles(counts: Mapping[str, Any]) -> str:
    tiles = [f'<li class="total"><b>{counts["total"]}</b> cases</li>']
    tiles += [
        f'<li class="{one}"><b>{counts[one]}</b> {one}</li>'
        for one in Verdict
        if counts[one] or one in {Verdict.PASS, Verdict.FAIL, Verdict.ERROR}
    ]
    return f'<section id="summary"><h2>Summary</h2><ul class="tiles">{"".join(tiles)}</ul></section>\n'


def _bar(row: Counter[str]) -> str:
    total = sum(row.values())
    pieces = "".join(
        f'<i class="{one}" style="width:{100 * row[one] / total:.2f}%"></i>' for one in Verdict if row[one]
    )
    return f'<span class="bar">{pieces}</span>'


def _table(title: str, name: str, rows: Mapping[str, Counter[str]]) -> str:
    verdicts = [one for one in Verdict if any(row[one] for row in rows.values())]
    head = "".join(f"<th>{one}</th>" for one in verdicts)
    body = "".join(
        f"<tr><th>{escape(key)}</th>"
        + "".join(f"<td>{row[one] or ''}</td>" for one in verdicts)
        + f"<td>{_bar(row)}</td></tr>"
        for key, row in rows.items()
    )
    return (
        f'<section id="{title.lower()}"><h2>{title}</h2><table class="counts"><thead><tr><th>{name}</th>{head}'
        f"<th></th></tr></thead><tbody>{body}</tbody></table></section>\n"
    )


def _notable(found: Summary, path: str) -> str:
    if not found.notable:
        return '<section id="failures"><h2>What to look at</h2><p>Nothing.</p></section>\n'
    more = f"<p>and {found.left_out} more, in the results.</p>" if found.left_out else ""
    cards = "".join(_card(line, path) for line in found.notable)
    return f'<section id="failures"><h2>What to look at</h2>{cards}{more}</section>\n'


def _card(line: dict[str, Any], path: str) -> str:
    verdict = line["verdict"]
    clause = line["clauses"][0] if line["clauses"] else ""
    facts = [("clause", f"<code>{escape(clause)}</code> {escape(line.get('source', ''))}")]
    shown = excerpt(data_of(line), span_of(line))
    if shown is not None:
        marks = f"{shown.marks} {shown.note}" if shown.marks else shown.note
        facts.append(("input", f"<pre>{escape(shown.text)}\n<b>{escape(marks)}</b></pre>"))
    how = line.get("operator")
    if how:
        values = f"<code>{escape(how['was'])}</code> became <code>{escape(how['now'])}</code>"
        facts.append(("change", f"{escape(how['op'])} at {escape(how['at'])}: {values}"))
    facts += [
        (key, escape(str(line[key]))) for key in ("expected", "actual", "reason", "tries") if line.get(key)
    ]
    facts.append(("again", f"<code>{escape(again(line, path))}</code>"))
    rows = "".join(f"<dt>{key}</dt><dd>{value}</dd>" for key, value in facts)
    answer = _details("answer", data_of(line, "answer")) + _details("whole input", data_of(line))
    return (
        f'<article class="{verdict}" id="{escape(line["case"])}"><h3><span>{verdict}</span> '
        f"<code>{escape(line['case'])}</code></h3>"
        f'<p class="weight">{line["force"]}, level {escape(level_name(line["level"]))}</p>'
        f"<p>{escape(line.get('text', ''))}</p><dl>{rows}</dl>{answer}</article>\n"
    )


def _details(name: str, data: bytes) -> str:
    if not data:
        return ""
    text = "".join(
        letter if letter.isprintable() or letter in "\r\n\t" else "\u00b7"
        for letter in data.decode("latin-1")
    )
    broken = text.replace("~", "~\n") if "\n" not in text else text
    return f"<details><summary>{name}, {len(data)} bytes</summary><pre>{escape(broken)}</pre></details>"


def _matrix(found: Summary) -> str:
    kinds, rows = found.matrix()
    head = "".join(f"<th><span>{escape(kind)}</span></th>" for kind in kinds)
    body = "".join(
        f"<tr><th>{escape(suite)}</th>" + "".join(_cell(cells.get(kind)) for kind in kinds) + "</tr>"
        for suite, cells in rows.items()
    )
    return (
        '<section id="matrix"><h2>Clause matrix</h2>'
        "<p>Clauses by suite and constraint: all of them, and below how many have to be looked at.</p>"
        f'<div class="wide"><table class="matrix"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></section>\n"
    )


def _cell(tally: Tally | None) -> str:
    if tally is None:
        return "<td></td>"
    worst = tally.worst
    odd = sum(tally.good[one] for one in LOOKED_AT)
    return f'<td class="{worst}">{sum(tally.good.values())}{f"<b>{odd}</b>" if odd else ""}</td>'


def _clauses(found: Summary) -> str:
    short = len(found.clauses) > CLAUSES_LISTED_MAX
    rows = [
        (clause, tally) for clause, tally in found.clauses.items() if not short or tally.worst in LOOKED_AT
    ]
    words = f"{len(found.clauses)} clauses were looked at."
    if short:
        words += f" Listed are the {len(rows)} that are not fulfilled; all others stand in the results."
    body = "".join(_clause(clause, tally) for clause, tally in rows[:CLAUSES_LISTED_MAX])
    table = (
        "<table><thead><tr><th>clause</th><th>right input</th><th>wrong input</th></tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )
    return f'<section id="clauses"><h2>Clauses</h2><p>{words}</p>{table if body else ""}</section>\n'


def _clause(clause: str, tally: Tally) -> str:
    cells = "".join(f"<td>{_said(side)}</td>" for side in (tally.good, tally.bad))
    return f'<tr class="{tally.worst}"><th>{escape(clause)}</th>{cells}</tr>'


def _said(side: Counter[str]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in side.items())


def _foot(results: Results, found: Summary) -> str:
    words: Iterable[str] = (f"<dt>{one}</dt><dd>{text}</dd>" for one, text in _WORDS.items())
    reasons = "".join(f"<li>{count}: {escape(text)}</li>" for text, count in found.reasons.most_common(30))
    left = f"<h2>Not asked</h2><ul>{reasons}</ul>" if reasons else ""
    return (
        f"<footer>{left}<h2>Words</h2><dl>{''.join(words)}</dl>"
        f"<p>Drawn from <code>{escape(str(results.path))}</code>, <code>{escape(results.digest)}</code>.</p></footer>\n"
    )
