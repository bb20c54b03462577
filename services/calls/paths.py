"""Which way a call's media ought to go, and why. Pure rules and pure changes of the document; no clock of their own.

A change of path is `path_n + 1`: every leg connects anew and says so (`connected_n`). When all have, the change has
happened and is told once. On the way back to `direct` the relay goes on carrying until both legs are connected.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from models import streams
from models.documents.call import Call, Party
from models.documents.owing import PendingFact, pending
from models.events.call_views import CallKind, CallState, MediaPath, PartyState, PathReason, RecordingState
from models.events.calls import CALL_PATH_CHANGED, PathChanged
from services.calls import machine

MAX_DIRECT: Final = 2
"""Parties that connect directly."""
MAX_DIRECT_FAILED: Final = 2
CONNECT_WITHIN: Final = timedelta(seconds=5)
"""A leg says after 3 s that it did not connect; after this it is taken as said."""
RELAY_WITHIN: Final = timedelta(seconds=15)
"""So long a leg has to reach the relay, before two who are left there try without it."""
_FORCED: Final = (PathReason.POLICY, PathReason.RECORDING, PathReason.GROUP)


class PathPolicy(StrEnum):
    """`turn`: directly, but through TURN only, so that no party sees another's address. `relay`: never directly."""

    AUTO = "auto"
    TURN = "turn"
    RELAY = "relay"


def ought(call: Call, policy: PathPolicy) -> tuple[MediaPath, PathReason] | None:
    """The path this call should change to, and why; None if it is where it should be."""
    if call.kind is CallKind.CHAT or call.state not in (CallState.CONNECTING, CallState.ACTIVE):
        return None
    cause = _cause(call, policy)
    if call.path is MediaPath.DIRECT:
        return None if cause is None else (MediaPath.RELAY, cause)
    if cause is None and _may_return(call) and not _is_under_way(call):
        return MediaPath.DIRECT, PathReason.TWO_REMAIN
    return None


def is_stranded(call: Call, policy: PathPolicy, now: datetime) -> bool:
    """Whether two are left on the way to a relay that one of them does not reach, and directly they might."""
    if call.path is not MediaPath.RELAY or call.state not in (CallState.CONNECTING, CallState.ACTIVE):
        return False
    late = call.path_at is not None and now - call.path_at > RELAY_WITHIN
    return late and _is_under_way(call) and _cause(call, policy) is None and _may_return(call)


def _cause(call: Call, policy: PathPolicy) -> PathReason | None:
    if policy is PathPolicy.RELAY:
        return PathReason.POLICY
    if call.recording is RecordingState.RUNNING:
        return PathReason.RECORDING
    return PathReason.GROUP if len(call.present) > MAX_DIRECT else None


def _may_return(call: Call) -> bool:
    """A call that fell back stays on the relay; one that was there for another cause may try the direct path."""
    if call.recording is RecordingState.ASKING or call.direct_failed >= MAX_DIRECT_FAILED:
        return False
    if call.path_reason not in _FORCED and not (
        call.path_reason is PathReason.PROCESS_LOST and call.direct_failed == 0
    ):
        return False
    return len(legs_of(call)) == len(call.present) == MAX_DIRECT


def _is_under_way(call: Call) -> bool:
    return call.path_at is not None and call.process is not None


def legs_of(call: Call) -> list[Party]:
    """Parties who are there with a connection: those who must have media before a path counts as working."""
    return [party for party in call.parties if party.state is PartyState.PRESENT and party.leg_id is not None]


def turn(call: Call, path: MediaPath, reason: PathReason, process: str | None, now: datetime) -> None:
    """Decide for a path. `path_before` stays what last worked, however many decisions it takes from there."""
    if call.path_before is None:
        call.path_before = call.path
    call.path, call.path_reason, call.process = path, reason, process
    call.path_n += 1
    call.path_at = now


def fall_back(call: Call, reason: PathReason, process: str, now: datetime) -> None:
    """The direct path does not work: take the relay."""
    call.direct_failed += 1
    turn(call, MediaPath.RELAY, reason, process, now)


def leave_process(call: Call, lost: str, process: str | None, now: datetime) -> bool:
    """The media process `lost` is gone: take another (None: as soon as there is one). False if it is not on it."""
    if not call.live or call.process != lost:
        return False
    if call.path is MediaPath.DIRECT:
        call.process = None  # it only kept the relay up until the direct path stands
    else:
        turn(call, MediaPath.RELAY, PathReason.PROCESS_LOST, process, now)
    return True


def connect(call: Call, leg_id: str, path_n: int, now: datetime) -> bool:
    """This leg has media on this path. False if it is not news."""
    party = call.leg(leg_id)
    if party is None or call.path_n != path_n:
        return False
    return machine.connected(call, party.party_id, path_n, now) is not None


def settle(call: Call, now: datetime) -> list[PendingFact] | None:
    """Note that the path works, once every leg has media on it: the facts of that, or None if there is no news."""
    legs = legs_of(call)
    if len(legs) < MAX_DIRECT or any(party.connected_n != call.path_n for party in legs):
        return None
    if call.path_at is None:
        return None
    before = call.path_before or call.path
    took_ms = max(0, round((now - call.path_at) / timedelta(milliseconds=1)))
    call.path_at = call.path_before = None
    if call.path is MediaPath.DIRECT:
        call.process = None
    if before is call.path and call.path_reason is not PathReason.PROCESS_LOST:
        return []  # an attempt that failed without anybody noticing
    fact = PathChanged(call_id=call.id, before=before, after=call.path, reason=call.path_reason, took_ms=took_ms)
    return [pending(CALL_PATH_CHANGED, fact, streams.conversation(call.conversation_id))]


def is_overdue(call: Call, now: datetime) -> bool:
    """Whether a direct path has had its time, and nobody was left to say that it did not connect."""
    legs = legs_of(call)
    if call.path is not MediaPath.DIRECT or call.state not in (CallState.CONNECTING, CallState.ACTIVE):
        return False
    if len(legs) < MAX_DIRECT or all(party.connected_n == call.path_n for party in legs):
        return False
    begun = [moment for moment in (call.path_at, *(party.leg_at for party in legs)) if moment is not None]
    return bool(begun) and now - max(begun) > CONNECT_WITHIN
