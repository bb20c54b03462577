"""Links to one file of a recording: for one person in one session, of a browser in that browser, for five minutes."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from models.enums import Role
from models.errors import LinkSpent
from models.ids import SessionId, UserId, new_id
from services.fields import FieldCipher, SealBrokenError

VALID: Final = timedelta(minutes=5)
LONGEST: Final = 1024
_PLACE: Final = "recording_links"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link proves."""

    link_id: str
    user_id: UserId
    role: Role
    session_id: SessionId
    recording_id: str
    file: str
    expires_at: datetime
    in_browser: bool
    """Good only beside the cookie of that session, which no script can read and no copied address carries along."""


class Links:
    """A link is the ticket itself, sealed for its recording and file: changed or moved elsewhere it does not open."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def issue(
        self, user_id: UserId, role: Role, session_id: SessionId, recording_id: str, file: str, now: datetime,
        *, in_browser: bool,
    ) -> tuple[str, Ticket]:  # fmt: skip
        """The address below the hub's own, and what it proves."""
        ticket = Ticket(new_id(), user_id, role, session_id, recording_id, file, now + VALID, in_browser)
        proof = asdict(ticket) | {"expires_at": ticket.expires_at.isoformat()}
        sealed = self._cipher.seal(_PLACE, recording_id, file, json.dumps(proof))
        return f"/api/v1/recordings/{recording_id}/files/{quote(file)}?link={quote(sealed)}", ticket

    def open(self, sealed: str, recording_id: str, file: str, now: datetime) -> Ticket:
        """What a link proves. LinkSpent: expired, forged, or of another file; which, is not told."""
        try:
            if not sealed.isascii() or len(sealed) > LONGEST:
                raise LinkSpent
            proof = json.loads(self._cipher.open(_PLACE, recording_id, file, sealed))
        except SealBrokenError:
            raise LinkSpent from None
        expires_at = datetime.fromisoformat(proof["expires_at"])
        if now >= expires_at:
            raise LinkSpent
        return Ticket(
            proof["link_id"], UserId(proof["user_id"]), Role(proof["role"]), SessionId(proof["session_id"]),
            recording_id, file, expires_at, bool(proof["in_browser"]),
        )  # fmt: skip
