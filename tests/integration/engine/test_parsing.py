"""The event parser reads bytes by position: it must agree with a JSON parser, and never raise."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.engine.frames import Frame, event_frame, websocket_frame
from hub.engine.packets import RESERVED, parse_binary_head, parse_event

NAMES = st.text(min_size=1, max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(NAMES, st.lists(VALUES, max_size=3), st.integers(0, 10**18) | st.none(), st.sampled_from(["", "/devices,"]))
@example("connect", [{}], 1, "")
@example('with"quote', [1], 1, "")
def test_what_a_stock_client_encodes_is_read_as_json_would(
    name: str, arguments: list[Any], ack: int | None, namespace: str
) -> None:
    body = json.dumps([name, *arguments], separators=(",", ":"), ensure_ascii=False)
    try:
        data = f"42{namespace}{'' if ack is None else ack}{body}".encode()
    except UnicodeEncodeError:  # a lone surrogate cannot be sent
        return
    event = parse_event(data)
    assert event is not None
    assert event.namespace == (namespace.rstrip(",") or "/")
    assert event.ack == (b"" if ack is None else str(ack).encode())
    if event.name is None:
        assert name in RESERVED or '"' in name
        return
    assert event.name == name
    assert json.loads(b"[" + event.payload + b"]") == arguments


@given(st.binary(max_size=60), st.sampled_from([b"", b"1", b"/devices,", b"/devices,7"]))
def test_garbage_is_read_as_nothing_and_never_raises(garbage: bytes, head: bytes) -> None:
    for data in (b"42" + head + garbage, b"42" + head + b"[" + garbage, b'42["' + garbage, b"451-" + head + garbage):
        parse_event(data)
        parse_binary_head(data)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_is_one_websocket_frame_and_gives_its_text_back(size: int) -> None:
    text = "x" * size
    frame = Frame(text.encode())
    assert frame.wire == websocket_frame(text.encode())
    assert frame.text == text
    length = frame.wire[1] if size < 126 else int.from_bytes(frame.wire[2 : 4 if size < 65_536 else 10], "big")
    assert frame.wire[0] == 0x81 and length == size


def test_event_frames_look_as_the_clients_expect() -> None:
    assert event_frame("chat.sent", b'{"a":1}').text == '42["chat.sent",{"a":1}]'
    assert event_frame("chat.sent", b"").text == '42["chat.sent"]'
    assert event_frame('odd"name', b"1", "/devices").text == '42/devices,["odd\\"name",1]'
