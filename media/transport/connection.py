"""One party's connection: ICE-lite (RFC 8445), DTLS-SRTP, packets."""

import secrets
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from media.streams import Agreement, CodecName, RtpInput
from media.transport import stun
from media.transport.answer import Answer, read_answer
from media.transport.dtls import Association, DtlsState
from media.transport.events import AnswerProblem, BadAnswer, Failure, Loss, Watcher
from media.transport.kept import Kept
from media.transport.offer import Endpoint, chosen, new_slots, write_offer
from media.transport.srtp import MAX_PACKET_BYTES, Srtp

if TYPE_CHECKING:
    from media.transport.port import MediaPort

Address = tuple[str, int] | tuple[str, int, int, int]
"""As sockets give it; four parts for IPv6."""

ADDRESSES: Final = 8
"""Known addresses of a party; the longest unchecked one makes room for a newer."""
ANSWERS_PER_S: Final = 50
"""Checks answered per address; a browser sends 20 at most."""
TRANSACTIONS: Final = 1024
"""Checks remembered, so that none is taken from a second address: half an hour of a browser's."""
STREAMS: Final = 64
"""SSRCs a party may use: libsrtp keeps state for each."""
PACKETS_PER_TICK: Final = 500
"""SRTP and SRTCP packets taken of a party in 100 ms; a picture of 2 Mbit/s takes twenty. Everybody shares the core."""
HANDSHAKE_DATAGRAMS: Final = 200
"""DTLS datagrams taken until the handshake is over."""


class _Known:
    """An address that has sent an authenticated check."""

    __slots__ = ("allowance", "checked", "sock")

    def __init__(self, sock: socket.socket, now: float) -> None:
        self.sock = sock
        self.checked = now
        self.allowance = float(ANSWERS_PER_S)

    def may_answer(self, now: float) -> bool:
        self.allowance = min(ANSWERS_PER_S, self.allowance + (now - self.checked) * ANSWERS_PER_S)
        self.checked = now
        if self.allowance < 1:
            return False
        self.allowance -= 1
        return True


