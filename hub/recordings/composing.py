"""Films are made by a niced child process, one at a time on each node."""

import asyncio
import base64
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from hub.recordings.store import SealedStore
from media.compose.job import TOLD, Caption, Failed, Job, Made, Progress, Track
from models.documents.recording import Recording
from models.errors import HubError
from services.recordings.composing import Composing, Film, Plan
from services.recordings.views import subtitles_of

FILM: Final = "film.webm"
SILENCE_S: Final = 60.0
"""A child that tells nothing for so long hangs."""
LONGEST_LINE: Final = 4096
ROOT: Final = Path(__file__).parents[2]

log = structlog.get_logger(__name__)


class ComposingFailed(Exception):
    """The child did not make a film."""


class Composer:
    """Looks for work by the clock. A hub that dies takes its child with it, and the film is begun again elsewhere."""

    def __init__(self, composing: Composing, store: SealedStore, size: tuple[int, int] = (1280, 720)) -> None:
        """`size`: width and height of films."""
        self._size = size
        self._composing = composing
        self._store = store
        self._task: asyncio.Task[None] | None = None
        self.child: asyncio.subprocess.Process | None = None

    async def tick(self) -> None:
        """Begin with the next film, unless one is being made."""
        if self._task is not None and not self._task.done():
            return
        record = await self._composing.claim()
        if record is not None:
            self._task = asyncio.create_task(self._make(record), name="compose")

    async def close(self) -> None:
        """Stop; somebody else begins again."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _make(self, record: Recording) -> None:
        try:
            plan = await self._composing.plan(record)
            made = await self._run(record, plan)
            if made is None:
                return
            film = Film(FILM, made.bytes, made.duration_ms, made.sha256)
            if not await self._composing.finish(record, film, plan):
                await self._sweep(record)
        except asyncio.CancelledError:
            await self._composing.release(record)
            raise
        except HubError as error:
            log.warning("a film is begun again later", error=error.code.value)
            with suppress(HubError):  # else its lease runs out
                await self._composing.release(record)
        except (ComposingFailed, OSError, ValueError) as error:
            log.error("a film could not be made", error=type(error).__name__)
            with suppress(HubError):
                await self._composing.fail(record)

    async def _run(self, record: Recording, plan: Plan) -> Made | None:
        """What the child made; None when nobody wants it any more."""
        self.child = child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "media.compose", cwd=ROOT, env={}, limit=LONGEST_LINE,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert child.stdin is not None and child.stdout is not None
            child.stdin.write(self._job(record, plan).model_dump_json().encode() + b"\n")
            await child.stdin.drain()
            while True:
                async with asyncio.timeout(SILENCE_S):
                    line = await child.stdout.readline()
                told = TOLD.validate_json(line) if line else Failed(error="Gone")
                if isinstance(told, Made):
                    return told
                if isinstance(told, Failed):
                    log.error("the composing process failed", error=told.error)
                    raise ComposingFailed
                if not await self._wanted(record, told):
                    await self._end(child)
                    await self._sweep(record)
                    return None
        finally:
            await self._end(child)

    async def _wanted(self, record: Recording, told: Progress) -> bool:
        """A database that is slow to answer stops no film; one that answers nothing costs the lease."""
        try:
            return await self._composing.progress(record, told.percent)
        except HubError:
            return True

    async def _end(self, child: asyncio.subprocess.Process) -> None:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
        await child.wait()
        self.child = None

    async def _sweep(self, record: Recording) -> None:
        """The recording was deleted meanwhile, perhaps before the last file was written."""
        if await self._composing.deleted(record):
            await self._store.destroy(record.id)

    def _job(self, record: Recording, plan: Plan) -> Job:
        return Job(
            folder=str(self._store.folder(record.id).absolute()),
            recording_id=record.id,
            key=base64.b64encode(plan.key).decode(),
            tracks=[
                Track(
                    file=track.file, party_id=track.party_id, name=track.person.name, offset_ms=track.offset_ms,
                    duration_ms=track.duration_ms,
                )
                for track in plan.tracks
            ],
            captions=[Caption(at_ms=one.at_ms, name=one.name, text=one.text) for one in plan.captions],
            duration_ms=plan.duration_ms,
            started_at=record.started_at.isoformat(),
            film=FILM,
            captions_file=subtitles_of(FILM),
            width=self._size[0],
            height=self._size[1],
        )  # fmt: skip
