"""Calls per core and added latency: naive aiortc, ours, Janus, on the same machine in one run (`make bench-media`)."""
