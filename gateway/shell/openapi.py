"""The description of the HTTP interface (OpenAPI 3.1), made from one table of operations.

The router is built from the same table, so a call that is served is described.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.shell import openapi_shapes as shapes
from gateway.shell.core import SOFTWARE
from gateway.shell.problems import MEDIA_TYPE

ANY = "*/*"
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call. `query` and `headers` map a name to its description; `gives` a status to a media type."""

    method: str
    path: str
    handler: str
    says: str
    gives: Mapping[int, str]
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bool = False
    open: bool = False
    fails: tuple[int, ...] = ()


BODY_FAILS = (400, 408, 413, 415, 422, 429, 503)
ID = "/v1/submissions/{id}"
PAGE = {
    "state": "only in this state",
    "format": "only in this format",
    "sender": "only from this sender",
    "control_number": "only with this control number",
    "entry_number": "only about this entry",
    "digest": "only of this content: SHA-256 in hex or sha-256=:...:",
    "after": "cursor, from Link",
    "limit": "at most so many, up to 200",
}
TURN = {"transaction": "which transaction, from 0"}
SENT = {
    "Content-Digest": "RFC 9530; the content is refused if it does not fit",
    "Content-Encoding": "identity or gzip",
}

OPERATIONS = (
    Operation(method="POST", path="/v1/submissions", handler="api_submissions.post", body=True,
              says="Take content in; 202 when it is durable, with a signed receipt",
              gives={202: JSON, 200: JSON}, fails=BODY_FAILS,
              headers={**SENT, "Idempotency-Key": "a quoted string of the caller's own",
                       "Prefer": "wait=N waits so many seconds for the final answer, "
                                 "wait=N; until=acknowledged for the first acknowledgement"}),
    Operation(method="GET", path="/v1/submissions", handler="api_submissions.get_list", query=PAGE,
              says="List submissions, newest first", gives={200: JSON}, fails=(400,)),
    Operation(method="GET", path=ID, handler="api_submissions.get_one",
              says="Show a submission", gives={200: JSON}, fails=(404,)),
    Operation(method="GET", path=f"{ID}/source", handler="api_stages.get_source",
              says="The content as received", gives={200: ANY}, fails=(404, 410)),
    Operation(method="GET", path=f"{ID}/entry", handler="api_stages.get_entry", query=TURN,
              says="The canonical entry", gives={200: JSON}, fails=(400, 404, 410)),
    Operation(method="GET", path=f"{ID}/lineage", handler="api_stages.get_lineage", query=TURN,
              says="The way of each value", gives={200: JSON}, fails=(400, 404, 410)),
    Operation(method="GET", path=f"{ID}/findings", handler="api_stages.get_findings",
              says="The findings, as receipts name them by digest", gives={200: JSON}, fails=(404, 410)),
    Operation(method="GET", path=f"{ID}/residue", handler="api_stages.get_residue", query=TURN,
              says="What no mapping carried", gives={200: JSON}, fails=(400, 404, 410)),
    Operation(method="GET", path=f"{ID}/forwarded", handler="api_stages.get_forwarded", query=TURN,
              says="The bytes for the endpoint", gives={200: ANY}, fails=(400, 404, 410)),
    Operation(method="GET", path=f"{ID}/answers", handler="api_stages.get_answers",
              says="What the endpoint said", gives={200: JSON}, fails=(404, 410)),
    Operation(method="GET", path=f"{ID}/acknowledgements/{{n}}", handler="api_stages.get_acknowledgement",
              says="An acknowledgement in the sender's own format", gives={200: ANY}, fails=(400, 404, 410),
              query={"signature": "a signature instead: jws (detached, the default), cms, or xml (inside)",
                     "receipt": "the receipt instead"}),
    Operation(method="GET", path=f"{ID}/events", handler="api_events.get_of_one",
              says="A submission's events as they happen", gives={200: "text/event-stream"}, fails=(400, 404, 429),
              query={"after": "number of the last event seen"},
              headers={"Last-Event-ID": "number of the last event seen"}),
    Operation(method="GET", path="/v1/events", handler="api_events.get_all",
              says="Events as they happen", gives={200: "text/event-stream"}, fails=(400, 429),
              query={"after": "number of the last event seen"},
              headers={"Last-Event-ID": "number of the last event seen"}),
    Operation(method="POST", path="/v1/translations", handler="api_tools.post_translation", body=True,
              says="Translate; nothing is kept", gives={200: ANY}, fails=BODY_FAILS, headers=SENT,
              query={"to": "the target, such as catair/SE", "from": "the format, instead of sniffing",
                     "receiver": "the receiver in the new envelope", "lineage": "give the way of each value",
                     "profile": "profiles to hold it to, such as cbp_ocean or auto"}),
    Operation(method="POST", path="/v1/validations", handler="api_tools.post_validation", body=True,
              says="Validate; nothing is kept", gives={200: JSON}, fails=BODY_FAILS, headers=SENT,
              query={"from": "the format, instead of sniffing",
                     "profile": "profiles to hold it to, such as cbp_ocean or auto"}),
    Operation(method="GET", path="/v1/subscriptions", handler="api_subscriptions.get_list",
              says="The caller's webhook addresses", gives={200: JSON}),
    Operation(method="POST", path="/v1/subscriptions", handler="api_subscriptions.post", body=True,
              says="Subscribe a webhook address", gives={201: JSON}, fails=(*BODY_FAILS, 409)),
    Operation(method="DELETE", path="/v1/subscriptions/{id}", handler="api_subscriptions.delete",
              says="Take a webhook address back", gives={200: JSON}, fails=(404,)),
    Operation(method="GET", path="/v1/entries/{number}", handler="api_entries.get_one",
              says="Where an entry stands, over all filings of its number", gives={200: JSON}, fails=(404,)),
    Operation(method="GET", path="/v1/parked", handler="api_service.get_parked",
              says="What waits for a person", gives={200: JSON}),
    Operation(method="POST", path=f"{ID}/orders", handler="api_service.post_order", body=True,
              says="Send again or give up what waits for a person", gives={202: JSON}, fails=(400, 403, 404, 409)),
    Operation(method="POST", path="/v1/as2", handler="api_as2.post", body=True, open=True,
              says="AS2 (RFC 4130): a message in, its signed receipt out; or a receipt for a message of ours",
              gives={200: "multipart/signed", 204: ANY}, fails=(*BODY_FAILS, 403),
              headers={"AS2-From": "the sender's name", "AS2-To": "our name", "Message-ID": "the sender's own id",
                       "Disposition-Notification-To": "asks for a receipt",
                       "Disposition-Notification-Options": "how it is signed",
                       "Receipt-Delivery-Option": "where an asynchronous receipt goes, as agreed"}),
    Operation(method="GET", path="/v1/as2/messages", handler="api_as2.get_messages",
              says="AS2 messages that go out", gives={200: JSON}, fails=(400, 403),
              query={"state": "ready, lane, waiting, done or parked"}),
    Operation(method="POST", path="/v1/as2/messages/{id}/orders", handler="api_as2.post_order", body=True,
              says="Send a parked AS2 message again, or give it up", gives={202: JSON}, fails=(400, 403, 404)),
    Operation(method="GET", path="/v1/log/checkpoint", handler="api_service.get_checkpoint", open=True,
              says="The newest checkpoint of the receipt log", gives={200: "text/plain"}, fails=(400, 404),
              query={"size": "the checkpoint that was signed at this size instead"}),
    Operation(method="GET", path="/v1/log/timestamp", handler="api_proofs.get_timestamp", open=True,
              says="A time-stamp (RFC 3161) of a checkpoint", gives={200: "application/timestamp-reply"},
              fails=(400, 404), query={"size": "of the checkpoint of this size"}),
    Operation(method="GET", path="/v1/rechecks", handler="api_proofs.get_rechecks",
              says="What verifying all that is stored found", gives={200: JSON}, fails=(403,)),
    Operation(method="POST", path="/v1/rechecks", handler="api_proofs.post_recheck",
              says="Verify all that is stored now", gives={202: JSON}, fails=(403,)),
    Operation(method="GET", path="/v1/log/proof", handler="api_service.get_proof", open=True,
              says="The proof for one receipt", gives={200: "text/plain"}, fails=(400, 404),
              query={"receipt": "the id inside the receipt"}),
    Operation(method="GET", path="/v1/log/tile/{path}", handler="api_service.get_tile", open=True,
              says="A tile of the log's hashes", gives={200: "application/octet-stream"}, fails=(404,)),
    Operation(method="GET", path="/.well-known/certificates.pem", handler="api_service.get_certificates",
              says="Certificates of our keys", gives={200: "application/x-pem-file"}, open=True, fails=(400, 404),
              query={"purpose": "only of this purpose: cms, xml or as2"}),
    Operation(method="GET", path="/.well-known/jwks.json", handler="api_service.get_jwks", open=True,
              says="Public keys, old ones included", gives={200: JSON}),
    Operation(method="GET", path="/healthz", handler="api_service.get_healthz", open=True,
              says="The process lives", gives={200: JSON}),
    Operation(method="GET", path="/readyz", handler="api_service.get_readyz", open=True,
              says="Work is taken", gives={200: JSON, 503: JSON}),
    Operation(method="GET", path="/metrics", handler="api_service.get_metrics",
              says="Counters as Prometheus text", gives={200: "text/plain"}, fails=(403,)),
    Operation(method="GET", path="/openapi.json", handler="api_service.get_openapi", open=True,
              says="This description", gives={200: JSON}),
)  # fmt: skip


