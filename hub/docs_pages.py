"""`/docs`: the contract as readable pages, rendered from the generated documents, without foreign hosts."""

import asyncio
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Final

import yaml
from aiohttp import hdrs, web

from hub.docs.layout import Entry, page
from hub.docs.markdown import Rendered, render
from hub.docs.operations import http_page, socket_page

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
STYLE: Final = Path(__file__).with_name("docs") / "style.css"
API: Final = {"socket": ("asyncapi.yaml", socket_page), "http": ("openapi.yaml", http_page)}
SITE: Final = (
    Entry("Overview", "/docs"),
    Entry("Socket", "/docs/api/socket"),
    Entry("HTTP", "/docs/api/http"),
    Entry("Events", "/docs/reference/events"),
    Entry("Streams", "/docs/reference/streams"),
    Entry("Errors", "/docs/reference/errors"),
    Entry("Settings", "/docs/reference/settings"),
)
CARDS: Final = {
    "/docs/api/socket": "Every command, signal and fact of the Socket.IO connection. AsyncAPI 3.",
    "/docs/api/http": "Accounts, snapshots and every command without a socket. OpenAPI 3.1.",
    "/docs/reference/events": "The whole catalogue in one page, with an example of everything.",
    "/docs/reference/streams": "Which facts are in which log, and how to follow one without loss.",
    "/docs/reference/errors": "The closed list of refusals and goodbyes.",
    "/docs/reference/settings": "Environment variables of a node.",
}

Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def mount_docs(app: web.Application, folder: Path = DOCS) -> None:
    """Serve what is in `folder` under `/docs`. Pages are rendered when first asked for, and kept."""
    pages = DocsPages(folder)
    app.router.add_get("/docs", pages.index)
    app.router.add_get("/docs/", pages.index)
    app.router.add_get("/docs/style.css", pages.style)
    app.router.add_get("/docs/api/{name:(?:asyncapi|openapi)\\.yaml}", pages.document)
    app.router.add_get("/docs/api/{name:socket|http}", pages.api)
    app.router.add_get("/docs/{path:.+}", pages.markdown)


class DocsPages:
    """Renders each page once; there are only as many as there are files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sources = {
            str(path.relative_to(folder).with_suffix("")): path
            for path in sorted(folder.rglob("*.md"))
            if path.is_file() and not path.is_symlink()
        }
        self._kept: dict[str, str] = {}

    async def index(self, request: web.Request) -> web.Response:
        """What there is to read."""
        return await self._page("/docs", self._index)

    async def api(self, request: web.Request) -> web.Response:
        """A rendered AsyncAPI or OpenAPI document."""
        name = request.match_info["name"]
        return await self._page(f"/docs/api/{name}", lambda: self._api(name))

    async def markdown(self, request: web.Request) -> web.Response:
        """A page of the project's documentation."""
        path = request.match_info["path"].rstrip("/").removesuffix(".md")
        source = self._sources.get(path)
        if source is None:
            raise web.HTTPNotFound
        return await self._page(f"/docs/{path}", lambda: self._frame(f"/docs/{path}", render(source.read_text())))

    async def document(self, request: web.Request) -> web.StreamResponse:
        """A generated document as it is, for tools."""
        path = self._folder / "api" / request.match_info["name"]
        if not path.is_file():
            raise web.HTTPNotFound
        headers = {hdrs.CONTENT_TYPE: "application/yaml; charset=utf-8", hdrs.CACHE_CONTROL: "no-cache"}
        return web.FileResponse(path, headers=headers)

    async def style(self, request: web.Request) -> web.StreamResponse:
        """The style sheet of these pages."""
        return web.FileResponse(STYLE, headers={hdrs.CACHE_CONTROL: "no-cache"})

    async def _page(self, address: str, make: Callable[[], str]) -> web.Response:
        if address not in self._kept:
            # Parsing a large document takes a while; other people's commands must not wait for it.
            self._kept[address] = await asyncio.to_thread(make)
        headers = {hdrs.CACHE_CONTROL: "no-cache"}
        return web.Response(text=self._kept[address], content_type="text/html", headers=headers)

    def _api(self, name: str) -> str:
        file, rendered = API[name]
        document = yaml.load((self._folder / "api" / file).read_text(), Loader)  # noqa: S506  a safe loader, in C
        return self._frame(f"/docs/api/{name}", rendered(document))

    def _frame(self, address: str, rendered: Rendered) -> str:
        return page(rendered.title, rendered.html, site=SITE, here=address, contents=rendered.contents)

    def _index(self) -> str:
        cards = "".join(_card(entry) for entry in SITE if entry.href in CARDS)
        more = "".join(
            f'<li><a href="/docs/{escape(name)}">{escape(render(path.read_text()).title or name)}</a>'
            for name, path in self._sources.items()
            if not name.startswith("reference/")
        )
        body = (
            "<h1>Carewire for developers</h1><p>A durable Socket.IO bus with accounts, chat and presence. "
            "Any stock Socket.IO client works; everything it may say and hear is on these pages.</p>"
            f'<ul class="cards">{cards}</ul>'
            '<p>For tools: <a href="/docs/api/asyncapi.yaml">asyncapi.yaml</a> · '
            '<a href="/docs/api/openapi.yaml">openapi.yaml</a></p>'
            f"<h2>More to read</h2><ul>{more}</ul>"
        )
        return page("Documentation", body, site=SITE, here="/docs")


def _card(entry: Entry) -> str:
    said = escape(CARDS[entry.href])
    return f'<li><a href="{entry.href}"><strong>{escape(entry.title)}</strong><span>{said}</span></a>'
