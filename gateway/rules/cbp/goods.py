"""Lines: tariff numbers, origins, cases, agencies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.entry.base import Country
from gateway.rules.cbp.matrix import types_with
from gateway.rules.cbp.scope import LOW_VALUE, is_release, is_summary, us, us_declaration, whole_filing
from gateway.rules.codes import codes
from gateway.rules.registry import Given, doubtful, missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Agency, Entry
    from gateway.finding import Finding

TARIFFS_MAX = 32
_FULL = re.compile(r"[0-9]{10}")
_SPECIAL = re.compile(r"9[89][0-9]{6}")
_CASE_TYPES = frozenset({"03", "07", "34", "38"})
_DISCLAIMERS = frozenset("ABCDEFG")
_OWN_DISCLAIMERS = {"E": "FWS", "F": "FDA", "G": "APH"}


@rule("cbp.hts.shape", clause="cbp.goods/hts", of=us_declaration, about="lines")
def hts_shape(entry: Entry) -> Iterator[Finding]:
    """A tariff number of an entry has ten digits; those of chapters 98 and 99 may have eight."""
    for turn, line in enumerate(entry.lines):
        for place, tariff in enumerate(line.tariffs):
            number = tariff.number
            if number is not None and not (_FULL.fullmatch(number) or _SPECIAL.fullmatch(number)):
                yield wrong(
                    f"lines[{turn}].tariffs[{place}].number",
                    "not a full tariff number",
                    expected="ten digits",
                    actual=number,
                )


@rule("cbp.hts.goods", clause="cbp.goods/hts-goods", of=us_declaration, about="lines")
def hts_of_the_goods(entry: Entry) -> Iterator[Finding]:
    """Numbers of chapter 99 stand beside the number of the goods, never alone."""
    for turn, line in enumerate(entry.lines):
        numbers = [tariff.number for tariff in line.tariffs if tariff.number is not None]
        if numbers and all(number.startswith("99") for number in numbers):
            yield missing(f"lines[{turn}].tariffs", "the tariff number of the goods")


@rule("cbp.hts.count", clause="cbp.goods/hts-count", of=us_declaration, about="lines")
def hts_count(entry: Entry) -> Iterator[Finding]:
    """A line has at most 32 tariff numbers."""
    for turn, line in enumerate(entry.lines):
        if len(line.tariffs) > TARIFFS_MAX:
            yield wrong(
                f"lines[{turn}].tariffs",
                "too many tariff numbers",
                expected=f"at most {TARIFFS_MAX}",
                actual=len(line.tariffs),
            )


@rule("cbp.line.required", clause="cbp.goods/line", of=whole_filing)
def line_required(entry: Entry) -> Iterator[Finding]:
    """A release or summary has lines, each with origin and tariff number."""
    if not entry.lines:
        yield missing("lines", "a line")
    for turn, line in enumerate(entry.lines):
        if line.origin is None or line.origin.country is None:
            yield missing(f"lines[{turn}].origin.country", "the country of origin")
        if not any(tariff.number for tariff in line.tariffs):
            yield missing(f"lines[{turn}].tariffs", "a tariff number")
        if entry.kind == LOW_VALUE and not any(tariff.value for tariff in line.tariffs):
            yield missing(f"lines[{turn}].tariffs[0].value", "the value of the line")


@rule("cbp.se.line-numbers", clause="cbp.se.v40/SE40", of=is_release, about="lines")
def line_numbers_run(entry: Entry) -> Iterator[Finding]:
    """Lines of a cargo release are numbered 1, 2, 3 without a gap."""
    for turn, line in enumerate(entry.lines):
        if line.number is not None and line.number != turn + 1:
            yield wrong(
                f"lines[{turn}].number", "the numbers do not run", expected=turn + 1, actual=line.number
            )


@rule("cbp.country.list", clause="cbp.goods/countries", of=us_declaration, about=Country)
def country_of_cbp(_entry: Entry, given: Given) -> Iterator[Finding]:
    """A US entry names countries that CBP's own list has."""
    for path, country in given.every(Country):
        code = codes("countries").get(country)
        if code is not None and not code.says("cbp"):
            yield doubtful(
                path, "CBP does not know this country code", expected="a code of Appendix B", actual=country
            )


@rule("cbp.ae.case-required", clause="cbp.goods/cases", of=is_summary)
def case_required(entry: Entry) -> Iterator[Finding]:
    """A summary of an antidumping or countervailing type cites at least one case."""
    if entry.kind in _CASE_TYPES and not any(line.cases for line in entry.lines):
        yield missing("lines[0].cases", "an antidumping or countervailing case")


@rule("cbp.case.type", clause="cbp.goods/cases", about="lines.cases")
def case_not_allowed(entry: Entry) -> Iterator[Finding]:
    """Types without antidumping or countervailing duty cite no case."""
    if entry.kind not in types_with("case", "N"):
        return
    for turn, line in enumerate(entry.lines):
        if line.cases:
            yield wrong(
                f"lines[{turn}].cases",
                f"a case does not stand in type {entry.kind}",
                expected="a type with cases, as 03 or 07",
                actual=line.cases[0].number,
            )


@rule("cbp.agency.code", clause="cbp.agencies/list", of=us, about="lines.tariffs.agencies")
def agency_code(entry: Entry) -> Iterator[Finding]:
    """Agency data names an agency of the list."""
    for path, agency in _agencies(entry):
        if agency.agency not in codes("agencies"):
            yield wrong(
                f"{path}.agency", "no agency of the list", expected="FDA, EPA, APH ...", actual=agency.agency
            )


@rule("cbp.agency.disclaimer", clause="cbp.agencies/disclaimer", of=us, about="lines.tariffs.agencies")
def agency_disclaimer(entry: Entry) -> Iterator[Finding]:
    """A disclaimer is one of A to G; E, F and G belong to one agency each."""
    for place, agency in _agencies(entry):
        code = agency.disclaim
        if code is None:
            continue
        path = f"{place}.disclaim"
        if code not in _DISCLAIMERS:
            yield wrong(path, "no disclaimer", expected="A to G", actual=code)
        elif _OWN_DISCLAIMERS.get(code, agency.agency) != agency.agency:
            yield wrong(
                path, f"only {_OWN_DISCLAIMERS[code]} has this disclaimer", expected="A to D", actual=code
            )


def _agencies(entry: Entry) -> Iterator[tuple[str, Agency]]:
    """Give what each agency gets, with its place."""
    for turn, line in enumerate(entry.lines):
        for number, tariff in enumerate(line.tariffs):
            for place, agency in enumerate(tariff.agencies):
                yield f"lines[{turn}].tariffs[{number}].agencies[{place}]", agency
