"""RTCP as another implementation writes and reads it."""

from aiortc import rtp
from hypothesis import given
from hypothesis import strategies as st

from media.forward import rtcp

NUMBERS = st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=60, unique=True).map(sorted)


@given(NUMBERS)
def test_nack_both_ways(missing: list[int]) -> None:
    (theirs,) = rtp.RtcpPacket.parse(rtcp.nack(9, missing))
    assert isinstance(theirs, rtp.RtcpRtpfbPacket)
    assert (theirs.fmt, theirs.media_ssrc, sorted(theirs.lost)) == (1, 9, missing)
    assert list(rtcp.parse(bytes(theirs))) == [rtcp.Nack(9, missing)]


def test_nack_over_the_wrap() -> None:
    (message,) = rtcp.parse(rtcp.nack(9, [65_534, 65_535, 0, 3]))
    assert message == rtcp.Nack(9, [65_534, 65_535, 0, 3])


@given(st.integers(1000, 2**37))
def test_remb_both_ways(bitrate: int) -> None:
    (theirs,) = rtp.RtcpPacket.parse(rtcp.remb(9, bitrate))
    assert isinstance(theirs, rtp.RtcpPsfbPacket)
    rate, ssrcs = rtp.unpack_remb_fci(theirs.fci)
    assert ssrcs == [9]
    assert bitrate * 0.9999 <= rate <= bitrate
    (message,) = rtcp.parse(bytes(theirs))
    assert message == rtcp.Remb(rate)


def test_pli_and_fir() -> None:
    (pli,) = rtp.RtcpPacket.parse(rtcp.pli(9))
    assert isinstance(pli, rtp.RtcpPsfbPacket)
    assert (pli.fmt, pli.media_ssrc) == (1, 9)
    fir = rtp.RtcpPsfbPacket(fmt=4, ssrc=1, media_ssrc=0, fci=(5).to_bytes(4, "big") + bytes(4))
    assert list(rtcp.parse(bytes(pli) + bytes(fir))) == [rtcp.KeyframeRequest(9), rtcp.KeyframeRequest(5)]


def test_reports_both_ways() -> None:
    block = rtcp.Report(9, 25, -3, 70_000, 12, 0x12345678, 65_536)
    (theirs,) = rtp.RtcpPacket.parse(rtcp.receiver_report([block, block]))
    assert isinstance(theirs, rtp.RtcpRrPacket)
    assert [(r.ssrc, r.fraction_lost, r.packets_lost, r.highest_sequence) for r in theirs.reports] == [
        (9, 25, -3, 70_000)
    ] * 2
    assert list(rtcp.parse(bytes(theirs))) == [block, block]


def test_sender_report_both_ways_past_sdes_and_bye() -> None:
    told = rtcp.SenderReport(9, 0x0123456789ABCDEF, 0xFFFFFFF0)
    (theirs,) = rtp.RtcpPacket.parse(rtcp.sender_report(told, 2**32 + 3, 400))
    assert isinstance(theirs, rtp.RtcpSrPacket)
    assert (theirs.sender_info.packet_count, theirs.sender_info.octet_count) == (3, 400)
    sdes = rtp.RtcpSdesPacket(chunks=[rtp.RtcpSourceInfo(ssrc=9, items=[(1, b"name")])])
    bye = rtp.RtcpByePacket(sources=[9])
    assert list(rtcp.parse(bytes(sdes) + bytes(bye) + bytes(theirs))) == [told]


def test_bounds() -> None:
    many = rtcp.nack(9, range(0, 60_000, 30))
    (message,) = rtcp.parse(many)
    assert isinstance(message, rtcp.Nack)
    assert len(message.missing) == rtcp.MAX_NACKED
    runs = (0).to_bytes(2, "big") + (60_000).to_bytes(2, "big") + bytes(4) + b"\x1f\xff" * 8
    assert list(rtcp.parse(rtcp.transport_feedback(9, runs))) == []


@given(st.binary(max_size=200), st.sampled_from([200, 201, 205, 206]), st.integers(0, 31))
def test_anything_may_come(body: bytes, kind: int, form: int) -> None:
    body = body[: len(body) // 4 * 4]
    list(rtcp.parse(bytes([0x80 | form, kind, 0, len(body) // 4]) + body))
