"""The frame around every page of the documentation."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of navigation; `children` are within the same page."""

    title: str
    href: str
    children: tuple["Entry", ...] = ()


def page(title: str, body: str, *, site: Sequence[Entry], here: str, contents: Sequence[Entry] = ()) -> str:
    """A whole HTML document. `here` is the address of the page, to mark it in the navigation."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · Carewire</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><a class="brand" href="/docs">Carewire</a><nav aria-label="Documentation">{_site(site, here)}</nav></header>
<div class="frame">
{f'<nav class="contents" aria-label="On this page">{_contents(contents)}</nav>' if contents else ""}
<main id="content">
{body}
</main>
</div>
</body>
</html>
"""


def _site(site: Sequence[Entry], here: str) -> str:
    return "".join(
        f'<a href="{escape(entry.href)}"{" aria-current=page" if entry.href == here else ""}>{escape(entry.title)}</a>'
        for entry in site
    )


def _contents(entries: Sequence[Entry]) -> str:
    items = "".join(
        f'<li><a href="{escape(entry.href)}">{escape(entry.title)}</a>{_contents(entry.children)}</li>'
        for entry in entries
    )
    return f"<ul>{items}</ul>" if items else ""
