"""What reaches the door, and what is answered or counted instead."""

import json

import aiohttp
import pytest

from tests.integration.engine.site import DEADLINE_S, Site, Start, eventually

INVALID = {"code": "invalid", "message": "The request does not have the declared shape.", "retryable": False}
NO_BINARY = {"code": "binary_not_allowed", "message": "Binary data is not accepted here.", "retryable": False}

FORGED = [
    '["connect",{"REMOTE_ADDR":"1.1.1.1"}]',
    '["disconnect","transport close"]',
    '["connect_error",{}]',
    '["disconnecting"]',
    '["newListener",1]',
    '["removeListener",1]',
    '["\\u0063onnect",{}]',
    '[ "connect" , {}]',
    "[1,2]",
    "[null]",
    "[{}]",
    '[["connect"],{}]',
    "[]",
    '[""]',
    '["a.b",]',
    '["a.b"',
    '["a.b" 1]',
    '["' + "x" * 129 + '"]',
]


async def test_every_forged_name_is_answered_and_never_reaches_the_door(start: Start) -> None:
    site = await start(max_malformed_per_minute=1000)
    ws = await site.joined()
    for n, body in enumerate(FORGED):
        await ws.send_str(f"42{n}{body}")
        answer = await ws.receive_str(timeout=DEADLINE_S)
        assert answer.startswith(f"43{n}["), body
        assert json.loads(answer.removeprefix(f"43{n}")) == [{"ok": False, "error": INVALID}], body
        await ws.send_str(f"42{body}")  # without an ack id: silence, and counted
    await ws.send_str('427["echo.ask",{"a":1}]')
    assert await ws.receive_str(timeout=DEADLINE_S) == '437[{"ok":true,"data":{"a":1}}]'
    assert site.door.received == [("echo.ask", b'{"a":1}')]
    assert site.engine.counters.malformed == 2 * len(FORGED)
    assert site.door.departed == []


async def test_the_payload_arrives_as_it_was_sent(site: Site) -> None:
    ws = await site.joined()
    cases = {
        '42["a.b"]': ("a.b", b""),
        '42["a.b",{"x":[1,"]\\""]}]': ("a.b", b'{"x":[1,"]\\""]}'),
        '42["a.b",1,2]': ("a.b", b"1,2"),
        '42[ "a.b" , {"x": 1} ]': ("a.b", b'{"x":1}'),
        '42["a.b",{"broken]': ("a.b", b'{"broken'),
        '42["größe.ändern",null]': ("größe.ändern", b"null"),
    }
    for text in cases:
        await ws.send_str(text)
    await eventually(lambda: len(site.door.received) == len(cases))
    assert site.door.received == list(cases.values())


@pytest.mark.parametrize("head", ["451-", "459999999999-", "461-"])
async def test_binary_packets_are_refused_and_nothing_is_kept(start: Start, head: str) -> None:
    site = await start(max_malformed_per_minute=1000)
    ws = await site.joined()
    await ws.send_str(head + '5["file.put",{"_placeholder":true,"num":0}]')
    answer = await ws.receive_str(timeout=DEADLINE_S)
    assert json.loads(answer.removeprefix("435")) == [{"ok": False, "error": NO_BINARY}]
    for _ in range(50):
        await ws.send_bytes(b"\0" * 1000)
    await ws.send_str('426["echo.ask"]')
    assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("436")
    assert [name for name, _ in site.door.received] == ["echo.ask"]
    assert site.engine.counters.malformed == 51


MALFORMED = [
    "",
    "4",
    "9",
    "0{}",
    "2",
    "2probe",
    "5",
    "6",
    "42",
    "42[",
    "42x[]",
    "43[]",
    "44{}",
    "47",
    "4x",
    "41/nowhere,",
]


