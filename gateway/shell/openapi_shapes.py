"""The shapes that the description of the HTTP interface names: parameters, contents, answers.

Lives here: JSON Schema (2020-12, the dialect of OpenAPI 3.1), as data. `schemathesis` holds the
running service to it, so a shape says what is promised: what `required` names is always there,
and further fields may come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.flow.standing import ASPECTS
from gateway.flow.standing_next import WHO
from gateway.flow.submission import State

Schema = Mapping[str, Any]

ULID: Schema = {"type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$"}
TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 2**53}
DIGEST: Schema = {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/]{43}=:$"}
STATES = [state.value for state in State]


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _object(required: Mapping[str, Schema], **more: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **more}}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_AS2_NAME: Schema = {"type": "string", "pattern": "^[!#-\\[\\]-~]{1,128}$"}

PARAMETERS: Mapping[str, Schema] = {
    "id": ULID,
    "n": COUNT,
    "path": {"type": "string", "pattern": "^[0-9xp/.]{1,64}$", "examples": ["0/000"]},
    "number": {"type": "string", "pattern": "^[A-Za-z0-9-]{1,64}$", "examples": ["Q7Z-0001042-9"]},
    "after": COUNT,
    "limit": {"type": "integer", "minimum": 1, "maximum": 200},
    "transaction": COUNT,
    "size": COUNT,
    "receipt": ULID,
    "digest": {
        "type": "string",
        "pattern": "^$|^([0-9a-f]{64}|sha-256=:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=:)$",
    },
    "state": {"type": "string", "enum": ["", *STATES]},
    "Idempotency-Key": {
        "type": "string",
        "pattern": '^"[ !#-\\[\\]-~]{1,128}"$',
    },
    "Content-Encoding": {"type": "string", "enum": ["identity", "gzip"]},
    "Last-Event-ID": {"type": "string", "pattern": "^[0-9]{1,16}$"},
    "purpose": {"type": "string", "enum": ["cms", "xml", "as2"]},
    "AS2-From": _AS2_NAME,
    "AS2-To": _AS2_NAME,
    "Message-ID": {"type": "string", "pattern": "^[!-~]{1,998}$"},
    "to": {"type": "string", "pattern": "^[A-Za-z0-9/.]{1,64}$"},
}
"""By name. Every other parameter is any text."""

PARAMETERS_OF: Mapping[tuple[str, str], Schema] = {
    ("api_as2.get_messages", "state"): {
        "type": "string",
        "enum": ["", "ready", "lane", "waiting", "done", "parked"],
    },
    ("api_stages.get_acknowledgement", "receipt"): TEXT,
}
"""Where a name means something else in one call."""

REQUIRED = frozenset(
    {("api_tools.post_translation", "to"), ("api_service.get_proof", "receipt")}
    | {("api_as2.post", name) for name in ("AS2-From", "AS2-To", "Message-ID")}
)
"""Parameters of query and headers that may not be left out."""

CONTENT: Schema = {
    media_type: {"schema": {"type": "string", "minLength": 1}}
    for media_type in (
        "application/edi-x12", "application/edifact", "text/plain", "application/octet-stream"
    )
} | {"application/json": {"schema": {}}, "application/xml": {"schema": {}}}  # fmt: skip
"""What a customs message may come as. Whatever is in it is taken, and judged afterwards."""

BODIES: Mapping[str, Schema] = {
    "api_submissions.post": CONTENT,
    "api_tools.post_translation": CONTENT,
    "api_tools.post_validation": CONTENT,
    "api_subscriptions.post": {"application/json": {"schema": _ref("NewSubscription")}},
    "api_service.post_order": {"application/json": {"schema": _ref("Order")}},
    "api_as2.post_order": {"application/json": {"schema": _ref("MessageOrder")}},
    "api_as2.post": {"*/*": {"schema": {}}},
}

ANSWERS: Mapping[tuple[str, int], Schema] = {
    ("api_submissions.post", 202): _ref("Accepted"),
    ("api_submissions.post", 200): _ref("Submission"),
    ("api_submissions.get_list", 200): _object({"submissions": _list(_ref("Head"))}),
    ("api_submissions.get_one", 200): _ref("Submission"),
    ("api_stages.get_entry", 200): {"type": "object", "description": "edi_specs/json/entry.1.schema.json"},
    ("api_stages.get_lineage", 200): _list(_ref("Origin")),
    ("api_stages.get_findings", 200): _list(_ref("Finding")),
    ("api_stages.get_residue", 200): {"type": "object"},
    ("api_stages.get_answers", 200): _object({"answers": _list(_ref("Heard"))}),
    ("api_tools.post_validation", 200): _ref("Validation"),
    ("api_tools.post_translation", 200): _ref("Translation"),
    ("api_subscriptions.get_list", 200): _object({"subscriptions": _list(_ref("Subscription"))}),
    ("api_subscriptions.post", 201): _ref("Subscription"),
    ("api_subscriptions.delete", 200): _object({"deleted": ULID}),
    ("api_entries.get_one", 200): _ref("Entry"),
    ("api_service.get_parked", 200): _object({"parked": _list(_ref("Parked"))}),
    ("api_service.post_order", 202): _object({"done": TEXT}),
    ("api_as2.get_messages", 200): _object({"messages": _list(_ref("Message"))}),
    ("api_as2.post_order", 202): _object({"done": TEXT}),
    ("api_as2.post", 200): _object({"receipt": TEXT}),
    ("api_proofs.get_rechecks", 200): _object({"rechecks": _list(_ref("Recheck"))}),
    ("api_proofs.post_recheck", 202): _object({"begun": {"const": True}}),
    ("api_service.get_jwks", 200): _object(
        {"keys": _list(_object({"kty": TEXT, "kid": TEXT, "purpose": TEXT}))}
    ),
    ("api_service.get_healthz", 200): _object({"ok": {"const": True}}),
    ("api_service.get_readyz", 200): _ref("Readiness"),
    ("api_service.get_readyz", 503): _ref("Readiness"),
    ("api_service.get_openapi", 200): _object({"openapi": {"const": "3.1.0"}, "info": {"type": "object"}}),
}
"""Of each call that answers with JSON, by status."""

_PLACE: Schema = {"schema": {"type": "string"}, "required": True}
HEADERS: Mapping[tuple[str, int], Schema] = {
    ("api_submissions.post", 202): {
        "Location": {**_PLACE, "description": "of the submission"},
        "Gateway-Duplicate": {
            "schema": {"const": "true"}, "description": "it came before; this is the first answer again"
        },
    },
    ("api_submissions.get_list", 200): {"Link": {"schema": TEXT, "description": "the next page"}},
    ("api_subscriptions.post", 201): {"Location": {**_PLACE, "description": "of the subscription"}},
    ("", 401): {"WWW-Authenticate": {**_PLACE, "description": "how to say who calls"}},
    ("", 405): {"Allow": {**_PLACE, "description": "the methods that do something here"}},
    ("", 415): {"Accept-Encoding": {**_PLACE, "description": "what is taken"}},
    ("", 429): {"Retry-After": {"schema": COUNT, "required": True, "description": "seconds"}},
}  # fmt: skip
"""Headers of answers: of one call, or "" for every one."""

_SUBMITTED: Schema = {"id": "$response.body#/submission"}
_SHOWN: Schema = {"id": "$response.body#/id"}
_STAGES = ("source", "entry", "lineage", "findings", "residue", "forwarded", "answers")

LINKS: Mapping[tuple[str, int], Schema] = {
    # What is there as soon as the answer is; the rest comes when it was read.
    ("api_submissions.post", 202): {
        "self": {"operationId": "api_submissions_get_one", "parameters": _SUBMITTED},
        "source": {"operationId": "api_stages_get_source", "parameters": _SUBMITTED},
        "receipt": {"operationId": "api_stages_get_acknowledgement", "parameters": {**_SUBMITTED, "n": 0}},
    },
    ("api_submissions.get_one", 200): {
        name: {"operationId": f"api_stages_get_{name}", "parameters": _SHOWN} for name in _STAGES
    },
    ("api_subscriptions.post", 201): {
        "delete": {"operationId": "api_subscriptions_delete", "parameters": _SHOWN}
    },
}
"""Where an answer leads."""

_FINDING = _object(
    {
        "code": TEXT,
        "severity": {"enum": ["error", "warning", "info", "repaired"]},
        "layer": {"enum": ["syntax", "schema", "code", "business", "profile"]},
        "message": TEXT,
    },
    clause=TEXT,
    place=TEXT,
    path=TEXT,
    expected=TEXT,
    actual=TEXT,
    span={"type": "array", "items": COUNT, "minItems": 2, "maxItems": 2},
    transaction=COUNT,
    position=_list(COUNT),
)
_TRANSACTION = _object(
    {
        "index": COUNT,
        "state": {"enum": STATES},
        **dict.fromkeys(
            ("message", "version", "control_number", "entry_number", "disposition", "target", "endpoint"), TEXT
        ),
        "dispositions": _list({"type": "object"}),
    }
)  # fmt: skip
_HEAD = {
    "id": ULID,
    "partner": TEXT,
    "state": {"enum": STATES},
    "received_at": TIME,
    "closed_at": _or_null(TIME),
    "removed_at": _or_null(TIME),
    **dict.fromkeys(("format", "sender", "receiver", "control_number", "media_type"), TEXT),
    "bytes": COUNT,
    "digest": DIGEST,
    "masked": _list(_list(COUNT)),
    "transactions": _list(_ref("Transaction")),
}

COMPONENTS: Mapping[str, Schema] = {
    "Problem": _object(
        {
            "type": {"type": "string", "format": "uri"},
            "title": TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
        },
        detail=TEXT,
        errors=_list(_ref("Finding")),
        submission=ULID,
    ),
    "Finding": _FINDING,
    "Accepted": _object(
        {
            "submission": ULID,
            "state": {"const": "received"},
            "received_at": TIME,
            "receipt": TEXT,
            "links": _object({"self": TEXT, "events": TEXT}),
        }
    ),
    "Transaction": _TRANSACTION,
    "Head": _object(_HEAD),
    "Submission": _object(
        {
            **_HEAD,
            "findings": _list(_ref("Finding")),
            "receipt": TEXT,
            "acknowledgements": _list(_ref("Acknowledgement")),
            "waits": _list(_object({"effect": TEXT, "transaction": COUNT, "state": TEXT, "attempts": COUNT})),
            "links": _object({"self": TEXT, "source": TEXT, "entry": TEXT, "events": TEXT}),
        }
    ),
    "Entry": _object(
        {
            "number": TEXT,
            "states": _object({}, **dict.fromkeys(ASPECTS, _ref("EntryState"))),
            "next": _list(
                _object({"who": {"enum": list(WHO)}, "about": {"enum": list(ASPECTS)}, "what": TEXT})
            ),
            "filings": _list(_ref("Filing")),
        }
    ),
    "EntryState": _object(
        {"state": TEXT, "message": TEXT},
        **dict.fromkeys(("code", "meaning", "text", "at", "action", "on_file", "released_at"), TEXT),
        submission=ULID,
        transaction=COUNT,
        codes=_list(TEXT),
        conditions=_list({"type": "object"}),
        bills=_list({"type": "object"}),
        agencies=_list({"type": "object"}),
        last={"type": "object"},
        quota={"type": "object"},
        taken_off_file={"type": "boolean"},
        superseded={"type": "boolean"},
    ),
    "Filing": _object(
        {
            "submission": ULID,
            "transaction": COUNT,
            "partner": TEXT,
            "target": TEXT,
            "action": TEXT,
            "state": {"enum": STATES},
            "disposition": TEXT,
            "received_at": TIME,
            "href": TEXT,
        }
    ),
    "Acknowledgement": _object(
        {
            "n": {"type": "integer", "minimum": 1},
            "kind": TEXT,
            "transaction": _or_null(COUNT),
            "disposition": TEXT,
            "media_type": TEXT,
            "receipt": TEXT,
            "at": TIME,
            "href": TEXT,
        }
    ),
    "Origin": _object({"path": TEXT, "value": {}}, source=_list({"type": "object"}), made_by=TEXT),
    "Heard": _object(
        {
            "transaction": COUNT,
            "endpoint": TEXT,
            "number": TEXT,
            "media_type": TEXT,
            "at": TIME,
            "body": {"type": "string", "contentEncoding": "base64"},
        }
    ),
    "Validation": _object(
        {"ok": {"type": "boolean"}, "format": TEXT, "findings": _list(_ref("Finding"))},
        sender=TEXT,
        receiver=TEXT,
        control_number=TEXT,
        transactions=_list(_object({"message": TEXT, "version": TEXT, "control_number": TEXT})),
    ),
    "Translation": _object(
        {
            "ok": {"type": "boolean"},
            "from": TEXT,
            "to": TEXT,
            "media_type": TEXT,
            "findings": _list(_ref("Finding")),
            "unmapped": _list({"type": "object"}),
        },
        unwritten=_list(TEXT),
        lineage=_list({"type": "object"}),
        output=TEXT,
        output_base64=TEXT,
    ),
    "Subscription": _object({"id": ULID, "url": TEXT, "at": TIME}),
    "NewSubscription": _object(
        {"url": {"type": "string", "format": "uri", "examples": ["https://hooks.example/customs"]}}
    ),
    "Parked": _object(
        {
            "id": COUNT,
            "effect": TEXT,
            "lane": TEXT,
            "submission": TEXT,
            "transaction": COUNT,
            "attempts": COUNT,
            "last_error": TEXT,
            "partner": _or_null(TEXT),
            "entry_number": _or_null(TEXT),
            "finding": _or_null(_ref("Finding")),
        }
    ),
    "Order": {
        **_object(
            {"do": {"enum": ["retry", "skip"]}},
            reason={"type": "string", "maxLength": 500},
            transaction=COUNT,
        ),
        "if": {"properties": {"do": {"const": "skip"}}},
        "then": {"required": ["reason"], "properties": {"reason": {"minLength": 1}}},
    },
    "MessageOrder": _object({"do": {"enum": ["retry", "skip"]}}),
    "Message": _object(
        {
            "message_id": TEXT,
            "partnership": TEXT,
            "kind": TEXT,
            "submission": TEXT,
            "state": TEXT,
            "attempts": COUNT,
            "last_error": TEXT,
            "at": TIME,
        }
    ),
    "Recheck": _object(
        {
            "begun_at": TIME,
            "ended_at": TIME,
            "answers": COUNT,
            "entries": COUNT,
            "wrong": COUNT,
            "findings": _list({"type": "object"}),
        }
    ),
    "Readiness": _object(
        {
            "ok": {"type": "boolean"},
            "software": TEXT,
            "warnings": _list(TEXT),
            "troubles": {"type": "object", "additionalProperties": TEXT},
        }
    ),
}
