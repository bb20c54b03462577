"""The little SDP a load peer needs: read an offer or answer, write the other."""

import re
from dataclasses import dataclass, field
from typing import Final

OPUS: Final = 111
VP8: Final = 96
RTX: Final = 97
TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"


@dataclass(slots=True)
class Line:
    """One m-line: the payload types of Opus, or of VP8 and its RTX."""

    kind: str
    mid: str
    codec: int | None
    rtx: int | None
    transport_cc: int | None


@dataclass(slots=True)
class Remote:
    """The other side."""

    ufrag: str
    password: str
    active: bool
    lite: bool
    address: tuple[str, int] | None
    lines: list[Line] = field(default_factory=list)


def read(sdp: str) -> Remote:
    """What matters of a description."""
    _, *parts = re.split(r"(?m)^(?=m=)", sdp.replace("\r", ""))

    def first(pattern: str, text: str = sdp) -> str:
        found = re.search(pattern, text, re.MULTILINE)
        return found[1].strip() if found else ""

    candidates = re.findall(r"(?m)^a=candidate:\S+ 1 (?:udp|UDP) \d+ (\S+) (\d+) typ host", sdp)
    usable = [(host, int(port)) for host, port in candidates if ":" not in host and not host.endswith(".local")]
    remote = Remote(
        first(r"^a=ice-ufrag:(.*)$"), first(r"^a=ice-pwd:(.*)$"), first(r"^a=setup:(.*)$") == "active",
        "a=ice-lite" in sdp,
        usable[0] if usable else None,
    )  # fmt: skip
    for n, part in enumerate(parts):
        kind = part[2 : part.index(" ")]
        wanted = "opus/48000" if kind == "audio" else "VP8/90000"
        codec = first(rf"^a=rtpmap:(\d+) {wanted}", part)
        rtx = first(rf"^a=fmtp:(\d+) apt={codec}\b", part) if codec and kind == "video" else ""
        extension = first(rf"^a=extmap:(\d+)(?:/\S+)? {re.escape(TRANSPORT_CC)}", part)
        remote.lines.append(Line(kind, first(r"^a=mid:(.*)$", part) or str(n), int(codec) if codec else None,
                                 int(rtx) if rtx else None, int(extension) if extension else None))  # fmt: skip
    return remote


def offered_lines() -> list[Line]:
    """What a load peer offers by itself: one of each."""
    return [Line("audio", "0", OPUS, None, None), Line("video", "1", VP8, RTX, None)]


def write(
    *, ufrag: str, password: str, fingerprint: str, setup: str, address: tuple[str, int], lines: list[Line],
    ssrcs: dict[str, int], uplink: dict[str, str],
) -> str:  # fmt: skip
    """A description; lines that are not our uplink are received only."""
    host, port = address
    out = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(line.mid for line in lines)]
    for line in lines:
        sends = uplink.get(line.kind) == line.mid
        types = [pt for pt in (line.codec, line.rtx) if pt is not None]
        out += [
            f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, types))}", f"c=IN IP4 {host}", f"a=mid:{line.mid}",
            "a=rtcp-mux", f"a=ice-ufrag:{ufrag}", f"a=ice-pwd:{password}", f"a=fingerprint:sha-256 {fingerprint}",
            f"a=setup:{setup}", "a=sendrecv" if sends else "a=recvonly",
            f"a=candidate:1 1 udp 2130706431 {host} {port} typ host", "a=end-of-candidates",
        ]  # fmt: skip
        if line.kind == "audio":
            out += [f"a=rtpmap:{line.codec} opus/48000/2"]
        else:
            out += [f"a=rtpmap:{line.codec} VP8/90000"]
            out += [f"a=rtcp-fb:{line.codec} {kind}" for kind in ("nack", "nack pli", "transport-cc")]
            if line.rtx is not None:
                out += [f"a=rtpmap:{line.rtx} rtx/90000", f"a=fmtp:{line.rtx} apt={line.codec}"]
        if line.transport_cc is not None:
            out += [f"a=extmap:{line.transport_cc} {TRANSPORT_CC}"]
        if sends:
            out += [f"a=msid:load {line.kind}", f"a=ssrc:{ssrcs[line.kind]} cname:load"]
    return "\r\n".join(out) + "\r\n"
