"""After kill -9: drop the torn tail, rebuild cues and duration, write the final head. And deletion that deletes."""

from pathlib import Path

from media.recording.manifest import PartManifest


def repair(folder: Path, file: str, key: bytes, identity: str) -> PartManifest:
    """Finish a file whose writer was killed; a finished file is left as it is. Raises `Tampered`."""
    raise NotImplementedError


def destroy(folder: Path, file: str) -> None:
    """Delete a file's body and head for good; what is not there is no error."""
    raise NotImplementedError
