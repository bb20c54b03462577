"""Servers in processes of their own, pinned to core 0; the load runs on core 1. What they cost is read from /proc."""

import asyncio
import base64
import os
import resource
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from aiohttp import ClientSession

from hub.media.pool import Pool
from hub.media.settings import MediaSettings
from models.ids import new_id
from models.media import AnswerLeg, Event, JoinLeg, LegOffer, StartRecord
from tests.bench.media import janus
from tests.bench.media.peer import LoadPeer
from tests.bench.media.picture import Loop, numbers
from tests.bench.media.sender import Sender

ROOT: Final = Path(__file__).parents[3]
SERVER_CORE: Final = 0
LOAD_CORE: Final = 1
TICKS: Final = os.sysconf("SC_CLK_TCK")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")

SETTLE_S: Final = 4.0
FIRST_BLOCK_S: Final = 15.0
"""A side that has recorded nothing by then is not compared with anybody."""
PARTIES: Final = "abcdef"

Connect = Callable[[str, Sequence[LoadPeer]], Awaitable[None]]
"""Makes one call of these peers at a server; only ours takes more than two."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a window of one server under a number of calls showed."""

    calls: int
    cpu_s_per_call_min: float
    cpu_us_per_packet: float
    """Of packets that arrived: comparable even where the load did not send all it should."""
    core_percent: float
    p50_ms: float
    p99_ms: float
    loss_percent: float
    load_loss_percent: float
    """The part of it that the load's own sockets had no room for."""
    rss_mb_per_call: float
    late_ms: float
    """The most the load itself was late; above some milliseconds its core was full."""
    videos: int
    """Streams that came to the peer to which the fewest came."""
    audios: int
    disk_kbps_per_call: float
    """What was written of recordings, in kbit/s."""


@dataclass(slots=True)
class Server:
    """A running server and how calls are made at it."""

    pid: int
    connect: Connect
    tagged: bool = True
    records: Path | None = None
    """Where it writes, if it records: one that writes nothing is not measured."""


