"""Media processes come, go, are killed, drained and supervised."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.media.pool import Pool
from hub.media.settings import MediaSettings
from hub.media.supervisor import Supervisor
from models.errors import MediaUnavailable
from models.ids import new_id
from models.media import Ask, JoinLeg
from tests.integration.media.conftest import SECRET, MakePeer
from tests.integration.media.test_calls import see_each_other, talk
from tests.support.media import Process, Relays, linked, running_process
from tests.support.waiting import until


@asynccontextmanager
async def supervised(folder: Path, processes: int) -> AsyncIterator[tuple[Supervisor, Relays]]:
    """A node's supervisor and pool."""
    environment = {"MEDIA_ANNOUNCE": "own,127.0.0.1", "RECORDINGS_DIR": str(folder / "recordings")}
    settings = MediaSettings(secret=SECRET, processes=processes, folder=folder / "media", environment=environment)
    pool = Pool(settings)
    relays = Relays(pool)
    supervisor = Supervisor(settings, pool)
    pool.start()
    await supervisor.start()
    try:
        await until(lambda: len(pool.loads()) == processes, 20)
        yield supervisor, relays
    finally:
        await supervisor.stop()
        await pool.close()


@asynccontextmanager
async def two_processes(folder: Path) -> AsyncIterator[tuple[Process, Process, Relays]]:
    """Two of them and a pool."""
    async with (
        running_process(folder, SECRET) as one,
        running_process(folder, SECRET) as two,
        linked(one, two) as relays,
    ):
        yield one, two, relays


async def test_the_call_of_a_killed_process_goes_on_in_another(tmp_path: Path, peer: MakePeer) -> None:
    async with two_processes(tmp_path) as (one, two, relays):
        call_id = new_id()
        await talk(*(peer(relays, one.address, call_id, name) for name in ("first", "second")))
        killed_at = time.monotonic()
        await one.end(signal.SIGKILL)
        await until(lambda: relays.lost, 5)
        lost, at = relays.lost[0]
        assert lost == one.address
        print(f"the loss was told {1000 * (at - killed_at):.0f} ms after kill -9")
        assert relays.pool.place(avoid=lost) == relays.pool.place() == two.address
        with pytest.raises(MediaUnavailable):
            await relays.pool.ask(one.address, Ask(op="stats"))
        first = peer(relays, two.address, call_id, "first", level=60)
        second = peer(relays, two.address, call_id, "second", level=190)
        await asyncio.gather(first.join(path_n=2), second.join(path_n=2))
        await see_each_other(first, second)
        print(f"media flows again {1000 * (time.monotonic() - killed_at):.0f} ms after kill -9")


async def test_a_frozen_process_is_lost_too(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, two, relays):
        os.kill(one.pid, signal.SIGSTOP)
        await until(lambda: [process for process, _ in relays.lost] == [one.address], 10)
        assert relays.pool.place() == two.address
        os.kill(one.pid, signal.SIGCONT)
        await until(lambda: len(relays.pool.loads()) == 2, 10)


async def test_calls_are_spread_and_a_draining_process_gets_none(tmp_path: Path) -> None:
    async with two_processes(tmp_path) as (one, two, relays):
        placed = [relays.pool.place() for _ in range(10)]
        assert set(placed) == {one.address, two.address}
        await relays.pool.ask(one.address, JoinLeg(call_id="old", party_id="p", leg_id="l", path_n=1))
        await relays.pool.ask(one.address, Ask(op="drain"))
        with pytest.raises(MediaUnavailable):
            await relays.pool.ask(one.address, JoinLeg(call_id="new", party_id="p", leg_id="l", path_n=1))
        await relays.pool.ask(one.address, JoinLeg(call_id="old", party_id="q", leg_id="m", path_n=1))
        await until(lambda: {relays.pool.place() for _ in range(5)} == {two.address})
        await relays.pool.ask(two.address, Ask(op="drain"))
        await until(lambda: relays.pool.place() is None)


