"""The runtime and the composition root: settings, engine, bus, doors, health, logs.

May import everything below it (`handlers`, `services`, `models`); nothing imports it but `tools` and `tests`.
"""
