"""What the sender gets back: rejected batch, SX, AX, QT, WT, CX, and later SO and UC.

An accepted envelope has no answer of its own (catair.md 1): `Level.SYNTAX` gives nothing
for it. A fault of envelope or structure rejects the batch (`rejects.py`); a bad value
rejects its transaction, in the answer of its application.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gateway.finding import Level, Severity
from gateway.formats.catair import notices, summary_answer
from gateway.formats.catair.locate import batches, shared_out
from gateway.formats.catair.record import compose
from gateway.formats.catair.rejects import code_of, is_structural, rejected
from gateway.formats.catair.text import transliterate
from gateway.specs import catair, read_csv
from gateway.specs.letters import letters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.finding import Answer, Disposition, Finding
    from gateway.formats.catair.locate import BatchRows, BlockRows, Filed, Row
    from gateway.specs import Specs
    from gateway.specs.catair import CatairSpec
    from gateway.tree import Envelope, Interchange

_CONDITIONS_MAX = 9
# Meanings that decide about the filing itself; all others tell what happens to the goods later.
VERDICTS: Mapping[str, str] = {
    "accepted": "accepted",
    "warned": "warned",
    "accepted-with-warnings": "warned",
    "referred": "referred",
    "rejected": "rejected",
    "condition": "",
    "notice": "",
}


def acknowledge(interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs) -> bytes:
    """Answer the sender; b"" where CBP would say nothing or nobody can be answered."""
    if answer.level is Level.SYNTAX and answer.accepted:
        return b""
    found = batches(interchange, specs)
    told = shared_out(found, answer.findings)
    out: list[str] = []
    for batch, findings in zip(found, told, strict=True):
        errors = [finding for finding, _ in findings if finding.severity is Severity.ERROR]
        structural = any(is_structural(finding, specs) for finding in errors)
        if answer.level is Level.SYNTAX and not errors:
            continue
        if structural and not summary_answer.answers_structure(batch, errors):
            kept = [(finding, row) for finding, row in findings if is_structural(finding, specs)]
            out.append(rejected(batch, kept, specs))
            continue
        out.append(_answered(batch, findings, answer, specs))
        later = [each for each in answer.dispositions if each.meaning not in VERDICTS]
        if later:
            out.append(notices.write(batch, later, envelope, specs))
    return "".join(out).encode("latin-1", "replace")


def _answered(
    batch: BatchRows, findings: Sequence[tuple[Finding, Row | None]], answer: Answer, specs: Specs
) -> str:
    """Mirror a batch with the answer to each transaction; "" where nothing is decided."""
    decided = [each for each in answer.dispositions if each.meaning in VERDICTS]
    if batch.begin is None or (answer.dispositions and not decided):
        return ""
    blocks: list[str] = []
    answers = ""
    for block in batch.blocks:
        lines: list[str] = []
        for filed in block.filed:
            spec = specs.message("catair", filed.transaction.message, filed.transaction.version)
            if not isinstance(spec, catair.CatairSpec) or not spec.application.answer:
                continue
            answers = spec.application.answer
            own = [
                (finding, row) for finding, row in findings if row is not None and row.index == filed.index
            ]
            about = notices.about(decided, filed)
            verdict = _verdict(answer, own, about)
            if spec.message == "AE":
                lines += summary_answer.lines(filed, block, own, about, verdict, specs)
            else:
                lines += _lines(spec, filed, own, about, verdict, specs)
        if lines and block.begin is not None:
            blocks.append(_block(block, answers, lines, specs))
    if not blocks:
        return ""
    return notices.batch_text(batch.begin.text, answers, blocks)


def _verdict(answer: Answer, own: Sequence[tuple[Finding, Row | None]], about: Sequence[Disposition]) -> str:
    """Give accepted, warned, referred or rejected for one transaction."""
    said = [VERDICTS[each.meaning] for each in about if VERDICTS[each.meaning]]
    if said:
        return said[-1]
    if any(finding.severity is Severity.ERROR for finding, _ in own):
        return "rejected"
    if not answer.accepted and not answer.findings:
        return "rejected"
    return "accepted"


def _block(block: BlockRows, answer: str, lines: Sequence[str], specs: Specs) -> str:
    """Put lines between the mirrored B and Y."""
    begin = block.begin.text.ljust(80) if block.begin is not None else ""
    b = begin[:10] + answer + " " * 32 + begin[44:80]
    y = {
        "4-7": begin[3:7].strip(),
        "8-10": begin[7:10].strip(),
        "11-12": answer,
        "13-17": f"{len(lines):05d}",
        "45-46": begin[44:46].strip(),
    }
    return b + "".join(lines) + compose(catair.envelope(specs.root, "out")["Y"], y)


def _lines(
    spec: CatairSpec,
    filed: Filed,
    own: Sequence[tuple[Finding, Row | None]],
    about: Sequence[Disposition],
    verdict: str,
    specs: Specs,
) -> list[str]:
    """Give the records that come back, each followed by what is wrong with it, then the decision."""
    row = _rows(specs.root).get(spec.message)
    if row is None:
        return []
    answer = catair.required(specs, spec.application.answer)
    record = answer.records[row["record"]]
    name = "catair_se" if spec.message == "SE" else "catair"
    table = specs.ack_codes(name)
    texts = catair.conditions(specs.root, spec.application.answer)
    always = row["echo"].split()
    lines: list[str] = []
    for place, each in enumerate(filed.rows):
        said = [
            (code_of(finding, table), finding.message)
            for finding, at in own
            if at is each and finding.severity is Severity.ERROR
        ]
        if place == 0:
            said += [
                (one.code if len(one.code) == 3 else "", one.text)
                for one in about
                if one.meaning in {"condition", "notice"}
            ]
        if not said and always != ["*"] and each.name not in always:
            continue
        lines.append(each.text)
        for code, message in said[:_CONDITIONS_MAX]:
            text = texts.get(code) or message
            lines.append(compose(record, _fill(row["condition"], code, text, specs)))
    text = next((one.text for one in reversed(about) if VERDICTS[one.meaning] and one.text), "")
    final = _fill(row[verdict], "", "", specs)
    if text:
        key = max(final, key=lambda columns: int(columns.partition("-")[0]))
        final[key] = transliterate(text, letters(specs.root))
    lines.append(compose(record, final))
    return lines


@cache
def _rows(root: Path) -> Mapping[str, dict[str, str]]:
    rows = read_csv(root / "edi_specs" / "catair" / "answers.csv")
    return {row["application"]: row for _, row in rows}


def _fill(template: str, code: str, text: str, specs: Specs) -> dict[str, str]:
    values: dict[str, str] = {}
    plain = transliterate(text, letters(specs.root))
    for word in template.split():
        key, _, value = word.partition("=")
        filled = {"{code}": code, "{text}": plain}.get(value, value.replace("_", " "))
        if filled:
            values[key] = filled
    return values
