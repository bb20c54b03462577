"""How the text of an environment variable becomes more than a string, for the hub's settings and the media process'."""

import base64
import binascii
from typing import Annotated, Final

from pydantic import BeforeValidator

SECRET_BYTES: Final = 32


def listed(value: object) -> object:
    """`a, b` as a tuple."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _secret(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None
    if len(decoded) < SECRET_BYTES:
        raise ValueError("shorter than 32 bytes")
    return decoded


Listed = Annotated[tuple[str, ...], BeforeValidator(listed)]
Secret = Annotated[bytes, BeforeValidator(_secret)]
