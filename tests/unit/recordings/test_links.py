"""A link proves one thing to one door, for five minutes."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from models.enums import Role
from models.errors import LinkSpent
from models.ids import SessionId, UserId
from services.fields import FieldCipher
from services.recordings.links import VALID, Links
from services.recordings.review import merged, refs_of
from tests.support.accounts import ring

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def sealed(links: Links) -> str:
    url, ticket = links.issue(
        UserId("user-1"), Role.DOCTOR, SessionId("session-1"), "r1", "p-1.1", NOW, in_browser=True
    )
    assert ticket.expires_at == NOW + VALID and "user-1" not in url and "session-1" not in url
    path, _, link = url.partition("?link=")
    assert path == "/api/v1/recordings/r1/files/p-1.1"
    return unquote(link)


def test_it_opens_for_its_file_until_it_expires() -> None:
    links = Links(FieldCipher(ring("f1")))
    link = sealed(links)
    ticket = links.open(link, "r1", "p-1.1", NOW + VALID - timedelta(seconds=1))
    assert (ticket.user_id, ticket.session_id, ticket.role) == ("user-1", "session-1", Role.DOCTOR)
    assert ticket.in_browser
    for recording_id, file, at in (("r2", "p-1.1", NOW), ("r1", "p-1.2", NOW), ("r1", "p-1.1", NOW + VALID)):
        with pytest.raises(LinkSpent):
            links.open(link, recording_id, file, at)


def test_it_opens_with_an_older_key_and_with_no_other() -> None:
    link = sealed(Links(FieldCipher(ring("f1"))))
    assert Links(FieldCipher(ring("f2", "f1"))).open(link, "r1", "p-1.1", NOW)
    with pytest.raises(LinkSpent):
        Links(FieldCipher(ring("f2"))).open(link, "r1", "p-1.1", NOW)


def test_every_changed_character_closes_it() -> None:
    links = Links(FieldCipher(ring("f1")))
    link = sealed(links)
    for place in range(len(link.rstrip("=")) - 1):  # of the last one base64 may ignore bits
        changed = link[:place] + ("A" if link[place] != "A" else "B") + link[place + 1 :]
        with pytest.raises(LinkSpent):
            links.open(changed, "r1", "p-1.1", NOW)


def test_stretches_are_merged_and_nonsense_is_nothing() -> None:
    assert merged([(5, 9), (0, 3), (2, 5), (20, 10), (-5, 2)]) == [(0, 9)]
    assert refs_of("told", [(1, 2), (4, 5)]) == ["told:1-2,4-5"]
