"""A call: one document, changed only by compare-and-set of its `version` (`services.calls.book`)."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from models.documents.owing import OUTBOX_INDEX, Owing
from models.enums import Role
from models.events.call_views import (
    CallKind,
    CallReason,
    CallState,
    ConsentState,
    MediaPath,
    MediaState,
    PartyState,
    PathReason,
    RecordingState,
)


class Party(BaseModel):
    """One person's seat."""

    party_id: str
    user_id: str
    name: str
    role: Role
    verified: bool = True
    state: PartyState
    ended: CallReason | None = None
    busy_waiting: bool = False
    """Rings as call waiting: they were in another call when called."""
    device_id: str | None = None
    """The device that answered; another one of theirs may take over."""
    leg_id: str | None = None
    leg_at: datetime | None = None
    """When this leg took the seat."""
    node: str | None = None
    """Boot id of the hub node that the leg's connection is on."""
    away_at: datetime | None = None
    """Since when their connection is gone; the place is kept for a while."""
    media: MediaState = Field(default_factory=MediaState)
    consent: ConsentState = ConsentState.NONE
    connected_n: int = 0
    """The newest `path_n` on which this leg had media."""
    ring_expires_at: datetime | None = None
    """Until when their devices ring, while they ring."""
    replaces: str | None = None
    """Transfer: the user who leaves when this party has answered."""
    invited_at: datetime
    joined_at: datetime | None = None
    left_at: datetime | None = None


class GuestLink(BaseModel):
    """A one-time way in."""

    link_id: str
    secret_hash: str
    """SHA-256 of 256 random bits."""
    label: str
    by: str
    expires_at: datetime
    spent_at: datetime | None = None
    party_id: str | None = None


class Call(Owing):
    """Its state, its parties, its path, its recording."""

    id: str  # type: ignore[assignment]
    conversation_id: str
    title: str = ""
    """Of the conversation when the call began; empty for a direct one."""
    version: int = 1
    kind: CallKind
    state: CallState
    reason: CallReason | None = None
    host_id: str
    started_by: str
    waiting_room: bool = False
    fingerprint: str
    """Hash of the command that made it: the same client id with another wish is refused."""
    started_at: datetime
    ring_expires_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    parties: list[Party]
    seated: list[str] = Field(default_factory=list)
    """Users who are in this call now: nobody is seated in two (unique index). Absent in the database when empty.
    Derived on every write, like `due_at` (`services.calls.seats.derive`)."""
    path: MediaPath = MediaPath.DIRECT
    path_n: int = 1
    path_reason: PathReason = PathReason.START
    path_at: datetime | None = None
    """When the present path was decided; cleared once its `call.path_changed` is told."""
    path_before: MediaPath | None = None
    direct_failed: int = 0
    """How often the direct path did not work in this call; after the second it is not tried again."""
    process: str | None = None
    """Address of the media process that relays this call."""
    recording: RecordingState = RecordingState.OFF
    recording_id: str | None = None
    recording_required: bool = False
    guest_links: list[GuestLink] = Field(default_factory=list)
    done: list[str] = Field(default_factory=list)
    """The latest commands that changed it (`user:device:cid`): a late repetition changes nothing."""
    due_at: datetime | None = None
    """When the clock must look at it next: a ring, a kept place or a guest link runs out."""

    class Settings:
        name = "calls"
        indexes: ClassVar[list[IndexModel]] = [
            IndexModel(
                [("seated", ASCENDING)], name="one_call_each", unique=True,
                partialFilterExpression={"seated.0": {"$exists": True}},
            ),
            IndexModel([("conversation_id", ASCENDING), ("started_at", DESCENDING)], name="of_conversation"),
            IndexModel([("state", ASCENDING), ("_id", ASCENDING)], name="of_state"),
            IndexModel([("state", ASCENDING), ("due_at", ASCENDING)], name="due"),
            IndexModel([("state", ASCENDING), ("parties.node", ASCENDING)], name="of_node"),
            IndexModel([("parties.user_id", ASCENDING), ("state", ASCENDING)], name="of_user"),
            IndexModel([("process", ASCENDING), ("state", ASCENDING)], name="of_process"),
            IndexModel([("guest_links.secret_hash", ASCENDING)], name="guest_link", sparse=True),
            OUTBOX_INDEX,
        ]  # fmt: skip

    @property
    def live(self) -> bool:
        """Whether anything about it can still change."""
        return self.state is not CallState.ENDED

    def party(self, party_id: str) -> Party | None:
        """The seat of that id."""
        return next((party for party in self.parties if party.party_id == party_id), None)

    def party_of(self, user_id: str) -> Party | None:
        """The newest seat of that person."""
        return next((party for party in reversed(self.parties) if party.user_id == user_id), None)

    def leg(self, leg_id: str) -> Party | None:
        """The party that sits on this leg now."""
        return next((party for party in self.parties if party.leg_id == leg_id), None)

    @property
    def engaged(self) -> list[Party]:
        """Who is in it, rings or waits."""
        return [party for party in self.parties if party.state is not PartyState.GONE]

    @property
    def present(self) -> list[Party]:
        """Who is in it, those whose connection is gone for a moment included."""
        return [party for party in self.parties if party.state in (PartyState.PRESENT, PartyState.AWAY)]
