"""One real coturn for the folder."""

from collections.abc import Iterator

import pytest

from services.calls.turn import TurnServers, TurnSettings
from tests.support.turn import REALM, SECRET, CoturnProcess


@pytest.fixture(scope="session")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoturnProcess]:
    """With the product's configuration and quotas."""
    server = CoturnProcess(tmp_path_factory.mktemp("coturn"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def servers(coturn: CoturnProcess) -> TurnServers:
    """What the hub issues for it."""
    return TurnServers(TurnSettings(b"p" * 32, (coturn.url, "stun:127.0.0.1"), (SECRET,), REALM))
