"""What happened during a recording, from the conversation's log, on the recording's clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from models import streams
from models.documents.recording import Recording
from models.events.call_views import MediaState
from models.events.calls import CALL_JOINED, CALL_LEFT, CALL_MEDIA_CHANGED, CALL_PATH_CHANGED
from models.events.chat import CHAT_DELETED, CHAT_EDITED
from models.events.conversations import MessageView
from models.events.recording_views import StopReason, TimelineEvent, TimelineKind
from models.events.recordings import RECORDING_ASKED, RECORDING_CONSENTED, RECORDING_STARTED, RECORDING_STOPPED
from models.ids import SYSTEM
from services.chat import Thread
from services.outbox import OUTBOX_DEVICE
from services.ports import Event, HistoryPort, LogPort
from services.recordings.consent import started_fact

MOST_EVENTS: Final = 2000
MOST_MESSAGES: Final = 500
MOST_BYTES: Final = 1 << 20
BEFORE: Final = 64
"""So many facts before the start are looked at for who agreed, and for what was muted already."""
STOPS: Final = 50
HEARD: Final = timedelta(seconds=5)
"""A process that can be reached has heard of an end by then: the next sweep, and a request that takes its time."""
_CONSENT: Final = (RECORDING_ASKED.name, RECORDING_CONSENTED.name)
_AGAINST: Final = (StopReason.WITHDRAWN, StopReason.REFUSED)
_CHANGES: Final = (CHAT_EDITED.name, CHAT_DELETED.name)
_CALL: Final = (
    CALL_JOINED.name, CALL_LEFT.name, CALL_MEDIA_CHANGED.name, CALL_PATH_CHANGED.name, *_CONSENT,
    RECORDING_STARTED.name, RECORDING_STOPPED.name,
)  # fmt: skip


class Timeline:
    """Reads. Who may read what is decided by the caller, who passes the floor."""

    def __init__(self, log: LogPort, history: HistoryPort, thread: Thread) -> None:
        self._log = log
        self._history = history
        self._thread = thread

    async def head(self, record: Recording) -> int:
        """The conversation's newest position."""
        return await self._log.head(streams.conversation(record.conversation_id))

    async def changed(self, record: Recording, said: list[int], as_of: int) -> bool:
        """Whether one of these messages was edited or deleted after position `as_of`."""
        if not said:
            return False
        stream = streams.conversation(record.conversation_id)
        changes = await self._history.referring(stream, said, await self._log.head(stream))
        return any(event.n > as_of and event.type in _CHANGES for event in changes)

    async def begins(self, record: Recording) -> int | None:
        """Position of `recording.started`; None while it is owed to the log."""
        begin = await self._begin(record)
        return None if begin is None else begin.n

    async def of(self, record: Recording, floor: int) -> list[TimelineEvent]:
        """Ascending by time; nothing at or below position `floor`. What led to the recording stands at its start."""
        stream = streams.conversation(record.conversation_id)
        begin = await self._begin(record)
        if begin is None:
            return []
        head = await self._log.head(stream)
        last = await self._last(record, begin.n, head)
        before = await self._log.read_back(stream, begin.n, BEFORE, (*_CONSENT, CALL_MEDIA_CHANGED.name))
        during = await self._during(record, max(begin.n - 1, floor), last)
        placed = _Placed(record, [event for event in reversed(before) if event.n > floor])
        events = [*placed.consent_before(), *(one for event in during for one in placed.told(event))]
        span = range(max(begin.n, floor + 1), last + 1)
        page = await self._thread.oldest(record.conversation_id, span, MOST_MESSAGES, up_to=head)
        events += [placed.said(message) for message in page.messages]
        return sorted(events, key=lambda event: (event.at_ms, event.n or 0))

    async def ending(self, record: Recording) -> datetime | None:
        """Nothing of it may be later; None while how it ended is owed to the log.

        Consent that is taken back, or refused, counts at once; any other end when everybody has heard of it.
        """
        begin = await self._begin(record)
        stream = streams.conversation(record.conversation_id)
        stop = None if begin is None else await self._stop(record, begin.n, await self._log.head(stream))
        if stop is None:
            return None
        if stop.data["reason"] not in _AGAINST:
            return stop.at + HEARD
        answers = await self._log.read_back(stream, stop.n, 1, (RECORDING_CONSENTED.name,))
        return min([stop.at, *(one.at for one in answers if one.data["party_id"] == stop.data["party_id"])])

    async def _begin(self, record: Recording) -> Event | None:
        stream = streams.conversation(record.conversation_id)
        return await self._log.find(stream, SYSTEM, OUTBOX_DEVICE, f"ob:{started_fact(record.id)}")

    async def _last(self, record: Recording, first: int, head: int) -> int:
        stop = await self._stop(record, first, head)
        return head if stop is None else stop.n

    async def _stop(self, record: Recording, first: int, head: int) -> Event | None:
        stream = streams.conversation(record.conversation_id)
        stops = await self._history.page(
            stream, RECORDING_STOPPED.name, range(first, head + 1), STOPS, newest_first=False
        )
        return next((stop for stop in stops if stop.data["recording_id"] == record.id), None)

    async def _during(self, record: Recording, after: int, last: int) -> list[Event]:
        found: list[Event] = []
        while len(found) < MOST_EVENTS:
            stream = streams.conversation(record.conversation_id)
            page = await self._log.read(stream, after, MOST_EVENTS - len(found), MOST_BYTES, _CALL)
            found += [event for event in page if event.n <= last and event.data.get("call_id") == record.call_id]
            if not page or page[-1].n >= last:
                break
            after = page[-1].n
        return found


