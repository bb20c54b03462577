"""Opening sessions and keeping them open: access tokens for refresh tokens that work once."""

from datetime import datetime, timedelta

from models import streams
from models.documents.account import Account
from models.documents.owing import pending
from models.documents.session import Session
from models.enums import ADMINS, CLINICIANS, NotificationCategory, Role
from models.errors import SessionEnded
from models.events.base import Done
from models.events.sessions import (
    ACCOUNT_TOKEN_REUSED,
    SESSION_STARTED,
    ClientKind,
    RefreshSession,
    SessionEnd,
    SessionStarted,
    SessionTokens,
    SessionView,
    SignIn,
    SignOut,
    TokenReused,
)
from models.ids import DeviceId, SessionId, UserId, new_id
from services import state
from services.accounts.endings import Endings, alive_sessions, is_alive
from services.accounts.settings import SecondFactorSettings, SessionSettings
from services.accounts.tokens import AccessTokens, RefreshToken, RefreshTokens
from services.notifications import notice
from services.unit import Actor, Unit

KEPT_AFTER_END = timedelta(days=1)


class SessionKeeper:
    """Opens, refreshes and ends the session of whoever holds its token."""

    def __init__(
        self,
        access: AccessTokens,
        refresh: RefreshTokens,
        endings: Endings,
        settings: SessionSettings,
        second_factor: SecondFactorSettings,
    ) -> None:
        self._access = access
        self._refresh = refresh
        self._endings = endings
        self._settings = settings
        self._second_factor = second_factor

    async def open(self, unit: Unit, account: Account, cmd: SignIn) -> SessionTokens:
        """A new session for a person who has proved who they are."""
        return await self._begin(unit, account, cmd.client, cmd.device_id or new_id(), cmd.device_name)

    async def open_guest(self, unit: Unit, account: Account, device_id: str) -> SessionTokens:
        """A session for somebody who came through a link; the tokens are for a page to keep in memory."""
        return await self._begin(unit, account, ClientKind.MOBILE, device_id, "")

    async def _begin(
        self, unit: Unit, account: Account, client: ClientKind, device_id: str, device_name: str
    ) -> SessionTokens:
        now = unit.now
        open_now = await alive_sessions(account, now)
        for oldest in open_now[self._settings.max_per_account - 1 :]:
            await self._endings.end_one(oldest, SessionEnd.TOO_MANY, now)
        token = self._refresh.first(SessionId(new_id()))
        idle, absolute = self._limits(account, client)
        session = Session(
            id=token.session_id,
            user_id=account.id,
            generation=account.generation,
            device_id=device_id,
            device_name=device_name,
            client=client,
            token_hash=token.hash,
            rotated_at=now,
            started_at=now,
            last_seen_at=now,
            expires_at=now + idle,
            ends_at=now + absolute,
            purge_at=now + absolute + KEPT_AFTER_END,
        )
        inbox = streams.inbox(account.id)
        session.outbox = [pending(SESSION_STARTED, SessionStarted(session=view_of(session)), inbox, account.id)]
        await state.insert(session)
        await self._endings.tell(session)
        return self._tokens(unit, account, session, token)

    async def refresh(self, unit: Unit, cmd: RefreshSession) -> SessionTokens:
        """The next pair of tokens. A token that was used before ends the session, except in the grace of seconds."""
        token = self._presented(unit, cmd.refresh_token)
        session, account = await self._found(token, unit.now)
        successor = self._refresh.successor(token)
        if token.hash == session.token_hash and cmd.device_id == session.device_id:
            idle, _ = self._limits(account, session.client)
            rotated = await state.change(
                Session,
                {"_id": session.id, "token_hash": token.hash, "ended_at": None},
                {
                    "$set": {
                        "token_hash": successor.hash,
                        "previous_hash": token.hash,
                        "rotated_at": unit.now,
                        "last_seen_at": unit.now,
                        "expires_at": min(unit.now + idle, session.ends_at),
                    }
                },
            )
            if rotated is not None:
                return self._tokens(unit, account, rotated, successor)
            session, account = await self._found(token, unit.now)
        if self._in_grace(session, token, successor, cmd.device_id, unit.now):
            return self._tokens(unit, account, session, successor)
        await self._stolen(session, unit.now)
        raise SessionEnded

    async def end(self, unit: Unit, cmd: SignOut) -> Done:
        """Sign out whoever holds the token; an unknown or dead one is as good as signed out."""
        unit.set_cookie = ""
        try:
            token = self._presented(unit, cmd.refresh_token)
        except SessionEnded:
            return Done()
        session = await state.fetch(Session, token.session_id)
        if session is not None:
            unit.resource = session.id
            await self._endings.end_one(session, SessionEnd.SIGNED_OUT, unit.now)
        return Done()

    def setup_only(self, account: Account) -> bool:
        """Whether the role must have a second factor and the account has none."""
        return account.role in self._second_factor.required_roles and account.second_factor.secret is None

    def _presented(self, unit: Unit, given: str | None) -> RefreshToken:
        token = self._refresh.parse(given or unit.cookie or "")
        if token is None:
            raise SessionEnded
        return token

    async def _found(self, token: RefreshToken, now: datetime) -> tuple[Session, Account]:
        session = await state.fetch(Session, token.session_id)
        account = None if session is None else await state.fetch(Account, session.user_id)
        if session is None or account is None or not is_alive(session, account, now):
            raise SessionEnded
        return session, account

    def _in_grace(
        self, session: Session, token: RefreshToken, successor: RefreshToken, device_id: str, now: datetime
    ) -> bool:
        return (
            device_id == session.device_id
            and token.hash == session.previous_hash
            and successor.hash == session.token_hash
            and now - session.rotated_at <= timedelta(seconds=self._settings.grace_s)
        )

    async def _stolen(self, session: Session, now: datetime) -> None:
        inbox = streams.inbox(session.user_id)
        reused = pending(ACCOUNT_TOKEN_REUSED, TokenReused(session_id=session.id), inbox)
        warning = notice(session.user_id, NotificationCategory.SECURITY, "account.token_reused", link="/profile")
        await self._endings.end_one(session, SessionEnd.TOKEN_REUSED, now, reused, warning)

    def _limits(self, account: Account, client: ClientKind) -> tuple[timedelta, timedelta]:
        limits = self._settings
        if account.role is Role.GUEST:
            return timedelta(seconds=limits.guest_s), timedelta(seconds=limits.guest_s)
        if client is ClientKind.BROWSER and account.role in CLINICIANS | ADMINS:
            return timedelta(seconds=limits.staff_browser_idle_s), timedelta(seconds=limits.staff_browser_absolute_s)
        return timedelta(seconds=limits.idle_s), timedelta(seconds=limits.absolute_s)

    def _tokens(self, unit: Unit, account: Account, session: Session, refresh: RefreshToken) -> SessionTokens:
        setup_only = self.setup_only(account)
        actor = Actor(
            UserId(account.id), account.role, SessionId(session.id), DeviceId(session.device_id), account.verified
        )
        access_token, expires_at = self._access.issue(actor, unit.now, setup_only=setup_only)
        text = self._refresh.text(refresh)
        in_cookie = session.client is ClientKind.BROWSER
        if in_cookie:
            unit.set_cookie = text
        unit.resource = session.id
        return SessionTokens(
            access_token=access_token,
            expires_at=expires_at,
            refresh_token=None if in_cookie else text,
            session_id=session.id,
            device_id=session.device_id,
            user_id=account.id,
            role=account.role,
            verified=account.verified,
            second_factor_setup_required=setup_only,
        )


def view_of(session: Session, current: str = "") -> SessionView:
    """A session as its person sees it."""
    return SessionView(
        session_id=session.id,
        device_id=session.device_id,
        device_name=session.device_name,
        client=session.client,
        started_at=session.started_at,
        last_seen_at=session.last_seen_at,
        current=session.id == current,
    )
