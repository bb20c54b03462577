"""What load peers send and take, on one clock for all of them.

A peer that is woken by each packet costs the sender of the packet an interrupt of the other core, several times what
the packet itself costs; so each millisecond is looked for what has come.
"""

import asyncio
import random
import select
import time

from tests.bench.media.peer import LoadPeer
from tests.bench.media.picture import FPS, SECONDS, Loop


class Sender:
    """Sends a loop on behalf of many peers, each at a place of its own: key frames of all at once are no real load."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._peers: list[tuple[LoadPeer, float]] = []
        self._counts: list[list[int]] = []
        self._came = select.epoll()
        self._by_socket: dict[int, LoadPeer] = {}
        self.late_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def add(self, peer: LoadPeer) -> None:
        """From now on it sends, and takes what comes."""
        descriptor = peer.leave_loop().fileno()
        self._by_socket[descriptor] = peer
        self._came.register(descriptor, select.EPOLLIN)
        before = random.random() * SECONDS
        self._peers.append((peer, time.monotonic() - before))
        self._counts.append([int(before * FPS) + 1, int(before * 50) + 1])

    def drop(self, peer: LoadPeer) -> None:
        """Before it is closed."""
        at = next(n for n, (one, _) in enumerate(self._peers) if one is peer)
        del self._peers[at], self._counts[at]
        descriptor = next(number for number, one in self._by_socket.items() if one is peer)
        self._came.unregister(descriptor)
        del self._by_socket[descriptor]

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="load sender")

    def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        video, audio = self._loop.video, self._loop.audio
        while True:
            now = time.monotonic()
            for descriptor, _ in self._came.poll(0):
                self._by_socket[descriptor].drain()
            for (peer, since), counts in zip(self._peers, self._counts, strict=True):
                elapsed = now - since
                while counts[0] <= elapsed * FPS:
                    peer.send_frame("video", video[counts[0] % len(video)], counts[0])
                    counts[0] += 1
                while counts[1] <= elapsed * 50:
                    peer.send_frame("audio", [audio[counts[1] % len(audio)]], counts[1])
                    counts[1] += 1
            self.late_s = max(self.late_s, time.monotonic() - now)
            await asyncio.sleep(0.001)
