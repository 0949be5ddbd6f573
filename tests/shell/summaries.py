"""Summaries that can be filed on any day: paid alone, where those of the fixtures stand on a statement that grows old."""

from __future__ import annotations

import json

from gateway.specs import data_root

_FIXTURES = data_root() / "fixtures"


def _paid_alone(records: bytes) -> bytes:
    """Give a summary in records that is paid alone: 1 in column 51 of its head, and no day of a statement."""
    at = records.index(b"10A", 160)
    return records[: at + 50] + b"1      " + records[at + 57 :]


def _object() -> bytes:
    plain = json.loads((_FIXTURES / "json" / "entry" / "summary_three_lines_mpf_minimum.json").read_bytes())
    plain["payment"] = {"kind": "1"}
    return json.dumps(plain).encode()


RECORDS = _paid_alone((_FIXTURES / "catair" / "AE" / "three-lines-mpf-minimum.txt").read_bytes())
OBJECT = _object()