async def test_a_process_that_is_told_to_end_says_goodbye(tmp_path: Path) -> None:
    async with running_process(tmp_path, SECRET) as process, linked(process) as relays:
        path = Path(process.address.removeprefix("unix:"))
        assert path.stat().st_mode & 0o777 == 0o600
        assert await process.end(signal.SIGTERM) == 0
        await until(lambda: relays.lost)
        assert not path.exists()


async def test_a_process_is_reached_over_tcp(tmp_path: Path, unused_tcp_port: int) -> None:
    async with (
        running_process(tmp_path, SECRET, listen=f"ws://127.0.0.1:{unused_tcp_port}") as process,
        linked(process) as relays,
    ):
        assert relays.pool.place() == process.address


async def test_a_process_on_another_machine_is_reached_over_tls(tmp_path: Path, unused_tcp_port: int) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    write_certificate(key, certificate)
    listen = f"wss://127.0.0.1:{unused_tcp_port}"
    options = {"MEDIA_CERTIFICATE": str(certificate), "MEDIA_KEY": str(key)}
    async with running_process(tmp_path, SECRET, listen=listen, **options):
        for trusted, expected in ((certificate, listen), (None, None)):
            pool = Pool(MediaSettings(secret=SECRET, urls=(listen,), certificates=trusted))
            pool.start()
            if expected is None:
                with pytest.raises(MediaUnavailable):
                    await pool.ask(listen, Ask(op="stats"))
            else:
                await until(lambda: pool.place() == expected)  # noqa: B023
            await pool.close()


def write_certificate(key: Path, certificate: Path) -> None:
    """A self-signed one for 127.0.0.1."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "media")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    key.write_bytes(private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    certificate.write_bytes(made.public_bytes(encoding))


async def test_another_secret_is_refused(process: Process) -> None:
    async with linked(process, secret=b"w" * 32) as relays:
        with pytest.raises(MediaUnavailable):
            await relays.pool.ask(process.address, Ask(op="stats"))
        assert relays.pool.place() is None


async def test_bad_settings_are_told_without_their_values(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="did not start") as refused:
        async with running_process(tmp_path, SECRET, MEDIA_PORTS="canary", MEDIA_LISTEN="canary"):
            pass
    assert "MEDIA_PORTS" in str(refused.value)
    assert "canary" not in str(refused.value)


async def test_a_killed_process_is_started_again_under_another_name(tmp_path: Path) -> None:
    async with supervised(tmp_path, 2) as (supervisor, relays):
        address = relays.pool.place()
        assert address is not None
        sockets = Path(address.removeprefix("unix:")).parent  # another folder than ours where ours has a long name
        victim = supervisor.pids[0]
        os.kill(victim, signal.SIGKILL)
        await until(lambda: len(relays.lost) == 1)
        await until(lambda: len(relays.pool.loads()) == 2 and victim not in supervisor.pids, 20)
        assert supervisor.restarts == 1
        assert len([*sockets.glob("*.sock")]) == 2
    assert not [*sockets.glob("*.sock")]
    assert supervisor.pids == []


async def test_a_media_process_does_not_outlive_its_hub(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from hub.media.pool import Pool\n"
        "from hub.media.settings import MediaSettings\n"
        "from hub.media.supervisor import Supervisor\n"
        "async def main():\n"
        "    settings = MediaSettings(secret=b's' * 32, processes=1, folder=Path(sys.argv[1]))\n"
        "    pool = Pool(settings)\n"
        "    supervisor = Supervisor(settings, pool)\n"
        "    await supervisor.start()\n"
        "    while not pool.loads():\n"
        "        await asyncio.sleep(0.05)\n"
        "    print(supervisor.pids[0], flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    hub = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(tmp_path / "media"), stdout=asyncio.subprocess.PIPE
    )
    assert hub.stdout is not None
    pid = int(await asyncio.wait_for(hub.stdout.readline(), 30))
    hub.kill()
    await hub.wait()
    await until(lambda: not Path(f"/proc/{pid}").exists(), 10)
