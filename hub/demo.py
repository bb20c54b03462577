"""A small clinic for people who try the hub: seeded once, into an empty development database only."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from hub.bus.indexes import META
from hub.mongo.client import Database
from hub.node import Node
from models.documents.account import Account
from models.enums import Language, RelationshipKind, Role
from models.events.accounts import CreateAccount
from models.events.chat import SendMessage
from models.events.conversations import ConversationKind, CreateConversation
from models.events.relationships import AnswerRelationship, EstablishRelationship, ProposeRelationship
from models.ids import DeviceId, SessionId, UserId, derived_id
from services.unit import Actor, Unit

PASSWORD: Final = "lighthouse-amber-quartz"  # noqa: S105  printed at every start
DOMAIN: Final = "demo.carewire.test"
MARK: Final = "demo"


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody of the demo clinic."""

    key: str
    name: str
    role: Role
    licence_number: str | None = None
    language: Language = Language.EN

    @property
    def email(self) -> str:
        """How they sign in."""
        return f"{self.key}@{DOMAIN}"


CAST: Final = (
    Character("admin", "Ada Keller", Role.ADMIN),
    Character("doctor", "Dr. Lucía Ferrer", Role.DOCTOR, "ES-28-104512"),
    Character("doctor2", "Dr. Omar Haddad", Role.DOCTOR, "ES-28-104987"),
    Character("nurse", "Grace Lindqvist", Role.NURSE, "ES-N-55210"),
    Character("patient", "Martin Osei", Role.PATIENT),
    Character("patient2", "Salma Nasser", Role.PATIENT, language=Language.AR),
    Character("family", "Abena Osei", Role.FAMILY),
)
LINKS: Final = (
    ("doctor", "patient", RelationshipKind.CARE, "general practice"),
    ("nurse", "patient", RelationshipKind.CARE, "home care"),
    ("doctor2", "patient2", RelationshipKind.CARE, "cardiology"),
    ("doctor", "nurse", RelationshipKind.COLLEAGUE, ""),
    ("doctor", "doctor2", RelationshipKind.COLLEAGUE, ""),
)
DIRECT: Final = (
    ("doctor", "Good morning Martin, how did you sleep after the new dose?"),
    ("patient", "Better than last week, thank you. I only woke up once."),
    ("doctor", "That is good to hear. Please take your blood pressure before breakfast and write it here."),
    ("patient", "128 over 82 this morning."),
    ("doctor", "Very good. We keep the dose as it is, and I will look at it again on Thursday."),
)
GROUP: Final = (
    ("nurse", "I will come by on Tuesday at ten to change the dressing."),
    ("family", "I can be there too. Shall I bring the papers from the hospital?"),
    ("doctor", "Please do, Abena. The discharge letter is enough."),
)
CARDIOLOGY: Final = (
    ("doctor2", "صباح الخير سلمى، كيف حالك بعد الدواء الجديد؟"),
    ("patient2", "صباح النور دكتور، أشعر بتحسن، ولم تعد تأتيني الدوخة."),
    ("doctor2", "هذا خبر جيد. هل قستِ النبض هذا الصباح؟"),
    ("patient2", "نعم، كان 72 قبل الفطور."),
    ("doctor2", "ممتاز. استمري على Bisoprolol 2.5 mg مرة واحدة في اليوم، وموعدنا يوم الخميس الساعة العاشرة."),
)
COLLEAGUES: Final = (
    ("nurse", "Martin's wound looks clean, no redness. I changed the dressing."),
    ("doctor", "Thank you, Grace. Please take a picture for the file next time."),
    ("nurse", "Will do. I see him again on Friday."),
)
DIRECTS: Final = (
    ("direct", "doctor", "patient", DIRECT),
    ("cardiology", "doctor2", "patient2", CARDIOLOGY),
    ("colleagues", "doctor", "nurse", COLLEAGUES),
)


async def seed(node: Node, database: Database) -> str:
    """Make the clinic in an empty database, or finish one that was begun; answers the sign-ins to print."""
    accounts, marks = database[Account.get_collection_name()], database[META]
    if await accounts.find_one({}, {"_id": 1}) is None:
        await marks.update_one({"_id": MARK}, {"$set": {"whole": False}}, upsert=True)
    mark = await marks.find_one({"_id": MARK})
    if mark is None:
        return ""
    if not mark["whole"]:
        await _found(node)
        await marks.update_one({"_id": MARK}, {"$set": {"whole": True}})
    lines = [f"  {person.role:<8} {person.email}" for person in CAST]
    return "\n".join(["Demo sign-ins, all with the password " + PASSWORD, *lines])


async def _found(node: Node) -> None:
    people = {person.key: await _enrol(node, person) for person in CAST}
    relationships, conversations = node.services.relationships, node.services.conversations
    patient, daughter = people["patient"], people["family"]
    asked = await relationships.propose(
        _unit(daughter),
        ProposeRelationship(
            cid=_cid("asked"), with_user_id=patient.user_id, kind=RelationshipKind.FAMILY, label="daughter"
        ),
    )
    accepted = AnswerRelationship(cid=_cid("accepted"), relationship_id=asked.relationship.relationship_id, accept=True)
    await relationships.answer(_unit(patient), accepted)
    for first, second, kind, label in LINKS:
        ids = [people[first].user_id, people[second].user_id]
        wish = EstablishRelationship(cid=_cid("link", first, second), user_ids=list(ids), kind=kind, label=label)
        await relationships.establish(_unit(people["admin"]), wish)
    for label, first, second, lines in DIRECTS:
        direct = CreateConversation(cid=_cid(label), kind=ConversationKind.DIRECT, member_ids=[people[second].user_id])
        opened = await conversations.create(_unit(people[first]), direct)
        await _talk(node, people, opened.conversation.conversation_id, lines)
    group = CreateConversation(
        cid=_cid("group"),
        kind=ConversationKind.GROUP,
        member_ids=[people[key].user_id for key in ("nurse", "patient", "family")],
        patient_id=people["patient"].user_id,
        title="Martin at home",
    )
    opened = await conversations.create(_unit(people["doctor"]), group)
    await _talk(node, people, opened.conversation.conversation_id, GROUP)


async def _enrol(node: Node, person: Character) -> Actor:
    wish = CreateAccount(
        cid=_cid("account", person.key),
        role=person.role,
        name=person.name,
        email=person.email,
        password=PASSWORD,
        licence_number=person.licence_number,
        language=person.language,
        time_zone="Europe/Madrid",
    )
    account = await node.accounts.creation.create(wish, verified=True, now=datetime.now(UTC))
    return Actor(UserId(account.id), person.role, SessionId(_cid("session")), DeviceId(_cid("device", person.key)))


async def _talk(node: Node, people: dict[str, Actor], conversation_id: str, lines: tuple[tuple[str, str], ...]) -> None:
    for number, (key, text) in enumerate(lines):
        cid = _cid("line", conversation_id, str(number))
        await node.services.chat.send(
            _unit(people[key]), SendMessage(cid=cid, conversation_id=conversation_id, text=text)
        )


def _unit(actor: Actor) -> Unit:
    return Unit(actor, datetime.now(UTC), "demo")


def _cid(*parts: str) -> str:
    return derived_id("demo", *parts)
