"""One hub and one Chromium for each file of journeys."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.hub_process import WEB, HubProcess
from tests.e2e.person import Person

CHROMIUM = Path("/usr/bin/chromium")

NewPerson = Callable[..., Person]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub with the demo clinic."""
    assert (WEB / "index.html").is_file(), "build the web client first: npm run build in web/"
    process = HubProcess(tmp_path_factory.mktemp("hub"))
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium: the system's own where there is one, else Playwright's."""
    with sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def person(hub: HubProcess, browser: Browser) -> Iterator[NewPerson]:
    """Makes people; their browsers are shut at the end of the test."""
    made: list[Person] = []

    def make(**options: Any) -> Person:
        made.append(Person(browser, hub.url, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
