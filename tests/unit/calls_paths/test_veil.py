"""Where peers must not see each other's addresses, none is passed on."""

import re

import pytest

from models.sdp import checked_description
from services.calls.veil import veiled_candidate, veiled_description

HOST = "candidate:1 1 udp 2122260223 10.1.2.3 50000 typ host generation 0 ufrag abcd"
MDNS = "candidate:1 1 udp 2122260223 5c1b9a0e-6d2f-4f0a-9d9c-0c7b8a1d2e3f.local 50000 typ host"
SRFLX = "candidate:2 1 udp 1686052607 203.0.113.9 50000 typ srflx raddr 10.1.2.3 rport 50000"
PRFLX = "candidate:3 1 udp 1686052607 203.0.113.9 50000 typ prflx raddr 10.1.2.3 rport 50000"
RELAYED = "candidate:4 1 udp 41885695 198.51.100.7 49200 typ relay raddr 203.0.113.9 rport 50000 generation 0"
RELAYED_6 = "candidate:5 1 udp 41885695 2001:4860::7 49200 typ relay raddr 2a00:1450::9 rport 50000"

SDP = "\r\n".join(
    [
        "v=0", "o=- 1 2 IN IP4 203.0.113.9", "s=-", "t=0 0", "m=audio 50000 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 203.0.113.9", "a=rtcp:50001 IN IP4 203.0.113.9", f"a={HOST}", f"a={SRFLX}", f"a={PRFLX}",
        f"a={RELAYED}", "a=remote-candidates:1 192.0.2.1 4000", "a=ice-ufrag:abcd", "",
    ]
)  # fmt: skip


@pytest.mark.parametrize("candidate", [HOST, MDNS, SRFLX, PRFLX, "candidate:6 1 udp 1 10.1.2.3 5 typ unknown"])
def test_only_relayed_candidates_pass(candidate: str) -> None:
    assert veiled_candidate(candidate) is None


def test_what_a_relayed_candidate_was_made_from_is_hidden() -> None:
    assert veiled_candidate(RELAYED) == RELAYED.replace("raddr 203.0.113.9 rport 50000", "raddr 0.0.0.0 rport 0")
    assert veiled_candidate(RELAYED_6) == RELAYED_6.replace("raddr 2a00:1450::9 rport 50000", "raddr :: rport 0")


def test_no_line_of_a_description_tells_an_address() -> None:
    veiled = veiled_description(checked_description(SDP))
    assert not re.search(r"203\.0\.113\.9|10\.1\.2\.3|192\.0\.2\.1", veiled)
    assert "198.51.100.7 49200 typ relay" in veiled
    assert "a=ice-ufrag:abcd\r\n" in veiled
    assert veiled.startswith("v=0\r\n")
