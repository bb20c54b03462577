"""Signing in: right, wrong, too often, with a second factor, and for names that do not exist."""

import asyncio

import pyotp
import pytest

from hub.mongo.client import Database
from models.enums import Role
from models.errors import (
    Forbidden,
    NotNow,
    SecondFactorRequired,
    SecondFactorSetupRequired,
    TooFast,
    WrongCredentials,
)
from models.events.accounts import DisableAccount
from models.events.credentials import (
    ConfirmSecondFactor,
    DisableSecondFactor,
    GetSecondFactor,
    SetUpSecondFactor,
)
from models.events.sessions import ClientKind, RefreshSession, SignIn
from services.accounts.passwords import PasswordHasher
from services.unit import Actor
from tests.support.accounts import PASSWORD, Office, office_on, required, settings


async def enrol(office: Office, actor: Actor) -> tuple[pyotp.TOTP, list[str]]:
    """Set up a second factor."""
    secret = await office.services.second_factor.set_up(
        office.unit(actor), SetUpSecondFactor(current_password=PASSWORD)
    )
    totp = pyotp.TOTP(secret.secret)
    assert secret.otpauth_uri.startswith("otpauth://totp/")
    codes = await office.services.second_factor.confirm(
        office.unit(actor), ConfirmSecondFactor(code=totp.at(office.now))
    )
    return totp, codes.codes


async def test_wrong_password_and_unknown_name_look_alike_and_cost_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.patient()
    checked: list[bool] = []
    real = PasswordHasher.matches

    async def counted(self: PasswordHasher, password: str, stored: str | None) -> bool:
        checked.append(stored is not None)
        return await real(self, password, stored)

    monkeypatch.setattr(PasswordHasher, "matches", counted)
    refusals = []
    for login in ("ana@example.org", "nobody@example.org", "not a name"):
        with pytest.raises(WrongCredentials) as refused:
            await office.sign_in(login, "wrong password")
        refusals.append((str(refused.value), refused.value.details))
    assert checked == [True, False, False]
    assert len({str(refusal) for refusal in refusals}) == 1


async def test_five_wrong_guesses_close_the_door_for_a_doubling_time(office: Office) -> None:
    user_id = await office.patient()
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await office.sign_in(password="wrong password")
    with pytest.raises(TooFast) as refused:
        await office.sign_in()
    assert 59_000 <= (refused.value.after_ms or 0) <= 60_001
    assert await office.told(user_id) == ["account.sign_in_blocked", "notification.raised"]
    for minutes in (1, 2, 4, 8, 16, 30, 30):
        office.later(minutes=minutes, seconds=-1)
        with pytest.raises(TooFast):
            await office.sign_in()
        office.later(seconds=2)
        with pytest.raises(WrongCredentials):
            await office.sign_in(password="wrong password")
    office.later(minutes=31)
    await office.sign_in()
    with pytest.raises(WrongCredentials):
        await office.sign_in(password="wrong password")
    await office.sign_in()


async def test_unknown_names_are_slowed_down_like_known_ones(office: Office) -> None:
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await office.sign_in("nobody@example.org")
    with pytest.raises(TooFast):
        await office.sign_in("nobody@example.org")


async def test_guesses_made_at_once_do_not_slip_past_together(office: Office) -> None:
    await office.patient()
    results = await asyncio.gather(
        *(office.sign_in(password="wrong password") for _ in range(12)), return_exceptions=True
    )
    assert sum(isinstance(one, WrongCredentials) for one in results) == 5
    assert sum(isinstance(one, TooFast) for one in results) == 7


async def test_the_back_off_holds_on_every_node(database: Database, office: Office) -> None:
    await office.patient()
    async with office_on(database) as second:
        for number in range(5):
            with pytest.raises(WrongCredentials):
                await (office, second)[number % 2].sign_in(password="wrong password")
        with pytest.raises(TooFast):
            await second.sign_in()


