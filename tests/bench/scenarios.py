"""What is measured, the same for every server: each scenario drives connected wires and returns plain numbers."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from models.ids import new_id
from tests.bench.wire import Wire, client_frame, connect

TEXT: Final = "The blood pressure was fine this morning; shall I go on with half a tablet? " * 2
POSITION: Final = re.compile(rb'"n":(\d+)')
CONNECT_AT_ONCE: Final = 64
ACK_EVERY: Final = 32
WARM_UP_S: Final = 1.0


@dataclass(frozen=True)
class Person:
    """Who connects, and which conversation they talk in."""

    auth: dict[str, Any]
    user_id: str
    conversation_id: str

    @property
    def stream(self) -> str:
        """The conversation's stream."""
        return f"c:{self.conversation_id}"


@dataclass(frozen=True)
class Target:
    """A running server. `syncs`: it speaks HS/1, so clients subscribe and acknowledge as the contract asks."""

    port: int
    pid: int
    syncs: bool


def percentile(values: Sequence[float], fraction: float) -> float:
    """The value below which `fraction` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * fraction))] if ordered else float("nan")


def rss_kb(pid: int) -> int:
    """Resident memory of a process, kB."""
    with Path(f"/proc/{pid}/status").open(encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def cpu_s(pid: int) -> float:
    """Processor seconds used by a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def enter(target: Target, person: Person, on_event: Callable[[Wire, bytes], None] | None = None) -> Wire:
    """Connect one person as a good client does: live on their conversation and their inbox."""
    wire = await connect(target.port, person.auth, on_event)
    if target.syncs:
        cursors = {f"u:{person.user_id}": 0} | ({person.stream: 0} if person.conversation_id else {})
        while cursors:
            answer = await wire.ask("hs.sync", {"cur": cursors})
            states = answer["data"]["streams"]
            cursors = {s: state["n"] for s, state in states.items() if state["status"] == "more"}
            resets = {s: state["head"] for s, state in states.items() if state["status"] == "reset"}
            cursors |= resets
    return wire


async def enter_all(
    target: Target, people: Sequence[Person], on_event: Callable[[Wire, bytes], None] | None = None
) -> list[Wire]:
    """Connect everybody, a few at a time."""
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)

    async def one(person: Person) -> Wire:
        async with gate:
            return await enter(target, person, on_event)

    return list(await asyncio.gather(*(one(person) for person in people)))


async def leave_all(wires: Sequence[Wire]) -> None:
    """Close every wire."""
    for wire in wires:
        if wire.transport is not None:
            wire.transport.abort()
    await asyncio.sleep(0.2)


def acknowledging(target: Target) -> Callable[[Wire, bytes], None] | None:
    """What a client of HS/1 does with events: a cumulative ack every 32."""
    if not target.syncs:
        return None
    seen: dict[Wire, int] = {}

    def on_event(wire: Wire, packet: bytes) -> None:
        if not packet.startswith(b'42["chat.sent"'):
            return
        number = seen.get(wire, 0) + 1
        seen[wire] = number
        if number % ACK_EVERY == 0:
            start = packet.index(b'"s":"') + 5
            stream = packet[start : packet.index(b'"', start)]
            found = POSITION.search(packet)
            if found is not None:
                wire.write(client_frame(b'42["hs.ack",{"cur":{"%s":%s}}]' % (stream, found[1])))

    return on_event


async def closed_loop(
    target: Target, people: Sequence[Person], body: Callable[[Person], bytes], seconds: float
) -> dict[str, float]:
    """Everybody keeps one command in flight; counts good answers after a warm-up."""
    wires = await enter_all(target, people, acknowledging(target))
    latencies: list[float] = []
    refused = 0
    counting, running = False, True

    def fire(wire: Wire, person: Person) -> None:
        sent = perf_counter()

        def done(answer: bytes) -> None:
            nonlocal refused
            if not answer.startswith(b'{"ok":true'):
                refused += 1
            elif counting:
                latencies.append(perf_counter() - sent)
            if running:
                fire(wire, person)

        wire.call(body(person), done)

    for wire, person in zip(wires, people, strict=True):
        fire(wire, person)
    await asyncio.sleep(WARM_UP_S)
    counting, cpu, started = True, cpu_s(target.pid), perf_counter()
    await asyncio.sleep(seconds)
    counting = running = False
    elapsed, used = perf_counter() - started, cpu_s(target.pid) - cpu
    await leave_all(wires)
    done_count = len(latencies)
    return {
        "per_s": done_count / elapsed,
        "p50_ms": percentile(latencies, 0.5) * 1000,
        "p99_ms": percentile(latencies, 0.99) * 1000,
        "cpu_us": used / done_count * 1e6 if done_count else float("nan"),
        "refused": float(refused),
    }


