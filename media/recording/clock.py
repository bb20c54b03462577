"""Where a frame lies in time: RTP times of both tracks on one line, which is the server's clock.

Sender reports tell which RTP time of each track was the same moment at the sender (RFC 3550, 6.4.1), so sound and
picture meet. Arrival tells where that moment lies on the server's clock, and whether an RTP clock stood still: some
senders stop theirs while they capture nothing.
"""

from collections import deque
from typing import Final

PAUSE_MS: Final = 600.0
"""Longer than the 400 ms between packets of Opus DTX."""
SETTLE_MS: Final = 250.0
"""So long are packets watched after a pause: the least delayed of them tells the truth when a queue empties."""
START_MS: Final = 600.0
"""So long is a first sender report waited for; with the 0.3 s of a cluster still within the 1 s that may be lost."""
STOPPED_MS: Final = 300.0
"""A pause leaves that much between arrival and RTP time only if the RTP clock stood still."""
AHEAD_MS: Final = 500.0
"""Nothing arrives before it was sent: beyond this the RTP clock has jumped."""
BEHIND_MS: Final = 5_000.0
REPORT_MS: Final = 40.0
"""A report that differs by more sets the clock; by less, it is approached by a millisecond a frame."""
_SLEW_MS: Final = 1.0
_PARTY_SLEW_MS: Final = 5.0
_STEP_MS: Final = 2_000.0
_REPORTS: Final = 10
_WRAP: Final = 1 << 32


class SenderClock:
    """A participant's NTP clock against the server's, by its least delayed reports."""

    def __init__(self) -> None:
        self._offset_ms: float | None = None
        self._recent: deque[float] = deque(maxlen=_REPORTS)

    def offset(self, ntp_ms: float, arrival_ms: float) -> float:
        """Learn from a report; returns what is to be added to the sender's time."""
        sample = arrival_ms - ntp_ms
        if self._offset_ms is None or abs(sample - self._offset_ms) > _STEP_MS:
            self._recent.clear()  # the first report, or the sender's clock was set
            self._offset_ms = sample
        self._recent.append(sample)
        self._offset_ms += _within(min(self._recent) - self._offset_ms, _PARTY_SLEW_MS)
        return self._offset_ms


class TrackClock:
    """RTP time of one stream to milliseconds of the server's clock."""

    def __init__(self, rate: int, sender: SenderClock) -> None:
        self._rate, self._sender = rate, sender
        self._newest: int | None = None
        self._newest_arrival = 0.0
        self._target = 0.0
        self._offset = 0.0
        self._anchored = False
        self._settle_until = 0.0
        self._least = 0.0
        self._waiting_report: tuple[int, int, float] | None = None
        self.unsettled = False
        """`settling` was true when last asked."""
        self.reported = False
        """A sender report sets this clock."""
        self.anchors = 0
        """How often the clock was set again."""

    def arrived(self, timestamp: int, arrival_ms: float) -> bool:
        """Learn from a packet, in order of arrival; true when what came before belongs to the clock before a pause."""
        newest = self._newest
        if newest is None:
            self._begin(timestamp, arrival_ms)
            return False
        ahead = (timestamp - newest) & (_WRAP - 1)
        time = newest + ahead if ahead < _WRAP // 2 else newest + ahead - _WRAP
        late = arrival_ms - (time * 1000 / self._rate + self._target)
        if self.unsettled:
            self._least = min(self._least, late)
            self.settling(arrival_ms)
            late = arrival_ms - self._mapped(time)
        if not self.unsettled:
            paused = arrival_ms - self._newest_arrival > PAUSE_MS and time > newest
            if late > BEHIND_MS or (paused and late >= -AHEAD_MS):
                self._settle_until, self._least, self.unsettled = arrival_ms + SETTLE_MS, late, True
                self._newest, self._newest_arrival = time, arrival_ms
                return True
            if late < -AHEAD_MS:
                self._anchor(late)
        if time > newest:
            self._newest, self._newest_arrival = time, arrival_ms
        return False

    def settling(self, now_ms: float) -> bool:
        """Whether it is still open where the packets of the moment belong."""
        if self.unsettled and now_ms >= self._settle_until:
            self.unsettled = False
            if not self._anchored or abs(self._least) > STOPPED_MS:
                self._anchor(self._least)
            self._anchored = True
        return self.unsettled

    def place(self, timestamp: int, now_ms: float) -> float:
        """Milliseconds of the server's clock of a frame; to be asked once for each, in their order.

        Near to now whatever the frame claims: one that was held may have come before the clock was set again.
        """
        if self._offset != self._target:
            self._offset += _within(self._target - self._offset, _SLEW_MS)
        at_ms = self._unwrapped(timestamp) * 1000 / self._rate + self._offset
        if now_ms - BEHIND_MS <= at_ms <= now_ms + AHEAD_MS:
            return at_ms
        return now_ms - BEHIND_MS if at_ms < now_ms else now_ms + AHEAD_MS

    def report(self, ntp: int, rtp: int, arrival_ms: float) -> None:
        """Learn from a sender report: NTP time (32.32) and RTP time of one moment."""
        if self._newest is None:
            self._waiting_report = (ntp, rtp, arrival_ms)
            return
        if not ntp:
            return  # a sender without a wall clock (RFC 3550, 6.4.1)
        ntp_ms = ntp * 1000 / _WRAP
        wanted = ntp_ms + self._sender.offset(ntp_ms, arrival_ms) - self._unwrapped(rtp) * 1000 / self._rate
        late = self._newest_arrival - (self._newest * 1000 / self._rate + wanted)
        if not -AHEAD_MS < late < BEHIND_MS:
            return  # a report that contradicts what arrives is wrong
        change = wanted - self._target
        self._target = wanted
        self._least -= change
        if not self.reported or abs(change) > REPORT_MS:
            self.anchors += self.reported
            self._offset = wanted
        if not self._anchored:
            self.unsettled = False
        self.reported = self._anchored = True

    def _begin(self, time: int, arrival_ms: float) -> None:
        self._newest, self._newest_arrival = time, arrival_ms
        self._anchor(arrival_ms - self._mapped(time))
        self._settle_until, self._least, self.unsettled = arrival_ms + START_MS, 0.0, True
        if self._waiting_report is not None:
            self.report(*self._waiting_report)
            self._waiting_report = None

    def _anchor(self, change: float) -> None:
        self.anchors += self._anchored
        self._target += change
        self._offset = self._target

    def _mapped(self, time: int) -> float:
        return time * 1000 / self._rate + self._target

    def _unwrapped(self, timestamp: int) -> int:
        """The time nearest to the newest one among those that look like this in 32 bits."""
        if self._newest is None:
            return timestamp
        ahead = (timestamp - self._newest) & (_WRAP - 1)
        return self._newest + (ahead if ahead < _WRAP // 2 else ahead - _WRAP)


def _within(value: float, bound: float) -> float:
    return max(-bound, min(bound, value))
