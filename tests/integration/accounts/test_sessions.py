"""Sessions: one-use tokens, a copy that comes back, and everything that must end them."""

import asyncio

import pytest

from models.enums import AccountStatus, Role
from models.errors import Conflict, NotFound, NotNow, SessionEnded, Unauthenticated, WeakPassword, WrongCredentials
from models.events.accounts import ChangeRole, DisableAccount, EnableAccount, RevokeAccountSessions, VerifyAccount
from models.events.credentials import ChangePassword
from models.events.sessions import (
    ClientKind,
    ListSessions,
    RefreshSession,
    RevokeOtherSessions,
    RevokeSession,
    SessionTokens,
    SignIn,
    SignOut,
)
from models.ids import SessionId, new_id
from services.accounts.tokens import RefreshTokens
from tests.support.accounts import OTHER_PASSWORD, PASSWORD, Office


async def refresh(office: Office, tokens: SessionTokens, device_id: str | None = None) -> SessionTokens:
    """Trade the refresh token of a mobile session."""
    cmd = RefreshSession(device_id=device_id or tokens.device_id, refresh_token=tokens.refresh_token)
    return await office.services.keeper.refresh(office.unit(), cmd)


async def alive(office: Office, *sessions: SessionTokens) -> list[bool]:
    """Which of these sessions a door would let in, without anything remembered."""
    for one in sessions:
        office.identity.forget(SessionId(one.session_id))
    found = await office.identity.sessions_alive([SessionId(one.session_id) for one in sessions])
    return [one.session_id in found for one in sessions]


async def test_a_refresh_token_works_once_and_its_copy_ends_the_session(office: Office) -> None:
    user_id = await office.patient()
    first = await office.sign_in()
    second = await refresh(office, first)
    assert second.session_id == first.session_id
    assert second.refresh_token != first.refresh_token
    office.later(seconds=31)
    with pytest.raises(SessionEnded):
        await refresh(office, first)
    with pytest.raises(SessionEnded):
        await refresh(office, second)
    assert await alive(office, second) == [False]
    told = await office.inbox(user_id)
    revoked = [event.data for event in told if event.type == "session.revoked"]
    assert revoked == [{"session_id": first.session_id, "reason": "token_reused"}]
    assert "account.token_reused" in [event.type for event in told]


async def test_parallel_tabs_get_the_same_successor_within_the_grace(office: Office) -> None:
    await office.patient()
    first = await office.sign_in()
    results = await asyncio.gather(*(refresh(office, first) for _ in range(4)))
    assert len({one.refresh_token for one in results}) == 1
    office.later(seconds=29)  # as long as a client may be kept waiting for the audit before it is told to retry
    assert (await refresh(office, first)).refresh_token == results[0].refresh_token
    third = await refresh(office, results[0])
    with pytest.raises(SessionEnded):
        await refresh(office, first)
    with pytest.raises(SessionEnded):
        await refresh(office, third)


async def test_the_grace_is_for_the_same_device(office: Office) -> None:
    await office.patient()
    first = await office.sign_in()
    await refresh(office, first)
    with pytest.raises(SessionEnded):
        await refresh(office, first, new_id())
    assert await alive(office, first) == [False]


async def test_a_made_up_token_ends_nobody_s_session(office: Office) -> None:
    await office.patient()
    tokens = await office.sign_in()
    forger = RefreshTokens(b"x" * 32)
    forged = forger.text(forger.first(SessionId(tokens.session_id)))
    for text in (forged, "A" * 86, "not a token at all"):
        cmd = RefreshSession(device_id=tokens.device_id, refresh_token=text)
        with pytest.raises(SessionEnded):
            await office.services.keeper.refresh(office.unit(), cmd)
    assert await alive(office, tokens) == [True]


async def test_only_hashes_of_refresh_tokens_are_stored(office: Office) -> None:
    await office.patient()
    tokens = await office.sign_in()
    parsed = RefreshTokens(b"r" * 32).parse(tokens.refresh_token or "")
    assert parsed is not None
    raw = await office.database["sessions"].find_one({"_id": tokens.session_id})
    assert raw is not None
    assert raw["token_hash"] == parsed.hash
    assert str(tokens.refresh_token) not in str(raw)
    assert parsed.secret.hex() not in str(raw)


async def test_a_browser_gets_the_token_in_its_cookie_only(office: Office) -> None:
    await office.patient()
    unit = office.unit()
    cmd = SignIn(login="ana@example.org", password=PASSWORD, client=ClientKind.BROWSER)
    tokens = await office.services.sign_in.sign_in(unit, cmd)
    assert tokens.refresh_token is None
    assert unit.set_cookie
    again = office.unit(cookie=unit.set_cookie)
    await office.services.keeper.refresh(again, RefreshSession(device_id=tokens.device_id))
    assert again.set_cookie not in (None, "", unit.set_cookie)
    out = office.unit(cookie=again.set_cookie)
    await office.services.keeper.end(out, SignOut())
    assert out.set_cookie == ""
    assert await alive(office, tokens) == [False]


