"""The page: tables with ratios, floors and aims, and for each miss what is known of its cause."""

import math
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.bench.plan import HUB, OPEN_PER_S, PEER, PEER_AUDIT, Figures
from tests.bench.rig import versions

Results = dict[str, dict[str, list[Figures]]]
"""Scenario, side, and the figures of each round."""

CAUSES: Final = {
    "durable chat": "By profile no single place: a third of the hub's time per message is the event loop and the "
    "kernel (one read and about three writes), a quarter the pipeline around the service (validation, gates, audit "
    "row, answer), a quarter encoding, the two insert commands and delivery, the rest the search index and its change "
    "stream. Two commits one after the other (the event, then its audit row) keep the core from being full.",
    "command with ack": "What is left is Python between the socket and the answer (validation, role, rate, "
    "membership, metrics) on top of two system calls per message, which Node.js pays as well.",
    "fan-out to 100": "With few recipients most of the time is the kernel's send; several frames per write help "
    "only while the emitter is ahead.",
    "fan-out to 1,000": "With few frames per loop turn most of the time is the kernel's send.",
    "ack p99": "The tail is the journal of a database that shares its core with the load and its disk with "
    "everything else on the machine.",
    "RSS per idle socket": "aiohttp's request handler and its task stay alive under each WebSocket.",
    "connections/s": "Each admission verifies an Ed25519 token, asks for the session, and its first `hs.sync` reads "
    "positions and writes an audit row; the peer verifies an HMAC and reads memberships.",
    "storm": "The start of the process (imports, indexes, change stream), then a synchronisation for each client: two "
    "positions, a page of the log and an audit row each, on the same core as the writers' messages.",
    "second node": "Each node reads every event of the other from its change stream.",
}
"""What would be to blame, by target; printed only beside a miss."""


@dataclass(frozen=True)
class Target:
    """One line of the target table. `higher`: more is better."""

    name: str
    cause: str
    value: float
    floor: float
    aim: float
    unit: str
    higher: bool = True

    @property
    def verdict(self) -> str:
        """How far it got."""
        if self._reached(self.aim):
            return "aim reached"
        return "floor reached" if self._reached(self.floor) else "**missed**"

    def _reached(self, mark: float) -> bool:
        return self.value >= mark if self.higher else self.value <= mark


def page(results: Results, took_s: float, command: str) -> str:
    """The whole page, of whatever was measured."""
    parts = [_HEAD, _circumstances(took_s, command), "## Targets\n", _target_table(targets(results)), "## Figures\n"]
    for name, sides in results.items():
        parts += [f"### {_TITLES[name]}\n", _figures(sides)]
    return "\n".join(parts)


def targets(results: Results) -> list[Target]:
    """Every target that this run can judge."""
    found: list[Target] = []

    def ratio(scenario: str, figure: str, name: str, cause: str, floor: float, aim: float, side: str = PEER) -> None:
        sides = results.get(scenario)
        if sides is not None:
            found.append(Target(name, cause, _ratio(sides, side, figure), floor, aim, "x peer"))

    def absolute(scenario: str, figure: str, name: str, cause: str, floor: float, aim: float, unit: str,
                 *, higher: bool = False) -> None:  # fmt: skip
        sides = results.get(scenario)
        if sides is not None:
            found.append(Target(name, cause, _median(sides[HUB], figure), floor, aim, unit, higher))

    ratio("durable", "per_s", "durable chat, acked messages/s, against the peer", "durable chat", 4, 8)
    ratio("durable", "per_s", "the same, against the peer that audits too", "durable chat", 4, 8, PEER_AUDIT)
    ratio("command", "per_s", "command with ack, nothing stored", "command with ack", 1, 2)
    ratio("fan-out-100", "per_s", "fan-out to 100", "fan-out to 100", 1.5, 2.5)
    ratio("fan-out-1000", "per_s", "fan-out to 1,000", "fan-out to 1,000", 1.5, 3.5)
    absolute("steady", "p99_ms", f"ack p99 at {OPEN_PER_S} durable messages/s", "ack p99", 50, 15, "ms")
    absolute("connect-5000", "kb", "RSS per idle socket, of 5,000", "RSS per idle socket", 48, 32, "kB")
    ratio("connect-5000", "per_s", "connections/s, 5,000 of them", "connections/s", 1, 1.5)
    absolute("storm", "back_s", "2,000 clients have everything after a kill", "storm", 30, 10, "s")
    absolute("second-node", "kept", "a node's durable rate beside a second one", "second node", 0.8, 0.8,
             "of alone", higher=True)  # fmt: skip
    return found


