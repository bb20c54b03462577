"""TURN credentials that need no account at the server (the "TURN REST API", draft-uberti-behave-turn-rest-00).

The user name is `expiry:pseudonym` and the password its HMAC-SHA1 under a secret that hub and TURN server share. The
server counts a user's allocations under the name without its time, so a person has one quota however often the
credentials are made anew; the pseudonym tells the server's operator nothing about who that is.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from models.documents.call import Call, Party
from models.events.signaling import IceServer, IceServers
from services.calls.ports import Ice

MAX_SECONDS: Final = 600
PSEUDONYM_BYTES: Final = 12
STUN_SCHEMES: Final = ("stun:", "stuns:")


@dataclass(frozen=True, slots=True)
class TurnSettings:
    """Which servers there are, and what we share with them."""

    pseudonym_key: bytes = field(default=b"", repr=False)
    urls: tuple[str, ...] = ()
    """RFC 7064 and 7065: `stun:host`, `turn:host:3478?transport=udp`, `turns:host:5349`."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """The first makes credentials; the others are on their way in or out and only known to the servers."""
    realm: str = "carewire"
    relay_only: bool = False


class TurnServers:
    """Implements `services.calls.ports.IceServersPort`."""

    def __init__(self, settings: TurnSettings) -> None:
        self._settings = settings
        self._stun = [url for url in settings.urls if url.startswith(STUN_SCHEMES)]
        self._turn = [url for url in settings.urls if not url.startswith(STUN_SCHEMES)]

    @property
    def relay_only(self) -> bool:
        """Policy: the parties of a call must not see each other's addresses."""
        return self._settings.relay_only

    async def grant(self, call: Call, party: Party, now: datetime) -> Ice:
        """Servers for somebody who sits in a live call."""
        return Ice(self.issue(party.user_id, now), self.relay_only)

    def issue(self, user_id: str, now: datetime, seconds: int = MAX_SECONDS) -> IceServers:
        """Servers for a person, with credentials for at most ten minutes."""
        expires_at = now + timedelta(seconds=min(seconds, MAX_SECONDS))
        servers = [IceServer(urls=self._stun)] if self._stun else []
        if self._turn and self._settings.secrets:
            username = f"{int(expires_at.timestamp())}:{self._pseudonym(user_id)}"
            credential = password(self._settings.secrets[0], username)
            servers.append(IceServer(urls=self._turn, username=username, credential=credential))
        return IceServers(ice_servers=servers, expires_at=expires_at)

    def _pseudonym(self, user_id: str) -> str:
        return hmac.new(self._settings.pseudonym_key, user_id.encode(), hashlib.sha256).digest()[:PSEUDONYM_BYTES].hex()


def password(secret: str, username: str) -> str:
    """What the server computes of the user name under each of its secrets."""
    return base64.b64encode(hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()).decode()
