"""`/docs`: the description of the HTTP interface as a page. It needs no script and no network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.shell.console.markup import Content, Markup, page, table, tag

PROBLEM = "application/problem+json"
_METHODS = ("get", "post", "delete")
_SHAPES = "#/components/schemas/"


def reference(description: Mapping[str, Any]) -> bytes:
    """Make the page from an OpenAPI 3.1 document."""
    calls = [
        (method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    ]
    index = [
        tag(
            "li",
            tag("a", tag("code", f"{method.upper()} {path}"), href=f"#{one['operationId']}"),
            f" {one['summary']}",
        )
        for method, path, one in calls
    ]
    shapes = [
        tag("section", tag("h3", name), _json(shape), id=f"shape-{name}")
        for name, shape in description["components"]["schemas"].items()
    ]
    return page(
        "HTTP interface",
        tag(
            "p",
            f"{description['info']['summary']}. For programs: ",
            tag("a", "/openapi.json", href="/openapi.json"),
            f" (OpenAPI {description['openapi']}). A partner says who it is with ",
            tag("code", "Authorization: Bearer KEY"),
            " or a client certificate; every error is a problem document (RFC 9457).",
        ),
        tag("nav", tag("ul", index), aria_label="Calls"),
        [_call(method, path, one) for method, path, one in calls],
        tag("section", tag("h2", "Shapes"), shapes),
    )


def _call(method: str, path: str, one: Mapping[str, Any]) -> Markup:
    parameters = [
        [
            tag("code", each["name"]),
            each["in"],
            "yes" if each.get("required") else "no",
            each.get("description", ""),
            _json(each["schema"]),
        ]
        for each in one["parameters"]
    ]
    answers = [
        [
            status,
            [
                tag("p", tag("code", kind), " ", _shape(of.get("schema")))
                for kind, of in each["content"].items()
            ],
            ", ".join(each.get("headers", {})) or "-",
        ]
        for status, each in one["responses"].items()
        if PROBLEM not in each.get("content", {PROBLEM: {}})
    ]
    refused = [status for status, each in one["responses"].items() if PROBLEM in each.get("content", {})]
    who = "Anybody may call." if "security" not in one else "For partners."
    return tag(
        "section",
        tag("h2", tag("code", f"{method.upper()} {path}")),
        tag("p", f"{one['summary']}."),
        table(f"Parameters of {one['operationId']}", ("Name", "In", "Needed", "Means", "Shape"), parameters)
        if parameters
        else None,
        _content(one.get("requestBody")),
        table(f"Answers of {one['operationId']}", ("Status", "Content", "Headers"), answers)
        if answers
        else None,
        tag("p", f"{who} May be refused with {', '.join(refused)}."),
        id=one["operationId"],
    )


def _content(body: Mapping[str, Any] | None) -> Content:
    if body is None:
        return None
    kinds = [
        tag("li", tag("code", kind), " ", _shape(one.get("schema"))) for kind, one in body["content"].items()
    ]
    return (tag("p", "Content:"), tag("ul", kinds))


def _shape(schema: Any) -> Content:
    """Lead to the shapes that a schema names."""
    return [[tag("a", name, href=f"#shape-{name}"), " "] for name in dict.fromkeys(_named(schema))]


def _named(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "$ref":
                yield str(value).removeprefix(_SHAPES)
            yield from _named(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _named(value)


def _json(schema: Any) -> Markup:
    return tag("code", json.dumps(schema, ensure_ascii=False))
