"""Frames that nobody should send: grown from valid ones by mutation, and from the traps we know."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

import orjson

from models.events.catalogue import COMMANDS
from models.ids import new_id

STRANGE: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 2**53, 2**63, 1e308, "", " ", "\x00", "a" * 5000, "💊" * 50, "../../etc", "$gt", {"$gt": ""},
    {"$where": "1"}, [], {}, [[]], [None] * 100, {"a": {"b": {"c": []}}}, "__proto__", "constructor", "NaN",
    "9999-99-99T99:99:99Z", "00000000-0000-0000-0000-000000000000",
)  # fmt: skip
NAMES: Final = (
    *COMMANDS, "connect", "disconnect", "connect_error", "message", "error", "ping", "pong", "hub.welcome", "hs.page",
    "", "*", "a" * 300, "chat.send\x00", "__init__", "newListener",
)  # fmt: skip
RAW: Final = (
    b"", b"2", b"3", b"3probe", b"5", b"6", b"1", b"0", b"0{}", b"4", b"40", b"41", b"42", b"43", b"44", b"45", b"46",
    b"47", b"49", b"42[", b"42[]", b"42[1]", b"42[null]", b"42{}", b'42"chat.send"', b"42nope", b'42["hs.sync"',
    b'420["hs.sync"]', b'42-1["hs.sync",{}]', b"42" + b"9" * 40 + b'["hs.sync",{}]', b'42/devices,["x"]',
    b'42/,["hs.sync",{}]', b"40/devices,", b"40/nowhere,{}", b'40{"token":1}', b"40[[[", b"41/", b"43999[]", b"430[]",
    b'4510000000000-["x",{"_placeholder":true,"num":0}]', b'451-["x",{"_placeholder":true,"num":0}]', b"461-0[]",
    b"45-", b"451-", b"b4AAAA", b"\x00\x01\x02", b"42" + b"[" * 2000, b'42["x",' + b'{"a":' * 3000,
)  # fmt: skip


def frames(random: Random, conversation_id: str, user_id: str) -> Iterator[bytes]:
    """An endless supply of Engine.IO text packets."""
    grow = (_raw, _event, _event, _event, _mutated, _mutated, _mutated, _noise, _large)
    while True:
        yield random.choice(grow)(random, conversation_id, user_id)


def _raw(random: Random, conversation_id: str, user_id: str) -> bytes:
    return random.choice(RAW)


def _noise(random: Random, conversation_id: str, user_id: str) -> bytes:
    noise = random.randbytes(random.randrange(1, 200))
    # Text that is no UTF-8 ends the socket (RFC 6455, 8.1); most noise must get further than that.
    return noise if random.random() < 0.02 else noise.decode("latin-1").encode()


def _large(random: Random, conversation_id: str, user_id: str) -> bytes:
    return b'42["chat.send",{"text":"' + b"x" * random.choice((1000, 30_000, 65_000)) + b'"}]'


def _event(random: Random, conversation_id: str, user_id: str) -> bytes:
    """A well-formed event with an ill-formed payload."""
    payload = _payload(random, random.choice(NAMES[: len(COMMANDS)]), conversation_id, user_id)
    for _ in range(random.randrange(1, 4)):
        if payload and random.random() < 0.7:
            payload[random.choice(list(payload))] = random.choice(STRANGE)
        else:
            payload[random.choice(("x", "__proto__", "$set", "cid", "a.b"))] = random.choice(STRANGE)
    arguments: list[Any] = [random.choice(NAMES), payload]
    if random.random() < 0.1:
        arguments.append(random.choice(STRANGE))
    if random.random() < 0.1:
        arguments[1] = random.choice(STRANGE)
    number = str(random.randrange(1000)).encode() if random.random() < 0.6 else b""
    return b"42" + number + orjson.dumps(arguments, default=str, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def _mutated(random: Random, conversation_id: str, user_id: str) -> bytes:
    """A valid frame with a few bytes changed, dropped or doubled."""
    name = random.choice(list(COMMANDS))
    frame = bytearray(
        b"42" + str(random.randrange(100)).encode()
        + orjson.dumps([name, _payload(random, name, conversation_id, user_id)])
    )  # fmt: skip
    for _ in range(random.randrange(1, 6)):
        place = random.randrange(len(frame))
        match random.randrange(4):
            case 0:
                frame[place] = random.randrange(128)
            case 1:
                del frame[place]
            case 2:
                frame.insert(place, random.randrange(128))
            case _:
                frame[place:place] = frame[place : place + random.randrange(20)]
        if not frame:
            frame = bytearray(b"4")
    return bytes(frame)


def _payload(random: Random, name: str, conversation_id: str, user_id: str) -> dict[str, Any]:
    """Something near what the command wants."""
    fields = COMMANDS[name].payload.model_fields
    known: dict[str, Any] = {
        "cid": new_id(), "conversation_id": conversation_id, "user_id": user_id, "text": "hello", "n": 1,
        "cur": {f"c:{conversation_id}": random.randrange(5)}, "limit": 10, "query": "hello", "kind": "direct",
        "member_ids": [user_id], "typing": True, "active": True, "status": "online", "title": "t", "up_to_n": 1,
    }  # fmt: skip
    return {field: known.get(field, random.choice(STRANGE)) for field in fields}
