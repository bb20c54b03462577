"""Our protocol client in Node: two people, a hub that goes away and comes back, nothing lost and nothing twice."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hub.mongo.client import Client, Database
from hub.schema import prepare
from models.enums import RelationshipKind, Role
from tests.integration.clients.terminal import Terminal, running
from tests.support.site import Person, running_site

SENT = 20


def _live(terminal: Terminal, times: int) -> bool:
    return [line["status"] for line in terminal.lines if "status" in line].count("live") >= times


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_two_people_chat_through_a_restart(
    mongo: Client, database: Database, tmp_path: Path, bundles: Path, transport: str
) -> None:
    await prepare(database)
    program = bundles / "person.js"

    def config(person: Person, url: str, conversation_id: str) -> dict[str, object]:
        return {"url": url, "token": person.token, "userId": person.user_id, "conversationId": conversation_id,
                "transports": [transport]}  # fmt: skip

    async with running_site(mongo, database, tmp_path) as site:
        ana, ben = await site.enrol("Ana", Role.PATIENT), await site.enrol("Ben", Role.DOCTOR)
        await site.relate(ana, ben, RelationshipKind.CARE)
        conversation_id = await site.converse(ben, ana)
        url = site.url
        anas = running(program, config(ana, url, conversation_id))
        bens = running(program, config(ben, url, conversation_id))
        a, b = await anas.__aenter__(), await bens.__aenter__()
        for terminal in (a, b):
            await terminal.until(lambda lines: {"ready": True} in lines)
        for k in range(SENT):
            (a if k % 2 else b).tell(do="send", text=f"{k}")
        for terminal in (a, b):
            await terminal.shows(SENT)
        b.tell(do="typing")
        await a.until(lambda lines: {"typing": ben.user_id} in lines)
    try:
        for terminal in (a, b):
            await terminal.until(lambda lines: any(line.get("status") == "reconnecting" for line in lines))
        a.tell(do="send", text="while the hub is away")
        a.tell(do="send", text="and a second one")
        async with running_site(mongo, database, tmp_path, port=urlsplit(url).port or 0):
            for terminal in (a, b):
                await terminal.shows(SENT + 2)
            b.tell(do="send", text="welcome back")
            for terminal in (a, b):
                await terminal.shows(SENT + 3)
                assert _live(terminal, 2)
            assert a.texts == b.texts
            assert [n for n, _ in a.texts] == list(range(2, SENT + 5))
            assert [text for _, text in a.texts][SENT:] == ["while the hub is away", "and a second one", "welcome back"]
            for own in (0, 1):
                assert [text for _, text in a.texts if text.isdigit() and int(text) % 2 == own] == [
                    f"{k}" for k in range(SENT) if k % 2 == own
                ]
    finally:
        await anas.__aexit__(None, None, None)
        await bens.__aexit__(None, None, None)
