"""Customs eBonds: CB in, CX out, and what an entry summary has to do with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.simulator.state import State
from gateway.specs import data_root
from tests.simulator.samples import AE, AT, ace, batch, records, said, send

# 15 January 2026, nine in the morning in Washington, is when the samples come.
CB = """\
10B91  0000032000011526SUR26-001
20101Q7Z00010429
30EI 12-3456789  IMPORTER ON FILE INC
40891AG00000001 HARBOR SURETY COMPANY"""
CONTINUOUS = """\
10B81  0000050000011526SUR26-002020126
30EI 12-3456789  IMPORTER ON FILE INC
40891AG00000001 HARBOR SURETY COMPANY"""
NUMBER = "269000001"
SHARED = "40891AG00000001 HARBOR SURETY COMPANY".ljust(56) + "0000020000"
OTHER = "45770AG00000002 QUAY SURETY COMPANY".ljust(56) + "0000012000"


def codes(text: str, state: State | None = None) -> list[str]:
    """Send one CB and give the codes of its 90 records; the last one decides."""
    message = send(batch("CB", text), state).messages[0]
    assert message.kind == "CX"
    return [line[4:7] for line in said(message, "90")]


def on_file(text: str = CB) -> State:
    """Give the state in which a bond is on file."""
    return send(batch("CB", text)).state


def test_a_new_bond_comes_back_with_its_number() -> None:
    """CX mirrors the records, puts the number in 45 to 53 of the first, and ends with an accepting 992."""
    step = send(batch("CB", CB))
    told = records(step.messages[0])
    assert [line[:2] for line in told[2:-2]] == ["10", "20", "30", "40", "90"]
    assert told[2][:44] == CB.splitlines()[0].ljust(80)[:44]
    assert told[2][44:53] == NUMBER
    assert told[-3].startswith("90A 992  NEW EBOND TRANSMITTED IN ACE PER TERMS OF THE EBOND TEST")
    assert told[1][10:12] == "CX"
    assert step.state.filings[f"bond/{NUMBER}"].fact("amount") == "32000"


def test_the_golden_bond_is_taken_on_its_day() -> None:
    """The CB on file among the samples is accepted, but for the day on which it was executed."""
    data = (data_root() / "fixtures" / "catair" / "CB" / "single-transaction.txt").read_bytes()
    assert [line[2:7] for line in said(send(data).messages[0], "90")] == [" FS16", "RFS98"]
    today = data.replace(b"0000032000112526", b"0000032000011526")
    assert [line[2:7] for line in said(send(today).messages[0], "90")] == ["A 992"]


@pytest.mark.parametrize(
    ("first", "second", "final"),
    [
        (CB, CB.replace("10B91  0000032000", "10A91  0000010000"), "993"),
        (CB, CB.replace("10B91  ", "10V91  "), "994"),
        (CB, CB.replace("10B91  0000032000", "10C91  0000040000"), "995"),
        (CB, CB.replace("10B91  ", "10U91  "), "996"),
        (CB, CB.replace("10B91  ", "10E91  "), "997"),
        (CONTINUOUS, "10T81".ljust(38) + "030126268000001", "998"),
        (CONTINUOUS, "10R81".ljust(44) + "268000001 Y", "SR6"),
    ],
)
def test_each_designation_has_its_acceptance(first: str, second: str, final: str) -> None:
    """What changes a bond on file is accepted with the code of its designation: 995 to 998 are acceptances here."""
    state = on_file(first)
    message = send(batch("CB", second), state).messages[0]
    assert [line[2:7] for line in said(message, "90")] == [f"A {final}"]
    assert codes(second) != [final]


FAULTS = [
    (CB, "10B91", "10X91", "S04"),
    (CB, "10B91", "10B71", "S05"),
    (CB, "10B91", "10T91", "S06"),
    (CB, "10B91  ", "10B9   ", "S14"),
    (CB, "10B91  ", "10B999 ", "S14"),
    (CB, "0000032000", "0000000000", "S15"),
    (CB, "0000032000", "00000320X0", "S15"),
    (CB, "011526", "011426", "S16"),
    (CB, "011526", "023026", "S16"),
    (CB, "SUR26-001", "SUR26-001020126", "S18"),
    (CONTINUOUS, "020126", "", "S17"),
    (CB, "SUR26-001", "SUR26-001".ljust(21) + "269000009", "S77"),
    (CB, "10B91  ", "10V91  ", "S10"),
    (CB, "10B91  ", "10A91  ", "S65"),
    (CONTINUOUS, "30EI", "20101Q7Z00010429\n30EI", "S24"),
    (CB, "20101Q7Z00010429\n", "", "S25"),
    (CB, "20101", "20901", "S27"),
    (CB, "20101", "201  ", "S28"),
    (CB, "20101", "20201", "S29"),
    (CB, "20101", "20199", "S79"),
    (CB, "Q7Z00010429", "Q7Z00010428", "S30"),
    (CB, "20101Q7Z00010429", "20101", "S30"),
    (CB, "30EI 12-3456789  IMPORTER ON FILE INC\n", "", "S31"),
    (CB, "30EI ", "30XX ", "S32"),
    (CB, "30EI 12-3456789", "30EI 123456789", "S33"),
    (CB, "12-3456789", "99-9999999", "S34"),
    (CB, "12-3456789", "99-8888888", "S35"),
    (CB, "\n40", "\n35XX 55-5555555\n40", "S38"),
    (CB, "\n40", "\n35EI 99-9999999\n40", "S40"),
    (CB, "\n40", "\n35EI 12-3456789\n40", "S58"),
    (CB, "\n40", "\n35EI 55-5555555\n35EI 55-5555555\n40", "S42"),
    (CB, "\n40", "\n36EI 99-8888888\n40", "S47"),
    (CB, "\n40", "\n36EI 12-3456789\n40", "S59"),
    (CB, "\n40", "\n35EI 55-5555555\n36EI 55-5555555\n40", "S60"),
    (CB, "\n40", "\n36EI 55-5555555\n36EI 55-5555555\n40", "S48"),
    (CB, "\n40891AG00000001 HARBOR SURETY COMPANY", "", "S49"),
    (CB, "40891", "40   ", "S50"),
    (CB, "AG00000001", "          ", "S52"),
    (CB, "COMPANY", f"COMPANY\n{OTHER}", "S56"),
    (CB, "40891AG00000001 HARBOR SURETY COMPANY", f"{SHARED}\n{OTHER.replace('12000', '11000')}", "S73"),
    (CB, "40891AG00000001 HARBOR SURETY COMPANY", f"{SHARED}\n{OTHER}\n{OTHER}", "S55"),
    (CB, "40891AG00000001 HARBOR SURETY COMPANY", f"{SHARED}\n{OTHER.replace('770', '891')}", "S61"),
    (CB, "COMPANY", "COMPANY\n46891AG00000003", "SR3"),
    (CB, "40891AG00000001 HARBOR SURETY COMPANY", f"{SHARED}\n{OTHER}\n46880AG00000003", "SR2"),
    (CB, "\n30EI", "\n20101Q7Z00010429\n30EI", "S26"),
    (CB, "20101Q7Z00010429\n30EI 12-3456789", "30EI 12-3456789  \n20101Q7Z00010429", "S71"),
]


@pytest.mark.parametrize(
    ("text", "good", "bad", "code"), FAULTS, ids=[f"{one[3]}-{turn}" for turn, one in enumerate(FAULTS)]
)
def test_each_fault_has_the_code_of_its_text(text: str, good: str, bad: str, code: str) -> None:
    """A bad bond is told by the code whose text says it, rejected with S98, and not put on file."""
    changed = text.replace(good, bad, 1)
    assert changed != text
    found = codes(changed)
    assert code in found
    assert found[-1] == "S98"
    assert send(batch("CB", changed)).state.filings == {}


def test_reinsurers_and_shares_that_fit_are_taken() -> None:
    """Surety and co-surety that stand for the whole amount, and a reinsurer beside one surety, are no fault."""
    shared = CB.replace("40891AG00000001 HARBOR SURETY COMPANY", f"{SHARED}\n{OTHER}")
    assert codes(shared) == ["992"]
    assert codes(f"{CB}\n46880AG00000003") == ["992"]


def test_what_is_on_file_decides() -> None:
    """A second basic bond is S07, a void one S09, another filer's S80, a number that nobody has S23, a second continuous one S96."""
    state = on_file()
    assert codes(CB, state) == ["S07", "S98"]
    void = CB.replace("10B91  ", "10V91  ")
    gone = send(batch("CB", void), state).state
    assert codes(void, gone) == ["S09", "S98"]
    bond = state.filings[f"bond/{NUMBER}"]
    other = state.put(replace(bond, facts={**bond.facts, "filer": "K4M"}))
    assert codes(void, other) == ["S80", "S98"]
    assert codes(void.replace("SUR26-001", "SUR26-001".ljust(21) + "269000777"), state) == ["S23", "S98"]
    assert codes(CONTINUOUS, on_file(CONTINUOUS)) == ["S96", "S98"]
    end = "10T81".ljust(38) + "030126268000001"
    ended = send(batch("CB", end), on_file(CONTINUOUS)).state
    assert codes(end, ended) == ["S13", "S98"]


