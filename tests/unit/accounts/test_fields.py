"""Sealed fields and blind indexes."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fields import BlindIndex, FieldCipher, SealBrokenError
from services.keyring import KeyRing

OLD = KeyRing("a", {"a": b"a" * 32})
BOTH = KeyRing("b", {"b": b"b" * 32, "a": b"a" * 32})
PLACE = ("accounts", "id-1", "email")


@given(st.text())
def test_what_is_sealed_opens_again_at_its_place(text: str) -> None:
    cipher = FieldCipher(OLD)
    assert cipher.open(*PLACE, cipher.seal(*PLACE, text)) == text


def test_the_same_value_is_never_sealed_alike() -> None:
    cipher = FieldCipher(OLD)
    assert len({cipher.seal(*PLACE, "x") for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "place", [("patients", "id-1", "email"), ("accounts", "id-2", "email"), ("accounts", "id-1", "phone")]
)
def test_a_value_does_not_open_elsewhere(place: tuple[str, str, str]) -> None:
    cipher = FieldCipher(OLD)
    with pytest.raises(SealBrokenError):
        cipher.open(*place, cipher.seal(*PLACE, "x"))


def test_every_changed_byte_is_noticed() -> None:
    cipher = FieldCipher(OLD)
    prefix, _, encoded = cipher.seal(*PLACE, "secret").rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(encoded))
    for place in range(len(raw)):
        raw[place] ^= 1
        with pytest.raises(SealBrokenError):
            cipher.open(*PLACE, f"{prefix}.{base64.urlsafe_b64encode(raw).decode()}")
        raw[place] ^= 1


@pytest.mark.parametrize("sealed", ["", "1", "1.a", "1.a.", "2.a.AAAA", "1.z.AAAA", "1.a.%%%", "1.a.AAAA", "plain"])
def test_malformed(sealed: str) -> None:
    with pytest.raises(SealBrokenError):
        FieldCipher(OLD).open(*PLACE, sealed)


def test_old_keys_open_and_new_keys_seal() -> None:
    old, both = FieldCipher(OLD), FieldCipher(BOTH)
    assert both.open(*PLACE, old.seal(*PLACE, "x")) == "x"
    fresh = both.seal(*PLACE, "x")
    assert fresh.startswith("1.b.")
    with pytest.raises(SealBrokenError):
        old.open(*PLACE, fresh)


def test_blind_indexes_differ_by_field_and_root() -> None:
    index = BlindIndex(b"i" * 32)
    assert index.of("email", "x") == index.of("email", "x")
    assert index.of("email", "x") != index.of("phone", "x")
    assert index.of("email", "x") != BlindIndex(b"j" * 32).of("email", "x")


@pytest.mark.parametrize("text", ["", "a", "a:", "a:%%", "a:YQ==", "a b:" + "A" * 43 + "=", ","])
def test_bad_key_rings_say_nothing_of_what_they_were(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        KeyRing.parse(text)
    assert not text or len(text) < 2 or text not in str(refused.value)


def test_a_key_ring_from_the_environment() -> None:
    one, two = (base64.b64encode(letter * 32).decode() for letter in (b"1", b"2"))
    ring = KeyRing.parse(f"new:{two}, old:{one}")
    assert (ring.current, dict(ring.keys)) == ("new", {"new": b"2" * 32, "old": b"1" * 32})
    assert "2222" not in repr(ring)
    with pytest.raises(ValueError):
        KeyRing.parse(f"a:{one},a:{two}")
