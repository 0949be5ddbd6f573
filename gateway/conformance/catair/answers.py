"""What an answer in CATAIR says, and whether it is well formed: read by code of our own.

Lives here: X1 of a rejected batch, SE90, E1, 95 and 90 of the answers to each application. Never
here: what they have to say (`expectation.py`).
"""

from __future__ import annotations

from gateway.conformance.model import Ack

WIDTH = 80
# Record: its beginning, the columns of the type, what types decide, the columns of the code.
_SAYING = {
    "SX": ("SE90", (4, 6), ("01", "02", "03", "04"), (6, 9)),
    "AX": ("E1", (2, 3), ("A", "R"), (4, 7)),
    "X1": ("X1", (2, 3), ("R",), (4, 7)),
    "CX": ("90", (2, 3), ("A", "R"), (4, 7)),
    "QT": ("95", (2, 4), ("02", "03"), (4, 7)),
    "WT": ("95", (2, 4), ("02", "03"), (4, 7)),
}
# A 95 that rejects is told from one that names a condition by its code.
_REJECTED = "999"


def read(answer: bytes, received: bytes = b"") -> tuple[tuple[Ack, ...], tuple[str, ...]]:
    """Give what an answer says, and what is wrong with the answer itself."""
    del received
    text = answer.decode("latin-1")
    if not text:
        return (), ()
    records = [text[at : at + WIDTH] for at in range(0, len(text), WIDTH)]
    flaws = _flaws(records)
    message = next((record[10:12].strip() for record in records if record[0] == "B"), "")
    if not message:
        inside = [record for record in records if record[0] not in "ABYZ"]
        message = "AX" if inside and inside[0][:2] in {"E0", "E1"} else "X1"
    if message not in _SAYING:
        return (Ack(message, ()),), tuple(flaws)
    return (Ack(message, tuple(_codes(records, *_SAYING[message]))),), tuple(flaws)


def _codes(
    records: list[str], name: str, kind: tuple[int, int], final: tuple[str, ...], code: tuple[int, int]
) -> list[tuple[str, str]]:
    found = []
    for record in records:
        if not record.startswith(name):
            continue
        said, number = record[slice(*kind)].strip(), record[slice(*code)].strip()
        if said in final or (name == "95" and number == _REJECTED):
            found.append((f"{name}-final", said))
        else:
            found.append((name, number))
    return found


def _flaws(records: list[str]) -> list[str]:
    flaws = []
    if len(records[-1]) != WIDTH:
        flaws.append("the answer is not made of records of 80")
    if records[0][0] != "A" or records[-1][0] != "Z":
        flaws.append("the answer is not a batch from A to Z")
        return flaws
    if records[-1].rstrip() != "Z".ljust(79) + "Z" and records[-1][1:8] != records[0][1:8]:
        flaws.append("Z of the answer is not like its A")
    inside = 0
    for record in records:
        if record[0] == "B":
            inside = 0
        elif record[0] == "Y":
            if record[12:17].isdigit() and int(record[12:17]) != inside:
                flaws.append(f"Y of the answer counts {record[12:17]}, the block has {inside} records")
        else:
            inside += 1
    return flaws
