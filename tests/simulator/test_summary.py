"""Entry summary: AE in, AX and UC out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gateway.simulator.state import State
from gateway.specs import data_root
from tests.simulator.samples import AE, AT, SE, ace, batch, records, said, send

if TYPE_CHECKING:
    from pathlib import Path

KEY = "entry/Q7Z00010429"
ADDED = "E1A 995   SUMMARY HAS BEEN ADDED                  Q7Z  0001042900100GW42".ljust(80)


def codes(state: State | None, changed: str) -> list[str]:
    """File a summary and give the codes of the E1 records."""
    (message,) = send(batch("AE", changed), state).messages
    return [line[4:7] for line in said(message, "E1")]


def test_a_good_summary_is_added() -> None:
    """AX tells the summary, then 995 with number, version and broker reference."""
    (message,) = send(batch("AE", AE)).messages
    summary = "E0 SUMMRY 000001 REF ID: Q7Z 00010429 GW42".ljust(80)
    assert records(message)[2:-2] == [summary, ADDED]


def test_a_fee_that_is_wrong_is_told_with_its_path() -> None:
    """The harbor fee of line 001 is told under LINITM and LINFEE, as the published example has it."""
    wrong = AE.replace("50100001250", "50100001200", 1)
    (message,) = send(batch("AE", wrong)).messages
    told = records(message)
    assert told[2:6] == [
        "E0 SUMMRY 000001 REF ID: Q7Z 00010429 GW42".ljust(80),
        "E0 LINITM 000001 REF ID: 001".ljust(80),
        "E0 LINFEE 000002 REF ID: 501 00001200".ljust(80),
        "E1 F601   ESTIMATED HMF/CALC'D HMF MISMATCH".ljust(80),
    ]
    assert told[-3].startswith("E1RF998   TRANSACTION DATA REJECTED")


WRONG = [
    ("10AQ7Z", "10XQ7Z", "B02"),
    ("10AQ7Z", "10AK4M", "B53"),
    ("00010429", "00010428", "B16"),
    ("00010429", "0001A429", "B15"),
    ("2704GW42", "9999GW42", "B04"),
    ("2704GW42", "5301GW42", "B10"),
    ("0111 X", "9911 X", "B18"),
    ("0111 X", "01   X", "164"),
    (" X           1", "             1", "B39"),
    ("1112-3456789", "1199-9999999", "101"),
    ("1112-3456789", "1199-8888888", "111"),
    ("1112-3456789", "1199-6666666", "113"),
    ("       CA\n", "         \n", "132"),
    ("       CA\n", "       QQ\n", "133"),
    ("318B 891\n", "", "119"),
    ("ABCU2704", "ABCU    ", "167"),
    ("23MABCU900012345\n", "", "185"),
    ("23MABCU", "23XABCU", "186"),
    ("001 TWTW", "001   TW", "407"),
    ("001 TWTW", "001 QQTW", "408"),
    ("001 TWTW", "001 TWUS", "412"),
    ("508473301180", "507773301180", "433"),
    ("6249900003464", "6249900003465", "634"),
    ("8949900000003464", "8949900000003465", "641"),
    ("50100000001250\n", "50100000001251\n", "719"),
    ("9000000000000", "9000000000001", "722"),
    ("00000004714", "00000004715", "726"),
]


# What the tables ask by type and mode (catair.md 6.4, 6.5), and what does not go together.
WRONG += [
    ("1112-3456789  12-3456789  ", "1112-3456789              ", "255"),
    ("TWTW122825", "TW  122825", "410"),
    ("TWTW122825", "TWTW      ", "418"),
    ("0000001450    N", "0000001450     ", "415"),
    ("47MTWEXAPRE12TAI\n", "", "483"),
    ("47S12-3456789\n", "", "577"),
    ("20ABCU", "20    ", "176"),
    ("EXAMPLE STAR", "            ", "181"),
    ("58301", "     ", "429"),
    ("2200000120CT\n23MABCU900012345\n", "", "183"),
    ("        0111 X ", "        3111 X ", "309"),
    ("       CA\n", "       CA02600A001\n", "136"),
    ("318B 891", "318A 891", "267"),
    ("318B 891", "319B 891", "265"),
    ("318B 891", "318B 8910000009000", "214"),
    ("318B 891", "318B 891\n318B 891", "193"),
    ("318B 891", "319A 8910000009000", "269"),
    ("           1\n", "           2\n", "202"),
    ("           1\n", "           1011626\n", "199"),
    ("           1\n", "           2011726\n", "204"),
    ("           1\n", "           6012026\n", "211"),
    ("TWTW122825        0000000850", "TWTW122825                  ", "664"),
    ("TWTW122825", "TWTW012026", "426"),
    ("40  001 TW", "40  001XTW", "405"),
    ("40  001 TW", "40  001VTW", "404"),
    ("508473301180", "508473301180 0000000000 0000000000\n508473301180", "436"),
    ("318B 891\n", "318B 891\n3431100000269\n", "637"),
    ("318B 891\n", "318B 891\n3449600000739\n", "250"),
]


@pytest.mark.parametrize(("good", "bad", "code"), WRONG)
def test_each_fault_gets_the_code_of_the_dictionary(good: str, bad: str, code: str) -> None:
    """One wrong value gives its code and the final 998."""
    assert good in AE
    found = codes(None, AE.replace(good, bad, 1))
    assert code in found
    assert found[-1] in {"998", "999"}


GOLDEN = sorted((data_root() / "fixtures" / "catair" / "AE").glob("*.txt"))
# A correction and a deletion need a summary on file; what a declaration cannot say ACE misses (docs/integrators.md).
FILED = datetime(2026, 11, 26, 14, tzinfo=UTC)
NOT_FIRST = ("correction", "delete", "from-wco-consumption", "from-wco-informal", "from-wco-warehouse")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_the_gateway_files_is_taken(path: Path) -> None:
    """Each summary that is on file as golden bytes is accepted, although its writer is not the judge's maker."""
    message = send(path.read_bytes(), at=FILED).messages[0]
    final = said(message, "E1")[-1]
    if path.stem in NOT_FIRST:
        assert final.startswith("E1RF998")
    else:
        assert final.startswith("E1A 995"), records(message)


