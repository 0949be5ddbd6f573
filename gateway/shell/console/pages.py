"""The pages, made from what the ledger says. Pure: data in, HTML out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from gateway.shell.console.bytesview import anchor, folded, shown, spans_of
from gateway.shell.console.markup import Content, Markup, badge, page, table, tag

STATES = ("", "read", "ready", "waiting", "parked", "answered", "stopped", "dead", "closed")
COLUMNS = ("Received", "State", "Format", "Message", "Entry", "Sender", "Result", "Submission")


def submissions(
    rows: Sequence[Mapping[str, Any]], asked: Mapping[str, str], more: int | None, *, seen: int
) -> bytes:
    """List submissions with their filters. `seen`: the last event that the list knows of."""
    body = [
        [
            tag("time", str(row["received_at"])[:19].replace("T", " "), datetime=str(row["received_at"])),
            badge(row["state"]),
            row["format"] or "unknown",
            ", ".join(dict.fromkeys(part["message"] for part in row["transactions"] if part["message"]))
            or "-",
            _numbers(row["transactions"]),
            row["sender"] or "-",
            [badge(word) for word in _results(row["transactions"])],
            tag("a", row["id"], href=f"/console/submissions/{row['id']}"),
        ]
        for row in rows
    ]
    following = None
    if more is not None:
        query = urlencode({**{name: value for name, value in asked.items() if value}, "after": more})
        following = tag("p", tag("a", "Older ones", href=f"/console?{query}", rel="next"))
    none = None if rows else tag("p", "There is nothing here yet.")
    return page(
        "Submissions",
        _filters(asked),
        table("Newest first", COLUMNS, body),
        none,
        following,
        live=f"/v1/events?after={seen}",
    )


def _numbers(parts: Sequence[Mapping[str, Any]]) -> str:
    numbers = [part["entry_number"] for part in parts if part["entry_number"]]
    return ", ".join(numbers[:3]) + (f" and {len(numbers) - 3} more" if len(numbers) > 3 else "") or "-"


def _results(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    said = [part["dispositions"][-1].get("meaning", "") for part in parts if part["dispositions"]]
    return list(dict.fromkeys(word for word in [*(part["disposition"] for part in parts), *said] if word))


def _filters(asked: Mapping[str, str]) -> Markup:
    states = [
        tag("option", state or "any", value=state, selected=state == asked.get("state", ""))
        for state in STATES
    ]
    fields = [
        tag("label", "State ", tag("select", states, name="state")),
        _field("Format", "format", asked),
        _field("Entry number", "entry_number", asked),
        _field("Control number", "control_number", asked),
    ]
    return tag("form", fields, tag("button", "Show"), method="get", action="/console", class_="filters")


def _field(label: str, name: str, asked: Mapping[str, str]) -> Markup:
    return tag("label", f"{label} ", tag("input", name=name, value=asked.get(name, ""), size="14"))


def submission(
    plain: Mapping[str, Any],
    source: bytes,
    lineage: Sequence[Mapping[str, Any]],
    stages: Mapping[str, bytes],
    answers: Sequence[Mapping[str, Any]],
    idx: int,
    *,
    seen: int,
    verified: Mapping[int, Sequence[str]] | None,
    stands: Mapping[str, Any] | None = None,
) -> bytes:
    """Show one submission with its stages side by side.

    `stages` holds the entry, what went out, and each acknowledgement by its name; `answers`
    what the endpoint said. `verified` maps an acknowledgement's number to what is against
    it, None before anybody asked; `seen` is the last event that the page knows of; `stands` is where the
    entry stands over all of its filings.
    """
    findings = plain["findings"]
    faults = [one["span"] for one in findings if one.get("span") and one["severity"] == "error"]
    return page(
        f"Submission {plain['id']}",
        _summary(plain),
        _transactions(plain, idx),
        _stands(stands),
        _findings(findings),
        tag(
            "div",
            _stage("As received", shown(source, spans_of(lineage), faults)),
            _stage("Entry", _entry(lineage)),
            _stage(
                "Forwarded",
                tag("pre", _words(stages.get("forwarded", b""), plain, idx), class_="bytes", tabindex="0"),
            ),
            _stage("Answers of the endpoint", [_answer(one) for one in answers] or tag("p", "None yet.")),
            class_="stages",
        ),
        _acknowledgements(plain, stages, verified),
        live=f"/v1/submissions/{plain['id']}/events?after={seen}",
    )


def _stage(title: str, *content: Content) -> Markup:
    return tag("section", tag("h2", title), content)


def _summary(plain: Mapping[str, Any]) -> Markup:
    facts = [
        ("State", badge(plain["state"])),
        ("Received", plain["received_at"]),
        ("Closed", plain["closed_at"] or "-"),
        ("Partner", plain["partner"]),
        ("Format", plain["format"] or "unknown"),
        ("Sender", plain["sender"] or "-"),
        ("Control number", plain["control_number"] or "-"),
        ("Content", f"{plain['bytes']} bytes, {plain['digest']}"),
    ]
    return tag("dl", [(tag("dt", name), tag("dd", value)) for name, value in facts], class_="facts")


def _transactions(plain: Mapping[str, Any], idx: int) -> Markup:
    rows = [
        [
            tag(
                "a",
                str(part["index"]),
                href=f"/console/submissions/{plain['id']}?transaction={part['index']}",
                aria_current="true" if part["index"] == idx else None,
            ),
            f"{part['message']} {part['version']}".strip() or "-",
            part["entry_number"] or "-",
            badge(part["state"]),
            badge(part["disposition"]),
            part["target"] or "-",
            [
                tag("p", f"{one.get('code', '')} {one.get('meaning', '')} {one.get('text', '')}")
                for one in part["dispositions"]
            ],
        ]
        for part in plain["transactions"]
    ]
    columns = ("Transaction", "Message", "Entry", "State", "Result", "To", "What customs said")
    waits = [
        tag("p", f"{one['effect']} {one['state']} after {one['attempts']} attempts: {one['last_error']}")
        for one in plain["waits"]
    ]
    return tag("section", tag("h2", "Transactions"), table("Transactions", columns, rows), waits)


def _stands(stands: Mapping[str, Any] | None) -> Markup | None:
    """Show the states of the entry and what may be done next; nothing where nothing was said of it."""
    if stands is None or not (stands["states"] or stands["next"]):
        return None
    rows = [
        [
            name.replace("_", " "),
            badge(one["state"]),
            f"{one.get('code', '')} {one.get('text', '')}".strip() or "-",
            one.get("at", "") or "-",
            tag("a", one["submission"], href=f"/console/submissions/{one['submission']}")
            if "submission" in one
            else "-",
        ]
        for name, one in stands["states"].items()
    ]
    steps = [tag("p", f"Next, {one['who']}: {one['what']}") for one in stands["next"]]
    columns = ("State of", "Is", "Last word", "At", "About submission")
    return tag(
        "section", tag("h2", f"Entry {stands['number']}"), table("Where it stands", columns, rows), steps
    )


def _findings(findings: Sequence[Mapping[str, Any]]) -> Markup | None:
    if not findings:
        return None
    rows = [
        [
            badge(one["severity"]),
            tag("code", one["code"]),
            one["message"],
            tag("a", one.get("place", "place"), href=f"#{anchor(one['span'])}")
            if one.get("span")
            else one.get("place", "-"),
            one.get("expected", ""),
            one.get("actual", ""),
        ]
        for one in findings
    ]
    columns = ("Weight", "Code", "Finding", "Place", "Expected", "Found")
    return tag("section", tag("h2", "Findings"), table("Findings", columns, rows))


def _entry(lineage: Sequence[Mapping[str, Any]]) -> Markup:
    rows = []
    for origin in lineage:
        spans = [leaf["span"] for leaf in origin.get("source", ()) if leaf.get("span")]
        path: Content = tag("code", origin["path"])
        if spans:
            path = tag("a", path, href=f"#{anchor(spans[0])}", data_path=str(origin["path"]))
        rows.append([path, str(origin["value"])])
    return (
        table("Values of the entry", ("Path", "Value"), rows) if rows else tag("p", "No mapping carried it.")
    )


def _words(data: bytes, plain: Mapping[str, Any], idx: int) -> str:
    part = next((one for one in plain["transactions"] if one["index"] == idx), None)
    target = str(part["target"]).split("/", 1)[0] if part is not None else ""
    return folded(data, target).decode("utf-8", "replace") or "Nothing was forwarded."


def _answer(one: Mapping[str, Any]) -> Markup:
    data = folded(one["data"], "catair" if one["data"][:1] == b"A" else "")
    return tag(
        "article",
        tag("h3", f"{one['endpoint']} {one['number']}, {one['at']}"),
        tag("pre", data.decode("utf-8", "replace"), class_="bytes", tabindex="0"),
    )


def _acknowledgements(
    plain: Mapping[str, Any], stages: Mapping[str, bytes], verified: Mapping[int, Sequence[str]] | None
) -> Markup:
    found = []
    for one in plain["acknowledgements"]:
        data = stages.get(f"acknowledgement-{one['n']}", b"")
        against = verified.get(one["n"]) if verified is not None else None
        outcome: Content = None
        if against is not None:
            outcome = tag(
                "p", badge("holds") if not against else [badge("fails"), " ".join(against)], role="status"
            )
        found.append(
            tag(
                "article",
                tag("h3", f"{one['n']}: {one['kind']} ", badge(one["disposition"])),
                tag("p", f"{one['media_type']}, {one['at']}"),
                outcome,
                tag(
                    "pre",
                    folded(data, plain["format"]).decode("utf-8", "replace"),
                    class_="bytes",
                    tabindex="0",
                ),
                tag(
                    "p",
                    tag("a", "bytes", href=one["href"]),
                    " · ",
                    tag("a", "signature", href=f"{one['href']}?signature"),
                    " · ",
                    tag("a", "receipt", href=f"{one['href']}?receipt"),
                ),
            )
        )
    button = tag("form", tag("button", "Verify every signature"), tag("input", type="hidden", name="verify", value="1"),
                 method="get", action=f"/console/submissions/{plain['id']}") if found else None  # fmt: skip
    return tag("section", tag("h2", "Acknowledgements"), button, found or tag("p", "None yet."))


def login_form(problem: str = "") -> bytes:
    """Ask for an API key."""
    wrong = tag("p", problem, role="alert", class_="problem") if problem else None
    fields = (
        tag("p", tag("label", "API key ", tag("input", type="password", name="key", autocomplete="off"))),
        tag("p", tag("button", "Come in")),
    )
    return page("Who are you?", wrong, tag("form", fields, method="post", action="/console/login"))


def file_form(problem: str = "") -> bytes:
    """Offer a form to file a message."""
    wrong = tag("p", problem, role="alert", class_="problem") if problem else None
    fields = (
        tag("p", tag("label", "A message in any format ", tag("input", type="file", name="file"))),
        tag("p", tag("label", "or its text", tag("textarea", name="text", rows="12", cols="80"))),
        tag("p", tag("button", "File it")),
    )
    form = tag("form", fields, method="post", action="/console/file", enctype="multipart/form-data")
    return page(
        "File something", wrong, tag("p", "It is filed like any other: stored, forwarded, answered."), form
    )


def health(
    ready: Mapping[str, Any],
    endpoints: Sequence[Mapping[str, str]],
    parked: Sequence[Mapping[str, Any]],
    *,
    may_order: bool,
) -> bytes:
    """Show endpoints, troubles and what waits for a person."""
    troubles = [tag("li", f"{name}: {what}") for name, what in ready["troubles"].items()]
    warnings = [tag("li", text) for text in ready["warnings"]]
    rows = [[one["name"], one["target"], one["address"], badge(one["state"])] for one in endpoints]
    waiting = [
        [
            tag("a", one["submission"], href=f"/console/submissions/{one['submission']}"),
            str(one["transaction"]),
            one["lane"],
            str(one["attempts"]),
            one["last_error"],
            _orders(one) if may_order else "",
        ]
        for one in parked
    ]
    columns = ("Submission", "Transaction", "Lane", "Attempts", "Last error", "Order")
    return page(
        "Health",
        tag("p", badge("ready" if ready["ok"] else "away"), f" {ready['software']}"),
        tag("section", tag("h2", "Troubles"), tag("ul", troubles) if troubles else tag("p", "None.")),
        tag("section", tag("h2", "Warnings"), tag("ul", warnings)) if warnings else None,
        tag(
            "section", tag("h2", "Endpoints"), table("Endpoints", ("Name", "Takes", "Address", "State"), rows)
        ),
        tag(
            "section",
            tag("h2", "Waiting for a person"),
            table("Parked", columns, waiting) if waiting else tag("p", "Nothing waits."),
        ),
    )


def _orders(one: Mapping[str, Any]) -> Markup:
    hidden = (
        tag("input", type="hidden", name="submission", value=str(one["submission"])),
        tag("input", type="hidden", name="transaction", value=str(one["transaction"])),
    )
    retry = tag("form", hidden, tag("button", "Send again", name="do", value="retry"), method="post",
                action="/console/orders")  # fmt: skip
    skip = tag(
        "form",
        hidden,
        tag("label", "Reason ", tag("input", name="reason", required=True, size="14")),
        tag("button", "Give up", name="do", value="skip"),
        method="post",
        action="/console/orders",
    )
    return tag("div", retry, skip)


def wrong(title: str, detail: str) -> bytes:
    """Say what went wrong."""
    return page(
        title, tag("p", detail or "Nothing more is known."), tag("p", tag("a", "Back", href="/console"))
    )


def parsed(data: bytes) -> Any:
    """Read stored JSON; an empty list where there is none."""
    return json.loads(data) if data else []
