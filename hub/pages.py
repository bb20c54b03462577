"""The built web client, served by the hub itself, with the headers a browser should insist on."""

from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

HASHED: Final = "/assets/"
YEAR: Final = "public, max-age=31536000, immutable"

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; media-src 'self' blob:; "
        "connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS: Final = "max-age=31536000; includeSubDomains"

MISSING: Final = """<!doctype html><meta charset=utf-8><title>Carewire</title>
<p>The hub runs, but the web client has not been built. Run <code>make run</code>, or <code>npm ci &amp;&amp;
npm run build</code> in <code>web/</code>.</p>"""


class Pages:
    """Files of `web/dist`; every path that is no file is the client's own and gets its index page."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def mount(self, app: web.Application) -> None:
        """Add the catch-all; must come after every other address."""
        app.router.add_get("/{path:.*}", self._serve)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        if path.startswith(("api/", "socket.io")):
            raise web.HTTPNotFound
        found = (self._folder / path).resolve()
        if found.is_relative_to(self._folder) and found.is_file():
            cache = YEAR if request.path.startswith(HASHED) else "no-cache"
            return web.FileResponse(found, headers={hdrs.CACHE_CONTROL: cache})
        if path.startswith("assets/"):
            raise web.HTTPNotFound
        index = self._folder / "index.html"
        if not index.is_file():
            return web.Response(text=MISSING, content_type="text/html", status=503)
        return web.FileResponse(index, headers={hdrs.CACHE_CONTROL: "no-cache"})


def security_headers(*, https: bool) -> "OnPrepare":
    """A signal that puts the security headers on every answer that has not its own."""
    headers = SECURITY_HEADERS | ({"Strict-Transport-Security": HSTS} if https else {})
    return OnPrepare(headers)


class OnPrepare:
    """Adds headers to an answer about to be sent."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._headers = headers

    async def __call__(self, request: web.Request, response: web.StreamResponse) -> None:
        """Called by aiohttp for each answer."""
        for name, value in self._headers.items():
            response.headers.setdefault(name, value)