def test_a_correction_is_taken_after_payment_and_a_deletion_before() -> None:
    """The golden correction replaces a summary that was paid, the golden deletion one in trade control."""
    for name, state, code in (("correction", "paid", "996"), ("delete", "accepted", "997")):
        data = (data_root() / "fixtures" / "catair" / "AE" / f"{name}.txt").read_bytes()
        head = data[160:240].decode()
        number = f"{head[3:6]}{head[8:16]}"
        step = send(batch("AE", AE.replace("00010429", head[8:16]).replace("GW42     ", head[21:30])))
        key = f"entry/{number}"
        on_file = step.state.put(replace(step.state.filings[key], summary=state))
        (message,) = send(data, on_file).messages
        assert said(message, "E1")[-1][4:7] == code, records(message)


def test_the_total_of_the_processing_fee_is_bounded() -> None:
    """A line fee of 31.18 needs the minimum in 89; the true sum is refused with 639."""
    small = AE.replace("0000010000 000000120000NO", "0000009000 000000120000NO")
    small = small.replace("6249900003464", "6249900003118").replace("6250100001250", "6250100001125")
    true_sum = small.replace("894990000000346450100000001250", "894990000000311850100000001125")
    assert "639" in codes(None, true_sum.replace("00000004714", "00000004243"))
    minimum = small.replace("894990000000346450100000001250", "894990000000335850100000001125")
    assert codes(None, minimum.replace("00000004714", "00000004483")) == ["995"]


def test_a_second_add_replaces_if_the_reference_agrees() -> None:
    """A again gives 996; with another broker reference it is refused with B35."""
    state = send(batch("AE", AE)).state
    assert codes(state, AE) == ["996"]
    assert codes(state, AE.replace("GW42", "GW43")) == ["B35", "998"]
    assert codes(state, AE.replace("10AQ7Z", "10RQ7Z").replace("GW42", "GW43")) == ["996"]


