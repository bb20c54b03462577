"""Markdown pages as HTML, with anchors on headings."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markdown_it import MarkdownIt

from hub.docs.layout import Entry

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
_COMMENT: Final = re.compile(r"\A\s*<!--.*?-->\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page's title, its HTML, and its headings."""

    title: str
    html: str
    contents: tuple[Entry, ...]


def slug(heading: str) -> str:
    """Anchor of a heading, as common Markdown renderers make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def render(text: str) -> Rendered:
    """Render a page; its first heading is its title. Raw HTML is shown as text."""
    tokens = _MARKDOWN.parse(_COMMENT.sub("", text))
    title = ""
    sections: list[tuple[Entry, list[Entry]]] = []
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        name = inline.content.replace("`", "")
        opening.attrSet("id", slug(name))
        if opening.tag == "h1":
            title = title or name
        elif opening.tag == "h2":
            sections.append((Entry(name, f"#{slug(name)}"), []))
        elif opening.tag == "h3" and sections:
            sections[-1][1].append(Entry(name, f"#{slug(name)}"))
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    html = html.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")
    # Links between the sources name files; the pages are served without the ending.
    html = re.sub(r'(href="(?!https?:)[^"#]+)\.md(#[^"]*)?"', r'\1\2"', html)
    contents = tuple(Entry(entry.title, entry.href, tuple(children)) for entry, children in sections)
    return Rendered(title, html, contents)


def inline(text: str) -> str:
    """A sentence or two with code and links, without a paragraph around it."""
    return str(_MARKDOWN.renderInline(" ".join(text.split())))


def block(text: str) -> str:
    """Paragraphs."""
    return str(_MARKDOWN.render(text))
