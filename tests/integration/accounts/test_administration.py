"""What administrators see, and the two commands of the command line."""

import asyncio
import io

import pytest

from hub.admin import create_admin, read_password, rotate_keys
from hub.mongo.client import Database
from models.documents.account import Account
from models.enums import AccountStatus, Role
from models.errors import AlreadyTaken, Conflict, Invalid, TooFast
from models.events.accounts import ChangeRole, CreateAccount, SearchAccounts
from models.ids import new_id
from services.accounts.rotation import rotate
from services.fields import FieldCipher, SealBrokenError
from services.mail import Letter
from tests.support.accounts import PASSWORD, Office, office_on, ring, settings


async def search(office: Office, **wanted: object) -> list[str]:
    """Names that a search finds."""
    admin_unit = office.unit()
    page = await office.services.administration.list_visible(admin_unit, SearchAccounts(**wanted))  # type: ignore[arg-type]
    return [row.name for row in page.accounts]


async def test_search_by_name_contact_and_licence(office: Office) -> None:
    await office.patient("ana@example.org", name="Ana María Núñez", phone="+34 600 123 456")
    await office.patient("bo@example.org", name="Bo Ek", role=Role.NURSE, licence_number="RN-77 001")
    assert await search(office, query="NÚN") == await search(office, query="nuñe") == ["Ana María Núñez"]
    assert await search(office, query="mar an") == ["Ana María Núñez"]
    assert await search(office, query="ANA@example.org") == ["Ana María Núñez"]
    assert await search(office, query="+34600123456") == ["Ana María Núñez"]
    assert await search(office, query="rn77001") == ["Bo Ek"]
    assert await search(office, query="example.org") == []
    assert await search(office, query=".*") == []
    assert await search(office, status=AccountStatus.UNVERIFIED) == ["Bo Ek"]
    assert await search(office, role=Role.PATIENT) == ["Ana María Núñez"]
    assert await search(office, query="bo", role=Role.PATIENT) == []


async def test_pages_hold_everybody_once(office: Office) -> None:
    for number in range(7):
        await office.patient(f"p{number}@example.org", name=f"Person {number}")
        office.later(seconds=number % 2)
    cursor, names = None, []
    for _ in range(4):
        page = await office.services.administration.list_visible(
            office.unit(), SearchAccounts(query="person", cursor=cursor, limit=2)
        )
        names += [row.name for row in page.accounts]
        cursor = page.next
    assert cursor is None
    assert sorted(names) == [f"Person {number}" for number in range(7)]
    with pytest.raises(Invalid):
        await search(office, cursor=new_id())


async def test_an_administrator_makes_verified_accounts_of_any_role(office: Office) -> None:
    cmd = CreateAccount(
        cid=new_id(), role=Role.DOCTOR, name="Di", password=PASSWORD, email="di@example.org", licence_number="D-100"
    )
    made = await office.services.administration.create(office.unit(await office.admin()), cmd)
    assert made.account.status is AccountStatus.ACTIVE
    assert made.account.email == "di@example.org"
    assert made.account.licence_number == "D100"


async def test_a_clinician_s_role_needs_a_licence_number_of_their_own(office: Office) -> None:
    admin = await office.admin()
    await office.patient("n@example.org", role=Role.NURSE, licence_number="RN1")
    user_id = await office.patient()
    change = office.services.administration.change_role
    with pytest.raises(Invalid):
        await change(office.unit(admin), ChangeRole(user_id=user_id, role=Role.NURSE))
    with pytest.raises((AlreadyTaken, Conflict)):
        await change(office.unit(admin), ChangeRole(user_id=user_id, role=Role.NURSE, licence_number="RN1"))
    made = await change(office.unit(admin), ChangeRole(user_id=user_id, role=Role.NURSE, licence_number="RN2"))
    assert (made.account.role, made.account.licence_number) == (Role.NURSE, "RN2")
    back = await change(office.unit(admin), ChangeRole(user_id=user_id, role=Role.PATIENT))
    assert back.account.licence_number is None