def test_a_rejected_replacement_deletes() -> None:
    """While a summary is in trade control, an R that fails takes it off file."""
    state = send(batch("AE", AE)).state
    step = send(batch("AE", AE.replace("10AQ7Z", "10RQ7Z").replace("6249900003464", "6249900003465")), state)
    assert step.state.filings[KEY].summary == "deleted"
    controlled = replace(state.filings[KEY], summary="cbp-control")
    refused = send(batch("AE", AE.replace("10AQ7Z", "10RQ7Z")), state.put(controlled))
    assert [line[4:7] for line in said(refused.messages[0], "E1")] == ["B29", "998"]
    assert refused.state.filings[KEY].summary == "cbp-control"


def test_a_deletion_takes_record_10_alone() -> None:
    """D gives 997, D of nothing B25, D with more records B24."""
    head = AE.splitlines()[0].replace("10AQ7Z", "10DQ7Z")
    state = send(batch("AE", AE)).state
    assert codes(state, head) == ["997"]
    assert codes(None, head) == ["B25", "998"]
    assert codes(state, AE.replace("10AQ7Z", "10DQ7Z")) == ["B24", "998"]


def test_a_certified_summary_is_answered_twice() -> None:
    """Column 40 of record 10 asks for the release too: AX, then SX apart, then SO."""
    lines = AE.replace("0111 X ", "0111 XA").splitlines()
    lines.insert(3, "SE13A CLERK".ljust(44) + "3105550100")
    step = send(batch("AE", "\n".join(lines)))
    assert [message.kind for message in step.messages] == ["AX", "SX"]
    assert said(step.messages[1], "SE90")[-1].startswith("SE9002")
    assert said(step.messages[1], "SE15")[0].startswith("SE15MABCU900012345")
    later = ace().due(step.state, AT + timedelta(seconds=2)).messages
    assert [message.kind for message in later] == ["SO", "SO"]


def test_release_and_summary_are_two_states_of_one_entry() -> None:
    """A summary beside a release leaves the release as it is, and its statuses run on."""
    step = send(batch("SE", SE))
    step = send(batch("AE", AE), step.state)
    filing = step.state.filings[KEY]
    assert (filing.release, filing.summary) == ("accepted", "accepted")
    later = ace().due(step.state, AT + timedelta(seconds=2))
    assert later.state.filings[KEY].release == "released"
    assert later.state.filings[KEY].summary == "accepted"
    assert len(filing.row("bills")) == 2


def test_a_request_for_documents_comes_as_uc() -> None:
    """The scenario summary-documents says 3 in UC E1, with remarks; B user data is blank."""
    state = replace(State(), scenario="summary-documents")
    step = send(batch("AE", AE), state)
    (notice,) = [
        message
        for message in ace().due(step.state, AT + timedelta(seconds=3)).messages
        if message.kind == "UC"
    ]
    first = said(notice, "E1")[0]
    assert first[2:4] == "31"
    assert first[50:63] == "Q7Z  00010429"
    assert said(notice, "E3")[0].rstrip() == "E3PLEASE UPLOAD THE INVOICE"
    assert said(notice, "B ")[0][59:80].strip() == ""


def test_agency_faults_are_told_under_their_own_heading() -> None:
    """E0 PG01 leads to the P-code, and E0 PSTLIN says that agency data was rejected."""
    lines = AE.splitlines()
    place = next(turn for turn, line in enumerate(lines) if line.startswith("50"))
    lines[place + 1 : place + 1] = ["OI        BOARDS", "PG01001   RAD", "PG02P"]
    (message,) = send(batch("AE", "\n".join(lines))).messages
    kinds = [line[3:9].strip() for line in said(message, "E0")]
    assert kinds == ["SUMMRY", "LINITM", "PG01", "PSTLIN"]
    assert [line[4:7] for line in said(message, "E1")] == ["P05", "PGA", "998"]