def message(person: Person) -> bytes:
    """A `chat.send`."""
    return b'["chat.send",{"cid":"%s","conversation_id":"%s","text":"%s"}]' % (
        new_id().encode(), person.conversation_id.encode(), TEXT.strip().encode(),
    )  # fmt: skip


def typing(person: Person) -> bytes:
    """A `chat.type`: the lightest command there is, told to the room and stored nowhere."""
    return b'["chat.type",{"conversation_id":"%s"}]' % person.conversation_id.encode()


async def open_loop(target: Target, people: Sequence[Person], per_s: float, seconds: float) -> dict[str, float]:
    """Messages leave on a clock, whatever the answers do; latency counts from when each was due."""
    wires = await enter_all(target, people, acknowledging(target))
    await pace(wires, people, per_s, WARM_UP_S)
    cpu = cpu_s(target.pid)
    latencies = await pace(wires, people, per_s, seconds)
    used = cpu_s(target.pid) - cpu
    await leave_all(wires)
    return {
        "p50_ms": percentile(latencies, 0.5) * 1000,
        "p99_ms": percentile(latencies, 0.99) * 1000,
        "cpu_us": used / len(latencies) * 1e6,
    }


async def pace(wires: Sequence[Wire], people: Sequence[Person], per_s: float, seconds: float) -> list[float]:
    """Send `per_s` messages a second and wait for all the answers; a refusal took infinitely long."""
    latencies: list[float] = []
    started = perf_counter()
    for number in count():
        due = number / per_s
        if due >= seconds:
            break
        wait = started + due - perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        index = number % len(people)
        moment = started + due

        def done(answer: bytes, moment: float = moment) -> None:
            latencies.append(perf_counter() - moment if answer.startswith(b'{"ok":true') else float("inf"))

        wires[index].call(message(people[index]), done)
    async with asyncio.timeout(30):
        while len(latencies) < number:
            await asyncio.sleep(0.01)
    return latencies


async def fan_out(target: Target, people: Sequence[Person], seconds: float, window: int = 4) -> dict[str, float]:
    """One emitter, everybody else in the room receives; counted by the event's name in the raw bytes."""
    wires = await enter_all(target, people)
    received = 0

    def fast(wire: Wire, data: bytes) -> None:
        nonlocal received
        received += data.count(b'42["chat.typed"')
        if b"\x81\x012" in data:
            wire.write(client_frame(b"3"))

    for wire in wires[1:]:
        wire.fast = fast
    running = True
    in_flight = 0

    def fire() -> None:
        nonlocal in_flight
        in_flight += 1

        def done(answer: bytes) -> None:
            nonlocal in_flight
            in_flight -= 1
            if running:
                fire()

        wires[0].call(typing(people[0]), done)

    for _ in range(window):
        fire()
    await asyncio.sleep(WARM_UP_S)
    before, started = received, perf_counter()
    await asyncio.sleep(seconds)
    rate = (received - before) / (perf_counter() - started)
    running = False
    await leave_all(wires)
    return {"per_s": rate}


async def connections(target: Target, people: Sequence[Person]) -> dict[str, float]:
    """How fast people get in, and what one idle connection costs in memory."""
    before = rss_kb(target.pid)
    started = perf_counter()
    wires = await enter_all(target, people)
    elapsed = perf_counter() - started
    await asyncio.sleep(1.0)
    after = rss_kb(target.pid)
    await leave_all(wires)
    return {"per_s": len(people) / elapsed, "kb": (after - before) / len(people)}
