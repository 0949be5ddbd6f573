"""Problems: every error of the HTTP interface as RFC 9457 says, and nothing internal in any.

`KINDS` is the whole family. The `type` of each is stable; programs may compare it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:customs-gateway:problem:"

KINDS: Mapping[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be understood"),
    "empty-content": (400, "There is no content"),
    "digest-mismatch": (400, "The content does not fit its Content-Digest"),
    "bad-encoding": (400, "The content does not fit its Content-Encoding"),
    "unauthorized": (401, "An API key or a client certificate is needed"),
    "signature-refused": (401, "The signature of the request is missing or does not hold"),
    "forbidden": (403, "This may not be asked from here"),
    "not-found": (404, "There is nothing of that name for you"),
    "method-not-allowed": (405, "This method does nothing here"),
    "too-slow": (408, "The content came too slowly"),
    "gone": (410, "This was kept for as long as agreed, and is removed"),
    "conflict": (409, "This does not fit the state it is in"),
    "too-large": (413, "The content is longer than it may be"),
    "unsupported-encoding": (415, "This Content-Encoding is not taken"),
    "idempotency-key-reused": (422, "The Idempotency-Key came before with other content"),
    "invalid": (422, "The content is at fault"),
    "too-many-requests": (429, "Too much, too fast"),
    "internal": (500, "Something went wrong here"),
    "unavailable": (503, "Not now"),
}


class Problem(Exception):  # noqa: N818 - the standard's own word
    """An answer that says what is wrong. `errors` are findings as plain JSON."""

    def __init__(
        self,
        kind: str,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        self.kind = kind
        self.status, self.title = KINDS[kind]
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.more = more
        super().__init__(f"{self.title}: {detail}")

    def document(self) -> dict[str, Any]:
        """Give the problem document."""
        plain: dict[str, Any] = {"type": TYPE_PREFIX + self.kind, "title": self.title, "status": self.status}
        if self.detail:
            plain["detail"] = self.detail
        if self.errors:
            plain["errors"] = list(self.errors)
        return plain | self.more

    def response(self) -> web.Response:
        """Give the HTTP response."""
        return web.Response(
            body=json.dumps(self.document(), ensure_ascii=False).encode("utf-8", "backslashreplace"),
            status=self.status,
            headers=self.headers,
            content_type=MEDIA_TYPE,
        )


def from_http(error: web.HTTPException) -> Problem:
    """Turn one of the web framework's own errors into a problem."""
    kind = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}.get(error.status, "bad-request")
    kept = {name: value for name, value in error.headers.items() if name == "Allow"}
    return Problem(kind, headers=kept)
