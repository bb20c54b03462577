"""Bounds and times of the bus. The defaults are the protocol's; tests shorten the times."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Bounds of the appending side."""

    append_s: float = 5.0
    """How long an append may take before its caller is told to try again."""
    batch_entries: int = 200
    batch_bytes: int = 1024 * 1024
    commands_in_flight: int = 4
    """Insert commands of this node at one time."""
    worthwhile_lanes: int = 32
    """While a command is in flight, another one leaves only when at least so many streams have entries for it."""
    deep_lane: int = 4
    """From so many waiting entries on, a stream gets an ordered command of its own; below, one entry of each stream
    travels in a shared, unordered one, in which no stream can hold up another."""
    recoveries_in_flight: int = 16
    """Streams whose troubled appends are being read back at one time."""
    waiting_entries: int = 8192
    """Entries accepted but not yet answered; beyond it callers are told to try again at once."""
    lost_races: int = 16
    """How often an entry is renumbered because other nodes were faster, before its caller is told to try again.

    Two nodes saturating one stream: at 5, 1.3 % of the appends were handed back; at 16, none."""
    cached_heads: int = 20_000
    doubt_s: float = 30.0
    """How long an entry with an unknown outcome is looked for after its caller was told to try again."""
    doubts: int = 8192


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Bounds of the receiving side."""

    gap_grace_s: float = 0.01
    """How long a missing number may still arrive by itself before the log is read for it."""
    held_events: int = 256
    """Events of one stream kept behind a gap; further ones are read from the log instead."""
    tracked_streams: int = 20_000
    """Streams nobody watches whose position is remembered."""
    watch_task_s: float = 1.0
    verify_heads_s: float = 30.0
    open_s: float = 5.0
    reopen_max_s: float = 2.0


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """Bounds of the side that faces clients."""

    streams_per_socket: int = 256
    page_events: int = 200
    page_bytes: int = 256 * 1024
    call_bytes: int = 1024 * 1024
    window_events: int = 64
    window_bytes: int = 256 * 1024
    lag_s: float = 1.0
    buffered_bytes: int = 1024 * 1024
    """A socket with more than this in its engine's buffer is slow."""
    slow_s: float = 5.0
    """How long a socket may stay slow before it is cut."""
