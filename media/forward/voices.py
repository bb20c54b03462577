"""Who speaks, from the audio levels that senders put into their packets (RFC 6464)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

WINDOW: Final = 0.2
"""s between two calls of `hear`."""
SPEECH: Final = 77.0
"""Loudness (127 less the level in -dBov) above which a window counts as speech: -50 dBov."""
LOUDER: Final = 6.0
"""dB by which someone must be louder to take over from one who is speaking."""
_SPEAKS: Final = 2
_TAKES_OVER: Final = 3
_PAUSE: Final = 0.6
_LEAVES_SEAT: Final = 1.0


@dataclass(slots=True)
class _Voice:
    loudness: float = 0.0
    windows: int = 0
    """Of speech, in a row."""
    louder: int = 0
    """Windows in a row in which it was louder than the dominant one by `LOUDER`."""
    spoke_at: float = float("-inf")


class Voices:
    """Loudness of everybody in a call, and the dominant speaker: kept until someone else clearly speaks."""

    def __init__(self) -> None:
        self.dominant: str | None = None
        self._voices: dict[str, _Voice] = {}

    def hear(self, loudness: Mapping[str, float], now: float) -> None:
        """Each `WINDOW`: the mean loudness of everybody present, 0 (nothing came) to 127."""
        self._voices = {party_id: self._voices.get(party_id, _Voice()) for party_id in loudness}
        for party_id, voice in self._voices.items():
            heard = loudness[party_id]
            voice.loudness += (heard - voice.loudness) * 0.5
            if heard > SPEECH:
                voice.windows += 1
                voice.spoke_at = now
            else:
                voice.windows = 0
        self._elect(now)

    def _elect(self, now: float) -> None:
        if self.dominant not in self._voices:
            self.dominant = None
        speaking = [party_id for party_id, voice in self._voices.items() if voice.windows >= _SPEAKS]
        loudest = max(speaking, key=lambda party_id: self._voices[party_id].loudness, default=None)
        if loudest is None or loudest == self.dominant:
            return
        if self.dominant is None or now - self._voices[self.dominant].spoke_at >= _PAUSE:
            self.dominant = loudest
            return
        bar = self._voices[self.dominant].loudness + LOUDER
        for party_id, voice in self._voices.items():
            voice.louder = voice.louder + 1 if party_id in speaking and voice.loudness >= bar else 0
        if self._voices[loudest].louder >= _TAKES_OVER:
            self.dominant = loudest

    def by_importance(self, party_ids: Collection[str]) -> list[str]:
        """The dominant speaker, then who spoke most recently, then as given."""
        silent = _Voice()
        return sorted(
            party_ids, key=lambda p: (p != self.dominant, -self._voices.get(p, silent).spoke_at), reverse=False
        )

    def challenge(self, seated: Collection[str], others: Collection[str], now: float) -> tuple[str, str] | None:
        """`(who leaves, who comes)` if one of `others` speaks who should be heard instead of one who is `seated`."""
        speaking = [party_id for party_id in others if self._speaks(party_id)]
        leaving = [party_id for party_id in seated if party_id != self.dominant and party_id in self._voices]
        if not speaking or not leaving:
            return None
        comes = max(speaking, key=lambda party_id: self._voices[party_id].loudness)
        silent = min(leaving, key=lambda party_id: self._voices[party_id].spoke_at)
        if now - self._voices[silent].spoke_at >= _LEAVES_SEAT:
            return silent, comes
        quietest = min(leaving, key=lambda party_id: self._voices[party_id].loudness)
        newcomer = self._voices[comes]
        if newcomer.windows >= _TAKES_OVER and newcomer.loudness >= self._voices[quietest].loudness + LOUDER:
            return quietest, comes
        return None

    def _speaks(self, party_id: str) -> bool:
        voice = self._voices.get(party_id)
        return voice is not None and voice.windows >= _SPEAKS
