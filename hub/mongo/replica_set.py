"""Bring a fresh, crashed or moved mongod to "one-member replica set, primary, our user exists". Every step repeats."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from pymongo import AsyncMongoClient
from pymongo.errors import AutoReconnect, ConnectionFailure, OperationFailure

from hub.mongo.data import Access

NAME: Final = "hub"
AUTHENTICATION_FAILED: Final = 18
NOT_YET_INITIALIZED: Final = 94
INVALID_REPLICA_SET_CONFIG: Final = 93
POLL_S: Final = 0.02

type_of_client = AsyncMongoClient[Mapping[str, Any]]


class NotPrimaryInTimeError(Exception):
    """The server runs, but did not become a primary within its deadline."""


async def establish(access: Access, *, authenticated: bool, deadline_s: float) -> None:
    """Initiate or repair the set, wait for primary, create the user. Idempotent at every point of a crash."""
    ends_at = time.monotonic() + deadline_s
    async with _client(Access(port=access.port, user="", password="")) as stranger:
        await _until_answering(stranger, ends_at)
        if not (await stranger.admin.command("hello")).get("setName"):
            await _initiate_or_move(access, stranger, authenticated)
        await _until_primary(stranger, ends_at)
        if authenticated:
            await _ensure_user(access, stranger)


async def _initiate_or_move(access: Access, stranger: type_of_client, authenticated: bool) -> None:
    """A new directory is initiated (as nobody: allowed while no user exists); a changed port is reconfigured."""
    try:
        member = {"_id": 0, "host": f"127.0.0.1:{access.port}"}
        await stranger.admin.command("replSetInitiate", {"_id": NAME, "members": [member]})
        return
    except OperationFailure as refused:
        if refused.code not in (13, 23, 48):  # unauthorized, already initialized, namespace exists: an older set
            raise
    async with _client(access if authenticated else Access(port=access.port, user="", password="")) as admin:
        config = (await admin.admin.command("replSetGetConfig"))["config"]
        config["members"][0]["host"] = f"127.0.0.1:{access.port}"
        config["version"] += 1
        await admin.admin.command("replSetReconfig", config, force=True)


async def _ensure_user(access: Access, stranger: type_of_client) -> None:
    async with _client(access) as known:
        try:
            await known.admin.command("ping")
            return
        except OperationFailure as refused:
            if refused.code != AUTHENTICATION_FAILED:
                raise
    await stranger.admin.command("createUser", access.user, pwd=access.password, roles=["root"])


async def _until_answering(client: type_of_client, ends_at: float) -> None:
    while True:
        try:
            await client.admin.command("ping")
            return
        except (AutoReconnect, ConnectionFailure):
            await _pause(ends_at)


async def _until_primary(client: type_of_client, ends_at: float) -> None:
    while True:
        try:
            if (await client.admin.command("hello")).get("isWritablePrimary"):
                return
        except (AutoReconnect, ConnectionFailure):
            pass  # it drops connections while it changes state; the deadline below is what counts
        await _pause(ends_at)


async def _pause(ends_at: float) -> None:
    if time.monotonic() > ends_at:
        raise NotPrimaryInTimeError("mongod did not become primary in time")
    await asyncio.sleep(POLL_S)


def _client(access: Access) -> type_of_client:
    return AsyncMongoClient(
        access.uri, serverSelectionTimeoutMS=200, connectTimeoutMS=1000, socketTimeoutMS=10_000, maxPoolSize=1
    )
