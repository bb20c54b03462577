"""The pipeline shared by every door: validate, role gate, rate, service, audit, announcements.

The answer exists only after the audit row is durable, for success and refusal alike; of a flood of refusals at the gate
the rows are one count.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from time import perf_counter
from typing import Any, Protocol

import structlog

from handlers.routing import Method
from hub.audit.refusals import Refusals
from hub.metrics import Metrics
from hub.rates import Rates
from hub.translate import as_hub_error
from models.errors import Forbidden, HubError, Internal, Unauthenticated, Unverified
from models.events.base import CommandSpec, R, Wire
from services.ports import AuditPort, AuditRow
from services.unit import Actor, Unit

log = structlog.get_logger()


class Announcer(Protocol):
    """Tells lossy facts to rooms."""

    def publish(self, room: str, name: str, data: Mapping[str, Any], skip: object | None = None) -> None: ...


class Dispatcher:
    """Runs one command for one unit. Raises `HubError` and nothing else."""

    def __init__(self, audit: AuditPort, rates: Rates, announcer: Announcer, metrics: Metrics, boot_id: str) -> None:
        self._audit = audit
        self._rates = rates
        self.refusals = Refusals(audit, rates)
        self._announcer = announcer
        self._metrics = metrics
        self._refs = count(1)
        self._ref_prefix = boot_id[-8:]

    def unit(self, who: Actor | None, address: str = "", user_agent: str = "") -> Unit:
        """A fresh unit of work, under a correlation id of its own."""
        ref = f"{self._ref_prefix}-{next(self._refs):x}"
        return Unit(who, datetime.now(UTC), ref, address, user_agent)

    async def run(
        self,
        spec: CommandSpec[Any, R],
        method: Method[Any, R],
        unit: Unit,
        command: Callable[[], Any],
        door: str,
    ) -> R:
        """`command` parses the payload, and raises `ValidationError` if it is not what the catalogue declares."""
        started = perf_counter()
        admitted = False
        try:
            self._admit(spec, unit)
            admitted = True
            reply = await method(unit, command())
        except Exception as error:  # noqa: BLE001  every failure is translated, counted and audited here
            refused = self._refusal(spec, unit, error)
            if admitted:  # under the rate of its command, and what a service refuses matters singly
                await self._record(spec.audit, unit, refused.code.value, door)
            else:
                await self.refuse(spec.audit, unit, refused, door)
            self._metrics.command(spec.name, refused.code.value, perf_counter() - started)
            try:
                raise refused from None
            finally:
                # The traceback holds this frame and the frame would hold the error: a cycle with the whole payload in
                # it, which waits for a collector that runs rarely. Measured: 350 MB after 50,000 refused frames.
                del refused
        if not spec.signal:
            await self._record(spec.audit, unit, "ok", door)
        for told in unit.announcements:
            self._announcer.publish(
                told.room, told.spec.name, told.data.model_dump(mode="json"), unit.origin if told.skip_self else None
            )
        self._metrics.command(spec.name, "ok", perf_counter() - started)
        return reply

    def _admit(self, spec: CommandSpec[Any, Any], unit: Unit) -> None:
        who = unit.who
        if spec.allow is None:
            self._rates.take(unit.address, spec.name, spec.rate)
            return
        if who is None:
            raise Unauthenticated
        if who.role not in spec.allow:
            raise Forbidden
        if not who.verified and not spec.unverified:
            raise Unverified
        self._rates.take(who.user_id, spec.name, spec.rate)

    def _refusal(self, spec: CommandSpec[Any, Any], unit: Unit, error: Exception) -> HubError:
        refused = as_hub_error(error)
        if isinstance(refused, Internal):
            log.error("command failed", command=spec.name, ref=unit.ref, error=type(error).__name__, exc_info=error)
        return refused

    async def refuse(self, action: str, unit: Unit, refused: HubError, door: str = "socket") -> None:
        """Audit a refusal that never became a command; a flood of them is counted."""
        await self.refusals.record(_row(action, unit, refused.code.value, door), unit.address)

    async def _record(self, action: str, unit: Unit, outcome: str, door: str) -> None:
        await self._audit.record(_row(action, unit, outcome, door))


def _row(action: str, unit: Unit, outcome: str, door: str) -> AuditRow:
    who = unit.who
    return AuditRow(
        actor=who.user_id if who else "",
        session=who.session_id if who else "",
        action=action,
        resource=unit.resource,
        outcome=outcome,
        door=door,
        ref=unit.ref,
    )


def encode(told: Wire) -> bytes:
    """A reply or a fact as JSON text, by the compiled serializer of its class."""
    return told.__pydantic_serializer__.to_json(told)
