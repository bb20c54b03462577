"""What the engine counts, for the metrics page. Plain integers: the hot path only adds."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class EngineCounters:
    """Totals since the start of the process. Label values come from closed lists, never from clients."""

    frames_in: int = 0
    frames_out: int = 0
    malformed: int = 0
    """Packets that no stock client sends: forged or reserved event names, binary, broken framing."""
    faults: int = 0
    """Exceptions that escaped from the door: each one is a bug of the hub."""
    admitted: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    """Sockets ended, by reason."""
    refused: Counter[str] = field(default_factory=Counter)
    """HTTP requests and CONNECT packets refused, by error code."""