class _Placed:
    """Facts on the clock of one recording."""

    def __init__(self, record: Recording, before: list[Event]) -> None:
        self._record = record
        self._before = [event for event in before if event.data.get("call_id") == record.call_id]
        self._people = {one.party_id: one.user_id for one in record.participants}
        self._media: dict[str, MediaState] = {}
        for event in self._before:
            if event.type == CALL_MEDIA_CHANGED.name:
                self._media[event.data["party_id"]] = MediaState.model_validate(event.data["media"])

    def consent_before(self) -> Iterator[TimelineEvent]:
        """How it came to be recorded."""
        for event in self._before:
            if event.type in _CONSENT:
                yield from self.told(event)

    def told(self, event: Event) -> Iterator[TimelineEvent]:
        """What one fact is on the timeline; several things may have changed at once."""
        data = event.data
        who = self._people.get(data.get("party_id") or "")
        match event.type:
            case CALL_JOINED.name:
                yield self._at(event, TimelineKind.JOINED, data["person"]["user_id"], "joined")
            case CALL_LEFT.name:
                yield self._at(event, TimelineKind.LEFT, data["user_id"], data["reason"])
            case CALL_PATH_CHANGED.name:
                yield self._at(event, TimelineKind.PATH, None, f"{data['after']}.{data['reason']}")
            case CALL_MEDIA_CHANGED.name:
                for detail in self._switched(data["party_id"], MediaState.model_validate(data["media"])):
                    yield self._at(event, TimelineKind.MEDIA, who, detail)
            case RECORDING_CONSENTED.name:
                detail = "agreed" if data["agreed"] else "refused"
                yield self._at(event, TimelineKind.CONSENT, who or event.by, detail)
            case RECORDING_ASKED.name:
                yield self._at(event, TimelineKind.CONSENT, event.by if event.by != SYSTEM else None, "asked")
            case RECORDING_STARTED.name:
                yield self._at(event, TimelineKind.RECORDING, None, "started")
            case RECORDING_STOPPED.name:
                yield self._at(event, TimelineKind.RECORDING, who, f"stopped.{data['reason']}")

    def said(self, message: MessageView) -> TimelineEvent:
        """A message as it reads now."""
        detail = "deleted" if message.deleted_at else "edited" if message.edited_at else ""
        return TimelineEvent(
            at_ms=self._ms(message.sent_at), kind=TimelineKind.MESSAGE, n=message.n, user_id=message.author_id,
            text=message.text[:4000], detail=detail,
        )  # fmt: skip

    def _switched(self, party_id: str, now: MediaState) -> Iterator[str]:
        before = self._media.get(party_id, MediaState())
        self._media[party_id] = now
        for name in ("audio", "camera", "screen", "held"):
            if getattr(before, name) != getattr(now, name):
                yield f"{name}.{'on' if getattr(now, name) else 'off'}"

    def _at(self, event: Event, kind: TimelineKind, user_id: str | None, detail: str) -> TimelineEvent:
        return TimelineEvent(at_ms=self._ms(event.at), kind=kind, n=event.n, user_id=user_id, detail=detail)

    def _ms(self, at: datetime) -> int:
        return max(0, round((at - self._record.started_at) / timedelta(milliseconds=1)))
