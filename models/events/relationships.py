"""Relationships: why two people may reach each other. Made by one side or an admin, opened by the other."""

from pydantic import ConfigDict, Field

from models.enums import ADMINS, PEOPLE, QoS, RelationshipKind, RelationshipStatus
from models.errors import ErrorCode
from models.events.base import (
    Audience,
    Command,
    Fact,
    Lane,
    Reply,
    UtcTime,
    Wire,
    WritingCommand,
    command,
    fact,
    given,
    per_minute,
    per_second,
)
from models.events.people import PersonView
from models.ids import UuidText


class RelationshipView(Wire):
    """A relationship between a patient and a clinician or family member, or between two colleagues."""

    relationship_id: str
    kind: RelationshipKind
    status: RelationshipStatus
    patient: PersonView | None = Field(description="The patient; absent between colleagues.")
    people: list[PersonView] = Field(description="Everyone in it, the patient included.")
    proposed_by: str
    may_answer: bool = Field(description="True if you are the one who accepts or declines.")
    label: str = Field(default="", max_length=80, description="For example `daughter` or `cardiology`.")
    created_at: UtcTime
    changed_at: UtcTime


class ListRelationships(Command):
    """Everyone you are related to, proposals included."""


class Relationships(Reply):
    """Newest change first."""

    relationships: list[RelationshipView]


class ProposeRelationship(WritingCommand):
    """Ask for a relationship.

    A clinician proposes care to a patient, a family member proposes a family link to a patient, a patient proposes
    either; the other side accepts. Between two clinicians it makes them colleagues.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [given("with_user_id", "string"), given("with_contact", "string")]}
    )

    with_user_id: UuidText | None = None
    with_contact: str | None = Field(
        default=None, min_length=3, max_length=254, description="E-mail or phone of an account, if its id is not known."
    )
    kind: RelationshipKind
    label: str = Field(default="", max_length=80)


class EstablishRelationship(WritingCommand):
    """An admin joins two people without asking them."""

    user_ids: list[UuidText] = Field(min_length=2, max_length=2)
    kind: RelationshipKind
    label: str = Field(default="", max_length=80)


class AnswerRelationship(WritingCommand):
    """Accept or decline a proposal made to you."""

    relationship_id: UuidText
    accept: bool


class EndRelationship(WritingCommand):
    """End a relationship you are part of (or any, as admin). Direct conversations close with it."""

    relationship_id: UuidText


class RelationshipChange(Reply):
    """The relationship as it stands after the command."""

    relationship: RelationshipView


class ListReachable(Command):
    """People with whom you may start a conversation, by name."""

    query: str = Field(default="", max_length=80)
    limit: int = Field(default=20, ge=1, le=50)


class Reachable(Reply):
    """People whom an active relationship opens to you."""

    people: list[PersonView]


class ListAllRelationships(Command):
    """Admin: relationships of one person, or the newest of all."""

    user_id: UuidText | None = None
    limit: int = Field(default=50, ge=1, le=100)


class RelationshipChanged(Fact):
    """A relationship of yours was proposed, accepted, declined, made or ended."""

    relationship: RelationshipView


RELATIONSHIP_LIST = command("relationship.list", ListRelationships, reply=Relationships, lane=Lane.READ, allow=PEOPLE,
                            audit="relationship.read", unverified=True)  # fmt: skip
RELATIONSHIP_PROPOSE = command("relationship.propose", ProposeRelationship, reply=RelationshipChange,
                               lane=Lane.ACCOUNT, allow=PEOPLE - ADMINS, rate=per_minute(20, 10),
                               audit="relationship.create",
                               errors=(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT))  # fmt: skip
RELATIONSHIP_ESTABLISH = command("relationship.establish", EstablishRelationship, reply=RelationshipChange,
                                 lane=Lane.ACCOUNT, allow=ADMINS, audit="relationship.create",
                                 errors=(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT))  # fmt: skip
RELATIONSHIP_ANSWER = command("relationship.answer", AnswerRelationship, reply=RelationshipChange, lane=Lane.ACCOUNT,
                              allow=PEOPLE - ADMINS, audit="relationship.update",
                              errors=(ErrorCode.NOT_FOUND, ErrorCode.NOT_NOW))  # fmt: skip
RELATIONSHIP_END = command("relationship.end", EndRelationship, reply=RelationshipChange, lane=Lane.ACCOUNT,
                           allow=PEOPLE, audit="relationship.end", errors=(ErrorCode.NOT_FOUND,))  # fmt: skip
RELATIONSHIP_REACHABLE = command("relationship.reachable", ListReachable, reply=Reachable, lane=Lane.READ,
                                 allow=PEOPLE, rate=per_second(4, 10), audit="directory.read")  # fmt: skip
RELATIONSHIP_LIST_ALL = command("relationship.list_all", ListAllRelationships, reply=Relationships, lane=Lane.READ,
                                allow=ADMINS, audit="relationship.read")  # fmt: skip

RELATIONSHIP_CHANGED = fact("relationship.changed", RelationshipChanged, qos=QoS.B, audience=Audience.SELF)

COMMANDS = (RELATIONSHIP_LIST, RELATIONSHIP_PROPOSE, RELATIONSHIP_ESTABLISH, RELATIONSHIP_ANSWER, RELATIONSHIP_END,
            RELATIONSHIP_REACHABLE, RELATIONSHIP_LIST_ALL)  # fmt: skip
FACTS = (RELATIONSHIP_CHANGED,)
