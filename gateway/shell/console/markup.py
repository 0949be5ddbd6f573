"""Markup that cannot be forgotten to be escaped: text goes in as text, elements as elements."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

VOID = frozenset({"input", "link", "meta", "br", "hr"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Content = str | Markup | Iterable["Content"] | None


def text(content: Content) -> Markup:
    """Give content as HTML; a plain string is escaped, control characters are shown as dots."""
    if content is None:
        return Markup("")
    if isinstance(content, Markup):
        return content
    if isinstance(content, str):
        shown = "".join(char if char.isprintable() or char in "\n\t" else "·" for char in content)
        return Markup(escape(shown))
    return Markup("".join(text(one) for one in content))


def tag(element: str, /, *content: Content, **attributes: str | bool | None) -> Markup:
    """Give an element. `class_` is class, `_` in a name is `-`; None and False leave an attribute out."""
    found = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        written = key.rstrip("_").replace("_", "-")
        found.append(f" {written}" if value is True else f' {written}="{escape(value, quote=True)}"')
    opened = f"<{element}{''.join(found)}>"
    return Markup(opened) if element in VOID else Markup(f"{opened}{text(content)}</{element}>")


def page(title: str, *content: Content, live: str = "") -> bytes:
    """Give a whole page. `live` names the event stream that makes it live."""
    head = (
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · customs gateway"),
        tag("link", rel="stylesheet", href="/console/static/console.css"),
        tag("script", src="/console/static/console.js", defer=True),
    )
    navigation = tag(
        "nav",
        tag("a", "Customs gateway", href="/console", class_="home"),
        tag("a", "Submissions", href="/console"),
        tag("a", "File something", href="/console/file"),
        tag("a", "Health", href="/console/health"),
        tag("a", "Interface", href="/docs"),
        aria_label="Main",
    )
    body = tag(
        "body",
        tag("a", "To the content", href="#main", class_="skip"),
        tag("header", navigation),
        tag("main", tag("h1", title), content, id="main"),
        data_live=live or None,
    )
    return f"<!doctype html>\n{tag('html', tag('head', head), body, lang='en')}\n".encode(
        "utf-8", "backslashreplace"
    )


def table(caption: str, columns: Iterable[str], rows: Iterable[Iterable[Content]]) -> Markup:
    """Give a table that scrolls by itself on a narrow screen."""
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption),
            tag("thead", tag("tr", [tag("th", column, scope="col") for column in columns])),
            tag("tbody", [tag("tr", [tag("td", cell) for cell in row]) for row in rows]),
        ),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def badge(word: str) -> Markup:
    """Give a state or disposition as a mark; its colour is never all that tells it."""
    return tag("span", word or "-", class_=f"badge {word if word.isalpha() else ''}".strip())
