"""A node with its client side: subscriptions, synchronisation, and rights as the test sets them."""

from hub.bus.settings import SyncSettings
from hub.bus.subscriptions import Subscriptions
from hub.bus.sync import Sync
from tests.integration.bus.nodes import MakeNode, Node, entry
from tests.integration.bus.reader import Gate, Reader, RoomList


class Place:
    """One hub as clients see it, without sockets."""

    def __init__(self, node: Node, settings: SyncSettings) -> None:
        self.node = node
        self.gate = Gate()
        self.rooms = RoomList()
        self.subscriptions = Subscriptions(node.feed, self.gate, self.rooms, settings)
        self.sync = Sync(node.log.reader, node.meta, node.feed, self.gate, self.subscriptions)
        node.feed.deliver_to(self.subscriptions.deliver)

    def reader(self, user_id: str = "ben") -> Reader:
        return Reader(user_id, self.sync, self.subscriptions)

    async def append(self, count: int, **data: object) -> None:
        for k in range(count):
            await self.node.log.append(entry(k, **data))  # type: ignore[arg-type]


class MakePlace:
    """Makes places by boot id."""

    def __init__(self, node: MakeNode) -> None:
        self._node = node
        self.made: list[Place] = []

    async def __call__(self, boot_id: str = "a", settings: SyncSettings | None = None) -> Place:
        node: Node = self._node(boot_id)
        place = Place(await node.start(), settings or SyncSettings())
        await node.meta.epoch()
        self.made.append(place)
        return place
