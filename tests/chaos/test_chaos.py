"""Twenty rounds of kill -9, and proof that the checker would see what must not happen."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.chaos.checker import Log, check
from tests.chaos.client import Client, digest
from tests.chaos.history import Acked, Delivered, History
from tests.chaos.trial import summary, trial

SEED = 20_260


@pytest.mark.timeout(420)
async def test_nothing_acknowledged_is_lost_doubled_or_reordered(tmp_path: Path) -> None:
    history, problems = await trial(20, SEED, tmp_path, print)
    print(summary(history, problems, SEED))
    assert problems == []
    assert sum(history.faults.values()) == 20
    assert history.pushed > 1000
    assert len(history.acked) > 500 and history.resent > 50 and history.drops == 120


def sound() -> tuple[History, list[dict[str, Any]]]:
    """A small trial without a fault in it."""
    people = [{"user_id": "ann"}, {"user_id": "bob"}]
    documents: list[dict[str, Any]] = [
        {"s": "c:1", "n": 1, "u": "system", "cid": "open", "t": "conversation.opened", "body": {"members": people}},
        {"s": "c:1", "n": 2, "u": "ann", "cid": "a", "t": "chat.sent", "body": {"text": "1"}},
        {"s": "c:1", "n": 3, "u": "ann", "cid": "b", "t": "chat.sent", "body": {"text": "2"}},
        {"s": "c:1", "n": 4, "u": "ann", "cid": "c", "t": "member.left", "body": {"user_id": "bob"}},
    ]
    history = History()
    history.acked = [
        Acked("c:1", 2, "a", "ann", "d-ann", 0, dup=False),
        Acked("c:1", 3, "b", "ann", "d-ann", 1, dup=False),
    ]
    history.delivered["d-ann"] = [
        Delivered("c:1", one["n"], one["cid"], one["u"], digest(one["t"], one["body"]), 0) for one in documents
    ]
    return history, documents


def lose(history: History, documents: list[dict[str, Any]]) -> None:
    documents.pop(1)


def double(history: History, documents: list[dict[str, Any]]) -> None:
    documents.append({**documents[1], "n": 5})


def renumber(history: History, documents: list[dict[str, Any]]) -> None:
    history.acked[0] = dataclasses.replace(history.acked[0], n=3)


def skip(history: History, documents: list[dict[str, Any]]) -> None:
    history.delivered["d-ann"].pop(1)


def repeat(history: History, documents: list[dict[str, Any]]) -> None:
    history.delivered["d-ann"].insert(2, history.delivered["d-ann"][1])


def alter(history: History, documents: list[dict[str, Any]]) -> None:
    documents[2]["body"] = {"text": "other"}


def swap(history: History, documents: list[dict[str, Any]]) -> None:
    first, second = history.acked[0], history.acked[1]
    history.acked[0] = dataclasses.replace(first, order=second.order)
    history.acked[1] = dataclasses.replace(second, order=first.order)


def trespass(history: History, documents: list[dict[str, Any]]) -> None:
    documents.append({"s": "c:1", "n": 5, "u": "ann", "cid": "d", "t": "chat.sent", "body": {"text": "3"}})
    late = documents[4]
    history.acked.append(Acked("c:1", 2, "a", "bob", "d-bob2", 0, dup=False))
    history.delivered["d-bob2"] = [Delivered("c:1", 5, "d", "ann", digest(late["t"], late["body"]), 0)]


@pytest.mark.parametrize(
    ("harm", "invariant"),
    [(lose, "I1"), (double, "I1"), (renumber, "I1"), (lose, "I2"), (skip, "I3"), (repeat, "I3"), (alter, "I4"),
     (swap, "I5"), (trespass, "I6")],
)  # fmt: skip
def test_the_checker_sees(harm: Callable[[History, list[dict[str, Any]]], None], invariant: str) -> None:
    history, documents = sound()
    assert check(history, Log(documents), {"d-ann": ("c:1", 4)}) == []
    harm(history, documents)
    assert any(line.startswith(invariant) for line in check(history, Log(documents), {}))


@pytest.mark.parametrize("pushes", [(5, 5), (5, 7), (6, 5)], ids=["doubled", "skipped", "swapped"])
async def test_a_hub_that_pushes_out_of_order_is_caught_though_the_client_puts_it_right(
    pushes: tuple[int, ...],
) -> None:
    history = History()
    client = Client("ann", "d", "1", lambda: "", [], history, Random(1))
    client._expected = 5
    for n in pushes:
        client._watch(n)
    assert check(history, Log([]), {})[0].startswith("I3")


def test_the_checker_sees_a_member_who_was_left_behind() -> None:
    history, documents = sound()
    assert check(history, Log(documents), {"d-ann": ("c:1", 3)})[0].startswith("END")
