"""What our offers say to browsers."""

from media.streams import H264, OPUS, VP8, Slot
from media.transport.offer import START_KBPS, Endpoint, new_slots, write_offer

ENDPOINT = Endpoint(("192.0.2.7",), 40_000, "ufrag", "password", "AA:BB")


def _parameters(slots: tuple[Slot, ...]) -> set[str]:
    offer = write_offer(ENDPOINT, slots, (OPUS, VP8, H264), session=1, version=1)
    return {line for line in offer.split("\r\n") if line.startswith("a=fmtp:") and "apt=" not in line}


def test_every_video_codec_begins_at_our_bit_rate_and_keeps_its_own_parameters() -> None:
    assert _parameters(new_slots()) == {
        "a=fmtp:111 minptime=10;useinbandfec=1",
        f"a=fmtp:96 x-google-start-bitrate={START_KBPS}",
        "a=fmtp:98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f;"
        f"x-google-start-bitrate={START_KBPS}",
    }