def host_address() -> str:
    """An address of this machine that is not loopback (Janus refuses that one)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


@asynccontextmanager
async def child(*command: str, environment: dict[str, str] | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process on the server's core, ended afterwards."""
    process = await asyncio.create_subprocess_exec(
        "taskset", "-c", str(SERVER_CORE), *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, env=None if environment is None else {**os.environ, **environment},
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def naive(host: str, folder: Path | None) -> AsyncIterator[Server]:
    """aiortc as documented."""
    extra = [] if folder is None else [str(folder)]
    async with child(sys.executable, "-m", "tests.bench.media.naive", host, *extra) as process, ClientSession() as http:
        assert process.stdout is not None
        port = int(await process.stdout.readline())

        async def connect(call: str, peers: Sequence[LoadPeer]) -> None:
            for who, peer in zip(PARTIES, peers, strict=False):
                url = f"http://127.0.0.1:{port}/join"
                async with http.post(url, params={"call": call, "who": who}, data=peer.offer()) as answer:
                    peer.accept(await answer.text())

        yield Server(process.pid, connect, tagged=False, records=folder)


@asynccontextmanager
async def janus_server(host: str, folder: Path, *, record: bool) -> AsyncIterator[Server]:
    """Janus with videocall."""
    assert janus.BINARY is not None
    records = folder / "recordings" if record else None
    if records is not None:
        records.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    janus.configure(folder, port, host)
    base = f"http://127.0.0.1:{port}/janus"
    users: list[janus.JanusUser] = []
    async with (
        child(janus.BINARY, "-F", str(folder), "-C", str(folder / "janus.jcfg")) as process,
        ClientSession() as http,
    ):
        await _answering(http, f"{base}/info")

        async def connect(call: str, peers: Sequence[LoadPeer]) -> None:
            pair = [janus.JanusUser(http, base, f"{call}-{side}") for side in ("a", "b")]
            users.extend(pair)
            for user in pair:
                await user.open()
            await janus.connect(pair[0], pair[1], peers[0], peers[1], records)

        try:
            yield Server(process.pid, connect, records=records)
        finally:
            for user in users:
                user.close()


@asynccontextmanager
async def ours(host: str, folder: Path, record: bool) -> AsyncIterator[Server]:
    """One media process of the product, asked as a hub node asks it."""
    secret = secrets.token_bytes(32)
    environment = {
        "MEDIA_LISTEN": f"unix:{folder / 'm.sock'}", "MEDIA_SECRET": base64.b64encode(secret).decode(),
        "MEDIA_ANNOUNCE": host, "RECORDINGS_DIR": str(folder / "recordings"),
    }  # fmt: skip
    async with child(sys.executable, "-m", "media", environment=environment) as process:
        assert process.stdout is not None
        await process.stdout.readline()
        address = environment["MEDIA_LISTEN"]
        pool = Pool(MediaSettings(secret=secret, urls=(address,)))
        pool.listen(_ignore_event, _ignore_loss)
        pool.start()

        async def connect(call: str, peers: Sequence[LoadPeer]) -> None:
            for who, peer in zip(PARTIES, peers, strict=False):
                leg = new_id()
                join = JoinLeg(call_id=call, party_id=who, leg_id=leg, path_n=1, consented=record)
                offer = await pool.ask(address, join)
                assert isinstance(offer, LegOffer)
                answer = AnswerLeg(call_id=call, leg_id=leg, offer_id=offer.offer_id, sdp=peer.answer(offer.sdp))
                await pool.ask(address, answer)
            if record:
                key = base64.b64encode(secrets.token_bytes(32)).decode()
                parties = [*PARTIES[: len(peers)]]
                start = StartRecord(call_id=call, recording_id=new_id(), part=1, key=key, parties=parties)
                await pool.ask(address, start)

        try:
            yield Server(process.pid, connect, records=folder / "recordings" if record else None)
        finally:
            await pool.close()


async def _ignore_event(process: str, event: Event) -> None:
    """Nobody steers these calls."""


async def _ignore_loss(process: str) -> None:
    """It is killed at the end."""


async def measure(server: Server, host: str, loop: Loop, calls: int, seconds: float, parties: int = 2) -> Window:
    """Make the calls, let them settle, and look at one window."""
    before = _rss(server.pid)
    sender = Sender(loop)
    peers: list[LoadPeer] = []
    for n in range(calls):
        call = [LoadPeer(host, tagged=server.tagged) for _ in range(parties)]
        await server.connect(f"call{n}", call)
        async with asyncio.timeout(20):
            for peer in call:
                await peer.connected.wait()
        peers += call
    for peer in peers:
        sender.add(peer)
    sender.start()
    await asyncio.sleep(SETTLE_S)
    for peer in peers:
        peer.received.reset()
    dropped = sum(peer.dropped for peer in peers)
    sender.late_s = 0.0
    began, cpu = time.monotonic(), _cpu(server.pid)
    await asyncio.sleep(seconds)
    took, spent = time.monotonic() - began, _cpu(server.pid) - cpu
    rss = _rss(server.pid)
    written = await _written(server.records) / (time.monotonic() - began + SETTLE_S)
    sender.stop()
    dropped = sum(peer.dropped for peer in peers) - dropped
    delays = [delay for peer in peers for delay in _delays(loop, peers, peer, tagged=server.tagged)]
    got = sum(peer.received.packets for peer in peers)
    lost = sum(peer.received.lost for peer in peers)
    streams = [peer.streams() for peer in peers]
    for peer in peers:
        peer.close()
    cuts = quantiles(delays, n=100) if len(delays) > 1 else [float("nan")] * 99
    return Window(
        calls, spent / calls / (took / 60), 1e6 * spent / max(1, got), 100 * spent / took,
        1000 * median(delays) if delays else float("nan"), 1000 * cuts[98],
        100 * lost / max(1, got + lost), 100 * dropped / max(1, got + lost),
        (rss - before) / 1e6 / calls, 1000 * sender.late_s,
        min(videos for _, videos in streams), min(audios for audios, _ in streams),
        written * 8 / 1000 / calls,
    )  # fmt: skip


def _delays(loop: Loop, peers: list[LoadPeer], peer: LoadPeer, *, tagged: bool) -> list[float]:
    if tagged:
        return peer.received.delays
    if peers.index(peer):
        return []
    # A re-encoded frame carries no tag; its picture shows its number. Looking at one party is enough.
    delays = []
    for number, seen in numbers(peer.received.frames)[-120:]:
        sent = [at for n, at in peers[1].frames_sent.items() if n % len(loop.video) == number and at <= seen]
        delays += [seen - max(sent)] if sent else []
    return delays


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _rss(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


async def _written(folder: Path | None) -> int:
    """Octets of recordings so far; those who write in large blocks are waited for."""
    if folder is None:
        return 0
    async with asyncio.timeout(FIRST_BLOCK_S):
        while not (octets := sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())):
            await asyncio.sleep(0.5)
    return octets


async def _answering(http: ClientSession, url: str) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                await asyncio.sleep(0.1)


def pin_load() -> None:
    """This process and its threads on the load's core; room for the descriptors of many peers."""
    os.sched_setaffinity(0, {LOAD_CORE})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


def unpin() -> None:
    """This process, and what it starts from now on, on any core."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
