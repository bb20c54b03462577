"""Endings that are heard while the database is being asked."""

from collections.abc import Awaitable, Callable

import pytest

from hub.identity import QUESTIONS, Identity
from models.errors import SessionEnded, TryAgain
from models.events.sessions import RevokeSession
from models.ids import SessionId
from services.unit import Actor
from tests.support.accounts import Office


class Interrupted(Identity):
    """Something happens after the database has answered and before the one who asked hears the answer."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.services.access)
        self.meanwhile: list[Callable[[], Awaitable[None]]] = []
        self.asked = 0

    async def _ask(self, session_ids: list[SessionId]) -> dict[SessionId, None]:
        found = await super()._ask(session_ids)
        self.asked += 1
        if self.meanwhile:
            await self.meanwhile.pop(0)()
        return found


def revocation(office: Office, identity: Identity, actor: Actor) -> Callable[[], Awaitable[None]]:
    """The session is revoked, and this node hears of it."""

    async def happens() -> None:
        await office.services.sessions.revoke(office.unit(actor), RevokeSession(session_id=actor.session_id))
        identity.forget(actor.session_id)

    return happens


async def test_an_ending_heard_while_asking_is_not_answered_with_yes(office: Office) -> None:
    await office.patient()
    ended, other = office.actor(await office.sign_in()), office.actor(await office.sign_in())
    identity = Interrupted(office)
    identity.meanwhile = [revocation(office, identity, ended)]
    assert await identity.sessions_alive([ended.session_id, other.session_id]) == {other.session_id}
    assert await identity.sessions_alive([ended.session_id]) == set()


async def test_an_ending_heard_of_a_remembered_session_counts_too(office: Office) -> None:
    await office.patient()
    ended, other = office.actor(await office.sign_in()), office.actor(await office.sign_in())
    identity = Interrupted(office)
    assert await identity.sessions_alive([ended.session_id]) == {ended.session_id}
    identity.meanwhile = [revocation(office, identity, ended)]
    assert await identity.sessions_alive([ended.session_id, other.session_id]) == {other.session_id}


async def test_a_connection_is_not_refreshed_when_its_session_ends_meanwhile(office: Office) -> None:
    await office.patient()
    tokens = await office.sign_in()
    actor = office.actor(tokens)
    identity = Interrupted(office)
    identity.meanwhile = [revocation(office, identity, actor)]
    with pytest.raises(SessionEnded):
        await identity.refresh(actor, tokens.access_token)


async def test_news_of_others_cost_nothing_and_endless_news_end_in_a_refusal(office: Office) -> None:
    await office.patient()
    mine, other = office.actor(await office.sign_in()), office.actor(await office.sign_in())
    identity = Interrupted(office)

    async def news_of(session_id: SessionId) -> None:
        identity.forget(session_id)

    identity.meanwhile = [lambda: news_of(other.session_id)]
    assert await identity.sessions_alive([mine.session_id]) == {mine.session_id}
    assert identity.asked == 1
    identity.forget(mine.session_id)
    identity.meanwhile = [lambda: news_of(mine.session_id)] * QUESTIONS
    with pytest.raises(TryAgain):
        await identity.sessions_alive([mine.session_id])
    assert await identity.sessions_alive([mine.session_id]) == {mine.session_id}
