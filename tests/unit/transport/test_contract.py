"""Every name of pylibsrtp and pyOpenSSL that the transport stands on, and what it expects of it.

An upgrade of those libraries fails here, with a sentence that names the file, before it fails anywhere else.
"""

import inspect
import re
import secrets
from pathlib import Path
from typing import Any

import pylibsrtp
import pytest
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from media.transport import dtls, libraries, srtp
from media.transport.dtls import Association, DtlsState, Identity

FOLDER = Path(libraries.__file__).parent
PRIVATE = {"_binding", "_srtp"}
"""Of pylibsrtp; `libraries.py` alone may say them."""
CONNECTION = (
    ("bio_read", "(self, bufsiz: 'int') -> 'bytes'"),
    ("bio_write", "(self, buf: 'bytes') -> 'int'"),
    ("DTLSv1_handle_timeout", "(self) -> 'bool'"),
    ("export_keying_material", "(self, label: 'bytes', olen: 'int', context: 'bytes | None' = None) -> 'bytes'"),
    ("get_selected_srtp_profile", "(self) -> 'bytes'"),
    ("set_ciphertext_mtu", "(self, mtu: 'int') -> 'None'"),
    ("shutdown", "(self) -> 'bool'"),
)


def test_pylibsrtp_hands_out_its_binding() -> None:
    assert libraries.BINDING is not None, "media/transport/libraries.py needs pylibsrtp._binding.ffi and .lib"


@pytest.mark.parametrize("name", libraries.CALLS)
def test_libsrtp_works_in_place(name: str) -> None:
    assert libraries.BINDING is not None
    ffi, lib = libraries.BINDING
    said = str(ffi.typeof(getattr(lib, name)))
    wanted = r"<ctype .(srtp_err_status_t|int)\(\*\)\(struct srtp_ctx_t_ \*, void \*, int \*\).>"
    assert re.fullmatch(wanted, said), (
        f"media/transport/libraries.py calls {name}(srtp_t, packet, length): it is {said}"
    )


def test_a_session_shows_its_handle() -> None:
    assert libraries.IN_PLACE, "media/transport/libraries.py reads Session._srtp"
    assert libraries.BINDING is not None
    ffi, _ = libraries.BINDING
    key = secrets.token_bytes(30)
    session = Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND))
    said = str(ffi.typeof(libraries.handle(session)))
    assert "srtp_ctx_t" in said, f"media/transport/libraries.py takes Session._srtp[0] for a srtp_t: it is {said}"


def test_a_policy_may_not_repeat_numbers_unless_told() -> None:
    policy = Policy(key=secrets.token_bytes(30), ssrc_type=Policy.SSRC_ANY_OUTBOUND)
    assert policy.allow_repeat_tx is False, "media/transport/srtp.py relies on libsrtp refusing repeated numbers"
    assert isinstance(inspect.getattr_static(Policy, "window_size"), property), (
        "media/transport/srtp.py sets Policy.window_size"
    )


@pytest.mark.parametrize("profile", srtp.PROFILES, ids=lambda profile: profile.name.decode())
def test_a_profile_has_the_sizes_we_say(profile: srtp.Profile) -> None:
    with pytest.raises(ValueError, match=f"at least {profile.key + profile.salt} bytes"):
        Policy(key=b"", ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile.srtp)
    with pytest.raises(pylibsrtp.Error):
        Session(Policy(ssrc_type=99))


@pytest.mark.parametrize(("name", "signature"), CONNECTION)
def test_a_connection_takes_what_we_give(name: str, signature: str) -> None:
    found: Any = getattr(SSL.Connection, name, None)
    assert found is not None, f"media/transport/dtls.py calls SSL.Connection.{name}: it is gone"
    bare = re.sub(r" -> .*|: '[^']*'|: [a-zA-Z| ]+", "", signature)
    said = re.sub(r" -> .*|: '[^']*'|: [a-zA-Z| ]+", "", str(inspect.signature(found)))
    names = [part.split("=")[0].strip() for part in said.strip("()").split(",")]
    assert len(names) == len(bare.strip("()").split(",")), (
        f"media/transport/dtls.py calls SSL.Connection.{name}{bare}: it is {said}"
    )


def test_the_memory_bio_runs_flights_together_and_never_waits() -> None:
    """`Association._flight` cuts records apart, and takes an exception for the end."""
    connection = SSL.Connection(Identity().context)
    connection.set_ciphertext_mtu(dtls.MTU)
    connection.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        connection.do_handshake()
    assert connection.bio_read(16 * 1024)[0] == 22, "media/transport/dtls.py reads whole records from the BIO"
    with pytest.raises(SSL.WantReadError):
        connection.bio_read(16 * 1024)


def test_both_roles_shake_hands_and_agree_on_the_first_profile() -> None:
    ours, theirs = Association(Identity(), server=True), Association(Identity(), server=False)
    flight = theirs.start()
    for _ in range(10):
        flight = [reply for datagram in flight for reply in ours.receive(datagram)]
        flight = [reply for datagram in flight for reply in theirs.receive(datagram)]
    assert ours.state is theirs.state is DtlsState.ESTABLISHED
    assert ours._ssl.get_selected_srtp_profile() == srtp.PROFILES[0].name, (
        "media/transport/dtls.py compares what SSL.Connection.get_selected_srtp_profile tells with its own names"
    )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_nobody_else_says_a_private_name(path: Path) -> None:
    said = set(re.findall(r"(?:pylibsrtp|session)\.(_[a-z]\w*)", path.read_text()))
    assert said <= (PRIVATE if path.name == "libraries.py" else set()), (
        f"media/transport/{path.name} uses {said}; private names belong into media/transport/libraries.py"
    )
