"""DTLS-SRTP of a load peer, either role, without tasks: datagrams in, datagrams out (RFC 5764)."""

import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

PROFILES: Final = {
    b"SRTP_AEAD_AES_256_GCM": (Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 32, 12),
    b"SRTP_AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    b"SRTP_AES128_CM_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
}
LABEL: Final = b"EXTRACTOR-dtls_srtp"
MTU: Final = 1200


def certificate() -> tuple[Any, Any, str]:
    """A key, a certificate, and its SHA-256 fingerprint as SDP has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "load")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return key, made, made.fingerprint(hashes.SHA256()).hex(":").upper()


class Handshake:
    """One association. `take` every DTLS datagram; what it returns must be sent; `keys` are there when `done`."""

    def __init__(self, key: Any, made: Any, *, client: bool) -> None:
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.use_certificate(made)
        context.use_privatekey(key)
        context.set_cipher_list(b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384")
        context.set_tlsext_use_srtp(b":".join(PROFILES))
        self._ssl = SSL.Connection(context)
        self._ssl.set_ciphertext_mtu(MTU)
        self._client = client
        self.done = False
        if client:
            self._ssl.set_connect_state()
        else:
            self._ssl.set_accept_state()

    def take(self, datagram: bytes | None) -> list[bytes]:
        """Go on with one datagram, or begin or retransmit with none."""
        if datagram is not None:
            self._ssl.bio_write(datagram)
        elif not self.done:
            self._ssl.DTLSv1_handle_timeout()
        if not self.done:
            try:
                self._ssl.do_handshake()
                self.done = True
            except SSL.WantReadError:
                pass
        out = []
        while True:
            try:
                out.append(self._ssl.bio_read(1500))
            except SSL.WantReadError:
                return out

    def sessions(self) -> "Protection":
        """SRTP in both directions."""
        profile, key, salt = PROFILES[self._ssl.get_selected_srtp_profile()]
        material = self._ssl.export_keying_material(LABEL, 2 * (key + salt))
        ours, theirs = (0, 1) if self._client else (1, 0)

        def secret(side: int) -> bytes:
            return (
                material[side * key : (side + 1) * key]
                + material[2 * key + side * salt : 2 * key + (side + 1) * salt]
            )  # fmt: skip

        def session(side: int, kind: int) -> Session:
            return Session(Policy(key=secret(side), ssrc_type=kind, srtp_profile=profile))

        return Protection(session(ours, Policy.SSRC_ANY_OUTBOUND), session(theirs, Policy.SSRC_ANY_INBOUND))


class Protection:
    """SRTP in place, in one buffer of its own."""

    def __init__(self, outbound: Session, inbound: Session) -> None:
        self._sessions = (outbound, inbound)
        self._tx, self._rx = outbound._srtp[0], inbound._srtp[0]
        self._c = ffi.new("char[]", 2048)
        self.view = memoryview(ffi.buffer(self._c))
        self._n = ffi.new("int *")

    def protect(self, packet: bytes) -> memoryview:
        """The RTP packet, encrypted; valid until the next call."""
        self.view[: len(packet)] = packet
        self._n[0] = len(packet)
        if lib.srtp_protect(self._tx, self._c, self._n):
            raise ValueError("not protected")
        return self.view[: self._n[0]]

    def protect_rtcp(self, packet: bytes) -> memoryview:
        """The same for RTCP."""
        self.view[: len(packet)] = packet
        self._n[0] = len(packet)
        if lib.srtp_protect_rtcp(self._tx, self._c, self._n):
            raise ValueError("not protected")
        return self.view[: self._n[0]]

    def unprotect(self, size: int) -> int:
        """Decrypt `view[:size]`; the new size, or 0."""
        self._n[0] = size
        return 0 if lib.srtp_unprotect(self._rx, self._c, self._n) else int(self._n[0])

    def unprotect_rtcp(self, size: int) -> int:
        """The same for RTCP."""
        self._n[0] = size
        return 0 if lib.srtp_unprotect_rtcp(self._rx, self._c, self._n) else int(self._n[0])
