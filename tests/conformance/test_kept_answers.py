"""What the library answers to cases of every suite is what is kept of it, in a sample that does not change by chance."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from gateway.conformance import catalogue, locked
from gateway.conformance.judge import judge
from gateway.conformance.model import Verdict, View
from gateway.conformance.targets.library import Library

if TYPE_CHECKING:
    from gateway.conformance.model import Case

EACH = 2
# Suites that have a sample or a way in their names: all but those of one message, and those that need a service or new keys.
_SUITE = re.compile(
    r"\w+\.(samples|cases|mixed|mended|lenient|profile|odd|limits|customs|kept|made|translated|ruled|pointed|streamed|framed)"
)
_TARGET = re.compile(r"/to/([a-z0-9]+-[A-Za-z0-9]+)")
SUITES = sorted({name for one in locked.names() if _SUITE.fullmatch(name := one.partition("/")[0])})


@cache
def _library() -> Library:
    return Library()


def _group(case: Case) -> tuple[str, str, str]:
    """Give what a case stands for: its kind, its message, and where it goes."""
    target = _TARGET.search(case.id)
    return case.kind, case.id.split("/")[1], target[1] if target else ""


def _drawn(name: str) -> list[Case]:
    """Draw the same cases in every run: of each group those whose ids have the smallest digests."""
    suite = next(one for one in catalogue.suites() if one.name == name)
    groups: dict[tuple[str, str, str], list[Case]] = {}
    kept = locked.names()
    for case in suite.cases():
        if case.id in kept:
            groups.setdefault(_group(case), []).append(case)
    return [
        case
        for cases in groups.values()
        for case in sorted(cases, key=lambda one: hashlib.sha256(one.id.encode()).digest())[:EACH]
    ]


@pytest.mark.parametrize("name", SUITES)
def test_a_sample_of_each_suite_is_answered_as_is_kept(name: str) -> None:
    """Some cases of each kind, message and translation pass, the digests of their answers with them."""
    drawn = _drawn(name)
    assert drawn
    for case in drawn:
        built = case.make()
        said = judge(built.expect, _library().send(case, built), View.FINDINGS)
        assert said.verdict is Verdict.PASS, f"{case.id}: {said.actual}"
