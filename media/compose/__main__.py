"""`python -m media.compose`: one film. The job, its key included, comes on standard input, never as an argument."""

import json
import os
import resource
import sys
import threading
import time
from typing import Final

from media.compose.film import compose
from media.compose.job import MAX_JOB, Failed, Job, Progress, Shape

NICENESS: Final = 15
MEMORY: Final = 3 << 30
"""Address space, most of it never touched."""
TOLD_S: Final = 1.0


def main() -> int:
    """The process's exit status."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold the key
    job = Job.model_validate(json.loads(sys.stdin.buffer.readline(MAX_JOB)))
    threading.Thread(target=_end_with_the_hub, name="hub-watch", daemon=True).start()
    told_at = 0.0

    def progress(percent: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TOLD_S:
            told_at = time.monotonic()
            _tell(Progress(percent=percent))

    try:
        _tell(compose(job, progress))
    except Exception as error:  # noqa: BLE001  whatever it is, the hub learns its type and nothing else
        _tell(Failed(error=type(error).__name__))
        return 1
    return 0


def _end_with_the_hub() -> None:
    """Standard input ends when the hub closes it, or dies."""
    while sys.stdin.buffer.read(1):
        pass
    os._exit(2)


def _tell(message: Shape) -> None:
    sys.stdout.write(message.model_dump_json() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
