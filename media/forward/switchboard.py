"""One call: whose packets go where."""

from collections.abc import Mapping
from typing import Final

from media.forward.agreed import accepts
from media.forward.downlink import PERIOD
from media.forward.leg import Leg
from media.forward.listener import Listener
from media.forward.places import Places
from media.forward.protection import Guard, Share, Video, limit
from media.forward.source import Source
from media.forward.voices import WINDOW, Voices
from media.streams import Kind, Tap

MAX_PARTIES: Final = 6
MAX_KNOWN: Final = 64
"""Parties about whom choices are kept, present or not."""
_EARLY: Final = 0.005
"""s by which a tick may come before its period ends."""


class _Party:
    """A party's present leg, and the choices about it, which outlive legs."""

    def __init__(self) -> None:
        self.leg: Leg | None = None
        self.muted: frozenset[Kind] = frozenset()
        self.held = False
        self.off: frozenset[str] = frozenset()
        self.taps: dict[Kind, Tap] = {}
        self.places = Places()
        self.guard = Guard()
        self.told_slots: Mapping[str, str | None] | None = None
        self.told_paused: frozenset[str] = frozenset()

    def gives(self, kind: Kind) -> Source | None:
        """Its source of a kind, if that may be heard, seen and recorded."""
        if self.leg is None or self.held or kind in self.muted:
            return None
        return self.leg.sources.get(kind)


