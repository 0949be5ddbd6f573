"""UNA to UNZ around the segments of a CONTRL, as text and then as bytes.

Lives here: segments that are only text, in the order that the directory has, and the envelope around them. Never
here: what is said (`acks_contrl.py`), and the envelope around nodes, which has the same values (`envelop.py`).
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from gateway.formats.edifact.envelop import (
    DATE,
    announced,
    group_header,
    message_header,
    opening,
    service_advice,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.formats.edifact.notation import Notation
    from gateway.specs import Specs
    from gateway.specs.edifact_keys import Layout
    from gateway.tree import Envelope

    Words = tuple[tuple[str, ...], ...]
    """A segment: its tag, and the components of each element, in their order."""


def framed(message: str, version: str, said: Sequence[Words], envelope: Envelope, specs: Specs) -> bytes:
    """Give the interchange that has one message, of these segments."""
    options = envelope.options
    reference = str(int(options.get("message_reference", "1")))
    header = message_header(message, version, reference, options)
    group = group_header(message, version, envelope) if options.get("group") == "yes" else {}
    quoted = chain.from_iterable(chain.from_iterable(said))
    letters = "".join([*header.values(), *group.values(), *quoted])
    values, notation = opening(message, version, letters, envelope, specs)
    marks, layouts = notation.delimiters, notation.service.layouts
    inside = [
        _words("UNH", header, layouts),
        *said,
        (("UNT",), (str(len(said) + 2),), (reference,)),
    ]
    if group:
        inside = [
            _words("UNG", group | {DATE: values[DATE]}, layouts),
            *inside,
            (("UNE",), ("1",), (group["0048"],)),
        ]
    all_of_it = [_words("UNB", values, layouts), *inside, (("UNZ",), ("1",), (values["0020"],))]
    end = marks.terminator + marks.line_end
    return (
        (service_advice(notation) if announced(options, notation) else b"")
        + end.join(_written(all_of_it, notation))
        + end
    )


def _words(tag: str, values: Mapping[str, str], layouts: Mapping[str, Layout]) -> Words:
    """Give the words of a segment of the envelope, each in its place."""
    found = [tuple([values.get(key, "") for key in keys]) for keys in layouts[tag].keys]
    found[0] = (tag,)
    return tuple(found)


def _written(segments: Sequence[Words], notation: Notation) -> list[bytes]:
    """Write segments without their terminators, and without what has no text at their ends."""
    marks, special = notation.delimiters, notation.special
    element, component = marks.element.decode("latin-1"), marks.component.decode("latin-1")
    found = []
    for words in segments:
        plain = "".join(chain.from_iterable(words))
        # As nearly all are: no mark in any text.
        if plain.isascii() and special is not None and not special.search(plain.encode()):
            texts = [component.join(one).rstrip(component) for one in words]
            found.append(element.join(texts).rstrip(element).encode())
        else:
            raw = [[notation.raw(text) for text in one] for one in words]
            found.append(marks.element.join(_used([marks.component.join(_used(one)) for one in raw])))
    return found


def _used(texts: list[bytes]) -> list[bytes]:
    """Give texts up to the last that there is."""
    while texts and not texts[-1]:
        texts.pop()
    return texts
