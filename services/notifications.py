"""A person's notifications: raised as facts of their inbox, read on all their devices at once."""

from collections.abc import Mapping

from models import streams
from models.documents.inbox_reads import SINGLES_KEPT, InboxReads
from models.documents.owing import PendingFact, dumped, pending
from models.enums import NotificationCategory
from models.events.base import Done
from models.events.notifications import (
    NOTIFICATION_RAISED,
    NOTIFICATIONS_READ,
    ListNotifications,
    NotificationRaised,
    Notifications,
    NotificationsRead,
    NotificationView,
    ReadNotifications,
)
from models.ids import SYSTEM
from services import state
from services.outbox import Outbox
from services.ports import Event, HistoryPort, LogPort
from services.unit import Unit

UNREAD_CAP = 999


def notice(
    user_id: str,
    category: NotificationCategory,
    title: str,
    *,
    params: Mapping[str, str] | None = None,
    link: str = "",
    by: str = SYSTEM,
) -> PendingFact:
    """A notification to be stored in the outbox of the document whose change it tells about.

    `title` is a key of the client's texts; `params` are names and titles, never health data.
    """
    data = NotificationRaised(category=category, title=title, params=dict(params or {}), link=link)
    return pending(NOTIFICATION_RAISED, data, streams.inbox(user_id), by)


class NotificationService:
    """Reads the inbox and keeps what was read."""

    def __init__(self, log: LogPort, history: HistoryPort, outbox: Outbox) -> None:
        self._log = log
        self._history = history
        self._outbox = outbox

    async def list_visible(self, unit: Unit, cmd: ListNotifications) -> Notifications:
        """Newest first, in their present read state."""
        user_id = unit.actor.user_id
        stream = streams.inbox(user_id)
        # Head before state: whatever the log said up to here, the state read afterwards includes.
        head = await self._log.head(stream)
        reads = await state.fetch(InboxReads, user_id) or InboxReads(id=user_id)
        span = range(1, min(cmd.before_n or head + 1, head + 1))
        found = await self._history.page(stream, NOTIFICATION_RAISED.name, span, cmd.limit + 1, newest_first=True)
        beyond = range(reads.up_to_n + 1, head + 1)
        singles = {n for n in reads.ns if n in beyond}
        unread = await self._history.count(stream, NOTIFICATION_RAISED.name, beyond, UNREAD_CAP + len(singles))
        return Notifications(
            notifications=[_view(event, reads) for event in found[: cmd.limit]],
            more=len(found) > cmd.limit,
            unread=min(UNREAD_CAP, unread - len(singles)),
            read_up_to=reads.up_to_n,
            n=head,
        )

    async def read(self, unit: Unit, cmd: ReadNotifications) -> Done:
        """Mark as read. Only notifications that exist count; reading them again changes nothing and tells nobody."""
        user_id = unit.actor.user_id
        stream = streams.inbox(user_id)
        up_to = min(cmd.up_to_n or 0, await self._log.head(stream))
        singles = [e.n for e in await self._history.events(stream, set(cmd.ns)) if e.type == NOTIFICATION_RAISED.name]
        if not up_to and not singles:
            return Done()
        reads = await state.fetch(InboxReads, user_id)
        if reads is None:
            await state.insert(InboxReads(id=user_id))
        moved: list[dict[str, object]] = [{"up_to_n": {"$lt": up_to}}]
        if singles:
            moved.append({"ns": {"$not": {"$all": singles}}})
        new = [n for n in singles if reads is None or n not in reads.ns]
        fact = pending(NOTIFICATIONS_READ, NotificationsRead(up_to_n=up_to or None, ns=singles), stream, user_id)
        after = await state.change(
            InboxReads,
            {"_id": user_id, "$or": moved},
            {
                "$max": {"up_to_n": up_to},
                "$push": {"ns": {"$each": new, "$slice": -SINGLES_KEPT}, "outbox": {"$each": dumped(fact)}},
            },
        )
        if after is not None:
            await self._outbox.settle(after)
        return Done()


def _view(event: Event, reads: InboxReads) -> NotificationView:
    raised = NotificationRaised.model_validate(event.data, strict=False)
    return NotificationView(
        n=event.n,
        at=event.at,
        category=raised.category,
        title=raised.title,
        body=raised.body,
        params=raised.params,
        link=raised.link,
        read=event.n <= reads.up_to_n or event.n in reads.ns,
    )
