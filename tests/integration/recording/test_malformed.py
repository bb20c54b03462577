"""Whatever arrives, a tap never raises and the file stays well-formed."""

import random

from media.recording.matroska import blocks
from media.recording.sealing import ChunkKind
from media.streams import H264, OPUS, VP8, Codec
from tests.integration.recording.studio import START, Studio
from tests.support import flash


def _damaged(packet: bytes, dice: random.Random) -> bytes:
    changed = bytearray(packet)
    for _ in range(dice.randrange(4)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed[: dice.randrange(len(changed) + 1)] if dice.random() < 0.3 else changed)


def test_damaged_packets_and_reports_never_raise(studio: Studio) -> None:
    dice = random.Random(11)
    streams = [flash.audio(4), flash.video(4), flash.video(4, codec=H264)]
    kinds: list[Codec] = [OPUS, VP8, H264]
    now = START
    for _ in range(6):
        for codec, stream in zip(kinds, streams, strict=True):
            tap = studio.recorder.tap(codec.kind, codec)
            for arrival in flash.arrivals(stream, flash.Path()):
                now += dice.random() * 0.01
                if arrival.packet:
                    tap.rtp(_damaged(arrival.packet, dice) if dice.random() < 0.3 else arrival.packet, now)
                else:
                    tap.sender_report(dice.getrandbits(64), dice.getrandbits(32), now)
                studio.recorder.tick(now)
    parts = studio.close(now)
    assert studio.failures == []
    assert sum(sum(part.frames.values()) for part in parts) > 1_000
    for part in parts:
        with studio.open(part.file) as sealed:
            media = [list(blocks(plain)) for header, plain in sealed.chunks() if header.kind is ChunkKind.MEDIA]
        assert sum(len(cluster) for cluster in media) == sum(part.frames.values())
        for kind in part.frames:
            times = [block.at_ms for cluster in media for block in cluster if block.kind is kind]
            assert times == sorted(set(times))
        assert part.duration_ms < (now - START + 7) * 1000
