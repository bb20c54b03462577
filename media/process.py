"""Everything one media process does: its port, its rooms, its disk, and the answers to the hub."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from media.api.wire import Fault
from media.meter import Meter
from media.recording.disk import DiskWriter
from media.recordings import Reason, RoomRecording, all_files, make_folder, recording_key, safe_name
from media.room import EMPTY_S, Room
from media.settings import Settings
from media.transport.port import MediaPort
from media.turns import Turns
from models.media import (
    AnswerLeg,
    Ask,
    CloseRoom,
    Empty,
    Event,
    JoinLeg,
    KeepLegs,
    LeaveLeg,
    Load,
    MeasureLeg,
    MediaFault,
    Recorded,
    RecordedFile,
    RecordFailed,
    RecordParty,
    Request,
    SetLegMedia,
    Shape,
    StartRecord,
    StopRecord,
    WantVideo,
)

SHORTEST_S: Final = 0.001
"""The loop's timers count in whole milliseconds: less than one would not wait at all."""
MAX_ROOMS: Final = 512
MAX_LEGS: Final = 1024
MAX_FINISHED: Final = 64
"""Recordings whose files are remembered, so that `record.stop` can be asked again."""
MAX_OVER: Final = 4096
"""Recordings that are known to be over, so that no late request begins them again."""
FOLDER_S: Final = 2.0

_ENDED: Final = 1 << 30
"""No recording has so many parts."""

log = structlog.get_logger(__name__)


