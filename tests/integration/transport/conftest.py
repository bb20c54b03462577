"""A media port on loopback, and aiortc peers that may use loopback."""

from collections.abc import AsyncIterator

import aioice.ice
import pytest

from media.transport.port import MediaPort
from media.transport.settings import PortSettings


@pytest.fixture
async def port() -> AsyncIterator[MediaPort]:
    """Listening on 127.0.0.1."""
    opened = MediaPort(PortSettings(hosts=("127.0.0.1",)))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice skips 127.0.0.1 otherwise."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["127.0.0.1"])
