"""`python -m media`: one media process. Its settings are those of `media.settings`, from the environment.

With `--tethered` it lives no longer than whoever holds the other end of its standard input: when that ends, it drains
and leaves, and a thread of its own sees to it even if the loop hangs.
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
import threading
import time
from typing import Final

import structlog
import uvloop

from hub.logs import configure
from media.api.server import ApiServer, server_tls
from media.process import MediaProcess
from media.settings import BadSettings, Settings, read_settings

BAD_SETTINGS: Final = 2
DRAIN_S: Final = 5.0
READY: Final = "ready"

log = structlog.get_logger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM, SIGINT, or the end of the tether."""
    parser = argparse.ArgumentParser(prog="python -m media", description="One media process.")
    parser.add_argument("--tethered", action="store_true", help="end when standard input ends")
    chosen = parser.parse_args(arguments)
    try:
        settings = read_settings(os.environ)
    except BadSettings as problems:
        print("The media process cannot start with these settings:", problems, sep="\n", file=sys.stderr)
        return BAD_SETTINGS
    configure(settings.log_level)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, tethered=chosen.tethered))
    except OSError as error:
        print(f"The media process cannot listen: {error.strerror}", file=sys.stderr)
        return 1
    return 0


async def _serve(settings: Settings, *, tethered: bool) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stopping.set)
    process = MediaProcess(settings)
    server = ApiServer(settings.address, settings.media_secret, process.handle, process.standing)
    process.listen(server.tell)
    tls = None
    if settings.media_certificate is not None and settings.media_key is not None:
        tls = server_tls(settings.media_certificate, settings.media_key)
    await process.open()
    await server.open(tls)
    if tethered:
        threading.Thread(target=_watch_tether, args=(loop, stopping), name="tether", daemon=True).start()
    gc.collect()
    gc.freeze()  # what lives now, lives as long as the process: no collection looks at it again
    print(READY, process.port, flush=True)
    await stopping.wait()
    process.draining = True
    try:
        async with asyncio.timeout(DRAIN_S):
            await process.finish_recordings()
            await server.close()
            await process.close()
    except TimeoutError:
        log.error("the media process left before everything was finished")
        os._exit(1)


def _watch_tether(loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
    while os.read(0, 64):
        pass
    loop.call_soon_threadsafe(stopping.set)
    time.sleep(DRAIN_S + 1.0)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
