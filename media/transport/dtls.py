"""DTLS 1.2 over memory BIOs (RFC 6347), only to agree on SRTP keys (RFC 5764)."""

import datetime
import secrets
from enum import Enum, auto
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from media.transport.srtp import PROFILES, Srtp, keyed, material_bytes

DTLS_1_2: Final = 0xFEFD
MTU: Final = 1200
RECORD_HEADER: Final = 13
DIGESTS: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha-512": hashes.SHA512(),
    "sha-384": hashes.SHA384(),
    "sha-256": hashes.SHA256(),
}
"""Accepted in fingerprints, the strongest first."""
_CIPHERS: Final = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
_EXPORTER: Final = b"EXTRACTOR-dtls_srtp"


def fingerprint_of(certificate: x509.Certificate, algorithm: str) -> str:
    """Upper-case hexadecimal with colons (RFC 8122)."""
    return certificate.fingerprint(DIGESTS[algorithm]).hex(":").upper()


class Identity:
    """The process' certificate: ECDSA P-256, made at its start, trusted only through the fingerprint in our offers."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, secrets.token_hex(16))])
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        certificate = builder.not_valid_before(now - day).not_valid_after(now + 365 * day).sign(key, hashes.SHA256())
        self.fingerprint = fingerprint_of(certificate, "sha-256")
        self.context = context = SSL.Context(SSL.DTLS_METHOD)
        context.set_min_proto_version(DTLS_1_2)
        context.set_max_proto_version(DTLS_1_2)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_QUERY_MTU)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        # Nobody vouches for these certificates; the fingerprint decides, after the handshake.
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.use_certificate(certificate)
        context.use_privatekey(key)
        context.set_cipher_list(_CIPHERS)
        context.set_tlsext_use_srtp(b":".join(profile.name for profile in PROFILES))


class DtlsState(Enum):
    """How far an association is."""

    HANDSHAKE = auto()
    ESTABLISHED = auto()
    CLOSED = auto()
    FAILED = auto()


class Association:
    """One party's handshake. It never sends by itself: whoever calls sends the datagrams it hands out."""

    def __init__(self, identity: Identity, *, server: bool) -> None:
        self.state = DtlsState.HANDSHAKE
        self.server = server
        self._ssl = SSL.Connection(identity.context)
        self._ssl.set_ciphertext_mtu(MTU)
        if server:
            self._ssl.set_accept_state()
        else:
            self._ssl.set_connect_state()

    def start(self) -> list[bytes]:
        """The first flight of a client."""
        self._advance()
        return self._flight()

    def receive(self, datagram: bytes) -> list[bytes]:
        """Take one datagram; returns those to send in reply. Garbage is dropped silently by DTLS."""
        if self.state in (DtlsState.CLOSED, DtlsState.FAILED):
            return []
        self._ssl.bio_write(datagram)
        self._advance()
        return self._flight()

    def tick(self) -> list[bytes]:
        """What has to be sent again."""
        if self.state is not DtlsState.HANDSHAKE:
            return []
        try:
            self._ssl.DTLSv1_handle_timeout()
        except SSL.Error:
            self.state = DtlsState.FAILED
        return self._flight()

    def close(self) -> list[bytes]:
        """The close_notify alert, if there is anybody to hear it."""
        if self.state is DtlsState.ESTABLISHED:
            try:
                self._ssl.shutdown()
            except SSL.Error:
                pass
        self.state = DtlsState.CLOSED
        return self._flight()

    def is_of(self, fingerprints: dict[str, frozenset[str]]) -> bool:
        """Whether the peer's certificate is the one named, by the strongest algorithm of `fingerprints`."""
        certificate = self._ssl.get_peer_certificate()
        algorithm = next((name for name in DIGESTS if name in fingerprints), None)
        if certificate is None or algorithm is None:
            return False
        # Hashed by OpenSSL as it came: reading it raises for some that OpenSSL has taken.
        return certificate.digest(algorithm.replace("-", "")).decode() in fingerprints[algorithm]

    def srtp(self) -> Srtp | None:
        """The keys agreed on; `None` if no profile is in common."""
        name = self._ssl.get_selected_srtp_profile()
        profile = next((profile for profile in PROFILES if profile.name == name), None)
        if profile is None:
            return None
        return keyed(profile, self._ssl.export_keying_material(_EXPORTER, material_bytes(profile)), server=self.server)

    def _advance(self) -> None:
        try:
            if self.state is DtlsState.HANDSHAKE:
                self._ssl.do_handshake()
                self.state = DtlsState.ESTABLISHED
            self._ssl.recv(MTU)  # alerts, and final flights to repeat; there is no application data
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.state = DtlsState.CLOSED
        except SSL.Error:
            if self.state is DtlsState.HANDSHAKE:  # later, only silence or close_notify ends an association
                self.state = DtlsState.FAILED

    def _flight(self) -> list[bytes]:
        """Whole records, as many in each datagram as fit: the BIO does not keep datagrams apart."""
        written = b""
        try:
            while True:
                written += self._ssl.bio_read(16 * 1024)
        except SSL.Error:
            pass
        datagrams: list[bytes] = []
        start = end = 0
        while end + RECORD_HEADER <= len(written):
            record = RECORD_HEADER + int.from_bytes(written[end + 11 : end + 13], "big")
            if end > start and end + record - start > MTU:
                datagrams.append(written[start:end])
                start = end
            end += record
        return [*datagrams, written[start:]] if start < len(written) else datagrams
