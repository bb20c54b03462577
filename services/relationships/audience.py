"""Who may see whose presence. Implements `services.ports.AudiencePort`."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from models import streams
from models.documents.relationship import Relationship
from models.ids import UserId
from services.policy import Action, allowed, relation_of
from services.ports import Event
from services.relationships.links import Links

KEPT: Final = 10_000
FRESH_S: Final = 30.0

Listener = Callable[[UserId, UserId], None]


class _Sight(NamedTuple):
    watchers: frozenset[UserId]
    watched: frozenset[UserId]
    until: float


class Audience:
    """Cached per person; every `relationship.changed` that this node's feed sees empties the entry of its owner.

    A person themself is in neither set.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self._kept: OrderedDict[str, _Sight] = OrderedDict()
        self._forgotten = 0
        self._listeners: list[Listener] = []

    async def audience_of(self, user_id: UserId) -> set[UserId]:
        """Those who may see the presence of `user_id`."""
        return set((await self._sight(user_id)).watchers)

    async def seen_by(self, user_id: UserId) -> set[UserId]:
        """Those whose presence `user_id` may see."""
        return set((await self._sight(user_id)).watched)

    def on_change(self, listener: Listener) -> None:
        """`listener(a, b)` is called after a relationship between the two changed, on every node that sees it."""
        self._listeners.append(listener)

    def changed(self, link: Relationship) -> None:
        """A relationship was changed by this node."""
        self._tell(*link.user_ids)

    def hear(self, event: Event) -> None:
        """A `relationship.changed` went by (`Feed.listen`)."""
        owner = streams.parse(event.stream)[1]
        people = [person["user_id"] for person in event.data["relationship"]["people"]]
        others = [user_id for user_id in people if user_id != owner]
        if others:
            self._tell(owner, others[0])

    def _tell(self, a: str, b: str) -> None:
        self._forgotten += 1
        self._kept.pop(a, None)
        self._kept.pop(b, None)
        for listener in self._listeners:
            listener(UserId(a), UserId(b))

    async def _sight(self, user_id: UserId) -> _Sight:
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(user_id)
        if kept is not None and kept.until > now:
            self._kept.move_to_end(user_id)
            return kept
        before = self._forgotten
        links = await self._links.of_person(user_id, active_only=True)
        sight = _Sight(
            frozenset(
                UserId(link.other(user_id).user_id) for link in links if _sees(link, link.other(user_id).user_id)
            ),
            frozenset(UserId(link.other(user_id).user_id) for link in links if _sees(link, user_id)),
            now + FRESH_S,
        )
        # A change that went by while the database was read may not be in what was read.
        if self._forgotten == before:
            self._kept[user_id] = sight
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return sight


def _sees(link: Relationship, user_id: str) -> bool:
    """Whether `user_id` may see the other side's presence."""
    role = next(party.role for party in link.parties if party.user_id == user_id)
    return allowed(role, relation_of(link.kind, link.status), Action.SEE_PRESENCE)
