"""This library as a target: read, then the technical acknowledgement that is due."""

from __future__ import annotations

import re
import sys
import threading
import time
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from gateway.conformance import locked, telling
from gateway.conformance.model import Seen, Spot, View
from gateway.conformance.targets.alarm import Alarm
from gateway.conformance.wire import read_answer
from gateway.finding import Severity, no_errors
from gateway.flow.decide import technical
from gateway.formats import formats, named
from gateway.specs import Limits, Specs, data_root
from gateway.specs.x12_profiles import AUTO
from gateway.tree import Envelope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.conformance.model import Built, Case
    from gateway.finding import Finding
    from gateway.formats import Format
    from gateway.tree import Interchange

_CALL_SECONDS = 30.0
# An element of XML that says nothing; a name is not tried in part.
_HOLLOW = re.compile(rb"<([^\s<>/]++)[^<>]*+(?:(?<=/)>|>\s*</\1\s*>)")
_LISTEN = "127.0.0.1"
# What is no transmission: evidence, and entries. What judges these is loaded with the first of them.
_OTHERS: Mapping[str, tuple[str, str]] = {
    "signing": ("gateway.conformance.signing.verifying", "verified"),
    "rules": ("gateway.conformance.rules.judging", "judged"),
}
_OWN = "gateway.conformance.exchange.own"
AT = "2026-03-02T10:15:00+00:00"


class Library:
    """The formats of this build over one set of tables."""

    name = "library"
    view = View.FINDINGS
    kinds = ("message", "lenient", "profile", "way", "exchange", "as2", "signing", "rules")

    def __init__(self, specs: Specs | None = None, timeout_s: float = 0.0) -> None:
        """Judge with the shipped tables, or with others; 0 seconds is no limit."""
        self.specs = specs or Specs()
        self.limits = Limits()
        self.lenient = replace(self.limits, lenient=True)
        self.envelope = Envelope(sender="", receiver="", control=1, at=AT)
        self.timeout_s = timeout_s if threading.current_thread() is threading.main_thread() else 0.0
        self._alarm = Alarm(self.timeout_s)

    def send(self, case: Case, built: Built) -> Seen:
        """Read, judge and acknowledge; an exception is the library's fault, and is told as what came back."""
        if case.kind in _OTHERS:
            return self._locked(case, *_judged(case.kind, built))
        if case.kind in {"exchange", "as2"}:
            return _called(case, built, self.timeout_s or _CALL_SECONDS)
        form = named(case.suite.partition(".")[0])
        if form is None:
            return Seen(skipped=f"this build has no format {case.suite.partition('.')[0]}")
        try:
            with self._alarm:
                return self._gone(case, built) if case.kind == "way" else self._read(form, case, built)
        except TimeoutError:
            return Seen(trouble=f"no answer within {self.timeout_s:g} s", overtime=True)
        except Exception as error:  # noqa: BLE001 - whatever a reader raises, it promised not to
            return Seen(disposition=f"exception {type(error).__name__}: {error}")

    def _gone(self, case: Case, built: Built) -> Seen:
        """Go a way, and compare where it led with the lock."""
        told, seen = _way(built, self.specs)
        return self._locked(case, seen, told)

    def _locked(self, case: Case, seen: Seen, told: str) -> Seen:
        """Compare with what is kept, where these are the tables that it was made of."""
        if self.specs.root != data_root():
            return seen
        found = tuple(locked.differs(case.id, told))
        return replace(seen, flaws=(*seen.flaws, *found)) if found else seen

    def _read(self, form: Format, case: Case, built: Built) -> Seen:
        interchange = self._interchange(form, case, built.data)
        findings = tuple(interchange.all_findings())
        answer = technical(findings)
        written = form.acknowledge(interchange, answer, self.envelope, self.specs)
        acks, flaws = read_answer(form.name, written, built.data)
        return Seen(
            disposition="accepted" if answer.accepted else "rejected",
            findings=tuple(spot(one) for one in findings if one.severity is not Severity.INFO),
            acks=acks,
            answer=written,
            flaws=(*flaws, *self._flaws(form, case, interchange, built.data, written)),
        )

    def _interchange(self, form: Format, case: Case, data: bytes) -> Interchange:
        """Read as the kind of the case says: strictly, leniently, or with the profile of an authority over it."""
        interchange = form.read(data, self.specs, self.lenient if case.kind == "lenient" else self.limits)
        if case.kind == "profile":
            from gateway.formats.x12.profile import check_profiles  # noqa: PLC0415 - these alone need the format

            found = check_profiles(interchange, (AUTO,), self.specs, AT[:10])
            interchange.findings.extend(found)
        return interchange

    def _flaws(
        self, form: Format, case: Case, interchange: Interchange, data: bytes, written: bytes
    ) -> Iterator[str]:
        """Yield what no expectation says: how findings are told, the bytes given back, the answers that are kept."""
        if case.kind != "profile":
            yield from telling.flaws(interchange)
        if self._keeps(form, case, interchange) and form.write(interchange, self.specs) != data:
            yield "what was read is not written back byte for byte"
        if self.specs.root == data_root():
            yield from locked.flaws(case.id, interchange, data, written)

    def _keeps(self, form: Format, case: Case, interchange: Interchange) -> bool:
        """Tell whether what was read has to be written back as it came; what was mended has not."""
        if case.kind != "message":
            return False
        if form.name == "wco":
            # An XML document is dear to write, and an empty element that says nothing is not kept.
            return case.suite.endswith((".samples", ".mixed")) and not _HOLLOW.search(interchange.data)
        return form.name != "json" or no_errors(interchange.all_findings())

    def kept(self, case: Case) -> str:
        """Give the line of a case for `answers.lock`."""
        if case.kind in _OTHERS:
            return _judged(case.kind, case.make())[1]
        if case.kind == "way":
            return _way(case.make(), self.specs)[0]
        form, data = formats()[case.suite.partition(".")[0]], case.make().data
        interchange = self._interchange(form, case, data)
        answer = technical(tuple(interchange.all_findings()))
        return locked.line(
            interchange, data, form.acknowledge(interchange, answer, self.envelope, self.specs)
        )

    def close(self) -> None:
        """Let go of the alarm, and of the service where exchange cases needed one."""
        if self.timeout_s:
            Alarm.clear()
        if _OWN in sys.modules:
            sys.modules[_OWN].close()


def _judged(kind: str, built: Built) -> tuple[Seen, str]:
    """Judge what is no transmission."""
    module, name = _OTHERS[kind]
    found: tuple[Seen, str] = getattr(import_module(module), name)(built)
    return found


def _way(built: Built, specs: Specs) -> tuple[str, Seen]:
    """Go a way; what these need is loaded with the first."""
    from gateway.conformance.ways.going import line  # noqa: PLC0415

    return line(built, specs)


def _called(case: Case, built: Built, seconds: float) -> Seen:
    """Ask the service of this process, which is loaded for the first that asks."""
    from gateway.conformance.exchange.calls import Exchange  # noqa: PLC0415
    from gateway.conformance.exchange.own import DownError, own  # noqa: PLC0415

    try:
        if case.kind == "as2":
            return own(as2=True).talk(seconds).run(built, time.monotonic() + seconds)
        return Exchange(own().url, seconds, listen=_LISTEN).run(built)
    except DownError as error:
        return Seen(trouble=str(error))


def spot(finding: Finding) -> Spot:
    """Give a finding of ours as the suite compares it."""
    span = (finding.span.start, finding.span.end) if finding.span is not None else None
    return Spot(finding.problem.replace("/", "."), (finding.place,), span)
