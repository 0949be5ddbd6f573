"""Programs as a vendor may have them: started for each case, or asked line by line.

`python -m tests.conformance.program files IN OUT FINDINGS` judges one file with this library; `acknowledges IN OUT FORMAT`
writes the acknowledgement and ends with 0 whatever it says; `lines`
answers on standard input; `once` does the same and ends after one answer; `silent` never answers; `gate FILE N` does
as `lines`, and waits for FILE after N answers, or until who asks is gone.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from pathlib import Path

from gateway.conformance.model import Built, Case
from gateway.conformance.targets.library import Library


def judged(library: Library, form: str, data: bytes) -> dict[str, object]:
    """Give what this library says, as a program says it."""
    case = Case(f"{form}.x/x/x", f"{form}.x", (), 1, "must", good=True, make=lambda: Built(data))
    seen = library.send(case, Built(data))
    return {
        "disposition": seen.disposition,
        "findings": [one.as_json() for one in seen.findings or ()],
        "answer": base64.b64encode(seen.answer).decode("ascii"),
    }


def main(words: list[str]) -> int:
    """Do what the first word says."""
    library = Library()
    if words[0] == "files":
        said = judged(library, words[4], Path(words[1]).read_bytes())
        Path(words[2]).write_bytes(base64.b64decode(str(said["answer"])))
        Path(words[3]).write_text(json.dumps(said["findings"]))
        return 0 if said["disposition"] == "accepted" else 1
    if words[0] == "acknowledges":
        said = judged(library, words[3], Path(words[1]).read_bytes())
        Path(words[2]).write_bytes(base64.b64decode(str(said["answer"])))
        return 0
    if words[0] == "silent":
        time.sleep(60)
    parent = os.getppid()
    for turn, line in enumerate(sys.stdin):
        while words[0] == "gate" and turn >= int(words[2]) and not Path(words[1]).exists():
            if os.getppid() != parent:
                return 0
            time.sleep(0.02)
        asked = json.loads(line)
        print(json.dumps(judged(library, asked["format"], base64.b64decode(asked["data"]))), flush=True)
        if words[0] == "once":
            return 7
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except BrokenPipeError:
        # Who asked was stopped.
        os._exit(0)