async def test_an_address_may_fail_thirty_times_a_minute_and_succeed_more_often(office: Office) -> None:
    await office.patient()
    office.now = office.now.replace(second=1)
    for _ in range(35):
        await office.sign_in()
    for number in range(30):
        with pytest.raises(WrongCredentials):
            await office.sign_in(f"nobody{number}@example.org")
    with pytest.raises(TooFast):
        await office.sign_in()
    elsewhere = SignIn(login="ana@example.org", password=PASSWORD, client=ClientKind.MOBILE)
    await office.services.sign_in.sign_in(office.unit(address="198.51.100.9"), elsewhere)
    office.later(minutes=1)
    await office.sign_in()


async def test_a_network_shares_a_limit(office: Office) -> None:
    office.now = office.now.replace(second=1)
    throttling = office.services.registration._throttling
    for number in range(200):
        await throttling.visit(f"2001:db8:0:{number % 8:x}::{number:x}", office.now)
    with pytest.raises(TooFast):
        await throttling.visit("2001:db8:0:7::ffff", office.now)
    await throttling.visit("2001:db8:1:7::ffff", office.now)


async def test_a_disabled_account_is_told_so_only_with_its_password(office: Office) -> None:
    user_id = await office.patient()
    admin = await office.admin()
    await office.services.administration.disable(office.unit(admin), DisableAccount(user_id=user_id))
    with pytest.raises(WrongCredentials):
        await office.sign_in(password="wrong password")
    with pytest.raises(Forbidden):
        await office.sign_in()


async def test_second_factor_is_asked_for_and_each_code_works_once(office: Office) -> None:
    user_id = await office.patient()
    actor = office.actor(await office.sign_in())
    totp, codes = await enrol(office, actor)
    assert len(set(codes)) == 10
    assert "account.second_factor_changed" in await office.told(user_id)
    with pytest.raises(SecondFactorRequired):
        await office.sign_in()
    with pytest.raises(WrongCredentials):
        await office.sign_in(code=totp.at(office.now))
    office.later(seconds=30)
    code = totp.at(office.now)
    results = await asyncio.gather(*(office.sign_in(code=code) for _ in range(3)), return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in results) == 1
    with pytest.raises(WrongCredentials):
        await office.sign_in(code=code)
    raw = await office.database["accounts"].find_one({"_id": user_id})
    assert totp.secret not in str(raw)
    assert not any(one in str(raw) for one in codes)


async def test_a_recovery_code_replaces_the_authenticator_once(office: Office) -> None:
    await office.patient()
    actor = office.actor(await office.sign_in())
    _, codes = await enrol(office, actor)
    await office.sign_in(code=codes[3].lower().replace("-", ""))
    with pytest.raises(WrongCredentials):
        await office.sign_in(code=codes[3])
    state = await office.services.second_factor.get(office.unit(actor), GetSecondFactor())
    assert (state.enabled, state.recovery_codes_left) == (True, 9)


async def test_disabling_the_second_factor_needs_password_and_code(office: Office) -> None:
    await office.patient()
    actor = office.actor(await office.sign_in())
    totp, _ = await enrol(office, actor)
    office.later(seconds=60)
    off = office.services.second_factor.disable
    with pytest.raises(WrongCredentials):
        await off(office.unit(actor), DisableSecondFactor(current_password=PASSWORD, code="000000"))
    cmd = DisableSecondFactor(current_password=PASSWORD, code=totp.at(office.now))
    await off(office.unit(actor), cmd)
    await office.sign_in()


async def test_a_role_that_must_have_one_can_only_set_it_up(database: Database) -> None:
    async with office_on(database, settings(second_factor=required(Role.PATIENT))) as office:
        await office.patient()
        tokens = await office.sign_in()
        assert tokens.second_factor_setup_required
        with pytest.raises(SecondFactorSetupRequired):
            office.identity.verify(tokens.access_token)
        actor = office.identity.verify(tokens.access_token, setup=True).actor
        totp, _ = await enrol(office, actor)
        cmd = RefreshSession(device_id=tokens.device_id, refresh_token=tokens.refresh_token)
        refreshed = await office.services.keeper.refresh(office.unit(), cmd)
        assert not refreshed.second_factor_setup_required
        office.identity.verify(refreshed.access_token)
        office.later(seconds=60)
        with pytest.raises(NotNow):
            await office.services.second_factor.disable(
                office.unit(actor), DisableSecondFactor(current_password=PASSWORD, code=totp.at(office.now))
            )
