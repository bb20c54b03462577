"""Opening accounts: what is stored, what is refused, and two who want the same name at once."""

import asyncio
import json

import pytest
from pydantic import ValidationError

from models.documents.account import Account
from models.enums import AccountStatus, Role
from models.errors import AlreadyTaken, CidConflict, Invalid, WeakPassword
from models.events.accounts import Register, UpdateAccount
from models.events.people import PersonView
from models.ids import new_id
from services.fields import FieldCipher, SealBrokenError
from tests.support.accounts import PASSWORD, Office, ring


async def test_a_patient_is_active_and_a_doctor_waits(office: Office) -> None:
    cmd = Register(cid=new_id(), role=Role.PATIENT, name="Ana", password=PASSWORD, email="Ana@Example.org")
    assert (await office.services.registration.register(office.unit(), cmd)).status is AccountStatus.ACTIVE
    doctor = Register(
        cid=new_id(), role=Role.DOCTOR, name="Bo", password=PASSWORD, phone="+44 7911 123456", licence_number="ab-12 3"
    )
    assert (await office.services.registration.register(office.unit(), doctor)).status is AccountStatus.UNVERIFIED
    tokens = await office.sign_in("+447911123456")
    assert not tokens.verified
    assert not office.actor(tokens).verified


async def test_contacts_are_unreadable_in_the_database_and_bound_to_their_row(office: Office) -> None:
    user_id = await office.patient(phone="+447911123456")
    raw = await office.database["accounts"].find_one({"_id": user_id})
    assert raw is not None
    text = json.dumps(raw, default=str)
    assert "ana@example.org" not in text
    assert "7911123456" not in text
    assert PASSWORD not in text
    cipher = FieldCipher(ring("f1"))
    assert cipher.open("accounts", user_id, "email", raw["email"]) == "ana@example.org"
    for place in (("accounts", new_id(), "email"), ("accounts", user_id, "phone"), ("patients", user_id, "email")):
        with pytest.raises(SealBrokenError):
            cipher.open(*place, raw["email"])


async def test_two_registrations_at_once_make_one_account(office: Office) -> None:
    results = await asyncio.gather(*(office.patient() for _ in range(4)), return_exceptions=True)
    made = [one for one in results if isinstance(one, str)]
    assert len(made) == 1
    refused = [one for one in results if not isinstance(one, str)]
    assert all(isinstance(one, AlreadyTaken) and one.details == {"field": "contact"} for one in refused)
    assert await Account.find_all().count() == 1


async def test_a_licence_number_belongs_to_one_person_however_it_is_spelled(office: Office) -> None:
    await office.patient("a@example.org", role=Role.NURSE, licence_number="RN 12-345")
    with pytest.raises(AlreadyTaken) as refused:
        await office.patient("b@example.org", role=Role.NURSE, licence_number="rn12345")
    assert refused.value.details == {"field": "licence_number"}


async def test_the_same_command_again_is_the_same_account(office: Office) -> None:
    cmd = Register(cid=new_id(), role=Role.FAMILY, name="Cy", password=PASSWORD, email="cy@example.org")
    first = await office.services.registration.register(office.unit(), cmd)
    assert await office.services.registration.register(office.unit(), cmd) == first
    with pytest.raises(CidConflict):
        other = cmd.model_copy(update={"email": "di@example.org"})
        await office.services.registration.register(office.unit(), other)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("password", "short", WeakPassword),
        ("password", "password1234", WeakPassword),
        ("time_zone", "Mars/Olympus", Invalid),
        ("phone", "+999 999 999", Invalid),
    ],
)
async def test_bad_input_is_refused_and_nothing_is_stored(
    office: Office, field: str, value: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await office.patient(**{field: value})
    assert await Account.find_all().count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"role": Role.ADMIN},
        {"role": Role.DOCTOR},
        {"licence_number": "AB123"},
        {"email": None},
        {"email": "no-at-sign"},
        {"phone": "07911123456"},
        {"password": "x" * 257},
        {"name": " "},
        {"extra": 1},
    ],
)
def test_shapes_that_are_not_a_registration(change: dict[str, object]) -> None:
    fields = {"cid": new_id(), "role": Role.PATIENT, "name": "A", "password": PASSWORD, "email": "a@b.co"}
    Register(**fields)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Register(**fields | change)  # type: ignore[arg-type]


async def test_profile_changes_and_the_other_devices_hear_of_it(office: Office) -> None:
    user_id = await office.patient()
    actor = office.actor(await office.sign_in())
    before = await office.services.own.get(office.unit(actor), None)  # type: ignore[arg-type]
    cmd = UpdateAccount(name="Ana Maria", time_zone="Europe/Madrid")
    after = await office.services.own.update(office.unit(actor), cmd)
    last = (await office.inbox(user_id))[-1]
    assert last.type == "account.profile_changed"
    assert before.model_copy(update={key: last.data[key] for key in ("name", "time_zone")}) == after
    assert await office.services.directory.names([user_id]) == {
        user_id: PersonView(user_id=user_id, name="Ana Maria", role=Role.PATIENT)
    }
    with pytest.raises(Invalid):
        await office.services.own.update(office.unit(actor), UpdateAccount(email=None, current_password=PASSWORD))
    with pytest.raises(Invalid):
        await office.services.own.update(office.unit(actor), UpdateAccount(name=None))


async def test_a_taken_address_cannot_be_moved_to(office: Office) -> None:
    await office.patient("eve@example.org")
    await office.patient()
    actor = office.actor(await office.sign_in())
    with pytest.raises(AlreadyTaken):
        cmd = UpdateAccount(email="eve@example.org", current_password=PASSWORD)
        await office.services.own.update(office.unit(actor), cmd)
    moved = UpdateAccount(email="ana2@example.org", current_password=PASSWORD)
    assert (await office.services.own.update(office.unit(actor), moved)).email == "ana2@example.org"
    letters = await office.services.mailroom.list_mail()
    assert [one.letter.to for one in letters] == ["ana@example.org"]