def description(
    public_url: str = "", *, anonymous: bool = True, targets: Sequence[str] = ()
) -> dict[str, Any]:
    """Give the OpenAPI 3.1 document.

    `anonymous`: callers without a key are taken too. `targets`: what can be translated to.
    """
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, anonymous)
    plain: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Customs gateway",
            "version": SOFTWARE.partition("/")[2],
            "summary": "Customs entries in any format, one canonical entry, signed answers",
        },
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": dict(shapes.COMPONENTS),
        },
    }
    if targets:
        plain["paths"]["/v1/translations"]["post"]["parameters"][0]["schema"] = {"enum": list(targets)}
    if public_url:
        plain["servers"] = [{"url": public_url}]
    return plain


def _operation(operation: Operation, anonymous: bool) -> dict[str, Any]:  # noqa: FBT001 - one caller
    plain: dict[str, Any] = {
        "operationId": operation.handler.replace(".", "_"),
        "summary": operation.says,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.body:
        plain["requestBody"] = {"required": True, "content": shapes.BODIES[operation.handler]}
    if not operation.open:
        plain["security"] = [{"key": []}, {}] if anonymous else [{"key": []}]
    return plain


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": shapes.PARAMETERS[name]}
        for name in ("id", "n", "path", "number")
        if f"{{{name}}}" in operation.path
    ]
    for place, names in (("query", operation.query), ("header", operation.headers)):
        for name, text in names.items():
            known = shapes.PARAMETERS_OF.get(
                (operation.handler, name), shapes.PARAMETERS.get(name, shapes.TEXT)
            )
            one: dict[str, Any] = {"name": name, "in": place, "description": text, "schema": known}
            found.append(one | {"required": True} if (operation.handler, name) in shapes.REQUIRED else one)
    return found


def _responses(operation: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, media_type in operation.gives.items():
        at = (operation.handler, status)
        shape = {"schema": shapes.ANSWERS[at]} if at in shapes.ANSWERS else {}
        one: dict[str, Any] = {"description": operation.says}
        if status != 204:
            one["content"] = (
                {media_type: shape} if media_type == JSON or not shape else {JSON: shape, media_type: {}}
            )
        if at in shapes.LINKS:
            one["links"] = shapes.LINKS[at]
        responses[str(status)] = one | _answered_headers(at)
    for status in sorted({*operation.fails, 405} | (set() if operation.open else {401, 403})):
        responses.setdefault(
            str(status),
            {
                "description": "A problem (RFC 9457)",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
            | _answered_headers(("", status)),
        )
    return responses


def _answered_headers(at: tuple[str, int]) -> dict[str, Any]:
    return {"headers": shapes.HEADERS[at]} if at in shapes.HEADERS else {}
