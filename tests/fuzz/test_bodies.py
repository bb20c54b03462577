"""Bodies that cannot be unpacked, never come, or break off: the sender's fault, and nothing stays behind."""

import asyncio
import gzip
from urllib.parse import urlsplit

import pytest

from hub import rest
from models.enums import Role
from tests.fuzz.caller import Caller
from tests.support.waiting import until

TARGET = "/notifications/read"
HANG_UPS = 300


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_body_that_cannot_be_unpacked(caller: Caller, coding: str) -> None:
    token = (await caller.site.enrol("Ana", Role.PATIENT)).token
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    for packed in (b"0123456789", b"\x1f\x8b" + b"\xff" * 50, gzip.compress(b"{}")[:12] + b"\x00" * 20):
        await caller.ask("POST", TARGET, 422, code="invalid", token=token, data=packed, headers=headers)
    await caller.ask("GET", "/me", 200, token=token)


async def test_a_small_body_that_unpacks_to_a_large_one(caller: Caller) -> None:
    token = (await caller.site.enrol("Ana", Role.PATIENT)).token
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    packed = gzip.compress(b" " * 5_000_000 + b"{}")
    assert len(packed) < 10_000
    await caller.ask("POST", TARGET, 413, code="too_large", token=token, data=packed, headers=headers)


async def test_a_body_that_never_comes(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "MAX_BODY_S", 0.2)
    reader, writer = await _begin(caller, (await caller.site.enrol("Ana", Role.PATIENT)).token)
    async with asyncio.timeout(5):
        answer = await reader.readuntil(b"}}")
    writer.close()
    assert b" 422 " in answer.partition(b"\r\n")[0]
    assert b"not_in_time" in answer


async def test_people_who_hang_up_in_the_middle_leave_nothing_behind(caller: Caller) -> None:
    token = (await caller.site.enrol("Ana", Role.PATIENT)).token
    before = len(asyncio.all_tasks())
    for _ in range(HANG_UPS):
        _, writer = await _begin(caller, token)
        writer.transport.abort()
    await until(lambda: len(asyncio.all_tasks()) <= before, 10)
    await caller.ask("GET", "/me", 200, token=token)


async def _begin(caller: Caller, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The head of a request and the first byte of its body."""
    site = urlsplit(caller.site.url)
    reader, writer = await asyncio.open_connection(site.hostname, site.port)
    writer.write(
        f"POST {rest.PREFIX}{TARGET} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode()
    )
    await writer.drain()
    return reader, writer
