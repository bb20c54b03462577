"""First octets of the header extension elements that are read: id, then length less one (RFC 8285, 4.2)."""

from typing import Final

from media.streams import ABS_SEND_TIME, AUDIO_LEVEL, EXTENSIONS, MID, TRANSPORT_CC

AUDIO_LEVEL_HEAD: Final = EXTENSIONS[AUDIO_LEVEL] << 4
SEND_TIME_HEAD: Final = EXTENSIONS[ABS_SEND_TIME] << 4 | 2
TRANSPORT_NUMBER_HEAD: Final = EXTENSIONS[TRANSPORT_CC] << 4 | 1
MID_HEAD: Final = EXTENSIONS[MID] << 4
"""Every mid of ours is one character."""
