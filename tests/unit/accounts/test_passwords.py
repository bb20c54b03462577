"""Passwords: which are refused, how long ones are kept apart, and a queue that ends."""

import asyncio

import pytest

from models.errors import TooFast, WeakPassword
from services.accounts.passwords import PasswordHasher, require_strong
from services.accounts.settings import PasswordSettings


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("elevenchars", "too_short"),
        ("", "too_short"),
        ("password1234", "common"),
        ("passwordpassword", "common"),
        ("Password!2024", "common"),
        ("abcabcabcabc", "common"),
        ("aaaaaaaaaaaaaaaa", "common"),
        ("qwertyuiopasdfghjkl", "common"),
        ("welcome123456", "common"),
        ("drowssapdrowssap", "common"),
        ("margarita.lopez1", "personal"),
        ("Margarita1970", "personal"),
    ],
)
def test_weak(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        require_strong(password, ("Margarita López", "margarita.lopez@example.org", None), 12)
    assert refused.value.details["reason"] == reason


@pytest.mark.parametrize(
    "password",
    ["nine purple violins", "tr0mb-one7-lattice", "正しい馬電池ステープル四五六", "x" * 3 + "orlando gibbons"],
)
def test_strong(password: str) -> None:
    require_strong(password, ("Margarita López", "margarita.lopez@example.org"), 12)


async def test_long_passwords_count_to_their_last_character() -> None:
    hasher = PasswordHasher(PasswordSettings(b"p" * 32, cost=4))
    try:
        stored = await hasher.hash("a" * 255 + "b")
        assert await hasher.matches("a" * 255 + "b", stored)
        assert not await hasher.matches("a" * 255 + "c", stored)
        assert not await hasher.matches("a" * 72, stored)
        assert not await hasher.matches("a" * 255 + "b", None)
    finally:
        hasher.close()


async def test_a_stolen_table_is_worth_nothing_without_the_pepper() -> None:
    mine, thief = (PasswordHasher(PasswordSettings(pepper * 32, cost=4)) for pepper in (b"p", b"q"))
    try:
        stored = await mine.hash("nine purple violins")
        assert stored.startswith("$2b$04$")
        assert not await thief.matches("nine purple violins", stored)
    finally:
        mine.close()
        thief.close()


async def test_composed_and_decomposed_letters_are_one_password() -> None:
    hasher = PasswordHasher(PasswordSettings(b"p" * 32, cost=4))
    try:
        assert await hasher.matches("cafe\u0301 con leche", await hasher.hash("caf\u00e9 con leche"))
    finally:
        hasher.close()


async def test_a_full_queue_refuses_and_drains() -> None:
    hasher = PasswordHasher(PasswordSettings(b"p" * 32, cost=6, threads=2, max_queue=3))
    try:
        results = await asyncio.gather(*(hasher.hash(f"password {n}") for n in range(9)), return_exceptions=True)
        assert sum(isinstance(one, TooFast) for one in results) == 4
        assert sum(isinstance(one, str) for one in results) == 5
        await hasher.hash("there is room again")
    finally:
        hasher.close()
