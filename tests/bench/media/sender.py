"""What load peers send, on one clock for all of them."""

import asyncio
import random
import time

from tests.bench.media.peer import LoadPeer
from tests.bench.media.picture import FPS, SECONDS, Loop


class Sender:
    """Sends a loop on behalf of many peers, each at a place of its own: key frames of all at once are no real load."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._peers: list[tuple[LoadPeer, float]] = []
        self._counts: list[list[int]] = []
        self.late_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def add(self, peer: LoadPeer) -> None:
        """From now on it sends."""
        before = random.random() * SECONDS
        self._peers.append((peer, time.monotonic() - before))
        self._counts.append([int(before * FPS) + 1, int(before * 50) + 1])

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