class Switchboard:
    """Up to six parties. Choices about a party (muted, held, wanted, tapped) outlive its legs, until `forget`."""

    def __init__(self, listener: Listener, *, echo: bool = False) -> None:
        """`echo`: a party that is alone receives its own media (connection test)."""
        self._listener = listener
        self._echo = echo
        self._parties: dict[str, _Party] = {}
        self._present: dict[str, Leg] = {}
        self._voices = Voices()
        self._speaker: str | None = None
        self._now = 0.0
        self._heard_at = self._reviewed_at = float("-inf")

    def add(self, leg: Leg) -> None:
        """Connect a leg; an earlier one of its party is replaced, other streams go on. A seventh: ValueError."""
        if leg.party_id not in self._present and len(self._present) >= MAX_PARTIES:
            raise ValueError("a call has six parties at most")
        party = self._party(leg.party_id)
        if party.leg is not None and party.leg is not leg:
            self._unplug(party.leg)
        party.leg = self._present[leg.party_id] = leg
        party.told_slots = None
        leg.on_source = self._on_source
        self._arrange()
        for source in leg.sources.values():
            self._listener.on_source(leg.party_id, source.kind, source.codec)

    def remove(self, leg: Leg) -> None:
        """Disconnect this leg and free its party's places; no effect if it has been replaced already."""
        if self._present.get(leg.party_id) is not leg:
            return
        del self._present[leg.party_id]
        party = self._parties[leg.party_id]
        party.leg = None
        party.places, party.guard = Places(), Guard()
        party.told_slots, party.told_paused = None, frozenset()
        self._unplug(leg)
        self._arrange()

    def forget(self, party_id: str) -> None:
        """The party has left the call: its leg and all choices about it go."""
        leg = self._present.get(party_id)
        if leg is not None:
            self.remove(leg)
        self._parties.pop(party_id, None)

    def set_muted(self, party_id: str, kind: Kind, muted: bool) -> None:
        """Muted media is neither forwarded nor tapped, whatever the party sends."""
        party = self._party(party_id)
        party.muted = party.muted | {kind} if muted else party.muted - {kind}
        self._route()

    def set_held(self, party_id: str, held: bool) -> None:
        """Nothing of a held party is forwarded or tapped, and nothing is forwarded to it."""
        self._party(party_id).held = held
        self._route()

    def want(self, party_id: str, off: frozenset[str]) -> None:
        """Whose video this receiver does not want now."""
        self._party(party_id).off = off
        self._route()

    def tap(self, party_id: str, kind: Kind, tap: Tap | None) -> None:
        """Record this stream of the party (also after its leg or SSRC changed), until `None`."""
        taps = self._party(party_id).taps
        if tap is None:
            taps.pop(kind, None)
        else:
            taps[kind] = tap
        self._route()

    def tick(self, now: float) -> None:
        """Each 50 ms: ticks the legs, finds the speaker, protects downlinks."""
        self._now = now
        for leg in self._present.values():
            leg.tick(now)
        if now - self._heard_at >= WINDOW - _EARLY:
            self._heard_at = now
            self._listen(now)
        if now - self._reviewed_at >= PERIOD - _EARLY:
            self._review(now, min(2 * PERIOD, now - self._reviewed_at))
            self._reviewed_at = now

    def _party(self, party_id: str) -> _Party:
        party = self._parties.get(party_id)
        if party is None:
            if len(self._parties) >= MAX_KNOWN:
                del self._parties[next(known for known in self._parties if known not in self._present)]
            party = self._parties[party_id] = _Party()
        return party

    def _unplug(self, leg: Leg) -> None:
        leg.on_source = None
        for sink in leg.sinks.values():
            sink.attach(None, self._now)
        for source in leg.sources.values():
            source.tap = None
            for sink in (*source.sinks, *source.waiting):
                sink.attach(None, self._now)

    def _on_source(self, leg: Leg, source: Source) -> None:
        self._now = max(self._now, leg.last_packet_at or 0.0)
        self._route()
        self._listener.on_source(leg.party_id, source.kind, source.codec)

    def _others(self, party_id: str) -> list[str]:
        alone = self._echo and len(self._present) == 1
        return [other for other in self._present if other != party_id or alone]

    def _arrange(self) -> None:
        """Settle everybody's places, after somebody came or went."""
        for party_id in self._present:
            self._parties[party_id].places.settle(self._others(party_id))
        self._elect()
        self._route()
        self._tell_slots()

    def _tell_slots(self) -> None:
        for party_id, leg in self._present.items():
            party = self._parties[party_id]
            slots = {mid: other for mid, other in party.places.slots().items() if mid in leg.sinks}
            if slots != party.told_slots:
                party.told_slots = slots
                self._listener.on_slots(party_id, slots)

    def _route(self) -> None:
        """Connect every sink to the source it should have; those that have it already notice nothing."""
        for party_id, leg in self._present.items():
            party = self._parties[party_id]
            hidden = party.off | party.guard.paused
            slots = party.places.slots()
            for mid, sink in leg.sinks.items():
                other = slots.get(mid)
                source = None
                if other is not None and not party.held and not (sink.kind is Kind.VIDEO and other in hidden):
                    source = self._parties[other].gives(sink.kind)
                if source is not None and not accepts(leg.agreement, source.codec):
                    source = None
                sink.attach(source, self._now)
            for kind, source in leg.sources.items():
                tap = party.taps.get(kind) if party.gives(kind) is source else None
                if tap is not None and tap is not source.tap:
                    tap.begin(self._now)
                    source.request_keyframe(self._now)
                source.tap = tap

    def _listen(self, now: float) -> None:
        """Dominant speaker, and who of more than three others is heard."""
        loudness: dict[str, float] = {}
        for party_id, leg in self._present.items():
            source = leg.sources.get(Kind.AUDIO)
            loudness[party_id] = 0.0
            if source is None:
                continue
            if source.level_count and self._parties[party_id].gives(Kind.AUDIO) is source:
                loudness[party_id] = 127 - source.level_sum / source.level_count
            source.level_sum = source.level_count = 0
        self._voices.hear(loudness, now)
        self._elect()
        changes = [self._parties[party_id].places.listen(self._voices, now) for party_id in self._present]
        if any(changes):
            self._route()
            self._tell_slots()

    def _elect(self) -> None:
        speaker = self._voices.dominant
        if speaker not in self._present:
            speaker = None
        if speaker != self._speaker:
            self._speaker = speaker
            self._listener.on_speaker(speaker)

    def _review(self, now: float, seconds: float) -> None:
        """Protect every downlink; see `protection`."""
        strained: set[str] = set()
        for party_id, leg in self._present.items():
            downlink = leg.downlink
            downlink.estimate_anew(leg.forwarded, seconds)
            if downlink.limited or leg.forwarded > downlink.estimate or self._parties[party_id].guard.paused:
                strained.add(party_id)
        for party_id, leg in self._present.items():
            guard = self._parties[party_id].guard
            guard.keep(self._others(party_id), self._speaker)
            guard.stuck = guard.stuck and leg.downlink.limited
            shown, paused = self._videos(party_id, leg) if party_id in strained else ((), ())
            if guard.review(now, leg.downlink.estimate, leg.forwarded, shown, paused):
                leg.downlink.settle()
        if any(party.told_paused != party.guard.paused for party in self._parties.values()):
            self._route()
        for party_id, party in self._parties.items():
            if party.told_paused != party.guard.paused:
                party.told_paused = party.guard.paused
                self._listener.on_paused(party_id, party.told_paused)
            if party.leg is not None and Kind.VIDEO in party.leg.sources:
                source = party.leg.sources[Kind.VIDEO]
                source.limit(limit(self._shares(party_id, source)) if strained else None)

    def _videos(self, party_id: str, leg: Leg) -> tuple[list[Video], list[Video]]:
        """What `party_id` sees, and what is paused for it, the most important first."""
        paused = self._parties[party_id].guard.paused
        seen = {sink.source for sink in leg.sinks.values() if sink.kind is Kind.VIDEO}
        shown: list[Video] = []
        hidden: list[Video] = []
        for other in self._voices.by_importance(self._others(party_id)):
            source = self._parties[other].gives(Kind.VIDEO)
            if source is None:
                continue
            if other in paused:
                hidden.append(Video(other, source.rate))
            elif source in seen:
                limitable = all(share.limited for share in self._shares(other, source))
                shown.append(Video(other, source.rate, limitable))
        return shown, hidden

    def _shares(self, sender_id: str, source: Source) -> list[Share]:
        """What each receiver of a video has for it."""
        shares: list[Share] = []
        for party_id, leg in self._present.items():
            videos = [sink for sink in leg.sinks.values() if sink.kind is Kind.VIDEO and sink.source is not None]
            if all(sink.source is not source for sink in videos):
                continue
            estimate = leg.downlink.estimate
            audio = sum(sink.rate for sink in leg.sinks.values() if sink.kind is Kind.AUDIO)
            even = max(0.0, estimate - audio) / len(videos)
            used = estimate * source.rate / leg.forwarded if leg.forwarded else 0.0
            shares.append(Share(max(even, used), leg.downlink.limited, self._parties[party_id].guard.stuck))
        return shares
