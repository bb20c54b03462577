"""Real WebRTC peers (aiortc) that answer a media process' offers; pictures and tones tell whose they are."""

import asyncio
import contextlib
import re
import time
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtcconfiguration import RTCBundlePolicy
from av import AudioFrame, VideoFrame

from models.ids import new_id
from models.media import AnswerLeg, JoinLeg, LegOffer
from tests.support.media import Relays
from tests.support.waiting import until

FPS = 15
SAMPLE_RATE = 48_000


class Picture(MediaStreamTrack):
    """A colour with a moving bar: grey level and bar position tell whose it is and that it moves."""

    kind = "video"

    def __init__(self, level: int, width: int = 160, height: int = 120) -> None:
        super().__init__()
        self.level, self._width, self._height = level, width, height
        self._number, self._began = 0, 0.0

    async def recv(self) -> VideoFrame:
        """The next frame, when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        self._began = self._began or time.monotonic()
        await asyncio.sleep(max(0.0, self._began + self._number / FPS - time.monotonic()))
        picture = np.full((self._height, self._width, 3), self.level, np.uint8)
        at = self._number * 4 % (self._width - 16)
        picture[: self._height // 4, at : at + 16] = 255 - self.level
        frame = VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = self._number * 90_000 // FPS, Fraction(1, 90_000)
        self._number += 1
        return frame


class Tone(MediaStreamTrack):
    """A sine; its frequency tells whose it is."""

    kind = "audio"

    def __init__(self, hertz: int) -> None:
        super().__init__()
        self.hertz, self._at, self._began = hertz, 0, 0.0

    async def recv(self) -> AudioFrame:
        """The next 20 ms, when they are due."""
        if self.readyState != "live":
            raise MediaStreamError
        self._began = self._began or time.monotonic()
        await asyncio.sleep(max(0.0, self._began + self._at / SAMPLE_RATE - time.monotonic()))
        samples = SAMPLE_RATE // 50
        phase = (np.arange(self._at, self._at + samples) * (2 * np.pi * self.hertz / SAMPLE_RATE)).astype(np.float64)
        frame = AudioFrame.from_ndarray((np.sin(phase) * 12_000).astype(np.int16)[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SAMPLE_RATE, self._at, Fraction(1, SAMPLE_RATE)
        self._at += samples
        return frame


class Seen:
    """What came on one m-line."""

    def __init__(self) -> None:
        self.frames = 0
        self.first_at = 0.0
        self.level = 0.0
        """Grey level of the lower half of the picture, or loudness (RMS) of the sound."""
        self.hertz = 0.0
        self.checksums: set[int] = set()
        self._samples: list[Any] = []

    def picture(self, frame: VideoFrame) -> None:
        """One decoded frame."""
        grey = frame.to_ndarray(format="gray")
        self.level = float(grey[grey.shape[0] // 2 :].mean())
        self.checksums.add(hash(grey.tobytes()))
        self._count()

    def sound(self, frame: AudioFrame) -> None:
        """20 ms of sound."""
        samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0].astype(np.float64)
        self._samples = [*self._samples[-9:], samples]
        heard = np.concatenate(self._samples)
        self.level = float(np.sqrt((heard**2).mean()))
        spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
        self.hertz = float(spectrum.argmax() * frame.sample_rate / len(heard))
        self._count()

    def _count(self) -> None:
        self.frames += 1
        self.first_at = self.first_at or time.monotonic()


class Peer:
    """A party with camera and microphone."""

    def __init__(
        self, relays: Relays, process: str, call_id: str, party_id: str, *, level: int = 60, hertz: int = 440,
        leg_id: str | None = None,
        through: Callable[[str], str] | None = None, only: str | None = None,
    ) -> None:  # fmt: skip
        """`through` rewrites the offer (a lossy path); `only`: the one video codec this party takes."""
        self.relays, self.process = relays, process
        self.call_id, self.party_id, self.leg_id = call_id, party_id, leg_id or new_id()
        self.level, self.hertz = level, hertz
        self.offer_sdp = self.answer_sdp = ""
        self.joined_at = 0.0
        self.seen: dict[str, Seen] = defaultdict(Seen)
        self._through, self._only = through, only
        self._connection: RTCPeerConnection | None = None
        self._watching: list[asyncio.Task[None]] = []

    async def join(self, path_n: int = 1, *, echo: bool = False, consented: bool = False) -> None:
        """Get an offer, answer it."""
        self.joined_at = time.monotonic()
        offer = await self.relays.pool.ask(
            self.process,
            JoinLeg(
                call_id=self.call_id, party_id=self.party_id, leg_id=self.leg_id, path_n=path_n, echo=echo,
                consented=consented,
            ),
        )  # fmt: skip
        assert isinstance(offer, LegOffer)
        await self.answer(offer)

    async def answer(self, offer: LegOffer) -> None:
        """Set the offer, add camera and microphone, send the answer."""
        self.offer_sdp = offer.sdp if self._through is None else self._through(offer.sdp)
        connection = self._connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        offer_sdp = in_every_line(self.offer_sdp)
        if self._only is not None:
            offer_sdp = only_codec(offer_sdp, self._only)
        await connection.setRemoteDescription(RTCSessionDescription(offer_sdp, "offer"))
        connection.addTrack(Tone(self.hertz))
        connection.addTrack(Picture(self.level))
        await connection.setLocalDescription(await connection.createAnswer())
        self.answer_sdp = connection.localDescription.sdp
        for transceiver in connection.getTransceivers():
            if transceiver.mid is not None and transceiver.receiver.track is not None:
                self._watch(transceiver.mid, transceiver.receiver.track)
                _route_repairs(transceiver, self.offer_sdp)
        await self.relays.pool.ask(
            self.process,
            AnswerLeg(call_id=self.call_id, leg_id=self.leg_id, offer_id=offer.offer_id, sdp=self.answer_sdp),
        )

    async def connected(self) -> None:
        """Until the hub was told so."""
        await until(
            lambda: self.relays.told("leg.connected", leg_id=self.leg_id), 10, what=f"{self.party_id} is connected"
        )

    def pictures_of(self, other: "Peer") -> Seen | None:
        """The m-line on which that party's picture is seen."""
        return next(
            (seen for seen in self.seen.values() if seen.checksums and abs(seen.level - other.level) < 12), None
        )

    def hears(self, other: "Peer") -> bool:
        """Whether that party's tone is heard now."""
        return any(abs(seen.hertz - other.hertz) < 25 and seen.level > 1_000 for seen in self.seen.values())

    def sees(self, other: "Peer", frames: int = 5) -> bool:
        """Whether that party's picture moves."""
        found = self.pictures_of(other)
        return found is not None and len(found.checksums) >= frames

    async def close(self) -> None:
        """Hang up without telling the hub."""
        if self._connection is not None:
            await hang_up(self._connection)
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        self._connection, self._watching = None, []
        self.seen.clear()

    def _watch(self, mid: str, track: MediaStreamTrack) -> None:
        async def watch() -> None:
            with contextlib.suppress(MediaStreamError):
                while True:
                    frame = await track.recv()
                    if isinstance(frame, VideoFrame):
                        self.seen[mid].picture(frame)
                    elif isinstance(frame, AudioFrame):
                        self.seen[mid].sound(frame)

        self._watching.append(asyncio.create_task(watch(), name=f"watch {mid}"))


