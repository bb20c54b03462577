"""The documentation is served readable, complete, and without foreign hosts."""

import re
from collections.abc import AsyncIterator
from urllib.parse import urldefrag, urljoin

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.docs_pages import SITE, mount_docs
from models.errors import ErrorCode
from models.events.catalogue import FACTS

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application()
    mount_docs(app)
    async with TestClient(TestServer(app)) as client:
        yield client


async def _read(client: Client, path: str) -> str:
    async with client.get(path) as response:
        assert response.status == 200, path
        return await response.text()


async def test_socket_page_shows_every_fact_and_its_fields(client: Client) -> None:
    text = await _read(client, "/docs/api/socket")
    assert [name for name in FACTS if f'<span class="mono">{name}</span>' not in text] == []
    assert "reply_to" in text


async def test_errors_page_has_an_anchor_for_every_code(client: Client) -> None:
    text = await _read(client, "/docs/reference/errors")
    assert [code for code in ErrorCode if f'id="{code.value}"' not in text] == []


async def test_documents_for_tools_are_served(client: Client) -> None:
    assert "asyncapi: 3." in await _read(client, "/docs/api/asyncapi.yaml")
    assert "openapi: 3.1" in await _read(client, "/docs/api/openapi.yaml")


async def test_every_link_within_the_documentation_leads_somewhere(client: Client) -> None:
    pages = {entry.href: await _read(client, entry.href) for entry in SITE}
    broken = []
    for address, text in pages.items():
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text), "no foreign hosts"
        assert "<script" not in text
        for link in set(re.findall(r'href="([^"]+)"', text)):
            target, anchor = urldefrag(urljoin(address, link))
            if target not in pages:
                pages_text = await _read(client, target)
            else:
                pages_text = pages[target]
            if anchor and f'id="{anchor}"' not in pages_text:
                broken.append((address, link))
    assert broken == []


@pytest.mark.parametrize(
    "path", ["/docs/nothing", "/docs/../hub/settings.py", "/docs/api/other.yaml", "/docs/reference"]
)
async def test_what_is_no_page_is_not_found(client: Client, path: str) -> None:
    async with client.get(path) as response:
        assert response.status == 404
