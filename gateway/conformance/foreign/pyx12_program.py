"""pyx12 as a program that is asked line by line: its own validator over maps written from our tables.

`gateway conformance run x12.309.004010 --target "exec:python -m gateway.conformance.foreign.pyx12_program"
--profile pyx12`. pyx12 judges what stands between ST and SE; segments are cut here by the delimiters
of the ISA. What it says of the envelope is not asked.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from gateway.specs import Specs
from gateway.specs.pyx12_maps import RefusedError, second_opinion
from gateway.specs.x12 import X12Spec

if TYPE_CHECKING:
    from collections.abc import Iterable

_ISA_BYTES, _ISA_ELEMENTS = 106, 16
_VERSION_BYTES = 6
_GS08 = 8


def judged(data: bytes, specs: Specs) -> dict[str, Any]:
    """Give what pyx12 says of one interchange with one set."""
    text = data.decode("latin-1")
    if not text.startswith("ISA") or len(text) < _ISA_BYTES:
        return {"skipped": "the adapter cuts by the delimiters of an ISA, and there is none"}
    element, component, terminator = text[3], text[104], text[105]
    if text[: _ISA_BYTES - 1].count(element) != _ISA_ELEMENTS:
        return {
            "skipped": "the ISA has another length, so that its delimiters are not where the adapter looks"
        }
    segments = [one.strip("\r\n") for one in text.split(terminator)]
    names = [one.partition(element)[0] for one in segments]
    start = names.index("ST") if "ST" in names else len(names)
    if "SE" not in names[start:] or "GS" not in names[:start]:
        return {"skipped": "there is no set from ST to SE in a group"}
    body = segments[start : names.index("SE", start) + 1]
    group = segments[names.index("GS")].split(element)
    release = "".join(group[_GS08 : _GS08 + 1])[:_VERSION_BYTES]
    spec = specs.message("x12", [*body[0].split(element), ""][1], release)
    if not isinstance(spec, X12Spec):
        return {"skipped": "there are no maps for this set and release"}
    try:
        remarks = second_opinion(spec, body, terminator + element + component)
    except RefusedError as error:
        return {"trouble": str(error)}
    return {"disposition": "rejected" if remarks else "accepted"}


def main(lines: Iterable[str]) -> int:
    """Answer each line."""
    logging.disable(logging.CRITICAL)
    specs = Specs()
    for line in lines:
        asked = json.loads(line)
        if asked["format"] != "x12":
            said: dict[str, Any] = {"skipped": "pyx12 reads X12 alone"}
        else:
            said = judged(base64.b64decode(asked["data"]), specs)
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.stdin))
    except BrokenPipeError:
        # Who asked was stopped; what Python would still write at its end has no reader either.
        os._exit(0)