def _route_repairs(transceiver: Any, offer_sdp: str) -> None:
    """Tell aiortc's router whose the repairs (RTX) are: it guesses by payload type, which several lines share."""
    line = re.split(r"(?m)^(?=m=)", offer_sdp)[1 + int(transceiver.mid)]
    for repair in re.findall(r"a=ssrc-group:FID \d+ (\d+)", line):
        transceiver.receiver.transport._rtp_router.ssrc_table[int(repair)] = transceiver.receiver


def in_every_line(sdp: str) -> str:
    """An offer with its candidates repeated in every m-line: aiortc reads those of the last of a bundle alone."""
    head, *lines = re.split(r"(?m)^(?=m=)", sdp)
    candidates = "".join(re.findall(r"(?m)^a=candidate.*\n", lines[0])) + "a=end-of-candidates\r\n"
    bare = (re.sub(r"(?m)^a=(candidate|end-of-candidates).*\n", "", line) for line in lines)
    return head + "".join(line + candidates for line in bare)


def only_codec(sdp: str, codec: str) -> str:
    """An offer as somebody reads it who knows no other video codec."""
    keep: set[str] = set(re.findall(rf"a=rtpmap:(\d+) {codec}/90000", sdp))
    keep |= {rtx for rtx, of in re.findall(r"a=fmtp:(\d+) apt=(\d+)", sdp) if of in keep}
    gone = set(re.findall(r"a=rtpmap:(\d+) \S+/90000", sdp)) - keep
    lines = []
    for line in sdp.split("\r\n"):
        number = re.match(r"a=(?:rtpmap|fmtp|rtcp-fb):(\d+)", line)
        if number and number[1] in gone:
            continue
        if line.startswith("m=video"):
            head, types = line.split(" ")[:3], line.split(" ")[3:]
            line = " ".join([*head, *(it for it in types if it not in gone)])
        lines.append(line)
    return "\r\n".join(lines)


async def hang_up(connection: RTCPeerConnection) -> None:
    """Close, leaving nothing: a connection closed while it is still made starts its senders and checks afterwards."""
    with contextlib.suppress(AssertionError):  # one that never gets connected is closed all the same
        await until(lambda: not any(_of(task, "__connect") is connection for task in asyncio.all_tasks()), 10)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(5):
            await connection.close()
    late = [task for task in asyncio.all_tasks() if _checks_for_nobody(task)]
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


def _checks_for_nobody(task: asyncio.Task[Any]) -> bool:
    return bool(getattr(_of(task, "query_consent"), "_closing", False))


def _of(task: asyncio.Task[Any], method: str) -> object:
    """Whose method of that name the task runs, if it runs one."""
    frame = getattr(task.get_coro(), "cr_frame", None)
    if frame is None or frame.f_code.co_name != method:
        return None
    return frame.f_locals.get("self")
