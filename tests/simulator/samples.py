"""Batches for the simulator, written as lines; every company in them is invented."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.formats import formats
from gateway.simulator import Ace, assemble
from gateway.simulator.state import State
from gateway.specs import Limits, Specs, data_root

if TYPE_CHECKING:
    from gateway.simulator.state import Message, Step

AT = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)
ECHOED = r"/(SE(?!90)|PG|OI|E1:56-63|A:|WR0:|[QW]P[0-9]0:)"
USER_DATA = "GW-0000017"

SE = """\
SE10AQ7Z  00010429 01EI 12-3456789  11800000100002704
SE13A CLERK                                 3105550100
SE15MABCU900012345                                                      N
SE15HFWDXH77120                                            00000120     N
SE20CR GW42
SE30SE EXAMPLE PRECISION CO LTD
SE351512 EXAMPLE ROAD
SE36TAICHUNG                                    40704          TW
SE30BY                                    EI 12-3456789
SE30CN                                    EI 12-3456789
SE40001TW PRINTED CIRCUIT ASSEMBLIES FOR COMPUTERS
SE50MF EXAMPLE PRECISION CO LTD
SE551512 EXAMPLE ROAD
SE56TAICHUNG                                    40704          TW
SE6084733011800000010000"""

AE = """\
10AQ7Z  00010429 2704GW42        0111 X           1
1112-3456789  12-3456789                 011626011426       CA
20ABCU2704011426W123EXAMPLE STAR
21012E
2200000120CT
23MABCU900012345
318B 891
40  001 TWTW122825        0000000850583010000001450    N
47MTWEXAPRE12TAI
47S12-3456789
508473301180 0000000000 0000010000 000000120000NO
6249900003464
6250100001250
894990000000346450100000001250
9000000000000 00000004714 00000000000 00000000000 00000000000 00000000000"""

QP = """\
10A61123456789   ABCT2709     00010000
30A 0001ABCU900012345                                               0000000010"""


def batch(application: str, records: str, user_data: str = USER_DATA) -> bytes:
    """Wrap records in A, B, Y and Z, every line filled to 80."""
    inbond = application in {"QP", "WP"}
    count = f"{len(records.splitlines()):05d}" if inbond else ""
    lines = [
        f"A2704Q7ZSECRET011526     {application:2}".ljust(59) + user_data,
        f"B  2704Q7Z{application:2}".ljust(59) + user_data,
        *records.splitlines(),
        f"Y  2704Q7Z{application:2}{count}",
        f"Z2704Q7Z{'SECRET' if inbond else '      '}011526",
    ]
    return "".join(line.ljust(80) for line in lines).encode("ascii")


@cache
def ace() -> Ace:
    """Give the simulator with the shipped scenarios."""
    return assemble(Specs(), data_root() / "fixtures" / "scenarios")


def send(data: bytes, state: State | None = None, at: datetime = AT) -> Step:
    """Let the simulator take one transmission."""
    return ace().receive(state or State(), "b-1", data, at)


def records(message: Message) -> list[str]:
    """Cut an answer into its records, and hold it to 80 characters and to our own reader."""
    text = message.body.decode("latin-1")
    assert len(text) % 80 == 0
    cut = [text[start : start + 80] for start in range(0, len(text), 80)]
    assert cut[0].startswith("A")
    assert cut[-1].startswith("Z")
    interchange = formats()["catair"].read(message.body, Specs(), Limits())
    # What comes back as it was sent may be what was wrong with it.
    wrong = [
        finding
        for finding in interchange.all_findings()
        if finding.severity is Severity.ERROR and not re.search(ECHOED, finding.code)
    ]
    assert not wrong, wrong
    return cut


def said(message: Message, record: str) -> list[str]:
    """Give the records of one id in an answer."""
    return [text for text in records(message) if text.startswith(record)]
