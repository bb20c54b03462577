"""The list of my sessions, and ending them from anywhere."""

from models.documents.account import Account
from models.documents.session import Session
from models.errors import NotFound
from models.events.base import Done
from models.events.sessions import (
    ClientKind,
    ListSessions,
    RevokeOtherSessions,
    RevokeSession,
    SessionEnd,
    SessionList,
    SessionsRevoked,
)
from services import state
from services.accounts.endings import Endings, alive_sessions
from services.accounts.keeping import view_of
from services.unit import Actor, Unit


class SessionService:
    """What a person may see and do about their own sessions."""

    def __init__(self, endings: Endings) -> None:
        self._endings = endings

    async def list_visible(self, unit: Unit, _: ListSessions) -> SessionList:
        """Every session of mine that is alive."""
        account = await own_account(unit)
        found = await alive_sessions(account, unit.now)
        return SessionList(sessions=[view_of(session, unit.actor.session_id) for session in found])

    async def revoke(self, unit: Unit, cmd: RevokeSession) -> Done:
        """End one of my sessions; ending it twice is no error."""
        session = await state.fetch(Session, cmd.session_id)
        if session is None or session.user_id != unit.actor.user_id:
            raise NotFound
        unit.resource = session.id
        await self._endings.end_one(session, SessionEnd.REVOKED, unit.now)
        return Done()

    async def revoke_others(self, unit: Unit, _: RevokeOtherSessions) -> SessionsRevoked:
        """End every session of mine but this one."""
        actor = unit.actor
        account = await own_account(unit)
        _, count = await self._endings.end_all(
            account, SessionEnd.REVOKED, unit.now, by=actor.user_id, spare=actor.session_id
        )
        return SessionsRevoked(count=count)


async def own_account(unit: Unit) -> Account:
    """The account of whoever acts."""
    account = await state.fetch(Account, unit.actor.user_id)
    if account is None:
        raise NotFound
    unit.resource = account.id
    return account


async def is_in_browser(actor: Actor) -> bool:
    """Whether the session of whoever acts is a browser's, which shows its cookie with every request."""
    session = await state.fetch(Session, actor.session_id)
    return session is not None and session.client is ClientKind.BROWSER
