"""Where packets wait for the recorder: forwarding comes first, and those of one stream cost less in a row."""

from typing import Final

from media.recording.track import Track

AT_ONCE: Final = 256
"""Packets kept at most; at 1.5 Mbit/s a second of them, while the recorder looks after them each 50 ms."""


class Intake:
    """A `Tap` in front of a track. Nothing waits here while the track is closed: consent may have been withdrawn."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.first_arrival: float | None = None
        """The recording begins there, whichever track is looked after first."""
        self._came: list[tuple[bytes, float]] = []

    def begin(self, now: float) -> None:
        """See `Track.begin`."""
        self.settle()
        self.track.begin(now)

    def rtp(self, packet: bytes, arrival: float) -> None:
        """Keep one packet."""
        if not self.track.open:
            return
        if self.first_arrival is None:
            self.first_arrival = arrival
        self._came.append((packet, arrival))
        if len(self._came) >= AT_ONCE:
            self.settle()

    def sender_report(self, ntp: int, rtp: int, arrival: float) -> None:
        """Reports and packets stay in the order in which they came."""
        self.settle()
        self.track.sender_report(ntp, rtp, arrival)

    def settle(self) -> None:
        """Hand over what has come."""
        came, self._came = self._came, []
        take = self.track.rtp
        for packet, arrival in came:
            take(packet, arrival)

    def tick(self, now: float) -> None:
        """See `Track.tick`."""
        self.settle()
        self.track.tick(now)

    def stop(self, now: float) -> None:
        """See `Track.stop`."""
        self.settle()
        self.track.stop(now)
