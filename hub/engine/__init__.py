"""The Socket.IO server of the hub, and the only place that touches python-socketio, engineio and aiohttp internals.

Typed and fast for its users (`EngineServer`, `Peer`, `Door`, frames); imports nothing else of the hub.
"""
