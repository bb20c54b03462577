"""Every private name of aiohttp, engineio and python-socketio that the engine stands on.

An upgrade of those libraries fails here, with a sentence that names the hook, before it fails anywhere else.
"""

import inspect
from collections.abc import Callable
from typing import Any

import aiohttp
import engineio
import pytest
from aiohttp import web, web_protocol, web_ws
from aiohttp._websocket import reader as aiohttp_reader
from aiohttp.http import WebSocketReader, WebSocketWriter
from engineio import async_socket, base_socket, payload
from engineio import packet as engine_packet
from engineio.async_drivers import aiohttp as engine_driver
from socketio import packet as socket_packet

from hub.engine.libraries import PolledPacket
from hub.engine.protocol import EngineIO
from hub.engine.socket import HubSocket
from hub.engine.websocket import Wire

SIGNATURES: list[tuple[str, Callable[..., Any], str]] = [
    (
        "Wire replaces the end of aiohttp's WebSocket handshake",
        web_ws.WebSocketResponse._post_start,
        "(self, request, protocol, writer)",
    ),
    (
        "Wire gives the reader to aiohttp's connection",
        web_protocol.RequestHandler.set_parser,
        "(self, parser, data_received_cb=None)",
    ),
    ("Wire turns HTTP keep-alive off", web_protocol.RequestHandler.keep_alive, "(self, val)"),
    ("Wire skips aiohttp's closing handshake", web_ws.WebSocketResponse.write_eof, "(self)"),
    ("EngineIO filters every request", engineio.AsyncServer.handle_request, "(self, *args, **kwargs)"),
    (
        "EngineIO opens sockets itself",
        engineio.AsyncServer._handle_connect,
        "(self, environ, transport, jsonp_index=None)",
    ),
    ("EngineIO builds no queues", engineio.AsyncServer.create_queue, "(self, *args, **kwargs)"),
    ("EngineIO keeps refusals out of the log", engineio.AsyncServer._log_error_once, "(self, message, message_key)"),
    ("EngineIO offers upgrades", engineio.AsyncServer._upgrades, "(self, sid, transport)"),
    ("EngineIO answers polls", engineio.AsyncServer._ok, "(self, packets=None, headers=None, jsonp_index=None)"),
    ("HubSocket refuses upgrades", engineio.AsyncServer._bad_request, "(self, message=None)"),
    ("EngineIO names sockets and peers", engineio.AsyncServer.generate_id, "(self)"),
    ("EngineServer attaches", engineio.AsyncServer.attach, "(self, app, engineio_path='engine.io')"),
    ("HubSocket starts as a BaseSocket", base_socket.BaseSocket.__init__, "(self, server, sid)"),
    ("HubSocket answers polls", async_socket.AsyncSocket.poll, "(self)"),
    ("HubSocket reads polling bodies", async_socket.AsyncSocket.handle_post_request, "(self, environ)"),
    ("HubSocket leaves polling to engineio", async_socket.AsyncSocket.handle_get_request, "(self, environ)"),
    ("HubSocket takes upgrades", async_socket.AsyncSocket._upgrade_websocket, "(self, environ)"),
    (
        "HubSocket never waits in close",
        async_socket.AsyncSocket.close,
        "(self, wait=True, abort=False, reason=None)",
    ),
    ("PolledPacket is encoded by engineio's Payload", payload.Payload.encode, "(self, jsonp_index=None)"),
    (
        "EngineIO writes OPEN",
        engine_packet.Packet.__init__,
        "(self, packet_type=6, data=None, encoded_packet=None)",
    ),
    (
        "Admissions reads and writes CONNECT",
        socket_packet.Packet.__init__,
        "(self, packet_type=2, data=None, namespace=None, id=None, binary=None, encoded_packet=None)",
    ),
]


def _bare(signature: inspect.Signature) -> inspect.Signature:
    """Without annotations, which differ between aiohttp's compiled and plain readers."""
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
    return signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)


@pytest.mark.parametrize(("hook", "function", "signature"), SIGNATURES, ids=[row[0] for row in SIGNATURES])
def test_a_hooked_function_keeps_its_signature(hook: str, function: Callable[..., Any], signature: str) -> None:
    found = str(_bare(inspect.signature(function)))
    assert found == signature, f"{hook}: {function.__qualname__} has changed its signature to {found}"


@pytest.mark.parametrize("name", ["_ws_protocol", "_writer", "_reader", "_parser", "_eof_sent", "_max_msg_size"])
def test_the_attributes_that_wire_sets_are_the_ones_aiohttp_reads(name: str) -> None:
    source = inspect.getsource(web_ws)
    assert f"self.{name}" in source, f"Wire sets {name}, which aiohttp.web_ws no longer knows"


def test_the_end_of_the_handshake_is_the_one_that_wire_rewrote() -> None:
    source = inspect.getsource(web_ws.WebSocketResponse._post_start)
    steps = [
        "self._ws_protocol = protocol", "self._writer = writer", "WebSocketDataQueue(", "WebSocketReader(",
        "decode_text=self._decode_text", "set_parser(self._parser", "keep_alive(False)",
    ]  # fmt: skip
    places = [source.find(step) for step in steps]
    assert -1 not in places and places == sorted(places), (
        "aiohttp's WebSocketResponse._post_start does other things now"
    )


