"""Puts the events of each stream in order, whichever way and in whichever order they arrive."""

from collections import OrderedDict
from collections.abc import Callable

from services.ports import Event


class Track:
    """How far one stream has been delivered on this node."""

    __slots__ = ("filling", "held", "last", "low", "stream", "target")

    def __init__(self, stream: str, base: int) -> None:
        self.stream = stream
        self.low = base
        """Where tracking began: what stands at or below it may not have been announced here."""
        self.last = base
        """Everything in `(low, last]` has been delivered, in order."""
        self.target = base
        """The highest number known to exist."""
        self.held: dict[int, Event] = {}
        self.filling = False
        """The gap is being waited for, or read from the log."""

    @property
    def gap(self) -> bool:
        """Something that exists has not been delivered."""
        return self.target > self.last


class Sequencer:
    """Delivers each stream as `last + 1`, drops what was delivered, and reports gaps. No I/O, never waits.

    Streams somebody watches are always tracked; of the others the most recently seen ones. An event from before its
    stream's tracking began goes to `late` instead: nobody who watches the stream waits for it.
    """

    def __init__(
        self,
        deliver: Callable[[Event], None],
        late: Callable[[Event], None],
        gap: Callable[[Track], None],
        *,
        held_events: int,
        tracked_streams: int,
    ) -> None:
        self._deliver = deliver
        self._late = late
        self._gap = gap
        self._held_events = held_events
        self._tracked_streams = tracked_streams
        self._watched: dict[str, Track] = {}
        self._seen: OrderedDict[str, Track] = OrderedDict()

    def find(self, stream: str) -> Track | None:
        """The track of a stream, watched or not."""
        return self._watched.get(stream) or self._seen.get(stream)

    def watched(self) -> list[Track]:
        """Tracks of the streams somebody watches."""
        return list(self._watched.values())

    def all(self) -> list[Track]:
        """Every track."""
        return [*self._watched.values(), *self._seen.values()]

    def watch(self, stream: str, head: int) -> Track:
        """Keep the stream tracked until `unwatch`; a stream without a track begins at the majority head `head`."""
        track = self._watched.get(stream)
        if track is None:
            track = self._seen.pop(stream, None) or Track(stream, head)
            self._watched[stream] = track
        return track

    def unwatch(self, stream: str) -> None:
        """Nobody watches the stream any more."""
        track = self._watched.pop(stream, None)
        if track is not None:
            self._remember(track)

    def arrive(self, event: Event) -> None:
        """A majority-committed event, from anywhere."""
        track = self.find(event.stream)
        if track is None:
            track = Track(event.stream, event.n - 1)
            self._remember(track)
        elif event.stream in self._seen:
            self._seen.move_to_end(event.stream)
        n = event.n
        if n == track.last + 1:
            self._pass(track, event)
            if track.held:
                self.flush(track)
        elif n > track.last:
            track.target = max(track.target, n)
            if len(track.held) < self._held_events:
                track.held[n] = event
            self._gap(track)
        elif n <= track.low:
            self._late(event)

    def fill(self, track: Track, events: list[Event]) -> None:
        """Events read from the log behind `track.last`. What retention has removed from in between is passed over."""
        for event in events:
            if event.n > track.last:
                self._pass(track, event)
        self.flush(track)

    def flush(self, track: Track) -> None:
        """Deliver held events that have become next, forget those that were delivered otherwise."""
        while (event := track.held.pop(track.last + 1, None)) is not None:
            self._pass(track, event)
        if track.held and min(track.held) <= track.last:
            track.held = {n: event for n, event in track.held.items() if n > track.last}

    def _pass(self, track: Track, event: Event) -> None:
        track.last = event.n
        track.target = max(track.target, event.n)
        self._deliver(event)

    def _remember(self, track: Track) -> None:
        self._seen[track.stream] = track
        while len(self._seen) > self._tracked_streams:
            self._seen.popitem(last=False)
