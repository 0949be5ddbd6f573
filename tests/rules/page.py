"""Draws `docs/rules.md` from the registry and the clause tables: `python -m tests.rules.page`."""

from __future__ import annotations

from gateway.rules import rules
from gateway.specs import data_root, read_csv

HEAD = """# Business rules

Every rule that is asked of an entry, drawn from the registry by `python -m tests.rules.page`; a test
compares. A rule's id is the code of its findings. `since` and `until` bound the dates on which it holds.

| rule | says | clause | source | since | until |
| --- | --- | --- | --- | --- | --- |
"""


def page() -> str:
    """Give the text of the page."""
    folder = data_root() / "edi_specs" / "clauses"
    files = [path for path in sorted(folder.glob("*.csv")) if path.name != "ids_retired.csv"]
    sources = {row["id"]: row["source"] for path in files for _, row in read_csv(path)}
    rows = [
        f"| `{rule.id}` | {rule.title} | `{rule.clause}` | {sources.get(rule.clause, '')} "
        f"| {rule.since or ''} | {rule.until or ''} |\n"
        for rule in rules().values()
    ]
    return HEAD + "".join(rows)


if __name__ == "__main__":
    (data_root() / "docs" / "rules.md").write_text(page(), encoding="utf-8")
