"""Names of the Unix sockets of media processes that hub nodes run."""

import re
from typing import Final

_ADDRESS: Final = re.compile(r"unix:/(?:.*/)?m-([0-9a-f]{12})-[0-9a-f]{8}\.sock")


def socket_name(boot_id: str, token: str) -> str:
    """The file of the socket of a process that a hub node runs: whoever has the address knows whose it is."""
    return f"m-{boot_id[-12:]}-{token}.sock"


def owner_of(address: str) -> str | None:
    """The end of the boot id of the node that runs this process; None for one that nodes only know by configuration."""
    found = _ADDRESS.fullmatch(address)
    return None if found is None else found[1]