def test_a_fault_of_the_envelope_is_no_matter_of_the_bond() -> None:
    """What has no code of the eBond chapter refuses the batch as everywhere: filler data is X39."""
    message = send(batch("CB", CB.replace("891AG", "891AG", 1) + " " * 30 + "X")).messages[0]
    assert "X39" in [line[4:7] for line in said(message, "X1")]


def test_a_tester_chooses_the_outcome() -> None:
    """An order by the surety's own reference rejects the bond with the code that it names, once."""
    state = replace(State(), orders={"reference/SUR26-001": {"reject": "S93"}})
    step = send(batch("CB", CB), state)
    assert [line[4:7] for line in said(step.messages[0], "90")] == ["S93", "S98"]
    assert codes(CB, step.state) == ["992"]


SINGLE = AE.replace("318B 891", "319B 8910000032000")


@pytest.mark.parametrize(
    ("bond", "code"),
    [
        (CB, ""),
        (CB.replace("0000032000", "0000099000"), "756"),
        (CB.replace("20101Q7Z", "20111Q7Z"), "755"),
    ],
)
def test_the_bond_of_a_summary_fits_the_one_on_file(bond: str, code: str) -> None:
    """A single transaction bond in AE 31 has the entry type and the amount of the eBond for the entry."""
    message = send(batch("AE", SINGLE), on_file(bond)).messages[0]
    found = [line[4:7] for line in said(message, "E1")]
    assert (code in found) if code else found == ["995"]


def test_a_void_bond_and_one_that_is_not_there() -> None:
    """A void eBond is 753; that there is none is told where a tester asks for it: 752."""
    void = send(batch("CB", CB.replace("10B91  ", "10V91  ")), on_file()).state
    assert "753" in [line[4:7] for line in said(send(batch("AE", SINGLE), void).messages[0], "E1")]
    assert [line[4:7] for line in said(send(batch("AE", SINGLE)).messages[0], "E1")] == ["995"]
    strict = replace(ace(), onfile=replace(ace().onfile, checks={"bond-on-file": "error"}))
    step = strict.receive(State(), "b-1", batch("AE", SINGLE), AT)
    assert "752" in [line[4:7] for line in said(step.messages[0], "E1")]
