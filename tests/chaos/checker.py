"""The invariants, checked on a finished trial against the log as it stands in the database."""

from collections import defaultdict
from typing import Any

from tests.chaos.client import digest
from tests.chaos.history import Delivered, History


class Log:
    """The final log, by stream."""

    def __init__(self, documents: list[dict[str, Any]]) -> None:
        self.streams: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        self.doubles: list[str] = []
        for stored in documents:
            stream = self.streams[stored["s"]]
            if stored["n"] in stream:
                self.doubles.append(f"{stored['s']}#{stored['n']}")
            stream[stored["n"]] = stored


def check(history: History, log: Log, heads_reached: dict[str, tuple[str, int]]) -> list[str]:
    """Every violation in words; an empty list is a pass. `heads_reached`: stream and cursor of each current member."""
    return [
        *_once_at_the_acked_position(history, log),
        *_contiguous(log),
        *_delivered_in_order(history),
        *_same_everywhere(history, log),
        *_sender_order(history, log),
        *_within_rights(history, log),
        *_caught_up(log, heads_reached),
    ]


def _once_at_the_acked_position(history: History, log: Log) -> list[str]:
    """I1: every acked client id is in the log once, at the acked position."""
    places: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for stream, events in log.streams.items():
        for n, stored in events.items():
            places[(stream, stored["u"], stored["cid"])].append(n)
    return [
        f"I1 {ack.stream} cid {ack.cid}: acked at {ack.n}, in the log at {places[(ack.stream, ack.user_id, ack.cid)]}"
        for ack in history.acked
        if places[(ack.stream, ack.user_id, ack.cid)] != [ack.n]
    ]


def _contiguous(log: Log) -> list[str]:
    """I2: each stream is 1..max."""
    return [f"I2 double position {double}" for double in log.doubles] + [
        f"I2 {stream}: {len(events)} events up to {max(events)}"
        for stream, events in log.streams.items()
        if sorted(events) != list(range(1, len(events) + 1))
    ]


def _delivered_in_order(history: History) -> list[str]:
    """I3: what the hub pushed, and what a client took over, is gap-free, free of doubles and in order."""
    problems = list(history.disorder)
    for device, delivered in history.delivered.items():
        before: Delivered | None = None
        for one in delivered:
            if before is not None and one.run == before.run and one.n != before.n + 1:
                problems.append(f"I3 device {device}: {one.n} after {before.n}")
            if before is not None and one.run != before.run and one.n <= before.n:
                problems.append(f"I3 device {device}: {one.n} again, after {before.n}")
            before = one
    return problems


def _same_everywhere(history: History, log: Log) -> list[str]:
    """I4: a position means the same event to everybody, the log included."""
    problems = []
    for device, delivered in history.delivered.items():
        for one in delivered:
            stored = log.streams[one.stream].get(one.n)
            if stored is None:
                problems.append(f"I4 device {device}: {one.stream}#{one.n} is not in the log")
            elif stored["cid"] != one.cid or digest(stored["t"], stored["body"]) != one.digest:
                problems.append(f"I4 device {device}: {one.stream}#{one.n} differs from the log")
    return problems


def _sender_order(history: History, log: Log) -> list[str]:
    """I5: what a device sent one after the other stands in that order."""
    last: dict[str, tuple[int, int]] = {}
    problems = []
    for ack in sorted(history.acked, key=lambda ack: (ack.device_id, ack.order)):
        order, n = last.get(ack.device_id, (-1, 0))
        if ack.n <= n:
            problems.append(f"I5 device {ack.device_id}: command {ack.order} at {ack.n}, command {order} at {n}")
        last[ack.device_id] = (ack.order, ack.n)
    return problems


def _within_rights(history: History, log: Log) -> list[str]:
    """I6: nobody took over anything from outside their membership."""
    rights: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for stream, events in log.streams.items():
        for n in sorted(events):
            kind, body = events[n]["t"], events[n]["body"]
            if kind == "conversation.opened":
                for person in body["members"]:
                    rights[(stream, person["user_id"])].append([1, float("inf")])
            elif kind == "member.joined":
                start = 1 if body["history"] == "start" else n
                rights[(stream, body["person"]["user_id"])].append([start, float("inf")])
            elif kind == "member.left":
                for span in rights[(stream, body["user_id"])]:
                    span[1] = min(span[1], n)
    owners = {ack.device_id: ack.user_id for ack in history.acked}
    return [
        f"I6 device {device}: {one.stream}#{one.n} outside {rights[(one.stream, owners[device])]}"
        for device, delivered in history.delivered.items()
        if device in owners
        for one in delivered
        if not any(low <= one.n <= high for low, high in rights[(one.stream, owners[device])])
    ]


def _caught_up(log: Log, heads_reached: dict[str, tuple[str, int]]) -> list[str]:
    """In the end every member has everything."""
    return [
        f"END device {device}: at {cursor} of {max(log.streams[stream], default=0)}"
        for device, (stream, cursor) in heads_reached.items()
        if cursor != max(log.streams[stream], default=0)
    ]
