"""The pipeline: gates before the service, one audit row per answer, announcements only after success."""

from collections.abc import Mapping
from typing import Any

import pytest

from hub.dispatch import Dispatcher
from hub.metrics import Metrics
from hub.rates import Rates
from models.enums import Role
from models.errors import (
    Forbidden,
    HubError,
    Internal,
    Invalid,
    NotFound,
    TooFast,
    TryAgain,
    Unauthenticated,
    Unverified,
)
from models.events.base import CommandSpec, Done
from models.events.chat import CHAT_SEND, CHAT_TYPE, CHAT_TYPED, SendMessage, Sent, TypingChanged
from models.events.presence import PRESENCE_SET
from models.ids import DeviceId, SessionId, UserId
from services.ports import AuditRow
from services.unit import Actor, Unit

COMMAND = SendMessage(
    cid="0190b6a0-0000-7000-8000-000000000001", conversation_id="0190b6a0-0000-7000-8000-000000000002", text="hello"
)


class Rows:
    """The audit port, remembered."""

    def __init__(self) -> None:
        self.rows: list[AuditRow] = []
        self.down = False

    async def record(self, row: AuditRow) -> None:
        if self.down:
            raise TryAgain
        self.rows.append(row)


class Told:
    """The announcer, remembered."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, Mapping[str, Any], object | None]] = []

    def publish(self, room: str, name: str, data: Mapping[str, Any], skip: object | None = None) -> None:
        self.told.append((room, name, data, skip))


class Rig:
    """A dispatcher on fake ports."""

    def __init__(self) -> None:
        self.rows, self.told = Rows(), Told()
        self.dispatcher = Dispatcher(self.rows, Rates(lambda: 0.0), self.told, Metrics(), "boot")

    def unit(self, role: Role | None = Role.DOCTOR, *, verified: bool = True) -> Unit:
        who = None
        if role is not None:
            who = Actor(UserId("u"), role, SessionId("s"), DeviceId("d"), verified)
        return self.dispatcher.unit(who, "192.0.2.1")

    async def run(self, unit: Unit, method: Any, spec: CommandSpec[Any, Any] = CHAT_SEND) -> Any:
        return await self.dispatcher.run(spec, method, unit, lambda: COMMAND, "socket")


async def succeed(unit: Unit, command: Any) -> Done:
    unit.resource = "thing"
    return Done()


async def unreached(unit: Unit, command: Any) -> Sent:
    raise AssertionError("the service was called")


async def test_success_is_audited_once_with_what_it_was_about() -> None:
    rig = Rig()
    unit = rig.unit()
    await rig.run(unit, succeed)
    assert rig.rows.rows == [AuditRow("u", "s", CHAT_SEND.audit, "thing", "ok", "socket", unit.ref)]


@pytest.mark.parametrize(
    ("unit", "spec", "refusal"),
    [
        (lambda rig: rig.unit(None), CHAT_SEND, Unauthenticated),
        (lambda rig: rig.unit(Role.PATIENT), PRESENCE_SET, Forbidden),
        (lambda rig: rig.unit(Role.DOCTOR, verified=False), CHAT_SEND, Unverified),
    ],
)
async def test_gates_refuse_before_the_service_sees_anything(unit: Any, spec: Any, refusal: type[HubError]) -> None:
    rig, called = Rig(), []

    async def method(unit: Unit, command: Any) -> Done:
        called.append(True)
        return Done()

    with pytest.raises(refusal):
        await rig.run(unit(rig), method, spec)
    assert not called
    assert [row.outcome for row in rig.rows.rows] == [refusal.code]


async def test_too_fast_is_refused_and_audited() -> None:
    rig = Rig()
    for _ in range(CHAT_SEND.rate.burst):
        await rig.run(rig.unit(), succeed)
    with pytest.raises(TooFast):
        await rig.run(rig.unit(), succeed)
    assert rig.rows.rows[-1].outcome == "too_fast"


async def test_a_malformed_payload_never_reaches_the_service() -> None:
    rig = Rig()
    with pytest.raises(Invalid):
        await rig.dispatcher.run(
            CHAT_SEND, unreached, rig.unit(), lambda: SendMessage.model_validate_json(b'{"text": 1}'), "socket"
        )
    assert rig.rows.rows[0].outcome == "invalid"


async def test_announcements_leave_after_success_and_skip_their_origin() -> None:
    rig = Rig()
    unit = rig.unit()
    unit.origin = object()
    told = TypingChanged(conversation_id="c", user_id="u", typing=True)

    async def method(unit: Unit, command: Any) -> Done:
        unit.announce(CHAT_TYPED, told, "room", skip_self=True)
        assert not rig.told.told
        return Done()

    await rig.run(unit, method, CHAT_TYPE)
    assert rig.told.told == [("room", "chat.typed", told.model_dump(mode="json"), unit.origin)]
    assert rig.rows.rows == []


async def test_a_raise_drops_announcements_and_an_unknown_one_says_internal() -> None:
    rig = Rig()

    async def method(unit: Unit, command: Any) -> Done:
        unit.announce(CHAT_TYPED, TypingChanged(conversation_id="c", user_id="u", typing=True), "room")
        raise RuntimeError

    with pytest.raises(Internal):
        await rig.run(rig.unit(), method)
    assert rig.told.told == []
    assert rig.rows.rows[0].outcome == "internal"


async def test_without_an_audit_row_there_is_no_answer() -> None:
    rig = Rig()
    rig.rows.down = True
    with pytest.raises(TryAgain):
        await rig.run(rig.unit(), succeed)


async def test_a_refused_signal_is_audited() -> None:
    rig = Rig()

    async def method(unit: Unit, command: Any) -> Done:
        raise NotFound

    with pytest.raises(NotFound):
        await rig.run(rig.unit(), method, CHAT_TYPE)
    assert rig.rows.rows[0].outcome == "not_found"
