"""Draws `docs/envelopes.md` from `edi_specs/options.csv`: `python -m tests.formats.envelopes_page`."""

from __future__ import annotations

from gateway.specs import data_root
from gateway.specs.options import RULES, options

HEAD = """# What may be said of an envelope

Beside its parties and its number: `envelope` of a partner or an endpoint in `config.yaml`, and `--option` of
`gateway translate`. Drawn from `edi_specs/options.csv` by `python -m tests.formats.envelopes_page`; a test compares.

A partner's answers have the options of the format that it files in. An option that no format knows, or an endpoint's
that its own format does not, stops the start with file and line, as does a value that is not what is wanted.
"""
TITLES = {
    "x12": "X12",
    "edifact": "UN/EDIFACT",
    "wco": "WCO XML",
    "catair": "CATAIR",
    RULES: "Rules, of a partner only",
}


def page() -> str:
    """Give the text of the page."""
    out = [HEAD]
    for name, rows in options(data_root()).items():
        out.append(
            f"\n## {TITLES[name]}\n\n| option | is | wanted | without it |\n| --- | --- | --- | --- |\n"
        )
        out += (f"| `{one.name}` | {one.meaning} | {one.wanted} | {one.default} |\n" for one in rows)
    return "".join(out)


if __name__ == "__main__":
    (data_root() / "docs" / "envelopes.md").write_text(page(), encoding="utf-8")
