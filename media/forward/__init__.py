"""Selective forwarding: packets in, packets out. Knows no sockets, no asyncio, no cryptography."""
