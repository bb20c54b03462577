"""What recordings need from the outside world, and what they offer to calls."""

from collections.abc import Collection, Sequence
from typing import Protocol

from models.enums import Role
from models.media import RecordedFile


class RecordingPolicyPort(Protocol):
    """What the call engine asks when a call starts."""

    async def required(self, roles: Collection[Role]) -> bool:
        """Whether a call between people of these roles is to be recorded once all agree."""
        ...


class InUse(Exception):
    """A process still writes this file."""


class DiskTrouble(Exception):
    """The disk is full, or does not answer: what cannot be done now may be done later."""


class SealedStorePort(Protocol):
    """The sealed files on disk. A file is named as in `models.media.RecordedFile`, without a folder."""

    async def listing(self, recording_id: str) -> list[str]:
        """Every sealed file of a recording, finished or not."""
        ...

    async def repair(self, recording_id: str, file: str, key: bytes) -> RecordedFile | None:
        """Finish a file whose writer was killed; a finished one is only described.

        None when nothing can be made of it. Raises `InUse`, `DiskTrouble`.
        """
        ...

    async def trim(self, recording_id: str, file: str, key: bytes, until_ms: int) -> RecordedFile | None:
        """Cut off what is later than `until_ms` of the file; None when nothing of it is left, nor of the file.

        Raises `InUse`, `DiskTrouble`.
        """
        ...

    async def remove(self, recording_id: str, files: Sequence[str]) -> None:
        """Delete these files for good; what is not there is no error. Raises `DiskTrouble`."""
        ...

    async def destroy(self, recording_id: str) -> None:
        """Delete every file of a recording for good; what is not there is no error."""
        ...