async def test_staff_browsers_log_off_by_themselves(office: Office) -> None:
    await office.admin()
    unit = office.unit()
    cmd = SignIn(login="root@example.org", password=PASSWORD, client=ClientKind.BROWSER)
    tokens = await office.services.sign_in.sign_in(unit, cmd)
    cookie = unit.set_cookie
    again = RefreshSession(device_id=tokens.device_id)
    for _ in range(59):
        office.later(minutes=12)
        unit = office.unit(cookie=cookie)
        await office.services.keeper.refresh(unit, again)
        cookie = unit.set_cookie
    office.later(minutes=13)
    with pytest.raises(SessionEnded):
        await office.services.keeper.refresh(office.unit(cookie=cookie), again)
    unit = office.unit()
    tokens = await office.services.sign_in.sign_in(unit, cmd)
    idle = unit.set_cookie
    office.later(minutes=16)
    with pytest.raises(SessionEnded):
        await office.services.keeper.refresh(office.unit(cookie=idle), RefreshSession(device_id=tokens.device_id))


async def test_list_and_revoke_one(office: Office) -> None:
    user_id = await office.patient()
    mine, other = await office.sign_in(device_name="Phone"), await office.sign_in(device_name="Tablet")
    actor = office.actor(mine)
    listed = (await office.services.sessions.list_visible(office.unit(actor), ListSessions())).sessions
    assert [(one.device_name, one.current) for one in listed] == [("Tablet", False), ("Phone", True)]
    cmd = RevokeSession(session_id=other.session_id)
    await office.services.sessions.revoke(office.unit(actor), cmd)
    await office.services.sessions.revoke(office.unit(actor), cmd)
    assert await alive(office, mine, other) == [True, False]
    revoked = [event for event in await office.inbox(user_id) if event.type == "session.revoked"]
    assert [event.data for event in revoked] == [{"session_id": other.session_id, "reason": "revoked"}]
    after = (await office.services.sessions.list_visible(office.unit(actor), ListSessions())).sessions
    gone = {event.data["session_id"] for event in revoked}
    assert [one for one in listed if one.session_id not in gone] == after


async def test_nobody_revokes_a_stranger_s_session(office: Office) -> None:
    await office.patient()
    await office.patient("eve@example.org")
    victim, eve = await office.sign_in(), await office.sign_in("eve@example.org")
    cmd = RevokeSession(session_id=victim.session_id)
    with pytest.raises(NotFound):
        await office.services.sessions.revoke(office.unit(office.actor(eve)), cmd)
    assert await alive(office, victim) == [True]


async def test_revoking_the_others_spares_the_one_that_asks(office: Office) -> None:
    user_id = await office.patient()
    sessions = [await office.sign_in() for _ in range(4)]
    unit = office.unit(office.actor(sessions[1]))
    assert (await office.services.sessions.revoke_others(unit, RevokeOtherSessions())).count == 3
    assert await alive(office, *sessions) == [False, True, False, False]
    assert (await office.told(user_id)).count("session.revoked") == 3
    await refresh(office, sessions[1])
    fresh = await office.sign_in()
    assert await alive(office, fresh, sessions[1]) == [True, True]


async def test_a_password_change_ends_the_others_and_the_old_password(office: Office) -> None:
    await office.patient()
    mine, other = await office.sign_in(), await office.sign_in()
    unit = office.unit(office.actor(mine))
    change = office.services.own.change_password
    with pytest.raises(WrongCredentials):
        await change(unit, ChangePassword(current_password="wrong", new_password=OTHER_PASSWORD))
    with pytest.raises(WeakPassword):
        await change(unit, ChangePassword(current_password=PASSWORD, new_password="ana@example.org1"))
    await change(unit, ChangePassword(current_password=PASSWORD, new_password=OTHER_PASSWORD))
    assert await alive(office, mine, other) == [True, False]
    with pytest.raises(WrongCredentials):
        await office.sign_in()
    await office.sign_in(password=OTHER_PASSWORD)


async def test_a_role_change_ends_everything_at_once(office: Office) -> None:
    user_id = await office.patient()
    admin = await office.admin()
    tokens = await office.sign_in()
    cmd = ChangeRole(user_id=user_id, role=Role.FAMILY)
    changed = await office.services.administration.change_role(office.unit(admin), cmd)
    assert changed.account.role is Role.FAMILY
    assert await alive(office, tokens) == [False]
    last = [event for event in await office.inbox(user_id) if event.type == "account.role_changed"]
    assert [event.data for event in last] == [{"role": "family"}]
    with pytest.raises(SessionEnded):
        await refresh(office, tokens)
    assert (await office.sign_in()).role is Role.FAMILY