class MediaProcess:
    """`listen`, `open`, then `handle` requests. Used on one loop."""

    def __init__(self, settings: Settings) -> None:
        self._recordings = settings.recordings_dir
        self._tell: Callable[[Event], None]
        self._port = MediaPort(settings.port())
        self._disk: DiskWriter | None = None
        self._rooms: dict[str, Room] = {}
        self._finished: OrderedDict[str, asyncio.Task[list[RecordedFile]]] = OrderedDict()
        self._over: OrderedDict[str, int] = OrderedDict()
        """Up to which part a recording is over here; `_ENDED` once it was stopped."""
        self._finishing: set[asyncio.Task[object]] = set()
        self._ticking: asyncio.Task[None] | None = None
        self._turns = Turns()
        self._meter = Meter()
        self.draining = False

    def listen(self, tell: Callable[[Event], None]) -> None:
        """Who is told of events."""
        self._tell = tell

    async def open(self) -> None:
        """Bind the port and begin to tick. OSError when no port is free."""
        await self._port.open()
        self._ticking = asyncio.create_task(self._keep_ticking(), name="media.tick")

    async def close(self) -> None:
        """Finish recordings, hang up on everybody, let go of the port."""
        self.draining = True
        await self.finish_recordings()
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        for call_id in tuple(self._rooms):
            self._close_room(call_id)
        await asyncio.gather(*self._finishing, return_exceptions=True)
        await self._port.close()
        if self._disk is not None:
            await asyncio.to_thread(self._disk.close, 1.0)

    async def finish_recordings(self) -> None:
        """Bring every recording to its end on disk."""
        await asyncio.gather(*(self._finish(room) for room in self._rooms.values()))

    @property
    def port(self) -> int:
        """The UDP port of all media."""
        return self._port.port

    def standing(self) -> Iterator[Event]:
        """What a hub node that has just linked must be told."""
        for room in self._rooms.values():
            yield from room.standing()

    async def handle(self, request: Request) -> Shape:
        """One request. Raises Fault."""
        match request:
            case JoinLeg():
                return self._join(request)
            case AnswerLeg():
                self._room(request.call_id).answer(request)
            case LeaveLeg():
                if room := self._rooms.get(request.call_id):
                    room.leave(request.leg_id)
            case KeepLegs():
                if room := self._rooms.get(request.call_id):
                    room.keep(request.legs, time.monotonic())
                    for media in request.media:
                        with suppress(Fault):  # who has not joined is told of when they do
                            room.set_media(media)
            case SetLegMedia():
                self._room(request.call_id).set_media(request)
            case WantVideo():
                self._room(request.call_id).want(request)
            case MeasureLeg():
                return self._room(request.call_id).measure(request.leg_id)
            case CloseRoom():
                self._close_room(request.call_id)
            case StartRecord():
                await self._start_record(request)
            case RecordParty():
                room, party_id = self._room(request.call_id), safe_name(request.party_id)
                async with room.starting:
                    if room.recording is not None:
                        room.recording.consent(party_id, agreed=request.on)
            case StopRecord():
                return await self._stop_record(request)
            case Ask():
                return self._asked(request)
        return Empty()

    def _asked(self, request: Ask) -> Shape:
        if request.op == "drain":
            self.draining = True
            return Empty()
        return Load(
            calls=len(self._rooms),
            legs=sum(room.legs for room in self._rooms.values()),
            packets_per_s=self._meter.packets_per_s,
            cpu=self._meter.cpu,
            lag_ms=self._meter.lag_ms,
            recordings=sum(room.recording is not None for room in self._rooms.values()),
            draining=self.draining,
            port=self.port,
        )

    def _join(self, request: JoinLeg) -> Shape:
        room = self._rooms.get(request.call_id)
        if room is not None:
            return room.join(request)
        if self.draining:
            raise Fault(MediaFault.DRAINING)
        if len(self._rooms) >= MAX_ROOMS or self._port.transports >= MAX_LEGS:
            raise Fault(MediaFault.FULL)
        room = Room(request.call_id, self._port, self._tell, echo=request.echo)
        offer = room.join(request)
        self._rooms[request.call_id] = room
        self._turns.add(request.call_id, time.monotonic())
        return offer

    def _room(self, call_id: str) -> Room:
        room = self._rooms.get(call_id)
        if room is None:
            raise Fault(MediaFault.UNKNOWN_CALL)
        return room

    def _close_room(self, call_id: str) -> None:
        room = self._rooms.pop(call_id, None)
        self._turns.remove(call_id)
        if room is not None:
            self._later(self._finish(room))
            room.close()

    # -- recordings ---------------------------------------------------------------------------------------------

    async def _start_record(self, request: StartRecord) -> None:
        room = self._room(request.call_id)
        recording_key(request)
        folder = self._recordings / safe_name(request.recording_id)
        for party_id in request.parties:
            safe_name(party_id)
        async with room.starting:
            if room.recording is None or room.recording.recording_id != request.recording_id:
                await self._begin_record(room, request, folder)
                return
            for party_id in request.parties:  # a join that was under way while its party agreed may have come last
                room.recording.consent(party_id, agreed=True)

    async def _begin_record(self, room: Room, request: StartRecord, folder: Path) -> None:
        try:
            async with asyncio.timeout(FOLDER_S):
                await asyncio.to_thread(make_folder, folder)
        except (OSError, TimeoutError):
            raise Fault(MediaFault.DISK) from None
        await self._finish(room)
        self._record(room, request, folder)

    def _note_over(self, recording_id: str, part: int) -> None:
        self._over[recording_id] = max(part, self._over.pop(recording_id, 0))
        while len(self._over) > MAX_OVER:
            self._over.popitem(last=False)

    def _record(self, room: Room, request: StartRecord, folder: Path) -> None:
        over = self._over.get(request.recording_id, 0) >= request.part
        if over or self._rooms.get(room.call_id) is not room or room.recording is not None:
            raise Fault(MediaFault.UNKNOWN_CALL)
        if self._disk is None:
            self._disk = DiskWriter()

        def failed(reason: Reason) -> None:
            log.error("a recording was given up", error=reason)
            self._later(self._give_up(room, request.recording_id, reason))

        room.recording = RoomRecording(
            request, folder, self._disk, room.switchboard, room.sources, room.request_keyframe, failed
        )

    async def _stop_record(self, request: StopRecord) -> Recorded:
        self._note_over(request.recording_id, _ENDED)
        room = self._rooms.get(request.call_id)
        if room is not None and room.recording is not None and room.recording.recording_id == request.recording_id:
            await self._finish(room)
        finished = self._finished.get(request.recording_id)
        if finished is None:
            raise Fault(MediaFault.UNKNOWN_CALL)
        return Recorded(files=await asyncio.shield(finished))

    async def _finish(self, room: Room) -> list[RecordedFile]:
        """The files of a room's recording, if there is one; it is over at once, whatever the disk does."""
        recording, room.recording = room.recording, None
        if recording is None:
            return []
        self._note_over(recording.recording_id, recording.part)
        earlier = self._finished.pop(recording.recording_id, None)
        task = asyncio.create_task(all_files(earlier, recording), name="media.recording")
        self._finished[recording.recording_id] = task
        while len(self._finished) > MAX_FINISHED:
            self._finished.popitem(last=False)
        return await asyncio.shield(task)

    async def _give_up(self, room: Room, recording_id: str, reason: Reason) -> None:
        files = await self._finish(room)
        self._tell(RecordFailed(call_id=room.call_id, recording_id=recording_id, reason=reason, files=files))

    def _attend(self, room: Room, now: float) -> None:
        try:
            room.tick(now)
        finally:
            if now - room.empty_since > EMPTY_S:
                self._close_room(room.call_id)

    def _later(self, work: Coroutine[None, None, object]) -> None:
        task = asyncio.create_task(work, name="media.finish")
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    # -- time ---------------------------------------------------------------------------------------------------

    async def _keep_ticking(self) -> None:
        while True:
            now = time.monotonic()
            due = self._turns.next(now)
            await asyncio.sleep(max(SHORTEST_S, due - now))
            now = time.monotonic()
            self._meter.late((now - due) * 1000)
            self.tick(now)

    def tick(self, now: float) -> None:
        """The timers of the calls whose turn it is. One that fails does not stop the others'."""
        for call_id in self._turns.take(now):
            try:
                self._attend(self._rooms[call_id], now)
            except Exception as error:
                log.exception("a room's tick failed", error=type(error).__name__)
        self._meter.read(now, self._port.counters.packets)
