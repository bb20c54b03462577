"""A client that follows HS/1 to the letter: outbox with client ids, cursors, cumulative acks, reconnects anywhere."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import orjson

from models.ids import new_id
from tests.bench.wire import Wire, client_frame, connect
from tests.chaos.history import Acked, Delivered, History

ACK_TIMEOUT_S: Final = 5.0
SYNC_TIMEOUT_S: Final = 5.0
ACK_EVERY: Final = 16


@dataclass(slots=True)
class Pending:
    """A message that is not acknowledged yet."""

    cid: str
    text: str
    order: int


class Client:
    """One device of one person in one conversation."""

    def __init__(
        self, user_id: str, device_id: str, conversation_id: str, token: Callable[[], str], ports: list[int],
        history: History, random: Random,
    ) -> None:  # fmt: skip
        self.user_id, self.device_id, self.conversation_id = user_id, device_id, conversation_id
        self.stream = f"c:{conversation_id}"
        self.token, self._ports, self._history, self._random = token, ports, history, random
        self.outbox: deque[Pending] = deque()
        self.cursor = 0
        self.member = True
        self._run = 0
        self._expected: int | None = None
        """The position that the next live push must have; None while it is not settled."""
        self._last = 0
        self._asked: asyncio.Future[dict[str, Any]] | None = None
        self._sent = 0
        self._unacked = 0
        self._wire: Wire | None = None
        self._held: dict[int, Any] = {}
        self._wanted = asyncio.Event()
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._delivered = history.delivered.setdefault(device_id, [])

    def start(self) -> None:
        """Connect and stay connected."""
        self._tasks = [asyncio.create_task(self._stay()), asyncio.create_task(self._empty_outbox())]

    async def stop(self) -> None:
        """Leave for good."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.drop()

    def say(self, text: str) -> None:
        """Put a message into the outbox."""
        self.outbox.append(Pending(new_id(), text, self._sent))
        self._sent += 1
        self._news.set()

    def drop(self) -> None:
        """The network goes away without a word."""
        if self._wire is not None and self._wire.transport is not None:
            self._wire.transport.abort()

    async def command(self, name: str, payload: dict[str, Any]) -> dict[str, Any]:
        """One command with its own client id, repeated until it is answered for good."""
        cid = new_id()
        while True:
            answer = await self._ask(name, {"cid": cid, **payload})
            if answer is not None and (answer["ok"] or not answer["error"]["retryable"]):
                return answer
            await asyncio.sleep(self._random.uniform(0.1, 0.4))

    # -- connection ---------------------------------------------------------------------------------------------------

    async def _stay(self) -> None:
        while True:
            try:
                port = self._random.choice(self._ports)
                async with asyncio.timeout(10):
                    wire = await connect(port, {"token": self.token()}, self._hear)
            except (OSError, TimeoutError, ConnectionError):
                await asyncio.sleep(self._random.uniform(0.05, 0.4))
                continue
            self._wire = wire
            self._expected = None
            self._news.set()
            with suppress(ConnectionError, TimeoutError):
                await self._follow(wire)
            wire.transport.abort() if wire.transport else None
            await asyncio.sleep(self._random.uniform(0.0, 0.2))

    async def _follow(self, wire: Wire) -> None:
        """Stay in sync for as long as the connection lasts."""
        self._wanted.set()
        while not wire.closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await self._wanted.wait()
            if not self._wanted.is_set() or wire.closed:
                continue
            self._wanted.clear()
            answer = await self._sync(wire)
            if answer is None or not answer["ok"]:
                await asyncio.sleep(0.1)
                self._wanted.set()
                continue
            self._settle(answer["data"]["streams"][self.stream])

    async def _sync(self, wire: Wire) -> dict[str, Any] | None:
        """`hs.sync`. From the very answer `live` on, pushes must follow without a gap, a repetition or a swap."""
        answered: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

        def done(body: bytes) -> None:
            answer = orjson.loads(body)
            # An answer that comes after its time, when another call is under way, settles nothing.
            if answer["ok"] and self._asked is answered:
                state = answer["data"]["streams"][self.stream]
                # What was pushed while the answer waited for its audit row came before it.
                self._expected = max(state["n"], self._last) + 1 if state["status"] == "live" else None
            if not answered.done():
                answered.set_result(answer)

        self._expected, self._last, self._asked = None, 0, answered
        wire.call(orjson.dumps(["hs.sync", {"cur": {self.stream: self.cursor}}]), done)
        try:
            async with asyncio.timeout(SYNC_TIMEOUT_S):
                return await answered
        except TimeoutError:
            return None

    def _settle(self, state: dict[str, Any]) -> None:
        if state["status"] == "more":
            self._wanted.set()
        elif state["status"] == "reset":
            self.cursor = max(state["floor"], 0)
            self._run += 1
            self._held.clear()
            self._wanted.set()
        elif state["status"] == "gone":
            self.member = False
            self._run += 1
            self._held.clear()
        else:
            self.member = True

    async def _ask(self, name: str, payload: dict[str, Any], timeout_s: float = ACK_TIMEOUT_S) -> dict[str, Any] | None:
        wire = self._wire
        if wire is None or wire.closed:
            await asyncio.sleep(0.05)
            return None
        try:
            return await wire.ask(name, payload, timeout_s)
        except TimeoutError:
            return None

    # -- receiving ----------------------------------------------------------------------------------------------------

    def _hear(self, wire: Wire, packet: bytes) -> None:
        if wire is not self._wire and self._wire is not None and not self._wire.closed:
            return
        name, fact = orjson.loads(packet[2:])
        if name == "hs.page":
            for event in fact["events"]:
                self._take(event["t"], event)
        elif name == "hs.lag":
            self._expected = None
            self._wanted.set()
        elif name == "hs.reset":
            self._expected = None
            self._settle({"status": "reset", "floor": fact["floor"]})
        elif "s" in fact and fact["s"] == self.stream:
            self._watch(fact["n"])
            self._take(name, fact)

    def _watch(self, n: int) -> None:
        """What the hub pushes, before this client puts anything right."""
        self._last = n
        if self._expected is not None:
            self._history.pushed += 1
            if n != self._expected:
                self._history.disorder.append(f"I3 device {self.device_id}: pushed {n}, due was {self._expected}")
            self._expected = n + 1

    def _take(self, name: str, event: dict[str, Any]) -> None:
        n = event["n"]
        if n <= self.cursor:
            return
        if n > self.cursor + 1:
            self._held[n] = (name, event)
            self._wanted.set()
            return
        self._deliver(name, event)
        while (following := self._held.pop(self.cursor + 1, None)) is not None:
            self._deliver(*following)

    def _deliver(self, name: str, event: dict[str, Any]) -> None:
        self.cursor = event["n"]
        self._delivered.append(
            Delivered(self.stream, event["n"], event["cid"], event["by"], digest(name, event["data"]), self._run)
        )
        if name == "member.left" and event["data"]["user_id"] == self.user_id:
            self.member = False
            self._run += 1
            self._held.clear()
        self._unacked += 1
        if self._unacked >= ACK_EVERY and self._wire is not None:
            self._unacked = 0
            self._wire.write(client_frame(b'42["hs.ack",{"cur":{"%s":%d}}]' % (self.stream.encode(), self.cursor)))

    def look_again(self) -> None:
        """The person was told that they are in the conversation again."""
        self._wanted.set()

    # -- sending ------------------------------------------------------------------------------------------------------

    async def _empty_outbox(self) -> None:
        """One command in flight, in order, the same client id until it is answered for good."""
        while True:
            if not self.outbox:
                self._news.clear()
                await self._news.wait()
                continue
            pending = self.outbox[0]
            payload = {"cid": pending.cid, "conversation_id": self.conversation_id, "text": pending.text}
            if self._random.random() < 0.2 and self._wire is not None:
                self._history.resent += 1
                self._wire.write(client_frame(b'42["chat.send",' + orjson.dumps(payload) + b"]"))
            answer = await self._ask("chat.send", payload)
            if answer is None:
                await asyncio.sleep(self._random.uniform(0.02, 0.2))
            elif answer["ok"]:
                data = answer["data"]
                self._history.acked.append(
                    Acked(data["s"], data["n"], pending.cid, self.user_id, self.device_id, pending.order, data["dup"])
                )
                self.outbox.popleft()
            elif answer["error"]["retryable"]:
                await asyncio.sleep(min(answer["error"].get("after_ms", 200), 1000) / 1000)
            else:
                code = answer["error"]["code"]
                self._history.refused[code] = self._history.refused.get(code, 0) + 1
                self.outbox.popleft()


def digest(name: str, data: dict[str, Any]) -> bytes:
    """What makes two events the same."""
    return hashlib.sha256(orjson.dumps([name, data], option=orjson.OPT_SORT_KEYS)).digest()
