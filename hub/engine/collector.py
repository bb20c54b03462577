"""The garbage collector, tuned for a process that holds many long-lived sockets."""

import gc
from typing import Final

# With the default thresholds, a full collection over the objects of 5,000 sockets stopped the loop for 0.4-0.7 s;
# frozen start-up objects and rare collections brought the ack p99 from 386 ms to 1.6 ms (two cores, Python 3.11).
# Young objects are looked at every 50,000: at 200,000 the cycles of 50,000 refused frames waited as 60 MB, now 28 MB
# (`python -m tests.fuzz --frames 50000 --api 0`).
THRESHOLDS: Final = (50_000, 50, 1000)


def settle() -> None:
    """Call once, when everything is built and before the first client: what lives now is never scanned again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
