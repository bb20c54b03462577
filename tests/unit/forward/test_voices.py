"""Who speaks, and who of many is heard."""

from media.forward.voices import Voices
from media.streams import Kind
from tests.unit.forward.parties import Call, Party

QUIET, NORMAL, LOUD = 127, 30, 15


def talk(call: Call, parties: dict[str, Party], seconds: float, **levels: int) -> None:
    """Everybody sends audio; those named at their level (-dBov), the others silence."""
    for _ in range(round(seconds / 0.05)):
        for name, party in parties.items():
            party.send(Kind.AUDIO, level=levels.get(name, QUIET))
        call.pass_time(0.05)


def joined(count: int) -> tuple[Call, dict[str, Party]]:
    call = Call()
    return call, {name: call.join(name) for name in ("ann", "bob", "cyd", "dan", "eve", "fay")[:count]}


def heard(call: Call, name: str) -> set[str | None]:
    return {call.slots[name][mid] for mid in ("0", "2", "4")}


def test_who_speaks_becomes_the_speaker_and_stays_so_in_silence() -> None:
    call, parties = joined(3)
    talk(call, parties, 2)
    assert call.speakers == []
    talk(call, parties, 1, bob=NORMAL)
    talk(call, parties, 3)
    assert call.speakers == ["bob"]
    talk(call, parties, 1, cyd=NORMAL)
    assert call.speakers == ["bob", "cyd"]


def test_a_cough_does_not_make_a_speaker() -> None:
    call, parties = joined(3)
    talk(call, parties, 1, ann=NORMAL)
    talk(call, parties, 0.2, ann=NORMAL, bob=LOUD)
    talk(call, parties, 1, ann=NORMAL)
    assert call.speakers == ["ann"]


def test_two_who_speak_alike_do_not_alternate_and_a_louder_one_takes_over() -> None:
    call, parties = joined(3)
    talk(call, parties, 1, ann=NORMAL)
    for _ in range(5):
        talk(call, parties, 0.4, ann=NORMAL, bob=NORMAL - 3)
        talk(call, parties, 0.4, ann=NORMAL - 3, bob=NORMAL)
    assert call.speakers == ["ann"]
    talk(call, parties, 2, ann=NORMAL, bob=LOUD)
    assert call.speakers == ["ann", "bob"]


def test_a_muted_party_does_not_speak_and_one_that_left_is_not_the_speaker() -> None:
    call, parties = joined(3)
    call.board.set_muted("ann", Kind.AUDIO, True)
    talk(call, parties, 1, ann=LOUD, bob=NORMAL)
    assert call.speakers == ["bob"]
    call.board.forget("bob")
    assert call.speakers == ["bob", None]


def test_of_five_others_those_who_speak_are_heard() -> None:
    call, parties = joined(6)
    assert heard(call, "ann") == {"bob", "cyd", "dan"}
    seen = {mid: call.slots["ann"][mid] for mid in ("1", "3", "5", "6", "7")}
    talk(call, parties, 1, bob=NORMAL, cyd=NORMAL)
    talk(call, parties, 1, bob=NORMAL, cyd=NORMAL, fay=NORMAL)
    assert heard(call, "ann") == {"bob", "cyd", "fay"}
    assert heard(call, "fay") == {"ann", "bob", "cyd"}
    got = len(parties["ann"].outbox.rtp)
    talk(call, parties, 0.05, fay=NORMAL)
    assert len(parties["ann"].outbox.rtp) == got + 3
    talk(call, parties, 2)
    assert heard(call, "ann") == {"bob", "cyd", "fay"}
    assert {mid: call.slots["ann"][mid] for mid in seen} == seen


def test_four_who_speak_alike_do_not_push_each_other_out() -> None:
    call, parties = joined(6)
    talk(call, parties, 1, bob=NORMAL, cyd=NORMAL, dan=NORMAL)
    for _ in range(4):
        talk(call, parties, 0.6, bob=NORMAL, cyd=NORMAL, dan=NORMAL, eve=NORMAL)
    assert heard(call, "ann") == {"bob", "cyd", "dan"}
    talk(call, parties, 2, bob=NORMAL, cyd=NORMAL, dan=NORMAL + 15, eve=NORMAL)
    assert heard(call, "ann") == {"bob", "cyd", "eve"}


def test_importance_is_the_speaker_then_who_spoke_last() -> None:
    voices = Voices()
    for window in range(20):
        speaking = "cyd" if window < 5 else "bob" if window < 15 else "none"
        voices.hear({name: 100.0 if name == speaking else 0.0 for name in ("ann", "bob", "cyd", "dan")}, window * 0.2)
    assert voices.by_importance(["ann", "bob", "cyd", "dan"]) == ["bob", "cyd", "ann", "dan"]
