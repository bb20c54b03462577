"""Which machine this node runs on: Unix sockets are reached within one."""

import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def machine() -> str:
    """The same for all nodes that share host name and kernel; containers have host names of their own."""
    kernel = ""
    with suppress(OSError):
        kernel = BOOT_ID.read_text().strip()
    return f"{socket.gethostname()}/{kernel}"
