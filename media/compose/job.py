"""What the composing process is told on its standard input, and what it tells on its standard output: JSON lines."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class Shape(BaseModel):
    """Frozen and closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Track(Shape):
    """One sealed file of one party; it begins at `offset_ms` of the film."""

    file: str
    party_id: str
    name: str
    offset_ms: int
    duration_ms: int


class Caption(Shape):
    """Something that was said in the chat."""

    at_ms: int
    name: str
    text: str


class Job(Shape):
    """One film. `film` and `captions_file` are names beside the tracks; whatever is there of them is replaced."""

    folder: str
    recording_id: str
    key: str = Field(repr=False, description="The recording's AES-256 key, base64.")
    tracks: list[Track]
    captions: list[Caption]
    duration_ms: int
    started_at: str
    film: str
    captions_file: str
    width: int
    height: int


class Progress(Shape):
    """Told at least every two seconds while it goes on."""

    told: Literal["progress"] = "progress"
    percent: int


class Made(Shape):
    """The film and its captions are on disk."""

    told: Literal["made"] = "made"
    bytes: int
    duration_ms: int
    sha256: str


class Failed(Shape):
    """It could not be made; the name of the error's type."""

    told: Literal["failed"] = "failed"
    error: str


Told = Annotated[Progress | Made | Failed, Field(discriminator="told")]
TOLD: Final[TypeAdapter[Told]] = TypeAdapter(Told)
MAX_JOB: Final = 8 << 20
"""Bytes of one job; 500 messages of chat have room in it."""
