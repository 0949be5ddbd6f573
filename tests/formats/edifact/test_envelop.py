"""Envelopes around messages and answers: the repertoire is that of what is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.finding import Answer, Level
from gateway.formats.edifact.format import FORMAT
from gateway.tree import Envelope, Node
from tests.formats.edifact.support import SMALL, SPECS, read

ENVELOPE = Envelope(sender="GATEWAY", receiver="BROKER01", control=7, at="2026-11-27T12:00:00+00:00")
BODY = Node("CUSDEC", children=[Node("BGM", {"C002.1001": "929", "C106.1004": "REF1", "1225": "9"})])


@pytest.mark.parametrize(
    ("options", "head"),
    [
        ({}, "UNB+UNOA:3+"),
        # What is not of a value: between segments, a service character, a switch.
        ({"line_end": "\r\n"}, "UNB+UNOA:3+"),
        ({"component": "|"}, "UNB+UNOA|3+"),
        ({"group": "yes"}, "UNB+UNOA:3+"),
        ({"una": "no", "line_end": "\n"}, "UNB+UNOA:3+"),
        # What is sent in the envelope asks for its letters.
        ({"reference": "Ref"}, "UNB+UNOB:3+"),
        ({"association": "abc"}, "UNB+UNOB:3+"),
        ({"group": "yes", "group_sender": "abc"}, "UNB+UNOB:3+"),
        ({"application": "É"}, "UNB+UNOC:3+"),
        ({"application": "宁", "syntax": "4"}, "UNB+UNOW:4+"),
        # Of an option that is not sent since there is no group the letters are no more than others.
        ({"group_sender": "abc"}, "UNB+UNOA:3+"),
    ],
)
def test_the_repertoire_is_that_of_the_values_that_are_sent(options: dict[str, str], head: str) -> None:
    """A message and a CONTRL, each in an envelope of these options."""
    envelope = replace(ENVELOPE, options=options)
    sent = FORMAT.write(FORMAT.envelop("CUSDEC", "D96B", [BODY], envelope, SPECS), SPECS)
    said = FORMAT.acknowledge(read(SMALL), Answer(level=Level.SYNTAX, accepted=True), envelope, SPECS)
    for data in (sent, said):
        (unb,) = [one.strip() for one in data.decode("latin-1").split("'") if "UNB" in one]
        assert unb.startswith(head)
        assert not any("repertoire" in one.code for one in read(data).all_findings())


@pytest.mark.parametrize(
    ("options", "date"), [({"syntax": "4"}, "20261127"), ({"syntax": "3"}, "261127"), ({}, "20261127")]
)
def test_a_group_has_the_date_of_its_interchange(options: dict[str, str], date: str) -> None:
    """In syntax 4, whether it was asked for or a letter needs it, with the century."""
    envelope = replace(ENVELOPE, options={"group": "yes", "application": "宁", **options})
    sent = FORMAT.write(FORMAT.envelop("CUSDEC", "D96B", [BODY], envelope, SPECS), SPECS)
    assert f"UNG+CUSDEC+GATEWAY+BROKER01+{date}:1200+7+UN+D:96B'".encode() in sent
