"""Who holds a token, and whether their session is still alive: what every door asks before anything else."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

import pymongo
from pymongo.errors import PyMongoError

from models.documents.account import Account
from models.documents.session import Session
from models.enums import AccountStatus
from models.errors import SessionEnded, TryAgain, Unauthenticated
from models.ids import SessionId
from services import state
from services.accounts.tokens import AccessTokens, Verified
from services.rounds import Rounds
from services.unit import Actor

__all__ = ["Identity", "Verified"]

REMEMBERED_S: Final = 2.0
"""A revoked session's token works at most this long on a node that missed the news."""
MOST_REMEMBERED: Final = 50_000
QUESTIONS: Final = 3
"""How often one door asks while news of endings keep arriving."""
WAIT_S: Final = 5.0


class Identity:
    """Verifies tokens (pure arithmetic) and looks sessions up (one question for any number of them)."""

    def __init__(self, tokens: AccessTokens, clock: Callable[[], float] = monotonic) -> None:
        self._tokens = tokens
        self._clock = clock
        self._alive: dict[SessionId, float] = {}
        self._forgotten = 0
        """How many endings were heard of: the time by which answers are older or newer than news."""
        self._news: dict[SessionId, int] = {}
        """When an ending was heard, as long as questions are open that may have been answered before it."""
        self._news_from = 0
        """Of earlier endings `_news` may know nothing."""
        self._open = 0
        self._rounds = Rounds(self._ask)

    def verify(self, token: str, *, setup: bool = False) -> Verified:
        """Who holds this token. Raises `Unauthenticated`, `TokenExpired` or `SecondFactorSetupRequired`.

        `setup`: the command is one of `models.events.accounts.SETUP_COMMANDS`.
        """
        return self._tokens.verify(token, setup=setup)

    async def refresh(self, actor: Actor, token: str) -> Verified:
        """A newer token for a connection: of the same person, session and device, or it is refused."""
        verified = self.verify(token)
        new = verified.actor
        if (new.user_id, new.session_id, new.device_id) != (actor.user_id, actor.session_id, actor.device_id):
            raise Unauthenticated
        self._alive.pop(new.session_id, None)
        if not await self.sessions_alive([new.session_id]):
            raise SessionEnded
        return verified

    async def sessions_alive(self, session_ids: Collection[SessionId]) -> set[SessionId]:
        """Those of these sessions that may still be used. At most two seconds old, never older than news of an ending.

        `TryAgain` without a database, or when news arrive faster than answers. Who acts on the answer without awaiting
        anything in between cannot miss an ending: it was heard before, or finds what they did.
        """
        alive: set[SessionId] = set()
        doubtful = list(session_ids)
        for _ in range(QUESTIONS):
            before = self._forgotten
            found = await self._found(doubtful, before)
            doubtful = [one for one in session_ids if self._heard_since(one, before)]
            alive = (alive | found).difference(doubtful)
            if not doubtful:
                return alive
        raise TryAgain

    def forget(self, session_id: SessionId) -> None:
        """The session ended or changed: ask the database again, also who is asking now."""
        self._forgotten += 1
        self._alive.pop(session_id, None)
        if self._open:
            if len(self._news) >= MOST_REMEMBERED:
                self._news.clear()
                self._news_from = self._forgotten
            self._news[session_id] = self._forgotten

    async def _found(self, session_ids: list[SessionId], before: int) -> set[SessionId]:
        """Those that are alive as far as is remembered, or else as the database says."""
        now = self._clock()
        alive = {one for one in session_ids if self._alive.get(one, float("-inf")) > now - REMEMBERED_S}
        asked = [one for one in session_ids if one not in alive]
        if asked:
            if not self._open:
                self._news.clear()
            self._open += 1
            try:
                found = set(await self._rounds.ask(asked))
            finally:
                self._open -= 1
            self._remember({one for one in found if not self._heard_since(one, before)}, now)
            alive |= found
        return alive

    def _heard_since(self, session_id: SessionId, before: int) -> bool:
        return self._news_from > before or self._news.get(session_id, 0) > before

    def _remember(self, found: set[SessionId], now: float) -> None:
        if len(self._alive) + len(found) > MOST_REMEMBERED:
            self._alive.clear()
        self._alive.update(dict.fromkeys(found, now))

    async def _ask(self, session_ids: list[SessionId]) -> dict[SessionId, None]:
        """Alive as `services.accounts.endings.is_alive` has it, decided where the data is."""
        pipeline: list[dict[str, Any]] = [
            {"$match": {"_id": {"$in": session_ids}, "ended_at": None, "expires_at": {"$gt": datetime.now(UTC)}}},
            {
                "$lookup": {
                    "from": Account.get_collection_name(),
                    "localField": "user_id",
                    "foreignField": "_id",
                    "as": "account",
                }
            },
            {"$unwind": "$account"},
            {
                "$match": {
                    "account.status": {"$ne": AccountStatus.DISABLED},
                    "$expr": {
                        "$or": [
                            {"$eq": ["$generation", "$account.generation"]},
                            {"$eq": ["$_id", "$account.spared"]},
                        ]
                    },
                }
            },
            {"$project": {"_id": 1}},
        ]
        try:
            with pymongo.timeout(WAIT_S):
                async with await state.collection_of(Session).aggregate(pipeline) as cursor:
                    return {SessionId(raw["_id"]): None async for raw in cursor}
        except PyMongoError as error:
            raise TryAgain from error
