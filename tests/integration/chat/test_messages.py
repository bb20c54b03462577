"""Sending, editing, deleting and reading messages on a real log."""

from models.enums import RelationshipKind, Role
from models.events.chat import ListMessages, SendMessage
from models.events.conversations import ConversationKind, CreateConversation
from models.ids import new_id
from tests.support.clinic import Clinic, use


async def test_what_is_sent_is_in_the_history(clinic: Clinic) -> None:
    doctor, patient = clinic.directory.enrol("dora", Role.DOCTOR), clinic.directory.enrol("paul", Role.PATIENT)
    await clinic.join(doctor, patient, RelationshipKind.CARE)
    wish = CreateConversation(cid=new_id(), kind=ConversationKind.DIRECT, member_ids=[patient.user_id])
    opened = await clinic.conversations.create(use(doctor), wish)
    cid = opened.conversation.conversation_id
    sent = await clinic.chat.send(use(doctor), SendMessage(cid=new_id(), conversation_id=cid, text="hello"))
    page = await clinic.chat.list_visible(use(patient), ListMessages(conversation_id=cid))
    assert [(message.n, message.text, message.author_id) for message in page.messages] == [
        (sent.n, "hello", doctor.user_id)
    ]
    assert page.n == sent.n
