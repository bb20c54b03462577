"""Selective forwarding: packets in, packets out. Knows no sockets, no asyncio, no cryptography.

A `Leg` is one party's connection, a `Switchboard` one call; `Listener` hears of slots, speaker, sources and pauses.
"""
