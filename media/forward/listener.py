"""What a call's switchboard tells its owner."""

from collections.abc import Mapping
from typing import Protocol

from media.streams import Codec, Kind


class Listener(Protocol):
    """Called synchronously from `Switchboard` methods and from packets' arrival; must not raise or call back."""

    def on_slots(self, party_id: str, slots: Mapping[str, str | None]) -> None:
        """Who is in each slot (by mid) that `party_id` receives; sent whenever it changes."""
        ...

    def on_speaker(self, party_id: str | None) -> None:
        """The dominant speaker; `None` when that party has left and nobody else has spoken."""
        ...

    def on_source(self, party_id: str, kind: Kind, codec: Codec) -> None:
        """A party began to send this kind, or changed its codec."""
        ...

    def on_paused(self, party_id: str, paused: frozenset[str]) -> None:
        """Whose video is withheld from `party_id` now because its connection cannot carry it."""
        ...
