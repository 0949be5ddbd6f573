"""A live endpoint as a target: where to post, how to know the outcome, where the answer is.

What differs from service to service stands in the table `[http]` of a profile
(`edi_specs/conformance/profiles/gateway.toml` is ours). An endpoint that cannot be reached or answers with
5xx is trouble; a 4xx that the profile names is a refusal.
"""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from gateway.conformance.connection import (
    BUSY,
    FIRST_WAIT_SECONDS,
    LONGEST_WAIT_SECONDS,
    Connections,
    TroubleError,
    patient,
    trust,
)
from gateway.conformance.exchange.as2 import Talk, partnership
from gateway.conformance.exchange.calls import Exchange
from gateway.conformance.model import Seen, View
from gateway.conformance.targets.outcome import BY_ANSWER, decided
from gateway.conformance.targets.program import format_of
from gateway.conformance.targets.reply import ACCEPTED, REJECTED, WIRE_LAYERS, pointed, spots_of, with_answer
from gateway.formats import formats
from gateway.shell.keys import KeyFolder, KeyFolderError
from gateway.signing import KeySetError, Purpose

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping

    from gateway.conformance.model import Built, Case

# Who is asked too early is asked again, so the first question waits for most of what it took lately.
_PATIENCE, _NEWEST = 0.7, 0.1
_AT_ONCE = 16
_OK = 200


class EndpointError(ValueError):
    """A table `[http]` or an address that cannot be used."""


