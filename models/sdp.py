"""Bounds of session descriptions (RFC 8866) and which ICE candidates (RFC 8839) one party may make another probe.

Pure text functions. Errors are `ValueError`s with static texts: descriptions contain people's addresses.
"""

import ipaddress
import re
from typing import Final

SDP_BYTES: Final = 64 * 1024
MEDIA_LINES: Final = 8
CANDIDATES: Final = 40
CANDIDATE_CHARACTERS: Final = 512

LOOPBACK: Final = tuple(ipaddress.ip_network(text) for text in ("127.0.0.0/8", "::1/128"))
SPECIAL: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",  # unspecified, "this network"
        "169.254.0.0/16",  # link-local: cloud metadata services live there
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "::/96",  # unspecified, v4-compatible; loopback is judged before
        "::ffff:0:0/96",  # v4-mapped
        "::ffff:0:0:0/96",  # v4-translated (RFC 2765)
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64, local use (RFC 8215)
        "100::/64",  # discard only
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local, deprecated
        "ff00::/8",  # multicast
    )
)
"""Never a caller's own address. Private (RFC 1918, ULA, CGNAT) and documentation ranges are not here: calls inside a
clinic's network need them."""

_CANDIDATE: Final = re.compile(
    r"(?:a=)?candidate:[A-Za-z0-9+/]{1,32} [0-9]{1,3} (?P<transport>[A-Za-z]{1,16}) [0-9]{1,10}"
    r" (?P<address>[^ ]{1,255}) (?P<port>[0-9]{1,5}) typ [a-z]{1,16}"
    r"(?: raddr (?P<raddr>[^ ]{1,255}))?(?: rport (?P<rport>[0-9]{1,5}))?(?: [!-~]{1,64} [!-~]{1,255})* ?",
)
_HOST_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_MDNS_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,63}\.local", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")


def lines_of(sdp: str) -> list[str]:
    """Lines without their ends. Raises `ValueError` unless it is text within the bounds that begins as SDP does."""
    if len(sdp) > SDP_BYTES or len(sdp.encode(errors="replace")) > SDP_BYTES:
        raise ValueError("the description is larger than 64 kB")
    if _CONTROL.search(sdp) or not sdp.startswith(("v=0\r\n", "v=0\n")):
        raise ValueError("the description is malformed")
    lines = sdp.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if sum(line.startswith("m=") for line in lines) > MEDIA_LINES:
        raise ValueError("the description has more than 8 media lines")
    if sum(map(_is_candidate, lines)) > CANDIDATES:
        raise ValueError("the description has more than 40 candidates")
    return lines


def checked_description(sdp: str, *, loopback: bool = False) -> str:
    """The description without the candidates that `checked_candidate` drops; `ValueError` beyond a bound."""
    kept = [line for line in lines_of(sdp) if not _is_candidate(line) or checked_candidate(line, loopback=loopback)]
    return "\r\n".join(kept) + "\r\n"


def checked_candidate(candidate: str, *, loopback: bool = False) -> str | None:
    """The candidate unchanged, or `None` if nobody may be sent to its address; `ValueError` if malformed.

    Names other than mDNS ones are dropped too: looking them up is as good as probing. The empty candidate, which ends
    a generation (W3C WebRTC, `RTCIceCandidate`), passes.
    """
    if not candidate:
        return candidate
    match = _CANDIDATE.fullmatch(candidate) if len(candidate) <= CANDIDATE_CHARACTERS else None
    if match is None or int(match["port"]) > 65_535 or int(match["rport"] or 0) > 65_535:
        raise ValueError("the candidate is malformed")
    allowed = match["transport"].lower() in ("udp", "tcp") and _is_allowed(match["address"], loopback)
    # Browsers hide the base address of a mapped or relayed candidate by naming the unspecified one.
    hidden = match["raddr"] in (None, "0.0.0.0", "::")  # noqa: S104 - compared, not bound
    return candidate if allowed and (hidden or _is_allowed(match["raddr"], loopback)) else None


def _is_candidate(line: str) -> bool:
    """Also what is not quite one, so that a lenient parser cannot be reached around the strict one."""
    return line.startswith("a") and line.partition("=")[2].strip().lower().startswith("candidate")


def _is_allowed(host: str, loopback: bool) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if _HOST_NAME.fullmatch(host) is None:
            raise ValueError("the candidate is malformed") from None
        return _MDNS_NAME.fullmatch(host) is not None
    if "%" in host:  # a zone is the sender's own business
        return False
    if any(address in network for network in LOOPBACK):
        return loopback
    return not any(address in network for network in SPECIAL)
