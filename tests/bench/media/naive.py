"""The relay as aiortc's documentation has it: MediaRelay, with MediaRecorder if a folder is given.

`python -m tests.bench.media.naive HOST [FOLDER]` prints its HTTP port; `POST /join?call=&who=` takes an offer.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from aioice import ice as aioice_ice
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.contrib.media import MediaRecorder, MediaRelay

WANTED = ("audio/opus", "video/vp8", "video/rtx")


class Pictures(MediaStreamTrack):
    """A video track that tells when its first picture has been encoded: when it is asked for the second."""

    kind = "video"

    def __init__(self, track: MediaStreamTrack) -> None:
        super().__init__()
        self._track = track
        self._given = 0
        self.encoded = asyncio.Event()

    async def recv(self) -> Any:
        """The next picture."""
        if self._given:
            self.encoded.set()
        self._given += 1
        return await self._track.recv()


class Sound(MediaStreamTrack):
    """An audio track that waits for the pictures.

    `MediaRecorder` writes the container's header with the first packet, which opens every encoder; if that is one of
    sound, the pictures' size can no longer be set, and their recording ends with an exception that nobody sees.
    """

    kind = "audio"

    def __init__(self, track: MediaStreamTrack, pictures: Pictures) -> None:
        super().__init__()
        self._track, self._pictures = track, pictures

    async def recv(self) -> Any:
        """The next packet of sound."""
        await self._pictures.encoded.wait()
        return await self._track.recv()


class Naive:
    """Two parties a call: what one sends is relayed to the other."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._relay = MediaRelay()
        self._calls: dict[str, dict[str, tuple[RTCPeerConnection, dict[str, Any]]]] = {}
        self._recorders: list[MediaRecorder] = []

    async def join(self, request: web.Request) -> web.Response:
        """One party's offer; answers with SDP."""
        call, who = request.query["call"], request.query["who"]
        parties = self._calls.setdefault(call, {})
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        senders = {}
        for kind in ("audio", "video"):
            line = connection.addTransceiver(kind, direction="sendrecv")
            known = RTCRtpSender.getCapabilities(kind).codecs
            line.setCodecPreferences(
                [c for c in known if c.mimeType.lower() in ("audio/opus", "video/vp8", "video/rtx")]
            )
            senders[kind] = line.sender
        tracks: dict[str, Any] = {}
        parties[who] = (connection, {"senders": senders, "tracks": tracks})

        @connection.on("track")
        def on_track(track: Any) -> None:
            tracks[track.kind] = track
            for other, (_, has) in parties.items():
                if other != who:
                    has["senders"][track.kind].replaceTrack(self._relay.subscribe(track))

        await connection.setRemoteDescription(RTCSessionDescription(await request.text(), "offer"))
        for other, (_, has) in parties.items():
            if other != who:
                for kind, track in has["tracks"].items():
                    senders[kind].replaceTrack(self._relay.subscribe(track))
        await connection.setLocalDescription(await connection.createAnswer())
        if self._folder is not None:
            recorder = MediaRecorder(str(self._folder / f"{call}-{who}.webm"))
            pictures = Pictures(self._relay.subscribe(tracks["video"]))
            recorder.addTrack(pictures)
            recorder.addTrack(Sound(self._relay.subscribe(tracks["audio"]), pictures))
            self._recorders.append(recorder)
            await recorder.start()
        return web.Response(text=connection.localDescription.sdp)


async def main(host: str, folder: Path | None) -> None:
    """Serve until killed."""
    aioice_ice.get_host_addresses = lambda *_, **__: [host]
    naive = Naive(folder)
    app = web.Application()
    app.router.add_post("/join", naive.join)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None))
