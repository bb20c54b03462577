"""Whatever happens in whatever order: outsiders never see anybody, and screens end up showing what is true."""

import random

import pytest

from hub.presence.memory import MemoryLeases
from models.enums import Availability
from models.events.presence import ReportActivity
from models.ids import UserId
from services.presence.lease import strongest
from tests.integration.presence.stage import Origin, Screen, Stage

PEOPLE = ("ann", "bob", "cid", "dee")
RUNS = 12
ACTS = 120
OFFLINE = Availability.OFFLINE


class Model:
    """What is true, without leases, graces or windows."""

    def __init__(self) -> None:
        self.devices: dict[str, dict[str, Availability]] = {person: {} for person in PEOPLE}
        self.calls: set[str] = set()

    def status(self, person: str) -> Availability:
        call = [Availability.IN_CALL] if person in self.calls else []
        return strongest([*self.devices[person].values(), *call])


@pytest.mark.parametrize("seed", range(RUNS))
async def test_random_lives(stage: Stage, seed: int) -> None:
    dice = random.Random(seed)
    node = stage.node(MemoryLeases(stage.clock))
    model = Model()
    screens: dict[str, Screen] = {person: await stage.watch(node, person, f"watch-{person}") for person in PEOPLE}
    for person in PEOPLE:
        # Left alone, so that what other devices say shows.
        await node.report(stage.unit(person, stage.origins[f"watch-{person}"]), ReportActivity(active=False))
        model.devices[person][f"watch-{person}"] = Availability.AWAY
    origins: dict[str, tuple[str, Origin]] = {}
    for act in range(ACTS):
        one, other = dice.sample(PEOPLE, 2)
        related = frozenset({one, other}) in stage.circle.pairs
        match dice.randrange(6):
            case 0:
                origins[f"d{act}"] = (one, stage.connect(node, one, f"d{act}"))
                model.devices[one][f"d{act}"] = Availability.ONLINE
            case 1 if origins:
                name = dice.choice(sorted(origins))
                person, origin = origins.pop(name)
                stage.disconnect(node, origin)
                del model.devices[person][name]
            case 2 if origins:
                name = dice.choice(sorted(origins))
                person, origin = origins[name]
                active = dice.random() < 0.5
                await node.report(stage.unit(person, origin), ReportActivity(active=active))
                model.devices[person][name] = Availability.ONLINE if active else Availability.AWAY
            case 3:
                in_call = one not in model.calls
                node.set_in_call(UserId(one), in_call)
                model.calls ^= {one}
            case 4:
                (stage.circle.part if related else stage.circle.join)(one, other)
            case _:
                pass
        await stage.step(dice.choice((0, 0, 1, 4, 9)))
        for viewer in PEOPLE:
            for person in PEOPLE:
                if frozenset({viewer, person}) not in stage.circle.pairs:
                    view = screens[viewer].shown.get(person)
                    assert view is None or (view.status, view.note, view.last_seen_at) == (OFFLINE, "", None), act
    await stage.step(20)
    for viewer in PEOPLE:
        for person in PEOPLE:
            allowed = frozenset({viewer, person}) in stage.circle.pairs
            assert screens[viewer].status(person) is (model.status(person) if allowed else OFFLINE), (viewer, person)
