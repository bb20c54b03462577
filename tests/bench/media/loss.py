"""Loss in the kernel: datagrams of one UDP port dropped at random on arrival, so that no process stands in the way."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

POSSIBLE: Final = os.geteuid() == 0 and shutil.which("nft") is not None


@contextmanager
def lossy(port: int, share: float) -> Iterator[None]:
    """Lose this share of what goes to and of what comes from a local port, each datagram by itself."""
    if not share:
        yield
        return
    table = f"lossy{os.getpid()}"
    dropped = f"numgen random mod 10000 < {round(share * 10_000)} counter drop"
    chain = f"type filter hook input priority 0; udp dport {port} {dropped}; udp sport {port} {dropped};"
    _nft(f"table inet {table} {{ chain arrivals {{ {chain} }}; }}")
    try:
        yield
    finally:
        _nft(f"delete table inet {table}")


def _nft(text: str) -> None:
    subprocess.run(["nft", "-f", "-"], input=text, text=True, check=True, timeout=20, capture_output=True)
