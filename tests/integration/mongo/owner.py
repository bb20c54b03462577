"""A process that owns an embedded mongod, for a test to kill: prints the server's process id, then waits."""

import asyncio
import sys
from pathlib import Path

from hub.mongo.embedded import EmbeddedMongo


async def main() -> None:
    server = EmbeddedMongo(Path(sys.argv[1]))
    await server.start()
    print(server.pid, flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
