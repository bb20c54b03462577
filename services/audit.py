"""The audit vocabulary: the closed lists from which every row is built. No content, no names, no addresses."""

from enum import StrEnum
from typing import Final

from models.errors import ErrorCode
from models.events.catalogue import COMMANDS

OK: Final = "ok"
SUPPRESSED: Final = "refusals.suppressed"
"""Refusals beyond the rate of rows, as a count in `ref`."""


class AuditDoor(StrEnum):
    """How something arrived."""

    SOCKET = "socket"
    HTTP = "http"
    JOB = "job"
    CLI = "cli"


SYSTEM_ACTIONS: Final = frozenset(
    {
        "hub.start",
        "hub.stop",
        "socket.connect",
        "socket.disconnect",
        "command.unknown",
        SUPPRESSED,
        "account.create_admin",
        "keys.rotate",
        "audit.verify",
        "recording.seal",
        "recording.view",
        "recording.expire",
    }
)
"""What the hub and its command line do without a command of the catalogue."""

ACTIONS: Final = frozenset(spec.audit for spec in COMMANDS.values()) | SYSTEM_ACTIONS
OUTCOMES: Final = frozenset({OK} | {code.value for code in ErrorCode})
DOORS: Final = frozenset(door.value for door in AuditDoor)
