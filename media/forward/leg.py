"""One party's connection: packets in, packets out."""

import time
from collections.abc import Callable

from media.forward.quality import Quality
from media.streams import Agreement, RtpOutput


class Leg:
    """Implements `media.streams.RtpInput`; belongs to at most one `Switchboard`."""

    def __init__(
        self, party_id: str, output: RtpOutput, agreement: Agreement, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.party_id = party_id
        self.output = output
        self.agreement = agreement
        self.last_packet_at: float | None = None
        """Arrival of the newest authenticated packet, RTP or RTCP."""
        self._clock = clock

    def on_rtp(self, buffer: memoryview, length: int, arrival: float) -> None:
        """Forward one packet; malformed and foreign ones are counted and dropped."""
        raise NotImplementedError

    def on_rtcp(self, packet: bytes, arrival: float) -> None:
        """Obey one compound packet; whatever is malformed in it is skipped."""
        raise NotImplementedError

    def tick(self, now: float) -> None:
        """Each 50 ms, by the switchboard: feedback to the party. Only a leg outside a switchboard is ticked directly."""
        raise NotImplementedError

    def request_keyframe(self) -> None:
        """Ask the party for a key frame of its video (PLI), at most once per 300 ms."""
        raise NotImplementedError

    def quality(self) -> Quality:
        """As of the last tick."""
        raise NotImplementedError
