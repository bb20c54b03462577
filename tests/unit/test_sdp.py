"""Whose address one party may make another probe, and how large a description may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sdp import CANDIDATES, MEDIA_LINES, SDP_BYTES, checked_candidate, checked_description

HEAD = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
LINE = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
PUBLIC = "candidate:842163049 1 udp 1677729535 198.51.100.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0"


def _host(address: str) -> str:
    return f"candidate:1 1 udp 2122260223 {address} 50000 typ host generation 0 ufrag EsAw network-id 1"


@pytest.mark.parametrize(
    "address",
    [
        "192.168.1.20", "10.0.0.9", "172.16.3.4", "100.64.0.1", "192.0.2.2", "203.0.113.9", "8.8.8.8",
        "2001:db8::1", "fd00::2", "2a00:1450:4001::200e", "3f2504e0-4f89-41d3-9a0c-0305e82c3301.local",
    ],
)  # fmt: skip
def test_addresses_callers_really_have_pass_unchanged(address: str) -> None:
    assert checked_candidate(_host(address)) == _host(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.9.9.9", "169.254.169.254", "224.0.0.1", "239.255.255.250",
        "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::fb",
        "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::1",
        "2001:0:53aa:64c:0:7a50:f5ff:fffe", "::ffff:0:7f00:1", "100::1",
        "localhost", "hub.example.org", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "a.b.local", "x.local.",
    ],
)  # fmt: skip
def test_addresses_nobody_is_sent_to_are_dropped(address: str) -> None:
    assert checked_candidate(_host(address)) is None
    related = f"candidate:1 1 udp 1677729535 198.51.100.7 46154 typ srflx raddr {address} rport 9"
    assert (checked_candidate(related) is None) is (address not in ("0.0.0.0", "::"))
    assert address not in checked_description(f"{HEAD}{LINE}a={_host(address)}\r\n").replace(HEAD, "").replace(LINE, "")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_development_may_keep_loopback(address: str) -> None:
    assert checked_candidate(_host(address), loopback=True) == _host(address)
    assert address in checked_description(f"{HEAD}{LINE}a={_host(address)}\r\n", loopback=True).removeprefix(HEAD)


@pytest.mark.parametrize(
    "candidate",
    [
        PUBLIC,
        "a=" + PUBLIC,
        "",
        "candidate:3 1 TCP 1518280447 192.168.1.20 9 typ host tcptype active generation 0",
        "candidate:0 1 UDP 2122252543 192.168.1.20 57714 typ host",
        "candidate:8 1 udp 41885439 203.0.113.2 61000 typ relay raddr 198.51.100.7 rport 46154",
    ],
)
def test_what_browsers_write_passes(candidate: str) -> None:
    assert checked_candidate(candidate) == candidate


@pytest.mark.parametrize(
    "candidate",
    [
        "candidate:", "candidate", "x", " ", "candidate:1 1 udp 1 10.0.0.1 5 host",
        "candidate:1 1 udp 1 10.0.0.1 typ host",
        "candidate:1 1 udp x 10.0.0.1 5 typ host", "candidate:1 1 udp 1 10.0.0.1 65536 typ host",
        "candidate:1 1 udp 1 10.0.0.1 5 typ host raddr 10.0.0.1 rport 70000", "candidate:1 1 udp 1 <b> 5 typ host",
        "candidate:1 1 udp 1 10.0.0.1 5 typ host\r\na=candidate:1 1 udp 1 127.0.0.1 5 typ host",
        "candidate:1 1 udp 1 10.0.0.1\t5 typ host", "candidate:1 1 udp 1 10.0.0.1 5 typ host lonely",
        "candidate:1 1 udp 1 ١٠.0.0.1 5 typ host", _host("10.0.0.1") + " x" * 300,
    ],
)  # fmt: skip
def test_malformed_candidates_are_refused_without_repeating_them(candidate: str) -> None:
    with pytest.raises(ValueError, match=r"^the candidate is malformed$"):
        checked_candidate(candidate)


def test_a_description_keeps_everything_but_the_special_candidates() -> None:
    sdp = f"{HEAD}{LINE}a={PUBLIC}\r\na={_host('169.254.1.1')}\r\na=end-of-candidates\r\n"
    assert checked_description(sdp) == f"{HEAD}{LINE}a={PUBLIC}\r\na=end-of-candidates\r\n"


@pytest.mark.parametrize("spelling", ["a= candidate:", "a=Candidate:", "a =candidate:", "a=candidate :"])
def test_almost_candidates_do_not_pass_around_the_check(spelling: str) -> None:
    with pytest.raises(ValueError, match="malformed"):
        checked_description(f"{HEAD}{LINE}{spelling}1 1 udp 1 127.0.0.1 5 typ host\r\n")


def test_the_bounds_hold_and_what_is_just_within_passes() -> None:
    assert checked_description(HEAD + LINE * MEDIA_LINES).count("m=") == MEDIA_LINES
    with pytest.raises(ValueError, match="media lines"):
        checked_description(HEAD + LINE * (MEDIA_LINES + 1))
    assert checked_description(HEAD + LINE + f"a={PUBLIC}\r\n" * CANDIDATES).count("candidate:") == CANDIDATES
    with pytest.raises(ValueError, match="40 candidates"):
        checked_description(HEAD + LINE + f"a={PUBLIC}\r\n" * (CANDIDATES + 1))
    padding = "a=x:" + "é" * ((SDP_BYTES - len(HEAD + LINE) - 6) // 2)
    assert checked_description(HEAD + LINE + padding + "\r\n")
    with pytest.raises(ValueError, match="64 kB"):
        checked_description(HEAD + LINE + padding + "é\r\n")


@pytest.mark.parametrize(
    "sdp", ["", "v=1\r\n", "hello", "v=0", "v=0\r\ns=\0\r\n", "v=0\r\ra=x\r\n", "\nv=0\n", "v=0\r\ns=\x1b"]
)
def test_what_is_not_sdp_is_refused(sdp: str) -> None:
    with pytest.raises(ValueError, match="malformed"):
        checked_description(sdp)


@given(st.text(max_size=300), st.booleans())
def test_any_text_is_either_checked_or_refused(text: str, loopback: bool) -> None:
    for check, given_text in ((checked_description, HEAD + text), (checked_candidate, "candidate:" + text)):
        try:
            check(given_text, loopback=loopback)
        except ValueError as error:
            assert str(error).startswith("the ")
