"""A real coturn with the product's configuration, and a TURN client that shows every answer (RFC 8656)."""

import asyncio
import contextlib
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from aioice import stun
from aioice.turn import UDP_TRANSPORT, make_integrity_key
from aioice.utils import random_transaction_id

from hub.mongo import tether
from hub.turn.configuration import TurnServer, configuration

START_S = 10.0
LISTENING_PORTS = (24_000, 29_999)
RELAY_PORTS = (30_000, 30_999)
"""Below those that systems give to clients, so that nobody takes one between our look and the server's start."""
SECRET = "a-secret-of-at-least-thirty-two-characters"
FORMER_SECRET = "another-secret-that-is-on-its-way-out-now"
REALM = "clinic.test"
FAMILY = {4: 0x01000000, 6: 0x02000000}
stun.ATTRIBUTES_BY_NAME["REQUESTED-ADDRESS-FAMILY"] = (
    0x0017, "REQUESTED-ADDRESS-FAMILY", stun.pack_unsigned, stun.unpack_unsigned,
)  # fmt: skip


def has_ipv6() -> bool:
    """Whether this machine has a loopback of that family."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _listening_port() -> int:
    """One that is free for UDP and TCP."""
    while True:
        port = random.randint(*LISTENING_PORTS)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, contextlib.suppress(OSError):
            for probe in (tcp, udp):
                probe.bind(("127.0.0.1", port))
            return port


class CoturnProcess:
    """Debian's `turnserver` on a free loopback port. What it denies is the product's; loopback itself is let in."""

    def __init__(self, folder: Path, **changed: Any) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        addresses = ("127.0.0.1", "::1") if has_ipv6() else ("127.0.0.1",)
        base = TurnServer(
            secrets=(SECRET, FORMER_SECRET), realm=REALM, listen=addresses, port=_listening_port(),
            tls_port=_listening_port(), allowed=addresses,
            ports=RELAY_PORTS,
        )  # fmt: skip
        self.server = replace(base, **changed)
        self.url = f"turn:127.0.0.1:{self.server.port}?transport=udp"
        self.secure_url = f"turns:localhost:{self.server.tls_port}"

    def start(self) -> None:
        """Start and wait until it answers."""
        program = shutil.which("turnserver")
        assert program, "coturn is not installed: make setup"
        path = self._folder / "turnserver.conf"
        files = f"userdb={self._folder / 'turndb'}\npidfile={self._folder / 'turn.pid'}\n"
        path.write_text(configuration(self.server) + "allow-loopback-peers\n" + files)
        with (self._folder / "turnserver.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", tether.__file__, str(os.getpid()), program, "-c", str(path)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        ends_at = time.monotonic() + START_S
        while not self._answers():
            assert time.monotonic() < ends_at, (self._folder / "turnserver.log").read_text()[-2000:]

    def stop(self) -> None:
        """As `kill -9`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)

    def _answers(self) -> bool:
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction_id=random_transaction_id())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.1)
            probe.sendto(bytes(request), ("127.0.0.1", self.server.port))
            try:
                return len(probe.recv(2048)) > 0
            except OSError:
                return False


class TurnClient(asyncio.DatagramProtocol):
    """One five-tuple at the server. `request` answers success and refusal alike."""

    def __init__(self, username: str, password: str) -> None:
        self._username, self._password = username, password
        self._key: bytes | None = None
        self._realm, self._nonce = "", b""
        self._answers: dict[bytes, asyncio.Future[stun.Message]] = {}
        self._transport: asyncio.DatagramTransport
        self.data: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()
        """What peers sent, and from where."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # uvloop's is none by inheritance

    def datagram_received(self, data: bytes, addr: Any) -> None:
        message = stun.parse_message(data)
        if message.message_class is stun.Class.INDICATION:
            self.data.put_nowait((message.attributes["DATA"], message.attributes["XOR-PEER-ADDRESS"]))
            return
        answer = self._answers.pop(message.transaction_id, None)
        if answer is not None:
            answer.set_result(message)

    async def request(self, method: stun.Method, **attributes: Any) -> stun.Message:
        """One transaction, with credentials once the server has asked for them."""
        answer = await self._once(method, attributes)
        if answer.error_code in (401, 438) and (self._key is None or answer.error_code == 438):
            self._realm = answer.attributes.get("REALM", self._realm)
            self._nonce = answer.attributes["NONCE"]
            self._key = make_integrity_key(self._username, self._realm, self._password)
            answer = await self._once(method, attributes)
        return answer

    async def allocate(self, family: int = 4) -> stun.Message:
        """Ask for a relayed address."""
        return await self.request(
            stun.Method.ALLOCATE, REQUESTED_TRANSPORT=UDP_TRANSPORT, REQUESTED_ADDRESS_FAMILY=FAMILY[family]
        )

    async def permit(self, host: str, port: int = 9) -> stun.Message:
        """Ask for permission to exchange packets with a peer."""
        return await self.request(stun.Method.CREATE_PERMISSION, XOR_PEER_ADDRESS=(host, port))

    def send(self, data: bytes, peer: tuple[str, int]) -> None:
        """To a peer with a permission."""
        message = stun.Message(stun.Method.SEND, stun.Class.INDICATION, transaction_id=random_transaction_id())
        message.attributes["XOR-PEER-ADDRESS"] = peer
        message.attributes["DATA"] = data
        self._transport.sendto(bytes(message))

    def close(self) -> None:
        """Leave; the server notices when the allocation runs out."""
        self._transport.close()

    async def _once(self, method: stun.Method, attributes: dict[str, Any]) -> stun.Message:
        message = stun.Message(method, stun.Class.REQUEST, transaction_id=random_transaction_id())
        for name, value in attributes.items():
            message.attributes[name.replace("_", "-")] = value
        if self._key is not None:
            message.attributes["USERNAME"] = self._username
            message.attributes["REALM"] = self._realm
            message.attributes["NONCE"] = self._nonce
            message.add_message_integrity(self._key)
        answer: asyncio.Future[stun.Message] = asyncio.get_running_loop().create_future()
        self._answers[message.transaction_id] = answer
        async with asyncio.timeout(5):
            while not answer.done():
                self._transport.sendto(bytes(message))
                await asyncio.wait([answer], timeout=0.5)
        return answer.result()


@asynccontextmanager
async def turn_client(server: CoturnProcess, username: str, password: str) -> AsyncIterator[TurnClient]:
    """A client; its allocation is given back at the end."""
    loop = asyncio.get_running_loop()
    _, client = await loop.create_datagram_endpoint(
        lambda: TurnClient(username, password), remote_addr=("127.0.0.1", server.server.port)
    )
    try:
        yield client
        await client.request(stun.Method.REFRESH, LIFETIME=0)
    finally:
        client.close()
