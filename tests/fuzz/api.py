"""Schemathesis over the OpenAPI document, as people of every role, against a hub process with a furnished ward."""

import asyncio
import base64
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from aiohttp import ClientSession, ClientTimeout

from models.enums import Role
from models.ids import new_id
from tests.bench.scenarios import rss_kb
from tests.chaos.world import World
from tests.fuzz.soundness import Soundness, is_ready, metrics_of, open_files, soundness

HERE: Final = Path(__file__).parent
DOCUMENT: Final = HERE.parents[1] / "docs/api/openapi.yaml"
PHASES: Final = ("examples", "coverage", "fuzzing", "stateful")
DEADLINE_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Round:
    """One run of Schemathesis as somebody of this role. `examples`: at most so many cases an operation and phase."""

    role: Role
    phases: Sequence[str]
    examples: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What one round came to."""

    role: Role
    cases: int
    clean: bool
    signed_in: bool
    """Still, at the end: the round did not only examine refusals."""
    output: str


@dataclass(frozen=True, slots=True)
class Survey:
    """All rounds, and how the hub was afterwards."""

    findings: list[Finding]
    hub: Soundness
    files_opened: int
    """File descriptors of the hub, more than before."""
    grown_kb: int
    """Memory of the hub, more than after the first round."""

    @property
    def cases(self) -> int:
        """Over all rounds."""
        return sum(finding.cases for finding in self.findings)

    @property
    def troubles(self) -> list[str]:
        """What was found, readable; empty when all is well."""
        said = [f"as {one.role}:\n{one.output}" for one in self.findings if not one.clean]
        said += [f"{one.role} ended their own session" for one in self.findings if not one.signed_in]
        return said + ([] if self.hub.sound else [f"{self.hub}"])


@dataclass(frozen=True, slots=True)
class Somebody:
    """Whose eyes a round looks through."""

    token: str
    ids: frozenset[str]


async def examine(rounds: Sequence[Round], seed: int, folder: Path) -> Survey:
    """Open a world, go round, look at what is left of it."""
    world = World(folder, seed, nodes=1)
    try:
        # Warnings of the hub's interpreter (sockets and files nobody closed) go to its log, where they count.
        await world.open(wards=1, nurses=1, environment={"LOG_LEVEL": "INFO", "PYTHONWARNINGS": "always"})
        for client in world.clients:
            client.say("hello")
        await world.settle(10)
        tokens = await _tokens(world)
        for client in world.clients:
            await client.stop()
        hub = world.hubs[0]
        config = folder / "schemathesis.toml"
        config.write_text((HERE / "schemathesis.toml").read_text() + await _dictionaries(world, tokens[Role.DOCTOR]()))
        before = open_files(hub.pid)
        findings, memory = [], []
        for one in rounds:
            who = _somebody(tokens[one.role]())
            findings.append(await _go(one, who, seed, hub.port, config))
            memory.append(rss_kb(hub.pid))
        opened = open_files(hub.pid) - before
        ready = await is_ready(hub.port)
        metrics = await metrics_of(hub.port)
        await hub.stop()  # in order: an interpreter that ends tells what nobody closed
        return Survey(findings, soundness(metrics, folder / "hub0.log", ready=ready), opened, memory[-1] - memory[0])
    finally:
        await world.close()


async def _tokens(world: World) -> dict[Role, Any]:
    """Makers of access tokens: doctor, patient and nurse of the ward; family and administrator besides."""
    doctor, patient, nurse = world.clients
    strangers = {role: world.signer(await world.enrol(role, 0)) for role in (Role.FAMILY, Role.ADMIN)}
    return {Role.DOCTOR: doctor.token, Role.PATIENT: patient.token, Role.NURSE: nurse.token, **strangers}


async def _dictionaries(world: World, token: str) -> str:
    """Ids that exist, as configuration."""
    listed = await _get(f"http://127.0.0.1:{world.hubs[0].port}/api/v1/relationships", token)
    known = {
        "conversations": [world.clients[0].conversation_id, new_id()],
        "relationships": [one["relationship_id"] for one in listed["relationships"]],
        "people": [client.user_id for client in world.clients],
        "positions": [1, 2, 3, 4, 5],
    }
    return "".join(f"\n[dictionaries.{name}]\nvalues = {orjson.dumps(ids).decode()}\n" for name, ids in known.items())


def _somebody(token: str) -> Somebody:
    payload = token.split(".")[1]
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return Somebody(token, frozenset((claims["sub"], claims["sid"])))


async def _go(one: Round, who: Somebody, seed: int, port: int, config: Path) -> Finding:
    report = config.with_name(f"report-{one.role}-{new_id()}.json")
    address = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run", str(DOCUMENT),
        "--url", address, "--seed", str(seed), "--phases", ",".join(one.phases), "--max-examples", str(one.examples),
        "--checks", "all", "--report-json-path", str(report), "--no-color",
        env=dict(os.environ) | {
            "FUZZ_TOKEN": who.token, "FUZZ_OWN_IDS": ",".join(who.ids), "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
            "PYTHONPATH": str(HERE.parents[1]),
        },
        cwd=config.parent, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(DEADLINE_S):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    told: dict[str, Any] = {}
    with suppress(OSError):
        told = orjson.loads(await asyncio.to_thread(report.read_bytes))
    return Finding(
        role=one.role,
        cases=told.get("test_cases", {}).get("generated", 0),
        clean=process.returncode == 0 and bool(told.get("complete")) and not told.get("errors"),
        signed_in=bool(await _get(f"{address}/api/v1/me", who.token)),
        output=output.decode(),
    )


async def _get(url: str, token: str) -> dict[str, Any]:
    """What the hub answers; empty if it refused."""
    timeout, headers = ClientTimeout(10), {"Authorization": f"Bearer {token}"}
    async with ClientSession(timeout=timeout) as session, session.get(url, headers=headers) as answer:
        told: dict[str, Any] = await answer.json()
        return told if answer.status == 200 else {}