@pytest.mark.parametrize("text", [*MALFORMED, "420123456789012345678901234567890[]", '42/devices,["a"]', "40{", "40"])
async def test_malformed_packets_are_counted_and_survived(
    site: Site, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    ws = await site.joined()
    await ws.send_str(text)
    await ws.send_str('421["echo.ask"]')
    assert await ws.receive_str(timeout=DEADLINE_S) == '431[{"ok":true,"data":null}]'
    assert site.engine.counters.malformed == 1
    assert len(site.door.admitted) == 1 and not site.door.departed
    assert caplog.records == []


async def test_more_than_twenty_malformed_packets_in_a_minute_end_the_socket(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    ws = await site.joined()
    for _ in range(20):
        await ws.send_bytes(b"stray")
    await ws.send_str('421["echo.ask"]')
    assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("431")
    await ws.send_str("42garbage")
    await eventually(lambda: len(site.door.departed) == 1)
    assert site.door.departed[0][1] == "malformed"
    assert (await ws.receive(timeout=DEADLINE_S)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    assert site.engine.counters.ended == {"malformed": 1}
    assert caplog.records == []


async def test_a_second_connect_leaves_the_first_untouched(site: Site) -> None:
    ws = await site.joined('40{"token":"good"}')
    await ws.send_str('40{"token":"bad"}')
    await ws.send_str('421["echo.ask"]')
    assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("431")
    assert site.door.auths == [{"token": "good"}]


async def test_an_unknown_namespace_is_refused_with_a_code(site: Site) -> None:
    ws = await site.websocket()
    await ws.send_str('40/secret,{"token":"good"}')
    answer = await ws.receive_str(timeout=DEADLINE_S)
    assert answer.startswith("44/secret,")
    assert json.loads(answer.removeprefix("44/secret,"))["data"] == {"code": "not_found"}
    assert site.door.auths == []


async def test_a_client_that_keeps_knocking_is_cut(site: Site) -> None:
    ws = await site.websocket()
    for _ in range(21):
        await ws.send_str('40{"token":"bad"}')
        if (await ws.receive(timeout=DEADLINE_S)).type is not aiohttp.WSMsgType.TEXT:
            break
    await eventually(lambda: site.engine.counters.ended == {"malformed": 1})
    assert site.engine.counters.refused == {"unauthenticated": 21} and site.engine.counters.malformed == 0


async def test_two_namespaces_share_a_socket_and_leave_one_by_one(start: Start) -> None:
    site = await start(namespaces=("/", "/devices"))
    ws = await site.joined()
    await ws.send_str("40/devices,{}")
    assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("40/devices,{")
    assert (await ws.receive_str(timeout=DEADLINE_S)).startswith('42/devices,["hub.welcome"')
    await ws.send_str('42/devices,8["echo.ask",1]')
    assert await ws.receive_str(timeout=DEADLINE_S) == '43/devices,8[{"ok":true,"data":1}]'
    await ws.send_str("41")
    await eventually(lambda: len(site.door.departed) == 1)
    root, devices = site.door.admitted
    assert site.door.departed == [(root, "client_disconnect")]
    assert list(site.engine.peers) == [devices]
    await ws.close()
    await eventually(lambda: len(site.door.departed) == 2)
    assert site.door.departed[1] == (devices, "transport_close")


async def test_a_fault_of_the_door_is_counted_and_logged_without_values(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    ws = await site.joined()
    await ws.send_str('429["fault.raise",{"canary-payload":1}]')
    answer = json.loads((await ws.receive_str(timeout=DEADLINE_S)).removeprefix("439"))
    assert answer[0]["ok"] is False and answer[0]["error"]["code"] == "internal"
    await ws.send_str('421["echo.ask"]')
    assert (await ws.receive_str(timeout=DEADLINE_S)).startswith("431")
    assert site.engine.counters.faults == 1
    assert "canary" not in caplog.text


async def test_a_client_that_leaves_while_it_is_admitted_is_reported_gone_once(site: Site) -> None:
    import asyncio

    site.door.hold = asyncio.Event()
    ws = await site.websocket()
    await ws.send_str("40")
    await eventually(lambda: len(site.door.auths) == 1)
    await ws.close()
    await eventually(lambda: site.engine.sockets_by_transport == {"websocket": 0, "polling": 0})
    assert site.door.departed == []
    site.door.hold.set()
    await eventually(lambda: len(site.door.departed) == 1)
    assert site.door.departed[0][0] is site.door.admitted[0]
