"""What is left of recordings whose process was killed: opened, decoded, repaired, and held against what was sent."""

import io
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

import av

from media.recording.repair import repair
from media.recording.sealed import SealedFile
from media.streams import Kind
from tests.bench.media.picture import BITS, CELL
from tests.chaos.media_calls import PICTURES, Caller, Part

MOST_LOST_S: Final = 1.0
"""Of what was sent before the kill."""
BEGINNING_S: Final = 0.1
"""More where nothing is on disk yet: a part waits 0.6 s for the clocks, then for its first cluster and a tick."""


@dataclass
class Findings:
    """Of all files."""

    files: int = 0
    torn: int = 0
    """Not finished by their writer."""
    lost_s: dict[Kind, list[float]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    """Of each party and part, by kind."""
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Decoded:
    """Times are ms of the file."""

    frames: dict[Kind, int]
    last_ms: dict[Kind, float]
    picture: int | None
    """Number of the last one."""


def decoded(plain: bytes, start_s: float = 0.0) -> Decoded:
    """Everything from `start_s` on, by a player's decoder. Raises `av.FFmpegError`."""
    frames, last = dict.fromkeys(Kind, 0), dict.fromkeys(Kind, 0.0)
    picture = None
    with av.open(io.BytesIO(plain), "r") as container:
        if start_s:
            container.seek(int(start_s * av.time_base))
        for packet in container.demux():
            kind = Kind(packet.stream.type)
            for frame in packet.decode():
                assert isinstance(frame, av.VideoFrame | av.AudioFrame)
                frames[kind] += 1
                last[kind] = max(last[kind], float((frame.time or 0.0) * 1000))
                if isinstance(frame, av.VideoFrame):
                    picture = _number(frame)
    return Decoded(frames, last, picture)


def examine(folder: Path, part: Part, findings: Findings) -> None:
    """Both parties of one part."""
    for party_id, peer in part.peers.items():
        heads = sorted((folder / part.recording_id).glob(f"{party_id}-{part.number}.*.head"))
        ends: dict[Kind, float] = {}
        pictures: list[int] = []
        for head in heads:
            name = head.name.removesuffix(".head")
            try:
                _file(head.parent, name, part, findings, ends, pictures)
            except Exception as error:  # noqa: BLE001 - whatever a player or the repair stumbles over is a find
                findings.problems.append(f"{name}: {type(error).__name__}: {error}")
        compare(party_id, peer, part, findings, ends, pictures)


def _file(
    folder: Path, name: str, part: Part, findings: Findings, ends: dict[Kind, float], pictures: list[int]
) -> None:
    findings.files += 1
    with SealedFile.open(folder, name, part.key, part.recording_id) as sealed:
        torn = sealed.about.end is None
        before = decoded(sealed.read(0, sealed.plain_size)) if sealed.plain_size > len(sealed.beginning) else None
    findings.torn += torn
    manifest = repair(folder, name, part.key, part.recording_id)
    with SealedFile.open(folder, name, part.key, part.recording_id) as sealed:
        sealed.verify()
        plain = sealed.read(0, sealed.plain_size)
        whole = sealed.about.end is not None and sealed.sha256() == manifest.sha256
    if not whole or manifest.complete is torn:
        findings.problems.append(f"{name}: not whole after its repair")
    if before is None:
        return
    after = decoded(plain)
    if after.frames != before.frames:
        findings.problems.append(f"{name}: {before.frames} before its repair and {after.frames} after")
    middle = decoded(plain, manifest.duration_ms / 2000)
    if not sum(middle.frames.values()) or sum(middle.frames.values()) > sum(after.frames.values()):
        findings.problems.append(f"{name}: cannot be played from its middle")
    zero = manifest.started_at.timestamp() - datetime.now(UTC).timestamp() + time.monotonic()
    for kind in Kind:
        if after.frames[kind]:
            ends[kind] = max(ends.get(kind, 0.0), zero + after.last_ms[kind] / 1000)
    if after.picture is not None:
        pictures.append(after.picture)


def compare(
    party_id: str, peer: Caller, part: Part, findings: Findings, ends: dict[Kind, float], pictures: list[int]
) -> None:
    """The last of each kind that was recorded against the last that was sent while it could be recorded."""
    shown = {n: at for n, at in peer.frames_sent.items() if part.began_at < at <= part.ended_at}
    # These peers do not answer a request for a key frame: a recording that began amid one has the next.
    keys = sorted(at for n, at in shown.items() if n % PICTURES == 0)[1:]
    sound = [at for at in peer.sound_sent_at if part.began_at < at <= part.ended_at]
    sent = {Kind.AUDIO: sound, Kind.VIDEO: [at for at in shown.values() if keys and at >= keys[0]]}
    # What this machine withheld from us near the end, it may have withheld from the process as well.
    starved = max((b - a for a, b in pairwise(at for at in sound if at > part.ended_at - 2)), default=0.0)
    for kind, moments in sent.items():
        if moments:
            lost = max(moments) - max(min(moments), ends.get(kind, 0.0))
            findings.lost_s[kind].append(lost)
            if lost > MOST_LOST_S + starved + (BEGINNING_S if kind not in ends else 0.0):
                findings.problems.append(f"{party_id}-{part.number}: the last {lost:.2f} s of {kind} were lost")
    if pictures and Kind.VIDEO in ends:
        ours = [at for n, at in shown.items() if n % PICTURES == pictures[-1]]
        if not any(abs(at - ends[Kind.VIDEO]) < 0.5 for at in ours):
            findings.problems.append(f"{party_id}-{part.number}: its last picture is not the one of that moment")


def _number(frame: av.VideoFrame) -> int:
    """As `tests.bench.media.picture` draws it."""
    grey = frame.to_ndarray(format="gray")
    cells = [grey[8 : CELL - 8, bit * CELL + 8 : (bit + 1) * CELL - 8].mean() for bit in range(BITS)]
    return sum(1 << bit for bit, level in enumerate(cells) if level > 128)
