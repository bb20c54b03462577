"""When sessions are alive, and how they end."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from models import streams
from models.documents.account import Account
from models.documents.owing import Owing, PendingFact, dumped, pending
from models.documents.session import Session
from models.enums import AccountStatus
from models.errors import Conflict, TryAgain
from models.events.sessions import SESSION_REVOKED, SessionEnd, SessionRevoked
from services import state
from services.outbox import Outbox

MOST_LISTED = 100


def is_alive(session: Session, account: Account | None, now: datetime) -> bool:
    """Whether a session may still be used (see `Account` about generations)."""
    return (
        account is not None
        and account.status is not AccountStatus.DISABLED
        and session.ended_at is None
        and session.expires_at > now
        and (session.generation == account.generation or session.id == account.spared)
    )


async def alive_sessions(account: Account, now: datetime) -> list[Session]:
    """The sessions of an account that are alive, newest first."""
    query = {"user_id": account.id, "ended_at": None, "expires_at": {"$gt": now}}
    found = await state.fetch_all(Session, query, MOST_LISTED, [("_id", -1)])
    return [session for session in found if is_alive(session, account, now)]


def revoked(session: Session, reason: SessionEnd, by: str) -> PendingFact:
    """The fact that closes a session's sockets on every node."""
    data = SessionRevoked(session_id=session.id, reason=reason)
    return pending(SESSION_REVOKED, data, streams.inbox(session.user_id), by)


class Endings:
    """Ends sessions: one by its own document, all by their account's."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def end_one(self, session: Session, reason: SessionEnd, now: datetime, *more: PendingFact) -> bool:
        """End one session and tell its person; False when it had ended before."""
        facts = dumped(revoked(session, reason, session.user_id), *more)
        ended = await state.change(
            Session,
            {"_id": session.id, "ended_at": None},
            {"$set": {"ended_at": now, "ended": reason}, "$push": {"outbox": {"$each": facts}}},
        )
        owing = ended or await state.fetch(Session, session.id)
        if owing is not None:
            await self._outbox.settle(owing)
        return ended is not None

    async def end_all(
        self,
        account: Account,
        reason: SessionEnd,
        now: datetime,
        *,
        by: str,
        spare: str | None = None,
        values: dict[str, Any] | None = None,
        facts: tuple[PendingFact, ...] = (),
    ) -> tuple[Account, int]:
        """End every session but `spare`, atomically with the change (`values`, `facts`) that is the reason.

        Returns the account as it is then and how many sessions ended. Raises `Conflict` when the account has changed
        since it was read.
        """
        ending = [session for session in await alive_sessions(account, now) if session.id != spare]
        owed = dumped(*facts, *(revoked(session, reason, by) for session in ending))
        after = await state.change(
            Account,
            {
                "_id": account.id,
                "generation": account.generation,
                "role": account.role,
                "status": account.status,
                "email_index": account.email_index,  # a reset goes by the address that its link was sent to
            },
            {
                "$set": {**(values or {}), "spared": spare},
                "$inc": {"generation": 1},
                "$push": {"outbox": {"$each": owed}},
            },
        )
        if after is None:
            raise Conflict
        await self._outbox.settle(after)
        if ending:
            # Only for the list of sessions: the new generation has ended them already.
            await state.collection_of(Session).update_many(
                {"_id": {"$in": [session.id for session in ending]}, "ended_at": None},
                {"$set": {"ended_at": now, "ended": reason}},
            )
        return after, len(ending)

    async def tell(self, document: Owing) -> None:
        """Append what the document owes where its command must not fail for it: the sweeper brings what is late."""
        with suppress(TryAgain):
            await self._outbox.settle(document)
