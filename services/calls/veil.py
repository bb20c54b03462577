"""Descriptions and candidates without the address of who made them: what is left is the TURN server's."""

import re
from typing import Final

_TYPE: Final = re.compile(r" typ ([a-z]+)")
_RELATED: Final = re.compile(r" raddr (\S+) rport \d+")
_ADDRESS: Final = re.compile(r"(IN IP[46] )\S+")
_WITH_ADDRESS: Final = ("c=", "o=", "a=rtcp:", "a=remote-candidates:")
_ANYWHERE: Final = {"4": "0.0.0.0", "6": "::"}  # noqa: S104 - written, not bound


def veiled_candidate(candidate: str) -> str | None:
    """A relayed candidate without its related address (RFC 8839, 5.1 allows any); None for every other one."""
    kind = _TYPE.search(candidate)
    if kind is None or kind[1] != "relay":
        return None
    return _RELATED.sub(_unrelated, candidate)


def veiled_description(sdp: str) -> str:
    """`sdp` with relayed candidates only, and with no address in its other lines."""
    return "\r\n".join(filter(None, map(_veiled, sdp.split("\r\n")))) + "\r\n"


def _veiled(line: str) -> str | None:
    if line.startswith("a=candidate:"):
        return veiled_candidate(line)
    if line.startswith("a=remote-candidates:"):
        return None
    return _ADDRESS.sub(_anywhere, line) if line.startswith(_WITH_ADDRESS) else line


def _unrelated(match: re.Match[str]) -> str:
    return f" raddr {_ANYWHERE['6' if ':' in match[1] else '4']} rport 0"


def _anywhere(match: re.Match[str]) -> str:
    return match[1] + _ANYWHERE[match[1][5]]
