"""Which of the others a receiver has in which slot."""

from collections.abc import Sequence
from typing import Final

from media.forward.voices import Voices
from media.streams import AUDIO_SLOTS, SLOTS, VIDEO_SLOTS, Kind

MIDS: Final = {kind: tuple(mid for mid, of in SLOTS if of is kind) for kind in Kind}
"""Slots of a kind, in order."""


class Places:
    """Everybody keeps one video place. Up to three others are also heard in the place of that number (lip sync)."""

    def __init__(self) -> None:
        self.seen: list[str | None] = [None] * VIDEO_SLOTS
        self.heard: list[str | None] = [None] * AUDIO_SLOTS

    def settle(self, others: Sequence[str]) -> None:
        """The others present, who joined first first: at most `VIDEO_SLOTS`."""
        few = len(others) <= AUDIO_SLOTS
        room = AUDIO_SLOTS if few else VIDEO_SLOTS
        self.seen = [p if p in others and place < room else None for place, p in enumerate(self.seen)]
        for party_id in others:
            if party_id not in self.seen:
                self.seen[self.seen.index(None)] = party_id
        if few:
            self.heard = self.seen[:AUDIO_SLOTS]
            return
        self.heard = [p if p in others else None for p in self.heard]
        for party_id in others:
            if party_id not in self.heard and None in self.heard:
                self.heard[self.heard.index(None)] = party_id

    def listen(self, voices: Voices, now: float) -> bool:
        """Let who speaks and has no audio slot take that of someone silent; whether anything changed."""
        seated = [party_id for party_id in self.heard if party_id is not None]
        others = [party_id for party_id in self.seen if party_id is not None and party_id not in seated]
        change = voices.challenge(seated, others, now)
        if change is None:
            return False
        leaves, comes = change
        self.heard[self.heard.index(leaves)] = comes
        return True

    def slots(self) -> dict[str, str | None]:
        """Party by mid."""
        audio = zip(MIDS[Kind.AUDIO], self.heard, strict=True)
        video = zip(MIDS[Kind.VIDEO], self.seen, strict=True)
        return {**dict(audio), **dict(video)}
