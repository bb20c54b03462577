"""The development outbox: mails that would have been sent, readable in a browser. Never mounted in production."""

from html import escape
from typing import Final

from aiohttp import web

from services.mail import Mailroom

PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Outbox · Carewire</title><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem }}
article {{ border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: 12px;
  padding: 1rem 1.25rem; margin: 1rem 0 }}
h2 {{ font-size: 1.05rem; margin: 0 0 .25rem }} p {{ margin: 0; opacity: .75 }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .75rem 0 0 }}
</style><h1>Outbox</h1><p>Mails of this development hub. Set <code>SMTP_URL</code> to send them.</p>{letters}</html>"""
LETTER: Final = "<article><h2>{subject}</h2><p>To {to} · {at}</p><pre>{text}</pre></article>"
EMPTY: Final = "<article><p>Nothing yet.</p></article>"


class OutboxPage:
    """`GET /dev/outbox`, newest first."""

    def __init__(self, mailroom: Mailroom) -> None:
        self._mailroom = mailroom

    def mount(self, app: web.Application) -> None:
        """Add the page."""
        app.router.add_get("/dev/outbox", self._show)

    async def _show(self, request: web.Request) -> web.Response:
        letters = [
            LETTER.format(
                subject=escape(stored.letter.subject),
                to=escape(stored.letter.to),
                at=stored.created_at.isoformat(timespec="seconds"),
                text=escape(stored.letter.text),
            )
            for stored in await self._mailroom.list_mail()
        ]
        body = PAGE.format(letters="".join(letters) or EMPTY)
        return web.Response(text=body, content_type="text/html", headers={"Cache-Control": "no-store"})
