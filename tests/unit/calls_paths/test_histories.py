"""Whatever happens to a call, in whatever order: what must be true of its path stays true, and it comes to rest."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from models.events.call_views import MediaPath, PartyState, PathReason, RecordingState
from services.calls import paths
from services.calls.paths import PathPolicy
from tests.unit.calls_paths.calls import NOW, call_of, party, relayed

NUMBERS = st.integers(1, 6)


class Histories(RuleBasedStateMachine):
    """A call as `services.calls.steering` treats it, with a relay that is sometimes not there."""

    def __init__(self) -> None:
        super().__init__()
        self.call = call_of(2)
        self.now = NOW
        self.policy = PathPolicy.AUTO
        self.relays = ["r1"]
        self.made = 1
        self.told = 0
        self.last_n = 1

    @initialize(policy=st.sampled_from(PathPolicy))
    def begin(self, policy: PathPolicy) -> None:
        self.policy = policy

    @rule(number=NUMBERS, state=st.sampled_from([PartyState.PRESENT, PartyState.AWAY, PartyState.GONE]))
    def somebody_moves(self, number: int, state: PartyState) -> None:
        self.call.parties = [one for one in self.call.parties if one.party_id != f"p{number}"] + [party(number, state)]

    @rule(state=st.sampled_from(RecordingState))
    def recording(self, state: RecordingState) -> None:
        self.call.recording = state

    @rule()
    def a_relay_dies(self) -> None:
        lost = self.relays.pop() if self.relays else None
        if lost is not None:
            paths.leave_process(self.call, lost, self._place(), self.now)

    @rule()
    def a_relay_starts(self) -> None:
        self.made += 1
        self.relays.append(f"r{self.made}")

    @rule()
    def the_clock_ticks(self) -> None:
        self.now += timedelta(seconds=2)
        if self.call.path is MediaPath.RELAY and self.call.process is None:
            self.call.process = self._place()
        process = self.call.process or self._place()
        if paths.is_overdue(self.call, self.now) and process is not None:
            paths.fall_back(self.call, PathReason.NOT_CONNECTED, process, self.now)
        self._steer()

    @rule(number=NUMBERS)
    def somebody_connects(self, number: int) -> None:
        if self.call.path is MediaPath.DIRECT or self.call.process is not None:
            paths.connect(self.call, f"l{number}", self.call.path_n, self.now)
            self._settle()

    @rule(number=NUMBERS)
    def somebody_loses_the_direct_path(self, number: int) -> None:
        process = self.call.process or self._place()
        if self.call.path is MediaPath.DIRECT and self.call.leg(f"l{number}") is not None and process is not None:
            paths.fall_back(self.call, PathReason.MEDIA_LOST, process, self.now)

    @invariant()
    def numbers_only_grow(self) -> None:
        assert self.call.path_n >= self.last_n
        self.last_n = self.call.path_n

    @invariant()
    def a_decision_is_open_or_told(self) -> None:
        assert (self.call.path_at is None) == (self.call.path_before is None)

    @invariant()
    def it_is_on_no_process_that_is_dead(self) -> None:
        assert self.call.process is None or self.call.process in self.relays

    @invariant()
    def after_two_failures_nobody_tries_directly_again(self) -> None:
        wanted = paths.ought(self.call, self.policy)
        assert self.call.direct_failed < 2 or wanted is None or wanted[0] is MediaPath.RELAY

    @invariant()
    def it_comes_to_rest(self) -> None:
        """Deciding again, with nothing new, changes nothing."""
        copy = self.call.model_copy(deep=True)
        for _ in range(3):
            wanted = paths.ought(copy, self.policy)
            if wanted is None:
                return
            paths.turn(copy, *wanted, copy.process or self._place(), self.now)
        raise AssertionError("it never comes to rest")

    def teardown(self) -> None:
        """With a relay and everybody connecting, every change completes, where it ought to be."""
        self.a_relay_starts()
        for _ in range(4):
            self.the_clock_ticks()
            for leg in paths.legs_of(self.call):
                paths.connect(self.call, leg.leg_id or "", self.call.path_n, self.now)
            self._settle()
        if len(paths.legs_of(self.call)) >= paths.MAX_DIRECT:
            assert self.call.path_at is None
            assert paths.ought(self.call, self.policy) is None
        if len(self.call.present) > paths.MAX_DIRECT or self.call.recording is RecordingState.RUNNING:
            assert self.call.path is MediaPath.RELAY
            assert self.call.process is not None

    def _place(self) -> str | None:
        return self.relays[-1] if self.relays else None

    def _steer(self) -> None:
        wanted = paths.ought(self.call, self.policy)
        if wanted is None:
            self._settle()
            return
        path, reason = wanted
        paths.turn(self.call, path, reason, self.call.process or self._place(), self.now)

    def _settle(self) -> None:
        self.told += len(paths.settle(self.call, self.now) or [])


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


def test_a_fallen_call_does_not_swing() -> None:
    """A path that fails is not tried again by itself."""
    assert paths.ought(relayed(2, PathReason.NOT_CONNECTED, direct_failed=1), PathPolicy.AUTO) is None
