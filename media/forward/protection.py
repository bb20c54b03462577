"""What happens when more is forwarded to a party than its connection carries, without starving anybody else.

A sender is asked for less only if every receiver of it is limited, down to 150 kbit/s. Otherwise the receiver's
least important videos are paused: never the first (the speaker's), never audio. Where nothing is left to pause, the
sender is asked for less after all, but for no less than 500 kbit/s, which the others can live with. The receiver's
REMB is never relayed as it is: it is capped near what it receives, so a hub that relays it spirals down.
"""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

PATIENCE: Final = 1.0
"""s for which the estimate lies below what is forwarded before anything happens."""
SETTLING: Final = 2.0
"""s that a measure has to work before the next."""
RESUMES: Final = 5.0
"""s of room before a paused video resumes; doubled each time that it was too early, up to a minute."""
LONGEST_WAIT: Final = 60.0
HEADROOM: Final = 1.1
LEAST: Final = 150_000
LEAST_FOR_OTHERS: Final = 500_000
SHARE: Final = 0.95


class Video(NamedTuple):
    """One video for a receiver: its rate in bit/s, and whether all who receive it are limited."""

    party_id: str
    rate: float
    limitable: bool = False


class Share(NamedTuple):
    """What one receiver has for one video, bit/s."""

    rate: float
    limited: bool
    stuck: bool


def limit(shares: Sequence[Share]) -> int | None:
    """bit/s to ask the source for; `None` for no limit."""
    if shares and all(share.limited for share in shares):
        return max(LEAST, int(SHARE * min(share.rate for share in shares)))
    stuck = [share.rate for share in shares if share.stuck]
    return max(LEAST_FOR_OTHERS, int(SHARE * min(stuck))) if stuck else None


class Guard:
    """One receiver's connection, over time."""

    def __init__(self) -> None:
        self.paused: frozenset[str] = frozenset()
        self.stuck = False
        """Overloaded with nothing left to pause; lifted by whoever sees its connection unlimited again."""
        self._over_since: float | None = None
        self._room_since: float | None = None
        self._not_before = 0.0
        self._asked = False
        self._wait = RESUMES
        self._changed_at = float("-inf")

    def review(
        self, now: float, estimate: float, forwarded: float, shown: Sequence[Video], paused: Sequence[Video]
    ) -> bool:
        """Decide on `self.paused`; rates in bit/s, videos in order of importance. Whether a measure was taken."""
        if forwarded > estimate:
            self._room_since = None
            return self._over(now, forwarded - estimate, shown)
        self._over_since = None
        self._asked = False
        return self._room(now, estimate - forwarded, paused)

    def keep(self, present: Collection[str], speaker: str | None) -> None:
        """Who is there to be paused: never the speaker."""
        self.paused = frozenset(party_id for party_id in self.paused if party_id in present and party_id != speaker)

    def _over(self, now: float, excess: float, shown: Sequence[Video]) -> bool:
        if self._over_since is None:
            self._over_since = now
        if now - self._over_since < PATIENCE or now < self._not_before:
            return False
        self._not_before = now + SETTLING
        if not self._asked and any(video.limitable for video in shown):
            self._asked = True
            return True
        pausing: list[str] = []
        for video in reversed(shown[1:]):
            if excess <= 0:
                break
            pausing.append(video.party_id)
            excess -= video.rate
        if pausing:
            self._wait = min(LONGEST_WAIT, self._wait * 2) if now - self._changed_at < LONGEST_WAIT else RESUMES
            self._changed_at = now
            self.paused |= frozenset(pausing)
        else:
            self.stuck = True
        return True

    def _room(self, now: float, room: float, paused: Sequence[Video]) -> bool:
        if not paused or room < HEADROOM * paused[0].rate:
            self._room_since = None
            return False
        if self._room_since is None:
            self._room_since = now
        if now - self._room_since < self._wait:
            return False
        self._room_since = None
        self._changed_at = now
        self.stuck = False
        self.paused -= {paused[0].party_id}
        return False
