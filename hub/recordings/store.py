"""The sealed files of recordings, off the event loop. Implements `services.recordings.ports.SealedStorePort`."""

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from hub.recordings.trimming import trim
from media.recording.manifest import PartManifest
from media.recording.repair import destroy, repair
from media.recording.sealed import SealedFile
from media.recording.sealing import Tampered
from media.recordings import recorded
from models.media import RecordedFile
from services.recordings.ports import DiskTrouble, InUse

HEAD: Final = ".head"
ATTEMPTS: Final = 3
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_OF_PARTY: Final = re.compile(r"(?P<party>[A-Za-z0-9-]{1,64})-(?P<part>\d{1,6})\.\d{1,6}")

log = structlog.get_logger(__name__)


class SealedStore:
    """Files of one recording are in one folder below the common one, which media processes share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def folder(self, recording_id: str) -> Path:
        """Where a recording's files are. ValueError for what is no id."""
        if not _ID.fullmatch(recording_id):
            raise ValueError("not an id")
        return self._folder / recording_id

    async def listing(self, recording_id: str) -> list[str]:
        """Files of parties, finished or not."""
        return await asyncio.to_thread(self._listing, self.folder(recording_id))

    async def repair(self, recording_id: str, file: str, key: bytes) -> RecordedFile | None:
        """Finish a file whose writer was killed; a finished one is only described. None when it is beyond that."""
        return await self._finished(file, lambda: repair(self.folder(recording_id), file, key, recording_id))

    async def trim(self, recording_id: str, file: str, key: bytes, until_ms: int) -> RecordedFile | None:
        """Cut off what is later; None when nothing of it is left."""
        return await self._finished(file, lambda: trim(self.folder(recording_id), file, key, recording_id, until_ms))

    async def _finished(self, file: str, work: Callable[[], PartManifest | None]) -> RecordedFile | None:
        match = _OF_PARTY.fullmatch(file)
        if match is None:
            return None
        try:
            manifest = await asyncio.to_thread(work)
        except BlockingIOError:
            raise InUse from None
        except (Tampered, FileNotFoundError, ValueError) as error:
            log.error("a file of a recording cannot be finished", error=type(error).__name__)
            return None
        except OSError as error:
            log.error("the disk refuses to finish a file of a recording", error=type(error).__name__)
            raise DiskTrouble from None
        return None if manifest is None else recorded(manifest, match["party"], int(match["part"]))

    async def open(self, recording_id: str, file: str, key: bytes) -> SealedFile | None:
        """A file to read from; None when it is not there, or not what was written."""
        if not _FILE.fullmatch(file):
            return None
        try:
            return await asyncio.to_thread(SealedFile.open, self.folder(recording_id), file, key, recording_id)
        except (Tampered, OSError, ValueError) as error:
            log.error("a file of a recording cannot be opened", error=type(error).__name__)
            return None

    async def remove(self, recording_id: str, files: Sequence[str]) -> None:
        """Delete these files for good."""
        try:
            for file in files:
                await asyncio.to_thread(destroy, self.folder(recording_id), file)
        except FileNotFoundError:
            return  # not even the folder is there
        except OSError as error:
            log.error("the disk refuses to delete a file of a recording", error=type(error).__name__)
            raise DiskTrouble from None

    async def destroy(self, recording_id: str) -> None:
        """Delete every file, then the folder."""
        await asyncio.to_thread(_destroy, self.folder(recording_id))

    def _listing(self, folder: Path) -> list[str]:
        if not folder.is_dir():
            return []
        names = [path.name.removesuffix(HEAD) for path in folder.iterdir() if path.name.endswith(HEAD)]
        return sorted(name for name in names if _OF_PARTY.fullmatch(name))


def _destroy(folder: Path) -> None:
    if not folder.is_dir():
        return
    sealed = {path.name.removesuffix(HEAD) for path in folder.iterdir() if path.name.endswith(HEAD)}
    for name in sorted(sealed):
        destroy(folder, name)
    for attempt in range(ATTEMPTS):
        for path in folder.iterdir():  # bodies without a head, unfinished films
            path.unlink(missing_ok=True)
        try:
            folder.rmdir()
            return
        except OSError:  # a film's process, which is about to end, has just made another file
            if attempt == ATTEMPTS - 1:
                raise
