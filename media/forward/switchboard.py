"""One call: whose packets go where."""

from media.forward.leg import Leg
from media.forward.listener import Listener
from media.streams import Kind, Tap


class Switchboard:
    """Up to six parties. Choices about a party (muted, held, wanted, tapped) outlive its legs, until `forget`."""

    def __init__(self, listener: Listener, *, echo: bool = False) -> None:
        """`echo`: a party that is alone receives its own media (connection test)."""
        raise NotImplementedError

    def add(self, leg: Leg) -> None:
        """Connect a leg; a party's earlier leg is replaced, and everybody else's streams go on. A seventh: ValueError."""
        raise NotImplementedError

    def remove(self, leg: Leg) -> None:
        """Disconnect this leg (no effect if it has been replaced already)."""
        raise NotImplementedError

    def forget(self, party_id: str) -> None:
        """The party has left the call: its leg, its slots and its choices go."""
        raise NotImplementedError

    def set_muted(self, party_id: str, kind: Kind, muted: bool) -> None:
        """Muted media is neither forwarded nor tapped, whatever the party sends."""
        raise NotImplementedError

    def set_held(self, party_id: str, held: bool) -> None:
        """Nothing of a held party is forwarded or tapped, and nothing is forwarded to it."""
        raise NotImplementedError

    def want(self, party_id: str, off: frozenset[str]) -> None:
        """Whose video this receiver does not want now."""
        raise NotImplementedError

    def tap(self, party_id: str, kind: Kind, tap: Tap | None) -> None:
        """Record this stream of the party (also after its leg or SSRC changed), until `None`."""
        raise NotImplementedError

    def tick(self, now: float) -> None:
        """Each 50 ms: ticks the legs, finds the speaker, protects downlinks."""
        raise NotImplementedError
