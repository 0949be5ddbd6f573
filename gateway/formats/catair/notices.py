"""What CBP sends unasked: SO about the goods of an entry, UC about a summary.

catair.md 3.5, 9 and 10. Several notifications stand in one block; B 60-80 and the
preparer fields are those of the filing, A has the day of creation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.catair.record import compose
from gateway.formats.catair.text import transliterate
from gateway.specs import catair
from gateway.specs.catair_layouts import code_list
from gateway.specs.letters import letters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.finding import Disposition
    from gateway.formats.catair.locate import BatchRows, BlockRows, Filed
    from gateway.specs import Specs
    from gateway.tree import Envelope

_BILL_CODES = "bill_disposition"
_ENTRY_CODES = "entry_disposition"


def about(dispositions: Sequence[Disposition], filed: Filed) -> list[Disposition]:
    """Give those dispositions that are about a transaction: by entry number, or about all."""
    number = filed.transaction.control
    return [each for each in dispositions if each.scope != "entry" or each.reference in {"", number}]


def batch_text(a: str, answer: str, blocks: Sequence[str], date: str | None = None) -> str:
    """Put blocks between A and Z as CBP returns them: password left out, date as sent or given."""
    a = a.ljust(80)
    day = a[14:20] if date is None else date
    text = a[59:80] if date is None else " " * 21
    head = a[:8] + " " * 6 + day + " " * 5 + answer + " " * 10 + a[37:39] + " " * 20 + text
    return head + "".join(blocks) + "Z" + a[1:8] + " " * 6 + day + " " * 17 + a[37:39] + " " * 41


def write(batch: BatchRows, said: Sequence[Disposition], envelope: Envelope, specs: Specs) -> str:
    """Write the later dispositions of a batch's entries, "" where none can be told."""
    if batch.begin is None:
        return ""
    out: list[str] = []
    for name in ("SO", "UC"):
        blocks: list[str] = []
        for block in batch.blocks:
            lines: list[str] = []
            for filed in block.filed:
                mine = [each for each in about(said, filed) if _goes_to(each, filed, specs) == name]
                if mine:
                    lines += (_release if name == "SO" else _summary)(filed, mine, specs)
            if lines:
                blocks.append(_notice_block(block, name, lines, specs))
        if blocks:
            day = envelope.at[5:7] + envelope.at[8:10] + envelope.at[2:4]
            out.append(batch_text(batch.begin.text, name, blocks, day))
    return "".join(out)


def _goes_to(each: Disposition, filed: Filed, specs: Specs) -> str:
    """Tell which notice says this: UC for what is said of a summary, SO for the goods."""
    if filed.transaction.message == "AE" and each.meaning in specs.ack_codes("catair_uc"):
        return "UC"
    return "SO" if filed.transaction.message in {"SE", "AE"} else ""


def _notice_block(block: BlockRows, name: str, lines: Sequence[str], specs: Specs) -> str:
    b = block.begin.text.ljust(80) if block.begin is not None else " " * 80
    text = b[59:80] if name == "SO" else " " * 21
    head = "B  " + b[3:10] + name + " " * 32 + b[44:56] + " " * 3 + text
    y = {"4-7": b[3:7].strip(), "8-10": b[7:10].strip(), "11-12": name, "13-17": f"{len(lines):05d}"}
    y["45-46"] = b[44:46].strip()
    return head + "".join(lines) + compose(catair.envelope(specs.root, "out")["Y"], y)


def _header(filed: Filed) -> dict[str, str]:
    """Give the leaves of SO10 from the header of the filing."""
    text = filed.rows[0].text.ljust(80)
    if filed.transaction.message == "SE":
        values = {
            "5-8": text[49:53],
            "9-11": text[5:8],
            "14-21": text[10:18],
            "23-24": text[19:21],
            "25-36": text[24:36],
        }
    else:
        importer = next((row.text[2:14] for row in filed.rows if row.name == "11"), "")
        values = {
            "5-8": text[17:21],
            "9-11": text[3:6],
            "14-21": text[8:16],
            "23-24": text[33:35],
            "25-36": importer,
        }
    return {key: value.strip() for key, value in values.items() if value.strip()}