def test_the_reader_calls_an_overridden_queue() -> None:
    """The compiled reader must go through Python overrides, and hand over what `Wire.arrived` unpacks."""
    calls: list[tuple[str, Any]] = []

    class Spy(aiohttp_reader.WebSocketDataQueue):
        def feed_data(self, data: Any, size: int) -> None:
            calls.append(("data", data))

        def feed_eof(self) -> None:
            calls.append(("eof", None))

        def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
            calls.append(("error", exc))

    queue = Spy(None, 2**16, loop=None)  # type: ignore[arg-type]
    reader = WebSocketReader(queue, 101, compress=False, decode_text=False)
    assert reader.feed_data(b"\x81\x02hi\x82\x01x\x89\x00") == (False, b"")
    assert [(kind, data[0], data[1]) for kind, data in calls] == [
        ("data", aiohttp.WSMsgType.TEXT, b"hi"),
        ("data", aiohttp.WSMsgType.BINARY, b"x"),
        ("data", aiohttp.WSMsgType.PING, b""),
    ], "aiohttp's reader no longer feeds (type, bytes) messages to an overridden WebSocketDataQueue.feed_data"
    reader.feed_data(b"\x81\x64" + b"x" * 100)
    assert len(calls) == 4, "aiohttp's reader refuses messages below max_msg_size now"
    assert reader.feed_data(b"\x81\x65" + b"x" * 101)[0] is True
    assert calls[-1][0] == "error" and calls[-1][1].code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
    reader.feed_eof()
    assert calls[-1] == ("eof", None), "aiohttp's reader no longer ends an overridden queue with feed_eof"


def test_the_reader_is_the_compiled_one() -> None:
    module = aiohttp_reader.WebSocketReader.__module__
    assert module == "aiohttp._websocket.reader_c", f"aiohttp reads WebSockets in {module}: several times slower"


def test_a_lost_connection_ends_the_reader() -> None:
    source = inspect.getsource(web_protocol.RequestHandler.connection_lost)
    assert "self._payload_parser.feed_eof()" in source, "Wire.lost is set by RequestHandler.connection_lost no more"


def test_the_writer_shows_its_transport() -> None:
    assert "self.transport = transport" in inspect.getsource(WebSocketWriter.__init__), "Wire reads writer.transport"


def test_engineio_still_asks_the_socket_it_was_given() -> None:
    source = inspect.getsource(engineio.AsyncServer.handle_request)
    for hook in (
        "environ = translate_request(*args, **kwargs)", "self._handle_connect(environ, transport",
        "socket.handle_get_request(", "socket.handle_post_request(environ)", "self._log_error_once(",
        "if not isinstance(r, dict):", "elif socket.upgraded:", "if not socket.connected:",
    ):  # fmt: skip
        assert hook in source, f"engineio's handle_request no longer does `{hook}`"
    source = inspect.getsource(async_socket.AsyncSocket.handle_get_request)
    for hook in ("'_upgrade_' + transport", "self.upgrading or self.upgraded", "self.poll()", "exceptions.QueueEmpty"):
        assert hook in source, f"engineio's handle_get_request no longer does `{hook}`"


def test_engineio_hands_over_the_request_and_takes_encoded_packets() -> None:
    assert "'aiohttp.request': request" in inspect.getsource(engine_driver.translate_request)
    text = payload.Payload(packets=[PolledPacket('42["a"]'), PolledPacket("2")]).encode()
    assert text == '42["a"]\x1e2', "engineio's Payload no longer joins what packet.encode(b64=True) returns"


def test_the_route_is_registered_for_every_method_a_client_uses() -> None:
    app = web.Application()
    methods: set[str] = set()

    class Server:
        async def handle_request(self, request: web.Request) -> web.Response:
            return web.Response()

    engine_driver.create_route(app, Server(), "/socket.io/")
    methods.update(route.method for route in app.router.routes())
    assert methods == {"GET", "HEAD", "POST", "OPTIONS"}


def test_base_socket_starts_with_the_flags_that_engineio_reads() -> None:
    source = inspect.getsource(base_socket.BaseSocket.__init__)
    for flag in ("connected", "upgrading", "upgraded", "closing", "closed"):
        assert f"self.{flag} = False" in source, f"engineio's BaseSocket no longer has the flag {flag}"


def test_socketio_control_packets_look_as_the_clients_expect() -> None:
    packet = socket_packet.Packet(socket_packet.CONNECT, {"sid": "x"}, namespace="/devices")
    assert packet.encode() == '0/devices,{"sid":"x"}'
    read = socket_packet.Packet(encoded_packet='0/devices?a=1,{"token":"t"}')
    assert (read.packet_type, read.namespace, read.data) == (0, "/devices", {"token": "t"})
    assert socket_packet.Packet(encoded_packet="1").namespace is None
    assert (socket_packet.CONNECT, socket_packet.DISCONNECT, socket_packet.CONNECT_ERROR) == (0, 1, 4)
    assert engine_packet.Packet(engine_packet.OPEN, {"sid": "x"}).encode() == '0{"sid":"x"}'


def test_our_classes_override_what_they_mean_to() -> None:
    for ours, theirs, names in (
        (EngineIO, engineio.AsyncServer, ("handle_request", "create_queue", "_log_error_once", "_handle_connect")),
        (HubSocket, async_socket.AsyncSocket, ("poll", "close", "handle_post_request", "_upgrade_websocket")),
        (Wire, web.WebSocketResponse, ("_post_start", "write_eof")),
    ):
        for name in names:
            assert hasattr(theirs, name), f"{theirs.__name__}.{name}, which {ours.__name__} overrides, is gone"
            assert name in vars(ours), f"{ours.__name__} no longer overrides {name}"
