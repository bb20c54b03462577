"""The one-time link for a forgotten password."""

import asyncio
import re

import pytest

from models.errors import Conflict, TooFast, WeakPassword, WrongCredentials
from models.events.accounts import DisableAccount, UpdateAccount
from models.events.base import Done
from models.events.credentials import ChangePassword, ConfirmPasswordReset, RequestPasswordReset
from models.ids import SessionId
from services.accounts.passwords import PasswordHasher
from tests.support.accounts import OTHER_PASSWORD, PASSWORD, Office


async def ask(office: Office, login: str = "ana@example.org") -> Done:
    """Ask for a link."""
    return await office.services.reset.request(office.unit(), RequestPasswordReset(login=login))


async def tokens_of(office: Office) -> list[str]:
    """The tokens that were mailed, newest first."""
    letters = await office.services.mailroom.list_mail()
    return [found[1] for one in letters if (found := re.search(r"#token=(\S+)", one.letter.text))]


async def confirm(office: Office, token: str, password: str = OTHER_PASSWORD) -> Done:
    """Use a link."""
    return await office.services.reset.confirm(office.unit(), ConfirmPasswordReset(token=token, new_password=password))


async def test_the_link_works_once_and_ends_every_session(office: Office) -> None:
    user_id = await office.patient()
    session = await office.sign_in()
    await ask(office)
    (token,) = await tokens_of(office)
    with pytest.raises(WeakPassword):
        await confirm(office, token, "short")
    results = await asyncio.gather(confirm(office, token), confirm(office, token), return_exceptions=True)
    assert sum(isinstance(one, Done) for one in results) == 1
    with pytest.raises(WrongCredentials):
        await confirm(office, token)
    await office.sign_in(password=OTHER_PASSWORD)
    with pytest.raises(WrongCredentials):
        await office.sign_in()
    assert await office.identity.sessions_alive([SessionId(session.session_id)]) == set()
    changed = [event.data for event in await office.inbox(user_id) if event.type == "account.password_changed"]
    assert changed == [{"reset": True}]


async def test_unknown_names_get_the_same_answer_and_the_same_writes(office: Office) -> None:
    await office.patient()
    names = ("password_resets", "outgoing_mail", "throttles")

    async def counts() -> list[int]:
        return [await office.database[name].count_documents({}) for name in names]

    start = await counts()
    known = await ask(office)
    middle = await counts()
    unknown = await ask(office, "nobody@example.org")
    end = await counts()
    assert known == unknown
    assert [b - a for a, b in zip(start, middle, strict=True)][:2] == [1, 1]
    assert [b - a for a, b in zip(middle, end, strict=True)][:2] == [1, 1]
    assert len(await tokens_of(office)) == 1


async def test_a_link_runs_out(office: Office) -> None:
    await office.patient()
    await ask(office)
    (token,) = await tokens_of(office)
    office.later(minutes=31)
    with pytest.raises(WrongCredentials):
        await confirm(office, token)


async def test_no_more_than_three_links_an_hour(office: Office) -> None:
    await office.patient()
    for _ in range(6):
        await ask(office)
    assert len(await tokens_of(office)) == 3


async def test_a_used_link_takes_the_others_with_it(office: Office) -> None:
    await office.patient()
    await ask(office)
    await ask(office)
    newest, older = await tokens_of(office)
    await confirm(office, newest)
    with pytest.raises(WrongCredentials):
        await confirm(office, older, "four silver bassoons")


async def test_a_disabled_account_gets_no_link(office: Office) -> None:
    user_id = await office.patient()
    await ask(office)
    (token,) = await tokens_of(office)
    admin = await office.admin()
    await office.services.administration.disable(office.unit(admin), DisableAccount(user_id=user_id))
    with pytest.raises(WrongCredentials):
        await confirm(office, token)
    await ask(office)
    assert len(await tokens_of(office)) == 1


async def test_guessing_tokens_is_slowed_down(office: Office) -> None:
    office.now = office.now.replace(second=1)
    for number in range(30):
        with pytest.raises(WrongCredentials):
            await confirm(office, f"guess-number-{number:08d}")
    with pytest.raises(TooFast):
        await confirm(office, "guess-number-00000031")


async def test_the_link_is_not_readable_in_the_database(office: Office) -> None:
    await office.patient()
    await ask(office)
    (token,) = await tokens_of(office)
    for name in ("password_resets", "outgoing_mail"):
        assert token not in str(await office.database[name].find().to_list(10))


async def test_a_link_does_not_outlive_a_change_of_password(office: Office) -> None:
    await office.patient()
    mine = office.unit(office.actor(await office.sign_in()))
    await ask(office)
    (token,) = await tokens_of(office)
    await office.services.own.change_password(
        mine, ChangePassword(current_password=PASSWORD, new_password=OTHER_PASSWORD)
    )
    with pytest.raises(WrongCredentials):
        await confirm(office, token, "four silver bassoons")
    await office.sign_in(password=OTHER_PASSWORD)


async def test_a_link_does_not_outlive_its_address(office: Office) -> None:
    await office.patient()
    mine = office.actor(await office.sign_in())
    await ask(office)
    (token,) = await tokens_of(office)
    kept = await office.database["password_resets"].find_one({})
    assert kept is not None
    for email in ("new@example.org", "ana@example.org"):
        cmd = UpdateAccount(email=email, current_password=PASSWORD)
        await office.services.own.update(office.unit(mine), cmd)
        assert await office.database["password_resets"].count_documents({}) == 0
        with pytest.raises(WrongCredentials):
            await confirm(office, token)
        if email == "new@example.org":  # as a link that was being written while the address changed
            await office.database["password_resets"].insert_one(kept)
            with pytest.raises(WrongCredentials):
                await confirm(office, token)
    await office.sign_in()


async def test_an_address_that_changes_while_the_link_is_used_wins(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.patient()
    mine = office.actor(await office.sign_in())
    await ask(office)
    (token,) = await tokens_of(office)
    hashed = PasswordHasher.hash

    async def meanwhile(self: PasswordHasher, password: str) -> str:
        cmd = UpdateAccount(phone="+34600123456", email=None, current_password=PASSWORD)
        await office.services.own.update(office.unit(mine), cmd)
        return await hashed(self, password)

    monkeypatch.setattr(PasswordHasher, "hash", meanwhile)
    with pytest.raises((WrongCredentials, Conflict)):
        await confirm(office, token)
    monkeypatch.undo()
    await office.sign_in("+34600123456")