def _release(filed: Filed, said: Sequence[Disposition], specs: Specs) -> list[str]:
    """Write SO10, SO20, then bills (SO40, SO50), the entry (SO60) and agencies (SO70)."""
    records = catair.required(specs, "SO").records
    lines = [compose(records["SO10"], _header(filed))]
    lines.extend(
        "SO20" + row.text[4:].ljust(76)
        for row in filed.rows
        if row.name == "SE20" and row.text[4:7].strip() in {"CR", "RRN"}
    )
    for each in said:
        if each.scope == "bill":
            lines += _bill(filed, each, records, specs)
    entry = [each for each in said if each.scope != "bill"]
    for each in entry:
        if each.agency in {"", "CBP"}:
            lines += _entry(each, records, specs)
    lines.extend(_agency(each, records, specs) for each in entry if each.agency not in {"", "CBP"})
    return lines


def _entry(each: Disposition, records: Mapping[str, catair.Record], specs: Specs) -> list[str]:
    known = code_list(specs.root, _ENTRY_CODES)
    code = each.code if each.code in known else specs.ack_codes("catair_so").get(each.meaning, "")
    if not code:
        return []
    date, time = _moment(each.at)
    values = {"5-10": date, "11-14": time, "15-16": code, "17-56": _text(each, known[code], specs)}
    if code in {"22", "98"}:
        values |= {"57-62": date, "63-64": "01"}
    return [compose(records["SO60"], values)]


def _agency(each: Disposition, records: Mapping[str, catair.Record], specs: Specs) -> str:
    date, time = _moment(each.at)
    values = {"5-7": each.agency, "11-16": date, "17-20": time, "23-50": _text(each, each.meaning, specs)}
    if len(each.code) == 2:
        values["21-22"] = each.code
    return compose(records["SO70"], {**values, "79-80": "04"})


def _bill(
    filed: Filed,
    each: Disposition,
    records: Mapping[str, catair.Record],
    specs: Specs,
) -> list[str]:
    bill_codes = code_list(specs.root, _BILL_CODES)
    code = (
        each.code if each.code in bill_codes else specs.ack_codes("catair_so").get(f"bill/{each.meaning}", "")
    )
    if not code:
        return []
    bill = next(
        (r.text for r in filed.rows if r.name == "SE15" and r.text[9:59].strip() == each.reference), ""
    )
    values = {"5": bill[4:5].strip() or "R", "6-9": bill[5:9].strip(), "10-59": each.reference}
    date, time = _moment(each.at)
    told = {
        "5-10": date,
        "11-14": time,
        "15-16": code,
        "17-56": _text(each, bill_codes[code], specs),
        "57": "N",
    }
    if each.quantity.isdigit():
        values["60-67"] = each.quantity
    return [compose(records["SO40"], values), compose(records["SO50"], told)]


def _summary(filed: Filed, said: Sequence[Disposition], specs: Specs) -> list[str]:
    """Write one UC E1 for each disposition of a summary, and its text as E3."""
    records = catair.required(specs, "UC").records
    table = specs.ack_codes("catair_uc")
    head = filed.rows[0].text.ljust(80)
    lines: list[str] = []
    for each in said:
        date, _ = _moment(each.at)
        values = {
            "3": table[each.meaning],
            "4": "2",
            "5-7": "000",
            "11-16": date,
            "51-53": head[3:6],
            "56-63": head[8:16],
            "69-77": head[21:30].strip(),
        }
        lines.append(compose(records["E1"], values))
        if each.text:
            lines.append(compose(records["E3"], {"3-80": transliterate(each.text, letters(specs.root))}))
    return lines


def _moment(at: str) -> tuple[str, str]:
    """Give MMDDYY and HHMM of an instant; "" and "" where there is none."""
    if len(at) < 10:
        return "", ""
    time = at[11:13] + at[14:16] if len(at) >= 16 else "0000"
    return at[5:7] + at[8:10] + at[2:4], time


def _text(each: Disposition, default: str, specs: Specs) -> str:
    return transliterate(each.text or default, letters(specs.root))
