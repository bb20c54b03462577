"""One party's connection."""

from collections.abc import Sequence

from media.streams import Agreement, CodecName


class Transport:
    """Checks, handshake and packets of one party; an `RtpOutput`."""

    ufrag: str
    """Our ICE user fragment: unique in the process."""
    password: str
    connected: bool
    last_seen: float
    """`time.monotonic()` of the last authenticated packet or check."""

    def offer(self, codecs: Sequence[CodecName]) -> str:
        """SDP with all of `SLOTS`; `codecs` in order of preference, at least Opus and one for video.

        May be called again at any time: same SSRCs, next version, same transport.
        """
        raise NotImplementedError

    def accept(self, answer: str) -> Agreement:
        """Read the party's answer to the latest offer. Raises `BadAnswer` and nothing else."""
        raise NotImplementedError

    def send_rtp(self, buffer: memoryview | bytearray, length: int) -> None:
        """See `RtpOutput`: dropped unless connected."""
        raise NotImplementedError

    def send_rtcp(self, packet: bytes) -> None:
        """See `RtpOutput`: dropped unless connected."""
        raise NotImplementedError

    def tick(self, now: float) -> None:
        """Retransmit DTLS, judge deadlines and consent. The port calls it; tests may with a time of theirs."""
        raise NotImplementedError

    def close(self) -> None:
        """Say goodbye (DTLS close_notify) and forget everything. The watcher hears nothing; repeating is harmless."""
        raise NotImplementedError