class Endpoint:
    """One address; each thread that sends has a connection of its own, which is kept."""

    view = View.FINDINGS

    def __init__(self, address: str, options: Mapping[str, Any], timeout_s: float) -> None:
        """Read the table; nothing is opened yet."""
        if not urlsplit(address).hostname:
            raise EndpointError(f"{address}: this is no address")
        self.by_answer = options.get("disposition") == BY_ANSWER
        if self.by_answer and "answer" not in options:
            raise EndpointError(
                "[http]: the answer is to decide (disposition), and no `answer` says where it is"
            )
        self.name = address
        self.options = options
        self.timeout_s = timeout_s or 30.0
        self.post = urljoin(address, str(options["post"])) if "post" in options else address
        self.headers = {
            str(key): _from_environment(str(text)) for key, text in options.get("headers", {}).items()
        }
        self.at_once = int(options.get("connections", _AT_ONCE))
        self._usual = 0.0
        self.secure = _trusted(options) if address.startswith("https:") else None
        self.line = Connections(address, self.timeout_s, self.secure)

    lacks: Mapping[str, str] = {
        "exchange": "the profile does not say that the target has this interface (http.exchange)",
        "as2": "the profile does not say how the target is reached by AS2 (http.as2)",
    }

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is asked of it: exchanges where the profile says that it has our interface, AS2 where it says how."""
        return ("message", *(kind for kind in ("exchange", "as2") if self.options.get(kind)))

    def send(self, case: Case, built: Built) -> Seen:
        """Post one case and follow it until its outcome is known."""
        if case.kind == "exchange":
            base = urljoin(self.post, "/").rstrip("/")
            listen = str(self.options.get("listen", ""))
            # What is waited for is what such a case is about: it says so itself.
            who = {name: text for name, text in self.headers.items() if name.lower() != "prefer"}
            return Exchange(base, self.timeout_s, who, secure=self.secure, listen=listen).run(built)
        end = time.monotonic() + self.timeout_s
        form = format_of(case)
        try:
            if case.kind == "as2":
                return self._talk().run(built, end)
            status, headers, body = self._post(built.data, self._type(form), end)
            if status in self.options.get("rejected", (400, 413, 415, 422)):
                return self._refused(body, form, built.data)
            if status not in self.options.get("accepted", (200, 201, 202)):
                return Seen(trouble=f"status {status}", overtime=status in BUSY)
            plain = self._followed(_json(body), headers.get("location", ""), end)
            return self._seen(plain, body, form, built.data, end)
        except TroubleError as error:
            return Seen(trouble=str(error), overtime=error.overtime)

    def _talk(self) -> Talk:
        """Give a partnership by AS2; our signing key is in a key folder (`gateway keys`)."""
        said = self.options["as2"]
        try:
            signer = KeyFolder(Path(str(said["keys"]))).load().signer(Purpose.CMS)
            return partnership(self.line.call, self.post, said, signer)
        except KeyError as error:
            raise TroubleError(f"[http.as2]: `{error.args[0]}` is missing") from error
        except (KeyFolderError, KeySetError, OSError) as error:
            raise TroubleError(f"[http.as2]: {error}") from error

    def _type(self, form: str) -> str:
        usual = {one.name: one.media_type for one in formats().values()}
        return str({**usual, **self.options.get("types", {})}.get(form, "application/octet-stream"))

    def _post(self, data: bytes, media_type: str, end: float) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Content-Type": media_type, **self.headers}
        return patient(lambda: self.line.call("POST", self.post, data, headers), end)

    def _get(self, place: str, what: str, end: float) -> tuple[Mapping[str, str], bytes]:
        """Fetch what the endpoint has. TroubleError with `what` it was where it does not give it."""
        status, headers, body = patient(lambda: self.line.call("GET", place, None, self.headers), end)
        if status != _OK:
            raise TroubleError(f"status {status} for {what}", overtime=status in BUSY)
        return headers, body

    def _followed(self, plain: Any, location: str, end: float) -> Any:
        """Ask again until what `until` points at is there, or `done` says that nothing will come.

        Nothing is asked where the first answer has it: the endpoint waited, as a header `Prefer` may want.
        """
        until = self.options.get("until", "")
        if not until or pointed(plain, until) is not None or self._is_done(plain):
            return plain
        place = urljoin(
            self.post, str(pointed(plain, str(self.options["poll"])) if "poll" in self.options else location)
        )
        began, wait = time.monotonic(), FIRST_WAIT_SECONDS
        time.sleep(min(_PATIENCE * self._usual, LONGEST_WAIT_SECONDS))
        while True:
            _, body = self._get(place, urlsplit(place).path, end)
            plain = _json(body)
            now = time.monotonic()
            if pointed(plain, until) is not None or self._is_done(plain):
                self._usual += _NEWEST * (now - began - self._usual)
                return plain
            if now > end:
                raise TroubleError(f"no answer within {self.timeout_s:g} s", overtime=True)
            time.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    def _is_done(self, plain: Any) -> bool:
        return any(pointed(plain, place) == word for place, word in self.options.get("done", {}).items())

    def _seen(self, plain: Any, body: bytes, form: str, received: bytes, end: float) -> Seen:
        findings = None
        if "findings" in self.options:
            told = pointed(plain, self.options["findings"])
            # What goes out to the same message is looked at again, and the same is found again.
            findings = tuple(dict.fromkeys(spots_of(self._wire(told or (), form))))
        answer = self._answer(plain, body, self._type(form), end)
        told_at = "" if self.by_answer else self.options.get("disposition", "")
        word = pointed(plain, told_at) if told_at else None
        if not self._counts(plain) or (form in self.options.get("mixed", ()) and self._ruled(plain, form)):
            # The answer is another one, or speaks of rules as well: what it says of the wire cannot be told.
            word = answer = None
        takes = self.options.get("takes", (ACCEPTED,))
        if word is not None:
            disposition = ACCEPTED if word in takes else REJECTED
        elif findings is not None:
            told = pointed(plain, self.options["findings"]) or ()
            bad = [one for one in self._wire(told, form) if one.get("severity") == "error"]
            disposition = REJECTED if bad else ACCEPTED
        else:
            disposition = ACCEPTED
        seen = with_answer(disposition, answer, form, received, findings=findings)
        if self.by_answer and answer is not None:
            seen = decided(seen, form)
        return replace(seen, overtime=self._overtime(plain))

    def _overtime(self, plain: Any) -> bool:
        """Tell whether the endpoint says itself that its time ran out."""
        codes = tuple(self.options.get("overtime", ()))
        told = pointed(plain, self.options.get("findings", "")) if codes else None
        return any(str(one.get("code", "")).startswith(codes) for one in told or ())

    def _counts(self, plain: Any) -> bool:
        """Tell whether the answer is the one about the wire; where there is none, nothing else is."""
        told = {place: pointed(plain, place) for place in self.options.get("counts", {})}
        return all(found in {None, self.options["counts"][place]} for place, found in told.items())

    def _wire(self, told: Iterable[dict[str, Any]], form: str) -> list[dict[str, Any]]:
        """Give the findings that are about what was sent: by layer, or by the beginning of their code."""
        layers, also = self.options.get("layers", WIRE_LAYERS), tuple(self.options.get("also", ()))
        codes = tuple(start.format(format=form) for start in self.options.get("codes", ("",)))
        return [
            one
            for one in told
            if (one.get("layer", "syntax") in layers or str(one.get("code", "")).startswith(also))
            and str(one.get("code", "")).startswith(codes)
        ]

    def _ruled(self, plain: Any, form: str) -> bool:
        found = pointed(plain, self.options.get("findings", "")) or ()
        errors = [one for one in found if one.get("severity") == "error"]
        return len(self._wire(errors, form)) < len(errors)

    def _answer(self, plain: Any, body: bytes, media_type: str, end: float) -> bytes | None:
        where = self.options.get("answer", "")
        if not where:
            return None
        if where == "body":
            return body
        place = pointed(plain, where)
        if place is None:
            return b""
        headers, answer = self._get(urljoin(self.post, str(place)), "the answer", end)
        if time.monotonic() > end:
            raise TroubleError(f"no answer within {self.timeout_s:g} s", overtime=True)
        # What could not be told as the format is answered in another one.
        return answer if headers.get("content-type", "").partition(";")[0] == media_type else b""

    def _refused(self, body: bytes, form: str, received: bytes) -> Seen:
        """Read what was refused by its status: the body may be the acknowledgement, or words about the refusal."""
        findings = None
        if "errors" in self.options:
            try:
                findings = spots_of(pointed(_json(body), self.options["errors"]) or ()) or None
            except (TypeError, KeyError, AttributeError, ValueError, TroubleError):
                findings = None
        if self.options.get("answer") == "body":
            seen = with_answer(REJECTED, body, form, received, findings=findings)
            if seen.acks:
                return seen
        return Seen(disposition=REJECTED, findings=findings, acks=None)

    def close(self) -> None:
        """Close the connections."""
        self.line.close()


def _trusted(options: Mapping[str, Any]) -> ssl.SSLContext:
    names = [options.get(key) for key in ("cafile", "certificate", "key")]
    try:
        return trust(*names)
    except OSError as error:
        shown = ", ".join(str(name) for name in names if name)
        raise EndpointError(f"[http]: {shown}: {error.strerror or error}") from error


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def _from_environment(text: str) -> str:
    """Put variables of the environment in for `${NAME}`, so that no profile holds a key."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise EndpointError(f"[http]: the environment has no {match[1]}")
        return os.environ[match[1]]

    return re.sub(r"\$\{(\w+)\}", value, text)