class Transport:
    """Checks, handshake and packets of one party; an `RtpOutput`."""

    def __init__(self, port: "MediaPort", receiver: RtpInput, watcher: Watcher) -> None:
        self.ufrag = secrets.token_hex(6)
        self.password = secrets.token_hex(16)
        self.connected = False
        self.last_seen = self._answered_at = self._checked_at = self._consented_at = 0.0
        self.slots = new_slots()
        self._port = port
        self._receiver = receiver
        self._watcher: Watcher | None = watcher
        self._key = self.password.encode()
        self._codecs = chosen((CodecName.OPUS, CodecName.VP8))
        self._session = secrets.randbelow(1 << 62)
        self._version = 0
        self._answer: Answer | None = None
        self._known: dict[Address, _Known] = {}
        self._address: Address | None = None
        self._sock: socket.socket | None = None
        self._dtls: Association | None = None
        self._dtls_datagrams = 0
        self._srtp: Srtp | None = None
        self._kept = Kept()
        self._asked_from: dict[bytes, Address] = {}
        self._streams: set[int] = set()
        self._allowance = PACKETS_PER_TICK

    def offer(self, codecs: Sequence[CodecName]) -> str:
        """SDP with all of `SLOTS`; `codecs` in order of preference, at least Opus and one for video.

        May be called again at any time: same SSRCs, next version, same transport.
        """
        self._codecs = chosen(codecs)
        self._version += 1
        port = self._port
        endpoint = Endpoint(port.announced, port.port, self.ufrag, self.password, port.identity.fingerprint)
        return write_offer(endpoint, self.slots, self._codecs, self._session, self._version)

    def accept(self, answer: str) -> Agreement:
        """Read the party's answer to the latest offer. Raises `BadAnswer` and nothing else."""
        read = read_answer(answer, self.slots, self._codecs)
        before = self._answer
        if before is None:
            self._answered_at = time.monotonic()
        elif (before.fingerprints, before.active, before.ufrag) != (read.fingerprints, read.active, read.ufrag):
            raise BadAnswer(AnswerProblem.CHANGED)
        self._answer = read
        self._begin()
        self._establish()
        return read.agreement

    def send_rtp(self, buffer: memoryview | bytearray, length: int, *, keep: bool = False) -> None:
        """See `RtpOutput`: dropped unless connected."""
        srtp, sock, port = self._srtp, self._sock, self._port
        if srtp is None or sock is None or not 0 < length <= MAX_PACKET_BYTES:
            return
        packet = port.received
        if buffer is not packet.view:
            packet = port.sending
            packet.view[:length] = buffer[:length]
        n = srtp.protect(packet, length)
        if n > 0:
            port.send(sock, packet.view[:n], self._address)
            if keep:
                self._kept.keep(bytes(packet.view[:n]))
        else:
            self._port.counters.unsealed += 1

    def send_again(self, ssrc: int, sequence: int) -> int:
        """See `RtpOutput`."""
        packet = self._kept.find(ssrc, sequence)
        if packet is None or self._sock is None:
            return 0
        self._port.send(self._sock, packet, self._address)
        return len(packet)

    def send_rtcp(self, packet: bytes) -> None:
        """See `RtpOutput`: dropped unless connected."""
        if self._srtp is None or self._sock is None or not 0 < len(packet) <= MAX_PACKET_BYTES:
            return
        buffer = self._port.sending
        buffer.view[: len(packet)] = packet
        n = self._srtp.protect_rtcp(buffer, len(packet))
        if n > 0:
            self._port.send(self._sock, buffer.view[:n], self._address)

    def tick(self, now: float) -> None:
        """Retransmit DTLS, judge deadlines and consent. The port calls it; tests may with a time of theirs."""
        settings = self._port.settings
        self._allowance = PACKETS_PER_TICK
        if self.connected:
            if now - self.last_seen > settings.silence_s or now - self._consented_at > settings.consent_s:
                self._end(Loss.SILENT)
        elif self._checked_at:
            if now - self._checked_at > settings.handshake_s:
                self._end(Failure.HANDSHAKE_TIMEOUT)
            elif self._dtls is not None:
                self._send(self._dtls.tick())
                self._judge()
        elif self._answered_at and now - self._answered_at > settings.connect_s:
            self._end(Failure.NO_CHECKS)

    def close(self) -> None:
        """Say goodbye (DTLS close_notify) and forget everything. The watcher hears nothing; repeating is harmless."""
        if self._watcher is None:
            return
        self._watcher = None
        if self._dtls is not None:
            self._send(self._dtls.close())
        self.connected = False
        self._port.forget(self, self._known)
        self._known = {}
        self._address = self._sock = self._dtls = self._srtp = None

    def checked(self, message: stun.Message, address: Address, sock: socket.socket, now: float) -> None:
        """An authenticated check came from there: answer it, and know the address from now on."""
        if self._asked_from.setdefault(message.transaction, address) != address:
            # Somebody listened and says it again from elsewhere, to have the media sent there.
            self._port.counters.replayed += 1
            return
        if len(self._asked_from) > TRANSACTIONS:
            del self._asked_from[next(iter(self._asked_from))]
        known = self._known.get(address)
        if known is None:
            known = self._learn(address, sock, now)
        if not known.may_answer(now):
            self._port.counters.throttled += 1
            return
        if stun.ICE_CONTROLLED in message.attributes:
            answer = stun.refusal(message, stun.ROLE_CONFLICT, self._key)
        elif message.unknown:
            answer = stun.refusal(message, stun.UNKNOWN_ATTRIBUTE, self._key)
        else:
            answer = stun.success(message, address[0], address[1], self._key)
            self.last_seen = now
            if self._address is None or stun.USE_CANDIDATE in message.attributes:
                self._address, self._sock = address, sock
            if address == self._address:
                self._consented_at = now
        self._port.send(sock, answer, address)
        if not self._checked_at and self._address is not None and self._answer is not None:
            self._checked_at = now
        self._begin()

    def received(self, n: int, arrival: float) -> None:
        """SRTP or SRTCP of `n` bytes from a known address lies in the port's buffer."""
        srtp, buffer = self._srtp, self._port.received
        if srtp is None or n < 12:
            self._port.counters.early += 1
            return
        self._allowance -= 1
        if self._allowance < 0:
            self._port.counters.throttled += 1
            return
        view = buffer.view
        is_rtcp = 191 < view[1] < 224  # RFC 5761, 4
        stream = buffer.words[1 if is_rtcp else 2]
        known = stream in self._streams
        if not known and len(self._streams) >= STREAMS:
            self._port.counters.unauthenticated += 1
            return
        n = srtp.unprotect_rtcp(buffer, n) if is_rtcp else srtp.unprotect(buffer, n)
        if n < 0:
            self._port.counters.unauthenticated += 1
            return
        if not known:
            self._streams.add(stream)
        self.last_seen = arrival
        if is_rtcp:
            self._receiver.on_rtcp(bytes(view[:n]), arrival)
        else:
            self._receiver.on_rtp(view, n, arrival)

    def handshake(self, datagram: bytes) -> None:
        """A DTLS datagram from a known address."""
        self._dtls_datagrams += not self.connected
        if self._dtls_datagrams > HANDSHAKE_DATAGRAMS:
            return
        if self._dtls is None:
            if self._answer is not None and not self._answer.active:
                return
            self._dtls = Association(self._port.identity, server=True)
        self._send(self._dtls.receive(datagram))
        self._judge()

    def _learn(self, address: Address, sock: socket.socket, now: float) -> _Known:
        if len(self._known) >= ADDRESSES:
            idle = (other for other in self._known if other != self._address)
            oldest = min(idle, key=lambda other: self._known[other].checked)
            del self._known[oldest]
            self._port.unlearn(self, oldest)
        known = self._known[address] = _Known(sock, now)
        self._port.learn(self, address)
        return known

    def _begin(self) -> None:
        """We speak first only if the party wants to be the server."""
        if self._answer is not None and self._address is not None:
            self._checked_at = self._checked_at or time.monotonic()
            if not self._answer.active and (self._dtls is None or self._dtls.server):
                self._dtls = Association(self._port.identity, server=False)
                self._send(self._dtls.start())

    def _judge(self) -> None:
        state = self._dtls.state if self._dtls is not None else DtlsState.HANDSHAKE
        if state is DtlsState.ESTABLISHED:
            self._establish()
        elif state is DtlsState.FAILED:
            self._end(Failure.HANDSHAKE_REFUSED)
        elif state is DtlsState.CLOSED:
            self._end(Loss.CLOSED if self.connected else Failure.HANDSHAKE_REFUSED)

    def _establish(self) -> None:
        """Media flows once the handshake is over and the certificate is the one of the answer."""
        dtls, answer = self._dtls, self._answer
        if self.connected or dtls is None or answer is None or dtls.state is not DtlsState.ESTABLISHED:
            return
        if not dtls.is_of(answer.fingerprints):
            self._end(Failure.WRONG_FINGERPRINT)
            return
        self._srtp = dtls.srtp()
        if self._srtp is None:
            self._end(Failure.HANDSHAKE_REFUSED)
            return
        self.connected = True
        self.last_seen = time.monotonic()
        if self._watcher is not None:
            self._watcher.on_connected()

    def _send(self, datagrams: Sequence[bytes]) -> None:
        if self._sock is not None:
            for datagram in datagrams:
                self._port.send(self._sock, datagram, self._address)

    def _end(self, reason: Failure | Loss) -> None:
        watcher = self._watcher
        self.close()
        if watcher is not None:
            if isinstance(reason, Loss):
                watcher.on_lost(reason)
            else:
                watcher.on_failed(reason)
