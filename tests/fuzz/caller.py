"""Somebody with an HTTP client and no manners."""

import re
from typing import Any

from aiohttp import ClientSession

from handlers.routing import HttpRoute
from hub.rest import PREFIX
from hub.tables import http_routes
from models.enums import Role
from tests.support.site import Site

Row = HttpRoute[Any, Any]


class Caller:
    """Asks a site for whatever a test wants, and insists that refusals are problem documents."""

    def __init__(self, site: Site, session: ClientSession) -> None:
        self.site = site
        self.rows: list[Row] = http_routes(site.node.services)
        self._session = session

    async def tokens(self) -> dict[str, str | None]:
        """For each command, the token of somebody who may give it; the role gate comes before the shape."""
        people = {role: (await self.site.enrol(role, role)).token for role in (Role.ADMIN, Role.DOCTOR, Role.PATIENT)}
        fit = {row.spec.name: [role for role in people if role in (row.spec.allow or ())] for row in self.rows}
        return {name: people[roles[0]] if roles else None for name, roles in fit.items()}

    async def ask(
        self, verb: str, path: str, status: int, *, code: str = "", token: str | None = None, **options: Any
    ) -> dict[str, str]:
        """The answer's headers."""
        headers = options.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token is not None else {})
        async with self._session.request(
            verb, f"{self.site.url}{PREFIX}{path}", headers=headers, allow_redirects=False, **options
        ) as answer:
            said = f"{verb} {path} {answer.status} {await answer.text()}"
            assert answer.status == status, said
            if verb != "HEAD" and status >= 400:
                assert answer.content_type == "application/problem+json", said
                problem = await answer.json(content_type=None)
                assert problem["status"] == status, said
                assert re.fullmatch(r"urn:ref:[\w-]+", problem["instance"]), said
                assert not code or problem["code"] == code, said
            return dict(answer.headers)
