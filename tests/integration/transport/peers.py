"""Parties for the media port: real aiortc peers, and who listens on our side."""

import asyncio
import struct
from collections import Counter
from typing import Any

from aiortc import (
    AudioStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)

from media.streams import OPUS, Agreement, CodecName, Kind
from media.transport.connection import Transport
from media.transport.events import Failure, Loss
from media.transport.port import MediaPort
from tests.support.media_peers import hang_up

CODECS = (CodecName.OPUS, CodecName.VP8)


class Party:
    """Receiver and watcher of one transport; echoes what comes on the lines meant for other parties, if told to."""

    def __init__(self, port: MediaPort, *, echo: bool = False) -> None:
        self.transport: Transport = port.connect(self, self)
        self.echo = echo
        self.connected = asyncio.Event()
        self.ended: Failure | Loss | None = None
        self.rtp: Counter[int] = Counter()
        self.rtcp: Counter[int] = Counter()
        self.arrivals: list[float] = []
        self.agreement: Agreement | None = None

    def on_connected(self) -> None:
        self.connected.set()

    def on_failed(self, reason: Failure) -> None:
        self.ended = reason

    def on_lost(self, reason: Loss) -> None:
        self.ended = reason

    def on_rtp(self, buffer: memoryview, length: int, arrival: float) -> None:
        payload_type = buffer[1] & 127
        self.rtp[payload_type] += 1
        self.arrivals.append(arrival)
        if self.echo and payload_type in (96, 111):
            kind = Kind.AUDIO if payload_type == OPUS.payload_type else Kind.VIDEO
            slot = next(slot for slot in self.transport.slots if slot.kind is kind)
            buffer[8:12] = struct.pack("!I", slot.ssrc)
            self.transport.send_rtp(buffer, length)

    def on_rtcp(self, packet: bytes, arrival: float) -> None:
        self.rtcp[packet[1]] += 1


class Peer:
    """A browser's part, played by aiortc: answers, sends moving pictures and silence, decodes what it gets."""

    def __init__(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.tracks: list[Any] = []
        self.pc.on("track", self.tracks.append)

    async def answer(self, offer: str) -> str:
        await self.pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        seen: set[str] = set()
        for transceiver in self.pc.getTransceivers():
            if transceiver.kind not in seen:
                seen.add(transceiver.kind)
                transceiver.sender.replaceTrack(
                    AudioStreamTrack() if transceiver.kind == "audio" else VideoStreamTrack()
                )
                transceiver.direction = "sendrecv"
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        return self.pc.localDescription.sdp

    async def meet(self, party: Party) -> None:
        """Offer, answer, connected."""
        party.agreement = party.transport.accept(await self.answer(party.transport.offer(CODECS)))
        await asyncio.wait_for(party.connected.wait(), 30)

    async def close(self) -> None:
        """Hang up."""
        await hang_up(self.pc)
