"""What the manifest will list, written into the file as it happens, so that kill -9 does not cost it."""

from pydantic import BaseModel, ConfigDict

from media.recording.manifest import Gap, Mark, Size
from media.streams import Kind

MAX_LINES = 10_000
"""Of each sort in one file; a call with more gaps than that is one long gap."""


class Note(BaseModel):
    """One chunk's worth of lines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sizes: list[Size] = []
    gaps: list[Gap] = []
    marks: list[Mark] = []
    dropped: dict[Kind, int] = {}
    synced: bool = False


class Journal:
    """The lines of one file."""

    def __init__(self) -> None:
        self.sizes: list[Size] = []
        self.gaps: list[Gap] = []
        self.marks: list[Mark] = []
        self.dropped: dict[Kind, int] = dict.fromkeys(Kind, 0)
        self.synced = False
        """Both tracks are placed by sender reports."""
        self._taken = (0, 0, 0, False)

    def add(self, line: Size | Gap | Mark) -> None:
        """Note a line, unless there are too many."""
        if isinstance(line, Size):
            if len(self.sizes) < MAX_LINES:
                self.sizes.append(line)
        elif isinstance(line, Gap):
            if len(self.gaps) < MAX_LINES:
                self.gaps.append(line)
        elif len(self.marks) < MAX_LINES:
            self.marks.append(line)

    def take(self) -> bytes | None:
        """What is new since the last time, as a `Note`."""
        sizes, gaps, marks, _ = self._taken
        taken = (len(self.sizes), len(self.gaps), len(self.marks), self.synced)
        if taken == self._taken:
            return None
        self._taken = taken
        note = Note(
            sizes=self.sizes[sizes:],
            gaps=self.gaps[gaps:],
            marks=self.marks[marks:],
            dropped=self.dropped,
            synced=self.synced,
        )
        return note.model_dump_json().encode()

    def load(self, note: bytes) -> None:
        """Add what `take` gave."""
        lines = Note.model_validate_json(note)
        self.sizes += lines.sizes
        self.gaps += lines.gaps
        self.marks += lines.marks
        self.dropped.update(lines.dropped)
        self.synced = lines.synced