async def test_disabling_ends_everything_and_enabling_does_not_bring_it_back(office: Office) -> None:
    user_id = await office.patient()
    admin = await office.admin()
    tokens = await office.sign_in()
    await office.services.administration.disable(office.unit(admin), DisableAccount(user_id=user_id))
    assert await alive(office, tokens) == [False]
    enabled = await office.services.administration.enable(office.unit(admin), EnableAccount(user_id=user_id))
    assert enabled.account.status is AccountStatus.ACTIVE
    assert await alive(office, tokens) == [False]
    told = await office.told(user_id)
    assert [name for name in told if name.startswith("account.")] == ["account.disabled", "account.enabled"]


async def test_verification_reaches_the_next_token(office: Office) -> None:
    user_id = await office.patient(role=Role.DOCTOR, licence_number="GMC 1234567")
    admin = await office.admin()
    tokens = await office.sign_in()
    cmd = VerifyAccount(user_id=user_id)
    for _ in range(2):
        verified = await office.services.administration.verify(office.unit(admin), cmd)
        assert verified.account.status is AccountStatus.ACTIVE
    assert (await office.told(user_id)).count("account.verified") == 1
    refreshed = await refresh(office, tokens)
    assert refreshed.verified
    old = office.actor(tokens)
    assert (await office.identity.refresh(old, refreshed.access_token)).actor.verified


async def test_administrators_leave_their_own_account_alone(office: Office) -> None:
    admin = await office.admin()
    with pytest.raises(NotNow):
        await office.services.administration.disable(office.unit(admin), DisableAccount(user_id=admin.user_id))
    with pytest.raises(NotFound):
        await office.services.administration.disable(office.unit(admin), DisableAccount(user_id=new_id()))


async def test_an_administrator_signs_a_person_out(office: Office) -> None:
    user_id = await office.patient()
    admin = await office.admin()
    sessions = [await office.sign_in() for _ in range(3)]
    cmd = RevokeAccountSessions(user_id=user_id)
    assert (await office.services.administration.revoke_sessions(office.unit(admin), cmd)).count == 3
    assert await alive(office, *sessions) == [False] * 3


async def test_two_role_changes_at_once_do_not_both_win(office: Office) -> None:
    user_id = await office.patient()
    admin = await office.admin()
    results = await asyncio.gather(
        office.services.administration.change_role(office.unit(admin), ChangeRole(user_id=user_id, role=Role.FAMILY)),
        office.services.administration.change_role(office.unit(admin), ChangeRole(user_id=user_id, role=Role.ADMIN)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Conflict) for one in results) == 1


async def test_a_crash_between_state_and_facts_is_made_good_by_the_sweeper(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = await office.patient()
    tokens = await office.sign_in()
    admin = await office.admin()

    async def crashed(*_: object) -> None:
        raise RuntimeError("killed here")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(office.outbox, "settle", crashed)
        await office.services.administration.disable(office.unit(admin), DisableAccount(user_id=user_id))
    assert await alive(office, tokens) == [False]
    assert "account.disabled" not in await office.told(user_id)
    await office.outbox.sweep()
    await office.outbox.sweep()
    assert (await office.told(user_id)).count("account.disabled") == 1


async def test_the_twenty_first_session_ends_the_oldest(office: Office) -> None:
    await office.patient()
    sessions = [await office.sign_in() for _ in range(21)]
    assert await alive(office, *sessions) == [False] + [True] * 20


async def test_identity_remembers_for_a_moment_and_forgets_on_the_word(office: Office) -> None:
    await office.patient()
    tokens = await office.sign_in()
    session_id = SessionId(tokens.session_id)
    assert await office.identity.sessions_alive([session_id]) == {session_id}
    await office.database["sessions"].update_one({"_id": session_id}, {"$set": {"ended_at": office.now}})
    assert await office.identity.sessions_alive([session_id]) == {session_id}
    office.identity.forget(session_id)
    assert await office.identity.sessions_alive([session_id]) == set()


async def test_a_connection_s_new_token_must_be_of_the_same_session(office: Office) -> None:
    await office.patient()
    first, second = await office.sign_in(), await office.sign_in()
    with pytest.raises(Unauthenticated):
        await office.identity.refresh(office.actor(first), second.access_token)
    renewed = await refresh(office, first)
    assert (await office.identity.refresh(office.actor(first), renewed.access_token)).actor == office.actor(first)
    unit = office.unit(office.actor(second))
    await office.services.sessions.revoke(unit, RevokeSession(session_id=first.session_id))
    with pytest.raises(SessionEnded):
        await office.identity.refresh(office.actor(first), renewed.access_token)
