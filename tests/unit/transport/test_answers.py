"""Answers of browsers are understood, and what cannot be used is refused with its reason."""

import re

import pytest

from media.streams import ABS_SEND_TIME, AUDIO_LEVEL, MID, TRANSPORT_CC, CodecName, Kind
from media.transport.events import AnswerProblem, BadAnswer
from models.sdp import checked_description
from tests.unit.transport.recorded import NAMES, SLOTS, read, recorded


@pytest.mark.parametrize("name", NAMES)
def test_every_browser_accepts_every_line(name: str) -> None:
    answer = read(recorded(name))
    assert answer.active
    assert [slot.mid for slot in answer.agreement.slots] == [slot.mid for slot in SLOTS]
    assert [codec.name for codec in answer.agreement.sending[Kind.AUDIO]] == [CodecName.OPUS]
    assert answer.agreement.extensions == {AUDIO_LEVEL, ABS_SEND_TIME, TRANSPORT_CC, MID}
    assert sorted(answer.agreement.ssrcs.values()) == [Kind.AUDIO, Kind.VIDEO]
    assert checked_description(recorded(name)).count("m=") == 8


@pytest.mark.parametrize(
    ("name", "favourites", "retransmits"),
    [
        ("chromium_vp8", ["vp8", "h264"], True),
        ("chromium_h264", ["h264", "vp8"], True),
        ("safari", ["h264", "vp8"], True),
        ("firefox", ["vp8"], True),
        ("without_rtx", ["vp8"], False),
    ],
)
def test_favourites_and_retransmission_are_the_browsers(name: str, favourites: list[str], retransmits: bool) -> None:
    agreement = read(recorded(name)).agreement
    assert [codec.name for codec in agreement.sending[Kind.VIDEO]] == favourites
    assert all((codec.rtx_payload_type is not None) is retransmits for codec in agreement.sending[Kind.VIDEO])
    video = [slot for slot in agreement.slots if slot.kind is Kind.VIDEO]
    assert all((slot.rtx_ssrc is not None) is retransmits for slot in video)


def test_lines_refused_or_unheard_are_no_slots() -> None:
    text = recorded("chromium_vp8")
    head, *sections = re.split(r"(?=^m=)", text, flags=re.MULTILINE)
    sections[1] = sections[1].replace("m=video 9", "m=video 0")
    sections[2] = sections[2].replace("a=recvonly", "a=inactive")
    agreement = read((head + "".join(sections)).replace("BUNDLE 0 1 2", "BUNDLE 0 2")).agreement
    assert [slot.mid for slot in agreement.slots] == ["0", "3", "4", "5", "6", "7"]
    assert set(agreement.sending) == {Kind.AUDIO}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("v=0", "v=1", AnswerProblem.MALFORMED),
        ("m=audio 9 UDP", "m=audio nine UDP", AnswerProblem.MALFORMED),
        ("a=mid:3", "a=mid:9", AnswerProblem.LINES_DIFFER),
        ("m=audio", "m=video", AnswerProblem.LINES_DIFFER),
        ("a=group:BUNDLE 0 1 2 3 4 5 6 7", "a=group:BUNDLE 0 1 2", AnswerProblem.NOT_BUNDLED),
        ("a=group:BUNDLE 0 1 2 3 4 5 6 7\r\n", "", AnswerProblem.NOT_BUNDLED),
        ("a=rtcp-mux\r\n", "", AnswerProblem.NOT_BUNDLED),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-1", AnswerProblem.NO_FINGERPRINT),
        ("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 00:", AnswerProblem.NO_FINGERPRINT),
        ("a=setup:active", "a=setup:actpass", AnswerProblem.NO_ROLE),
        ("a=ice-ufrag:", "a=x:", AnswerProblem.NO_CREDENTIALS),
        ("a=ice-pwd:", "a=ice-pwd:é", AnswerProblem.NO_CREDENTIALS),
        ("a=rtpmap:", "a=rtpmap:1", AnswerProblem.NOTHING_ACCEPTED),
        (" 9 UDP", " 0 UDP", AnswerProblem.NOTHING_ACCEPTED),
        ("a=rtcp-mux\r\n", "a=rtcp-mux\r\na=x:" + "y" * 9_000 + "\r\n", AnswerProblem.TOO_LARGE),
        ("a=mid:0\r\n", "a=mid:0\r\n" + "a=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\n" * 41, AnswerProblem.TOO_LARGE),
        ("t=0 0\r\n", "t=0 0\r\n" + "m=audio 9 UDP 1\r\n", AnswerProblem.TOO_LARGE),
    ],
)
def test_unusable_answers_are_refused_with_their_reason(old: str, new: str, problem: AnswerProblem) -> None:
    text = recorded("chromium_vp8")
    assert old in text
    with pytest.raises(BadAnswer) as refused:
        read(text.replace(old, new))
    assert refused.value.problem is problem
    assert str(refused.value) == "the answer cannot be used"
