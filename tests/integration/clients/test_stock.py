"""The client from npm with default options, over polling with upgrade, WebSocket only, and polling only."""

from pathlib import Path
from typing import Any

import pytest

from models.enums import RelationshipKind, Role
from models.events.sync import PROTOCOL
from tests.integration.clients.terminal import running
from tests.support.site import Site


@pytest.mark.parametrize(
    ("options", "transport"),
    [({}, "websocket"), ({"transports": ["websocket"]}, "websocket"), ({"transports": ["polling"]}, "polling")],
    ids=["upgrade", "websocket", "polling"],
)
async def test_a_stock_client_chats(site: Site, bundles: Path, options: dict[str, Any], transport: str) -> None:
    ana, ben = await site.enrol("Ana", Role.PATIENT), await site.enrol("Ben", Role.DOCTOR)
    await site.relate(ana, ben, RelationshipKind.CARE)
    conversation_id = await site.converse(ben, ana)
    config = {"url": site.url, "token": ana.token, "conversationId": conversation_id, "options": options}
    async with running(bundles / "stock.js", config) as terminal:
        [report] = await terminal.until(lambda lines: len(lines) == 1)
    stream = f"c:{conversation_id}"
    assert report["welcome"]["protocol"] == PROTOCOL
    assert report["welcome"]["user_id"] == ana.user_id
    assert report["synced"]["data"]["streams"][stream]["status"] == "live"
    assert [event["t"] for event in report["pages"][0]["events"]] == ["conversation.opened"]
    first, again = report["first"]["data"], report["again"]["data"]
    assert (first["s"], first["n"], first["dup"]) == (stream, 2, False)
    assert again == first | {"dup": True}
    assert report["wrong"]["error"]["code"] == "invalid"
    assert report["unknown"]["error"]["code"] == "unknown_event"
    assert [(fact["n"], fact["by"], fact["data"]["text"]) for fact in report["seen"]] == [
        (2, ana.user_id, "from a stock client")
    ]
    assert report["transport"] == transport


async def test_a_stock_client_is_told_why_it_is_refused(site: Site, bundles: Path) -> None:
    config = {"url": site.url, "token": "nonsense" * 4, "conversationId": "x", "options": {}}
    async with running(bundles / "stock.js", config) as terminal:
        assert await terminal.until(lambda lines: len(lines) == 1) == [{"refused": "unauthenticated"}]
