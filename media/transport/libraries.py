"""What is used of pylibsrtp beyond its documentation, under one roof; of pyOpenSSL, only documented names are used.

`tests/unit/transport/test_contract.py` holds every name to what is expected of it. Without them the transport works,
through pylibsrtp's public calls, and slower.
"""

from typing import Any, Final

from pylibsrtp import Session

CALLS: Final = ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp")
"""Of libsrtp: `(srtp_t, void *packet, int *length) -> int`, in place, 0 where it did its work."""


def _binding() -> tuple[Any, Any] | None:
    try:
        from pylibsrtp._binding import ffi, lib
    except ImportError:
        return None
    return (ffi, lib) if all(hasattr(lib, name) for name in CALLS) else None


BINDING: Final = _binding()
"""cffi's `ffi` and `lib`."""
IN_PLACE: Final = BINDING is not None and hasattr(Session(), "_srtp")
"""Whether packets can be sealed where they lie."""


def handle(session: Session) -> Any:
    """libsrtp's `srtp_t`, valid as long as the session is."""
    return session._srtp[0]
