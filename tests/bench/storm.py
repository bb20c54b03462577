"""A crash under load: the server is killed while people write, and everybody must come back and have everything."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

import orjson

from models.ids import new_id
from tests.bench.rig import Server
from tests.bench.scenarios import ACK_EVERY, TEXT, Person
from tests.bench.wire import Wire, client_frame, connect

WRITERS_PER_S: Final = 100
BEFORE_S: Final = 3.0
ANSWER_S: Final = 3.0
SYNC_S: Final = 10.0
COMEBACK_S: Final = 120.0
KNOCKING: Final = 64
"""Connections being opened at one time, by all clients together."""
FIRST_PAUSE_S: Final = 0.1
LAST_PAUSE_S: Final = 1.0


@dataclass(eq=False)
class Client:
    """One person's copy of the conversation, kept across connections."""

    person: Person
    wire: Wire | None = None
    live: bool = False
    n: int = 0
    inbox_n: int = 0
    gaps: int = 0
    after: str = ""
    cids: set[str] = field(default_factory=set)

    def take(self, n: int, cid: str) -> None:
        """The next message of an HS/1 stream."""
        if n == self.n + 1:
            self.n = n
        elif n <= self.n:
            return
        else:
            self.gaps += 1
            self.n = n
        self.cids.add(cid)


class Storm:
    """Drives the clients; one instance per run."""

    def __init__(self, server: Server, people: Sequence[Person]) -> None:
        self._server = server
        self._clients = [Client(person) for person in people]
        self._by_room: dict[str, list[Client]] = {}
        for client in self._clients:
            self._by_room.setdefault(client.person.conversation_id, []).append(client)
        self._of_wire: dict[Wire, Client] = {}
        self._acked: dict[str, set[str]] = {room: set() for room in self._by_room}
        self._writing = True
        self._gate = asyncio.Semaphore(KNOCKING)

    async def run(self) -> dict[str, float]:
        """Seconds from the kill until everybody is live again with all that was acknowledged before it."""
        await asyncio.gather(*(self._come_back(client) for client in self._clients))
        writers = [asyncio.create_task(self._write(room)) for room in self._by_room]
        await asyncio.sleep(BEFORE_S)
        owed = {room: set(acked) for room, acked in self._acked.items()}
        killed = perf_counter()
        await self._server.kill()
        comebacks = [asyncio.create_task(self._come_back(client)) for client in self._clients]
        await self._server.start()
        started = perf_counter()
        try:
            async with asyncio.timeout(COMEBACK_S):
                await asyncio.gather(*comebacks)
                while not all(self._has(room, cids) for room, cids in owed.items()):
                    await asyncio.sleep(0.02)
            back = perf_counter() - killed
        except TimeoutError:
            back = float("inf")
            for comeback in comebacks:
                comeback.cancel()
        self._writing = False
        await asyncio.gather(*writers)
        await self._settle()
        return {"back_s": back, "start_s": started - killed, **self._verdict()}

    def _has(self, room: str, cids: set[str]) -> bool:
        return all(cids <= client.cids for client in self._by_room[room])

    def _verdict(self) -> dict[str, float]:
        missing = sum(
            len(self._acked[room] - client.cids) for room, clients in self._by_room.items() for client in clients
        )
        return {
            "missing": float(missing),
            "gaps": float(sum(client.gaps for client in self._clients)),
            "acked": float(sum(map(len, self._acked.values()))),
        }

    async def _settle(self) -> None:
        """The last messages arrive by themselves; the peer's clients ask once more."""
        for _ in range(100):
            if all(self._has(room, cids) for room, cids in self._acked.items()):
                return
            await asyncio.sleep(0.05)

    async def _write(self, room: str) -> None:
        """One message after the other, each sent again under the same name until it is acknowledged."""
        author = self._by_room[room][0]
        pause = len(self._by_room) / WRITERS_PER_S
        await asyncio.sleep(random.random() * pause)
        while self._writing:
            cid = new_id()
            command = {"cid": cid, "conversation_id": room, "text": TEXT.strip()}
            while not await self._sent(author, command):
                await asyncio.sleep(0.1)
            self._acked[room].add(cid)
            await asyncio.sleep(pause)

    async def _sent(self, author: Client, command: dict[str, Any]) -> bool:
        wire = author.wire
        if wire is None or wire.closed or not author.live:
            return False
        try:
            answer = await wire.ask("chat.send", command, ANSWER_S)
        except TimeoutError:
            return False
        return bool(answer["ok"]) or answer["error"]["code"] == "conflict"

    async def _come_back(self, client: Client) -> None:
        """Reconnect with a jittered, growing pause, and ask for what is missing."""
        client.live = False
        pause = FIRST_PAUSE_S
        while True:
            await asyncio.sleep(random.random() * pause)
            pause = min(pause * 2, LAST_PAUSE_S)
            async with self._gate:
                try:
                    wire = client.wire = await connect(self._server.port, client.person.auth, self._on_event)
                    self._of_wire[wire] = client
                    await (self._sync(client, wire) if self._server.target.syncs else self._ask_since(client, wire))
                except (OSError, TimeoutError):
                    continue
            client.live = True
            return

    async def _sync(self, client: Client, wire: Wire) -> None:
        cursors = {client.person.stream: client.n, f"u:{client.person.user_id}": client.inbox_n}
        while cursors:
            answer = await wire.ask("hs.sync", {"cur": cursors}, SYNC_S)
            if not answer["ok"]:
                raise ConnectionError("told to come again")
            states = answer["data"]["streams"]
            cursors = {stream: state["n"] for stream, state in states.items() if state["status"] == "more"}

    async def _ask_since(self, client: Client, wire: Wire) -> None:
        while True:
            wish = {"conversation_id": client.person.conversation_id, "after": client.after}
            messages = (await wire.ask("chat.since", wish, SYNC_S))["data"]["messages"]
            for message in messages:
                client.cids.add(message["cid"])
                client.after = max(client.after, message["_id"])
            if len(messages) < 200:
                return

    def _on_event(self, wire: Wire, packet: bytes) -> None:
        client = self._of_wire.get(wire)
        if packet.startswith(b'42["hs.page"'):
            page = orjson.loads(packet[2:])[1]
            if client is not None and page["s"] == client.person.stream:
                for event in page["events"]:
                    client.take(event["n"], event["cid"])
        elif packet.startswith(b'42["chat.sent"') and client is not None:
            event = orjson.loads(packet[2:])[1]
            if isinstance(event["n"], int):
                client.take(event["n"], event["cid"])
                if client.n % ACK_EVERY == 0:
                    ack = b'42["hs.ack",{"cur":{"%s":%d}}]' % (client.person.stream.encode(), client.n)
                    wire.write(client_frame(ack))
            else:
                client.cids.add(event["cid"])
                if client.live:  # before that it would hide what `chat.since` is still to bring
                    client.after = max(client.after, event["n"])


async def reconnect_storm(server: Server, people: Sequence[Person]) -> dict[str, float]:
    """Start, load, kill, restart, and judge."""
    await server.start()
    storm = Storm(server, people)
    return await storm.run()
