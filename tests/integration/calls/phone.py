"""A device as a person uses it for calls: a stock Socket.IO client that keeps what it was told."""

from typing import Any

import socketio

from models import streams
from models.ids import new_id
from tests.support.site import CONNECT_S, Person, Site
from tests.support.waiting import until

Told = dict[str, Any]


class Refused(Exception):
    """The hub answered with a coded error."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Phone:
    """One connected device of somebody. `told` is every fact in order of arrival, pages of catch-up included."""

    def __init__(self, person: Person, client: socketio.AsyncClient) -> None:
        self.person = person
        self.client = client
        self.told: list[tuple[str, Told]] = []
        self.leg_id = ""
        client.on("*", self._hear)

    @classmethod
    async def of(cls, site: Site, person: Person, *conversations: str) -> "Phone":
        """Connect and follow the inbox and these conversations from their beginning."""
        phone = cls(person, socketio.AsyncClient(reconnection=False))
        await phone.client.connect(site.url, auth=person.auth, wait_timeout=CONNECT_S)
        await phone.follow(*conversations)
        return phone

    async def follow(self, *conversations: str) -> None:
        wanted = [streams.inbox(self.person.user_id), *map(streams.conversation, conversations)]
        await self.ask("hs.sync", cur=dict.fromkeys(wanted, 0))

    async def ask(self, command: str, **fields: Any) -> Told:
        """The data of the answer. Refused."""
        answer = await self.client.call(command, fields, timeout=20)
        if not answer["ok"]:
            raise Refused(answer["error"]["code"])
        data: Told = answer["data"]
        return data

    async def do(self, command: str, call_id: str, **fields: Any) -> Told:
        """A command that writes, about a call."""
        return await self.ask(command, **{"cid": new_id(), "call_id": call_id} | fields)

    async def start(self, conversation_id: str, **fields: Any) -> Told:
        """Begin a call; the call."""
        told = await self.ask("call.start", **{"cid": new_id(), "conversation_id": conversation_id} | fields)
        call: Told = told["call"]
        return call

    async def enter(self, call_id: str, **fields: Any) -> Told:
        """Sit down; the answer."""
        told = await self.ask("call.enter", call_id=call_id, **fields)
        self.leg_id = told["leg_id"]
        return told

    async def call(self, call_id: str) -> Told:
        """The call as it stands."""
        told: Told = (await self.ask("call.get", call_id=call_id))["call"]
        return told

    def facts(self, name: str, call_id: str | None = None) -> list[Told]:
        """What this device was told under that name (about that call)."""
        found = [data for told, data in self.told if told == name]
        return [data for data in found if call_id is None or data.get("call_id") == call_id]

    async def hears(self, name: str, call_id: str | None = None, *, within_s: float = 10.0, **fields: Any) -> Told:
        """Wait for a fact with these fields."""

        def found() -> Any:
            matching = (data for data in self.facts(name, call_id) if fields.items() <= data.items())
            return next(matching, None)

        told: Told = await until(found, within_s, what=f"{name} {fields}")
        return told

    async def sees(self, call_id: str, *, within_s: float = 10.0, **fields: Any) -> Told:
        """Wait until the call stands so."""

        async def found() -> Any:
            call = await self.call(call_id)
            return call if fields.items() <= call.items() else None

        told: Told = await until(found, within_s, every_s=0.1, what=f"call {fields}")
        return told

    async def sees_party(self, call_id: str, person: Person, state: str, *, within_s: float = 10.0) -> Told:
        """Wait until somebody is in this state; the call then."""

        async def found() -> Any:
            call = await self.call(call_id)
            return call if party(call, person)["state"] == state else None

        told: Told = await until(found, within_s, every_s=0.1, what=f"a party {state}")
        return told

    async def close(self) -> None:
        await self.client.disconnect()

    def _hear(self, event: str, told: Told | None = None) -> None:
        if told is None:
            return
        if event == "hs.page":
            self.told += [(one["t"], one["data"]) for one in told["events"]]
        elif "data" in told:
            self.told.append((event, told["data"]))


def party(call: Told, person: Person) -> Told:
    """That person's place."""
    return next(one for one in call["parties"] if one["person"]["user_id"] == person.user_id)
