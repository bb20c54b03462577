"""Depacketisers: what the RFCs say, and that nothing malformed raises or grows."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.recording.codecs import MAX_FRAME_BYTES, Depacketizer
from media.recording.h264 import H264Depacketizer, picture_size
from media.recording.opus import OpusDepacketizer, duration_ms
from media.recording.rtp import RtpPacket, parse
from media.recording.vp8 import Vp8Depacketizer, descriptor

KEY = b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", 640, 480 | 0x4000) + b"rest"
DELTA = b"\x11\x02\x00delta"
SPS = bytes.fromhex("6742c01fd9005005bb016a020202800000030080000018478c1924")
PPS = bytes.fromhex("68cb8cb2")
STARTS = st.sampled_from(
    [b"", b"\x10", b"\x90\x80", b"\x1c\x85", b"\x7c\x85", b"\x78\x00\x04", b"\x67", b"\x68", b"\x65", KEY]
)
PAYLOADS = st.builds(lambda start, rest: start + rest, STARTS, st.binary(max_size=60))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"\x10x", (True, 1)),
        (b"\x00x", (False, 1)),
        (b"\x11x", (False, 1)),  # begins the second partition, not the frame
        (b"\x90\x80\x05x", (True, 3)),  # PictureID of 7 bits
        (b"\x90\x80\x85\x01x", (True, 4)),  # of 15 bits
        (b"\x90\xf0\x85\x01\x07\x20x", (True, 6)),  # PictureID, TL0PICIDX, TID and KEYIDX
        (b"\x90\x10\x01x", (True, 3)),  # KEYIDX alone
        (b"", None),
        (b"\x10", None),
        (b"\x90", None),
        (b"\x90\x80", None),
        (b"\x90\xf0\x85\x01\x07\x20", None),
    ],
)
def test_vp8_descriptor(payload: bytes, expected: tuple[bool, int] | None) -> None:
    assert descriptor(payload) == expected


def test_vp8_frame_of_several_packets() -> None:
    track = Vp8Depacketizer()
    assert track.push(b"\x10" + KEY[:5], 1, False) is None
    assert track.assembling
    frame = track.push(b"\x00" + KEY[5:], 1, True)
    assert frame == (KEY, True, (640, 480), b"")
    assert not track.assembling
    delta = track.push(b"\x10" + DELTA, 2, True)
    assert delta is not None
    assert not delta.key


def test_vp8_rest_of_a_frame_whose_beginning_is_missing_is_no_frame() -> None:
    track = Vp8Depacketizer()
    track.push(b"\x10" + KEY[:5], 1, False)
    track.reset()
    assert track.push(b"\x00" + KEY[5:], 1, True) is None
    track.push(b"\x10" + KEY[:5], 2, False)
    assert track.push(b"\x00" + KEY[5:], 3, True) is None


def test_frames_are_bounded() -> None:
    track = Vp8Depacketizer()
    track.push(b"\x10" + KEY, 1, False)
    for _ in range(MAX_FRAME_BYTES // 1000 + 1):
        track.push(b"\x00" + bytes(1000), 1, False)
    assert not track.assembling
    h264 = H264Depacketizer()
    h264.push(SPS, 1, False)
    h264.push(b"\x7c\x85" + bytes(1000), 1, False)
    for _ in range(MAX_FRAME_BYTES // 1000 + 1):
        h264.push(b"\x7c\x05" + bytes(1000), 1, False)
    assert not h264.assembling
    many = H264Depacketizer()
    many.push(SPS, 1, False)
    stap = b"\x78" + b"\x00\x01\x41" * 400
    frames = [many.push(stap, 1, False) for _ in range(MAX_FRAME_BYTES // 2000)]
    frame = many.push(stap, 1, True)
    assert frames == [None] * len(frames)
    assert frame is None or len(frame.data) <= MAX_FRAME_BYTES


@pytest.mark.parametrize(
    ("toc", "expected"),
    [
        (b"\x00", 10.0), (b"\x18", 60.0), (b"\x60", 10.0), (b"\x68", 20.0), (b"\x80", 2.5), (b"\xf8", 20.0),
        (b"\xf9", 40.0), (b"\xfa", 40.0), (b"\xfb\x03", 60.0), (b"\xfb\x06", 120.0), (b"\xfb\x07", None),
        (b"\xfb\x00", None), (b"\xfb", None), (b"", None),
    ],
)  # fmt: skip
def test_opus_durations(toc: bytes, expected: float | None) -> None:
    assert duration_ms(toc) == expected


def test_h264_stap_and_fragments() -> None:
    track = H264Depacketizer()
    stap = b"\x78" + b"".join(struct.pack(">H", len(nal)) + nal for nal in (SPS, PPS))
    idr = b"\x65" + bytes(range(1, 100))
    assert track.push(stap, 1, False) is None
    assert track.push(b"\x7c\x85" + idr[1:50], 1, False) is None
    frame = track.push(b"\x7c\x45" + idr[50:], 1, True)
    assert frame is not None
    assert frame.data == b"".join(struct.pack(">I", len(nal)) + nal for nal in (SPS, PPS, idr))
    assert (frame.key, frame.size) == (True, (1280, 720))
    assert frame.private[:6] == b"\x01\x42\xc0\x1f\xff\xe1"
    delta = track.push(b"\x41delta", 2, True)
    assert delta is not None
    assert not delta.key


def test_h264_key_frame_without_parameter_sets_is_none() -> None:
    track = H264Depacketizer()
    assert track.push(b"\x09\xf0", 1, False) is None
    assert track.push(b"\x65idr", 1, True) is None


@given(st.binary(max_size=80))
def test_no_parameter_set_raises(sps: bytes) -> None:
    size = picture_size(b"\x67" + sps)
    assert size is None or (0 < size[0] <= 16384 and 0 < size[1] <= 16384)


@pytest.mark.parametrize("kind", [Vp8Depacketizer, H264Depacketizer, OpusDepacketizer])
@given(packets=st.lists(st.tuples(PAYLOADS, st.integers(0, 3), st.booleans(), st.booleans()), max_size=30))
def test_no_payload_raises(kind: type[Depacketizer], packets: list[tuple[bytes, int, bool, bool]]) -> None:
    track = kind()
    given_bytes = 0
    for payload, timestamp, marker, lost in packets:
        given_bytes += len(payload) + 4
        if lost:
            track.reset()
        frame = track.push(payload, timestamp, marker)
        assert frame is None or (frame.data and len(frame.data) <= given_bytes)


@given(st.binary(max_size=60))
def test_no_packet_raises(data: bytes) -> None:
    packet = parse(data)
    assert packet is None or RtpPacket(*packet).payload in data


@given(first=st.integers(0x80, 0xBF), rest=st.binary(min_size=11, max_size=60))
def test_no_version_2_packet_raises(first: int, rest: bytes) -> None:
    packet = parse(bytes([first]) + rest)
    assert packet is None or len(RtpPacket(*packet).payload) <= len(rest) - 11


def test_extensions_and_padding_are_no_payload() -> None:
    head = struct.pack(">BBHII", 0x80 | 0x20 | 0x10 | 1, 0x80 | 111, 7, 960, 5)
    data = head + b"csrc" + b"\xbe\xde\x00\x01abcd" + b"payload" + b"\x00\x00\x03"
    assert parse(data) == (111, 7, 960, 5, True, b"payload")
