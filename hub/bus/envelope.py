"""Durable facts as clients receive them."""

from collections.abc import Sequence

import orjson

from hub.engine.frames import Frame, event_frame
from models.events.sync import HS_LAG, HS_PAGE, HS_RESET
from models.ids import rfc3339
from services.ports import Event


def envelope(event: Event) -> bytes:
    """The one argument of a live event, as JSON."""
    return orjson.dumps(
        {
            "s": event.stream,
            "n": event.n,
            "at": rfc3339(event.at),
            "by": event.by,
            "cid": event.cid,
            "data": event.data,
        }
    )


def page_item(event: Event) -> bytes:
    """The event inside a page: its envelope, and its name as `t`."""
    return b'{"t":' + orjson.dumps(event.type) + b"," + envelope(event)[1:]


def page_frame(stream: str, items: Sequence[bytes], *, more: bool) -> Frame:
    """One page of catch-up."""
    head = b'{"s":' + orjson.dumps(stream) + b',"more":' + (b"true" if more else b"false") + b',"events":['
    return event_frame(HS_PAGE.name, head + b",".join(items) + b"]}")


def lag_frame(heads: dict[str, int]) -> Frame:
    """Streams that are no longer pushed to this client, and how far they have come."""
    return event_frame(HS_LAG.name, orjson.dumps({"streams": heads}))


def reset_frame(stream: str, floor: int, head: int) -> Frame:
    """The client's copy of the stream is worth nothing any more."""
    return event_frame(HS_RESET.name, orjson.dumps({"s": stream, "floor": floor, "head": head}))
