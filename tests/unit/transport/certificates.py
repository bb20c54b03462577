"""Certificates that no certificate library would make, for parties that show them."""

import hashlib
import warnings
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import crypto

from media.transport.dtls import Identity


def new_certificate() -> tuple[bytes, ec.EllipticCurvePrivateKey]:
    """As DER, and its key; the bytes may be changed, for nobody looks at the signature."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "party")])
    now = datetime.now(UTC)
    end = now + timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, end)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER), key


def identity_of(certificate: bytes, key: ec.EllipticCurvePrivateKey) -> Identity:
    """Shows these bytes. Raises `crypto.Error` or `SSL.Error` for what OpenSSL does not take."""
    identity = Identity()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a certificate it has read itself cannot be odd
        identity.context.use_certificate(crypto.load_certificate(crypto.FILETYPE_ASN1, certificate))
    identity.context.use_privatekey(key)
    identity.context.check_privatekey()
    identity.fingerprint = hashlib.sha256(certificate).digest().hex(":").upper()
    return identity
