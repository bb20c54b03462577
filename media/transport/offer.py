"""The offer: all lines of `SLOTS`, the same payload types and extension ids for everybody (RFC 8829, RFC 8866)."""

import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from media.streams import AUDIO_LEVEL, CODECS, EXTENSIONS, SLOTS, UPLINK, Codec, CodecName, Kind, Slot

FORMATS: Final = {
    CodecName.OPUS: ("opus/48000/2", "minptime=10;useinbandfec=1"),
    CodecName.VP8: ("VP8/90000", ""),
    CodecName.H264: ("H264/90000", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"),
}
START_KBPS: Final = 1000
"""Where Chromium and Safari begin: by themselves at 300, and where their probes fail they stay there for seconds."""
_FEEDBACK: Final = {
    Kind.AUDIO: ("transport-cc",),
    Kind.VIDEO: ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"),
}
_HOST_PRIORITY: Final = 126 << 24


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and as whom a party finds us."""

    addresses: Sequence[str]
    port: int
    ufrag: str
    password: str
    fingerprint: str
    """sha-256 of our certificate."""


def new_slots() -> tuple[Slot, ...]:
    """All lines with SSRCs of their own."""
    taken: set[int] = set()
    while len(taken) < 2 * len(SLOTS):
        taken.add(secrets.randbelow(0xFFFF_FFFE) + 1)
    return tuple(Slot(mid, kind, taken.pop(), taken.pop() if kind is Kind.VIDEO else None) for mid, kind in SLOTS)


def chosen(codecs: Sequence[CodecName]) -> tuple[Codec, ...]:
    """The codecs of those names, in their order. Raises `ValueError` unless there is one of each kind."""
    found = tuple(next(codec for codec in CODECS if codec.name is name) for name in codecs)
    if {codec.kind for codec in found} != set(Kind):
        raise ValueError("an offer needs a codec for audio and one for video")
    return found


def write_offer(endpoint: Endpoint, slots: Sequence[Slot], codecs: Sequence[Codec], session: int, version: int) -> str:
    """The text of an offer; `session` and `version` go into its origin line."""
    lines = [
        "v=0",
        f"o=- {session} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE " + " ".join(slot.mid for slot in slots),
        "a=ice-lite",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS *",
    ]
    seen = dict.fromkeys(Kind, 0)
    for slot in slots:
        lines += _section(endpoint, slot, seen[slot.kind], [codec for codec in codecs if codec.kind is slot.kind])
        seen[slot.kind] += 1
    return "\r\n".join(lines) + "\r\n"


def _section(endpoint: Endpoint, slot: Slot, index: int, codecs: Sequence[Codec]) -> list[str]:
    types = [kind for codec in codecs for kind in (codec.payload_type, codec.rtx_payload_type) if kind is not None]
    extensions = [(uri, number) for uri, number in EXTENSIONS.items() if slot.kind is Kind.AUDIO or uri != AUDIO_LEVEL]
    lines = [
        f"m={slot.kind} {endpoint.port} UDP/TLS/RTP/SAVPF " + " ".join(map(str, types)),
        _connection(endpoint.addresses[0]),
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{endpoint.ufrag}",
        f"a=ice-pwd:{endpoint.password}",
        f"a=fingerprint:sha-256 {endpoint.fingerprint}",
        "a=setup:actpass",
        f"a=mid:{slot.mid}",
        *(f"a=extmap:{number} {uri}" for uri, number in extensions),
        "a=sendrecv" if slot.mid == UPLINK[slot.kind] else "a=sendonly",
        # The streams of one place share a MediaStream: that is what browsers synchronise.
        f"a=msid:slot{index} {slot.kind}{index}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        # On every line, as transport attributes are: aiortc reads those of the last one, browsers of the first.
        *_candidates(endpoint),
        "a=end-of-candidates",
    ]
    for codec in codecs:
        lines += _codec(codec)
    if slot.rtx_ssrc is not None:
        lines.append(f"a=ssrc-group:FID {slot.ssrc} {slot.rtx_ssrc}")
    lines += [f"a=ssrc:{ssrc} cname:slot{index}" for ssrc in (slot.ssrc, slot.rtx_ssrc) if ssrc is not None]
    return lines


def _codec(codec: Codec) -> list[str]:
    name, parameters = FORMATS[codec.name]
    if codec.kind is Kind.VIDEO:
        parameters = ";".join(filter(None, [parameters, f"x-google-start-bitrate={START_KBPS}"]))
    number = codec.payload_type
    lines = [f"a=rtpmap:{number} {name}", *(f"a=rtcp-fb:{number} {kind}" for kind in _FEEDBACK[codec.kind])]
    if parameters:
        lines.append(f"a=fmtp:{number} {parameters}")
    if (rtx := codec.rtx_payload_type) is not None:
        lines += [f"a=rtpmap:{rtx} rtx/{codec.clock_rate}", f"a=fmtp:{rtx} apt={number}"]
    return lines


def _connection(address: str) -> str:
    return f"c=IN IP{ipaddress.ip_address(address).version} {address}"


def _candidates(endpoint: Endpoint) -> list[str]:
    lines = []
    for index, address in enumerate(endpoint.addresses):
        priority = _HOST_PRIORITY | (65_535 - index) << 8 | 255
        lines.append(f"a=candidate:{index + 1} 1 udp {priority} {address} {endpoint.port} typ host")
    return lines