async def test_the_first_administrator_comes_from_the_command_line(office: Office) -> None:
    told = await create_admin(
        office.services.creation, "Root@Example.org", "Root", read_password(io.StringIO(f"{PASSWORD}\n"))
    )
    assert told.startswith("Administrator ")
    assert office.actor(await office.sign_in("root@example.org")).role is Role.ADMIN
    for email, password in (("root@example.org", PASSWORD), ("no", PASSWORD), ("r2@example.org", "8 chars!")):
        with pytest.raises(SystemExit) as refused:
            await create_admin(office.services.creation, email, "Root", password)
        assert password not in str(refused.value)


async def test_rotation_moves_everything_to_the_current_key_and_can_be_repeated(
    database: Database, office: Office
) -> None:
    for number in range(5):
        await office.patient(f"p{number}@example.org", phone=f"+4479111234{number}0")
    await office.services.mailroom.enqueue(Letter("a@b.co", "s", "t"), office.now)
    moved = FieldCipher(ring("f2", "f1"))
    assert await rotate_keys(moved) == (
        "accounts: 5 re-encrypted, 0 changed meanwhile, 0 do not open\n"
        "outgoing_mail: 1 re-encrypted, 0 changed meanwhile, 0 do not open\n"
        "recordings: 0 re-encrypted, 0 changed meanwhile, 0 do not open"
    )
    assert [one.documents for one in await rotate(moved)] == [0, 0, 0]
    async with office_on(database, settings(field_ring=ring("f2"))) as after:
        assert after.actor(await after.sign_in("p3@example.org")).role is Role.PATIENT
        assert len(await after.services.mailroom.list_mail()) == 1
    with pytest.raises(SealBrokenError):
        FieldCipher(ring("f1")).open("accounts", (account := await _any()).id, "email", account.email or "")


async def _any() -> Account:
    found = await Account.find_one()
    assert found is not None
    return found


async def test_rotation_leaves_what_does_not_open_and_goes_on(office: Office) -> None:
    users = [await office.patient(f"p{number}@example.org") for number in range(3)]
    accounts = office.database["accounts"]
    stolen = await accounts.find_one({"_id": users[0]})
    assert stolen is not None
    await accounts.update_one({"_id": users[1]}, {"$set": {"email": stolen["email"]}})
    outcome = (await rotate(FieldCipher(ring("f2", "f1"))))[0]
    assert (outcome.documents, outcome.left, outcome.broken) == (2, 0, 1)


async def test_two_rotations_at_once_do_each_document_once(office: Office) -> None:
    for number in range(6):
        await office.patient(f"p{number}@example.org")
    moved = FieldCipher(ring("f2", "f1"))
    first, second = await asyncio.gather(rotate(moved), rotate(moved))
    assert first[0].documents + second[0].documents == 6
    async for account in Account.find_all():
        assert moved.open("accounts", account.id, "email", account.email or "").endswith("@example.org")


async def test_people_are_found_for_others(office: Office) -> None:
    user_id = await office.patient()
    directory = office.services.directory
    known = await directory.known([user_id, new_id()])
    assert list(known) == [user_id]
    assert known[user_id].active
    asker = (new_id(), "203.0.113.7", office.now)
    found = await directory.by_contact("ANA@example.org", *asker)
    assert found is not None
    assert found.user_id == user_id
    assert await directory.by_contact("nobody@example.org", *asker) is None


async def test_nobody_leafs_through_contacts(office: Office) -> None:
    await office.patient()
    directory = office.services.directory
    asker, other = new_id(), new_id()
    for number in range(20):
        contact = "ana@example.org" if number % 2 else f"guess-{number}@example.org"
        await directory.by_contact(contact, asker, f"198.51.100.{number}", office.now)
    for contact in ("ana@example.org", "nobody@example.org"):
        with pytest.raises(TooFast):
            await directory.by_contact(contact, asker, "203.0.113.7", office.now)
    assert await directory.by_contact("ana@example.org", other, "203.0.113.7", office.now) is not None
    office.later(days=1)
    assert await directory.by_contact("ana@example.org", asker, "203.0.113.7", office.now) is not None


async def test_many_accounts_do_not_leaf_through_contacts_from_one_address(office: Office) -> None:
    office.now = office.now.replace(hour=12)
    for _ in range(200):
        await office.services.directory.by_contact("nobody@example.org", new_id(), "203.0.113.7", office.now)
    with pytest.raises(TooFast):
        await office.services.directory.by_contact("nobody@example.org", new_id(), "203.0.113.7", office.now)
    await office.services.directory.by_contact("nobody@example.org", new_id(), "198.51.100.1", office.now)
