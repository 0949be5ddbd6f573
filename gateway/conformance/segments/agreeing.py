"""What does not agree inside an answer made of segments: envelopes, counts, the number that comes back.

Lives here: what holds of every answer, whatever it says; what is compared stands in `[read]` of
`edi_specs/conformance/segments/<format>.toml`. Never here: how an answer is cut (`answers.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Segments = list[list[str]]


def part(segment: Sequence[str], at: int) -> str:
    """Give an element of a segment, "" where it is cut off."""
    return segment[at] if at < len(segment) else ""


def wrong_frame(pairs: Sequence[Mapping[str, Any]], segments: Segments) -> Iterator[str]:
    """Yield what does not agree between the first and last segment of an envelope, the outermost first."""
    tags = [one[0] for one in segments]
    for depth, pair in enumerate(pairs):
        first, last = pair["first"], pair["last"]
        if not depth and (tags[0] != first or tags[-1] != last):
            yield f"the answer is no interchange from {first} to {last}"
            return
        opened, closed = _all(tags, first), _all(tags, last)
        if len(opened) != len(closed) or any(end < begin for begin, end in zip(opened, closed, strict=True)):
            yield f"each {first} of the answer has its {last}"
            continue
        mine, its = pair["number"]
        for begin, end in zip(opened, closed, strict=True):
            size = tags[begin : end + 1].count(pair["of"]) if pair["of"] else end + 1 - begin
            counted = part(segments[end], pair["count"])
            if counted != str(size):
                yield f"{last} of the answer says {counted}, it has {size}"
            if part(segments[end], its) != part(segments[begin], mine):
                yield f"{last} of the answer is not of its {first}"


def _all(tags: Sequence[str], tag: str) -> list[int]:
    """Give where a tag stands."""
    times = tags.count(tag)
    if times <= 1:
        return [tags.index(tag)] if times else []
    return [at for at, one in enumerate(tags) if one == tag]


def wrong_report(told: Mapping[str, Any], body: Segments, sent: frozenset[str]) -> Iterator[str]:
    """Yield what does not agree inside an acknowledgement."""
    tags = [segment[0] for segment in body]
    if any(tags.count(tag) != 1 for tag in told["once"]):
        yield f"an acknowledgement has one {' and one '.join(told['once'])}"
        return
    for tag, ends in told.get("closed", {}).items():
        if tags.count(tag) != sum(tags.count(end) for end in ends):
            yield f"each {tag} has its {' or '.join(ends)}"
    echo = told["echo"]
    number = part(body[tags.index(echo["tag"])], echo["element"])
    if sent and number.lstrip("0") not in sent:
        yield f"{echo['tag']} names {number or 'nothing'}, received was {', '.join(sorted(sent))}"
    for rule in (*told.get("needs", ()), *told.get("always", ())):
        for segment in [body[at] for at in _all(tags, rule["tag"])]:
            is_so = part(segment, rule["element"]) == rule["is"]
            if "beside" not in rule and not is_so:
                yield f"{rule['tag']} says {part(segment, rule['element'])}, where it says {rule['is']}"
            elif "beside" in rule and is_so and not part(segment, rule["beside"]):
                yield f"{rule['tag']} with {rule['is']} has a code beside it"
    if "totals" in told:
        yield from _wrong_totals(told["totals"], told["verdicts"], body)


def _wrong_totals(totals: Mapping[str, Any], verdict: Mapping[str, Any], body: Segments) -> Iterator[str]:
    tag = totals["tag"]
    closing = next(one for one in body if one[0] == tag)
    given = [part(one, verdict["element"]) for one in body if one[0] in verdict["tags"]]
    received, taken = part(closing, totals["received"]), part(closing, totals["taken"])
    good = sum(one in verdict["taken"] for one in given)
    if not received or not taken:
        yield f"{tag} has no counts"
        return
    # What is refused as a whole may leave its messages unmentioned.
    if received.isdigit() and int(received) < len(given):
        yield f"{tag} counts {received} received, {len(given)} are answered"
    if given and taken != str(good):
        yield f"{tag} counts {taken} taken, {good} are accepted"
    if part(closing, totals["verdict"]) == totals["accepted"] and good != len(given):
        yield f"{tag} accepts all where one is rejected"