def _target_table(found: Sequence[Target]) -> str:
    rows = [[one.name, f"{one.value:.2f} {one.unit}", f"{one.floor:g}", f"{one.aim:g}", one.verdict] for one in found]
    table = _table(["what", "measured", "floor", "aim", "verdict"], rows)
    short = dict.fromkeys(one.cause for one in found if one.verdict != "aim reached")
    words = [f"- *{cause}*: {CAUSES[cause]}" for cause in short]
    return "\n".join([table, *(["Where the aim was not reached, and why:\n", *words, ""] if words else [])])


def _median(runs: Sequence[Figures], figure: str) -> float:
    return statistics.median(run[figure] for run in runs)


def _ratio(sides: dict[str, list[Figures]], side: str, figure: str) -> float:
    """Hub to `side`: the median of the rounds' ratios, since what else the machine does changes between rounds."""
    rounds = zip(sides[HUB], sides[side], strict=True)
    return statistics.median(ours[figure] / theirs[figure] if theirs[figure] else math.nan for ours, theirs in rounds)


def _figures(sides: dict[str, list[Figures]]) -> str:
    others = [side for side in sides if side != HUB]
    rows = []
    for name in sides[HUB][0]:
        ratios = [_ratio(sides, side, name) for side in others]
        rows.append(
            [
                _LABELS[name],
                *(f"{_median(runs, name):,.{2 if name == 'kept' else 1}f}" for runs in sides.values()),
                *("" if math.isnan(ratio) else f"{ratio:.2f}" for ratio in ratios),
            ]
        )
    return _table(["", *sides, *(f"hub/{side}" for side in others)], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _circumstances(took_s: float, command: str) -> str:
    peer = versions()
    software = [
        f"Python {platform.python_version()}", f"Node.js {_output('node', '--version')}",
        *(f"{name} {version}" for name, version in peer.items()),
    ]  # fmt: skip
    rows = [
        ["machine", f"{_processor()}, two cores used: servers on one; load and databases on the other"],
        ["system", f"{platform.system()} {platform.release()}"],
        ["software", ", ".join(software)],
        ["load average", f"{os.getloadavg()[2]:.1f} over the last 15 minutes; the run by itself makes about 2"],
        ["commit", _output("git", "rev-parse", "--short", "HEAD")],
        ["command", f"`{command}`, {took_s / 60:.0f} minutes, finished {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"],
    ]
    return _table(["", ""], rows)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


_HEAD: Final = """# Benchmarks

The hub against a Node.js peer that does the same work: socket.io 4 + mongoose, written the usual way
(`tests/bench/peer/server.js`). Both authenticate at connect, check membership, validate, store with majority and
journal before the acknowledgement and before the delivery, each against a real mongod of its own on the same disk.
The hub besides writes a hash-chained audit row for every command before it answers, keeps a search index, follows a
change stream, and speaks HS/1 (its clients synchronise streams and acknowledge what they receive); `peer+audit` is
the peer that writes an audit row as well.

Three rounds: in each one run of every side, one after the other, each in a fresh process. Figures are medians of the
rounds, ratios are medians of the rounds' ratios. The load generator is one Python process that shares its core with the
databases: rates are what that arrangement allows and serve for comparison within one run only. Processor time per
message depends least on what else the machine does. `make bench` repeats all of it.
"""

_TITLES: Final = {
    "durable": "Durable chat: 200 sockets, 100 conversations of two, one message in flight each",
    "command": "Command with ack, nothing stored: `chat.type` on the same sockets",
    "steady": f"{OPEN_PER_S} durable messages a second, on a clock",
    "fan-out-100": "Fan-out: one speaks, 100 receive",
    "fan-out-1000": "Fan-out: one speaks, 1,000 receive",
    "connect-1000": "1,000 people sign in, follow their inbox and stay idle",
    "connect-5000": "5,000 people sign in, follow their inbox and stay idle",
    "storm": "2,000 clients in 100 conversations, the server killed with -9 while people write, and started again",
    "second-node": "A second node beside the first, both with the same load",
}

_LABELS: Final = {
    "per_s": "per second",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "cpu_us": "server's processor time per message, us",
    "refused": "refused",
    "kb": "RSS per socket, kB",
    "back_s": "everybody back with everything, s",
    "start_s": "of that, until the server answered, s",
    "missing": "acknowledged messages missing at a client",
    "gaps": "gaps in a client's numbers",
    "acked": "messages acknowledged",
    "alone_us": "processor time per message alone, us",
    "both_us": "the same beside a second one, us",
    "kept": "rate kept",
}
