"""Reading a party's answer. Whatever the text, the outcome is an `Answer` or a `BadAnswer`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from media.streams import EXTENSIONS, UPLINK, Agreement, Codec, Kind, Slot
from media.transport.dtls import DIGESTS
from media.transport.events import AnswerProblem, BadAnswer
from media.transport.offer import FORMATS
from models.sdp import CANDIDATES, MEDIA_LINES, SDP_BYTES, lines_of

SSRCS: Final = 16
"""Announced SSRCs read of a line; a browser names two, with simulcast six."""
_DIRECTIONS: Final = ("sendrecv", "sendonly", "recvonly", "inactive")
_MEDIA: Final = re.compile(r"m=([a-z]+) ([0-9]{1,5})(?:/[0-9]{1,3})? ([A-Z/]{1,40})((?: [!-~]{1,64}){1,200})", re.ASCII)
_PAIR: Final = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2})+")
_CREDENTIAL: Final = re.compile(r"[A-Za-z0-9+/=_-]{4,256}")  # `=_-` are no ice-char, but were seen


@dataclass(frozen=True, slots=True)
class Answer:
    """What transport and forwarding need to know of an answer."""

    agreement: Agreement
    active: bool
    """The party begins the handshake (`a=setup:active`)."""
    ufrag: str
    password: str
    fingerprints: dict[str, frozenset[str]]
    """Per algorithm, upper case."""


@dataclass(slots=True)
class _Section:
    kind: str = ""
    port: int = 0
    formats: tuple[str, ...] = ()
    direction: str = "sendrecv"
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str | None:
        values = self.attributes.get(name)
        return values[0] if values else None


def read_answer(text: str, slots: Sequence[Slot], codecs: Sequence[Codec]) -> Answer:
    """Compare an answer with what was offered. Raises `BadAnswer`."""
    session, sections = _sections(text)
    if len(sections) != len(slots):
        raise BadAnswer(AnswerProblem.LINES_DIFFER)
    bundled = {
        mid for group in session.attributes.get("group", ()) if group.startswith("BUNDLE ") for mid in group.split()[1:]
    }
    lines: list[tuple[Slot, _Section, tuple[Codec, ...]]] = []
    for slot, section in zip(slots, sections, strict=True):
        if section.kind != slot.kind or (
            section.first("mid") not in (slot.mid, None if section.port == 0 else slot.mid)
        ):
            raise BadAnswer(AnswerProblem.LINES_DIFFER)
        accepted = _codecs(section, [codec for codec in codecs if codec.kind is slot.kind])
        if section.port == 0 or not accepted:
            continue
        if slot.mid not in bundled or "rtcp-mux" not in section.attributes:
            raise BadAnswer(AnswerProblem.NOT_BUNDLED)
        lines.append((slot, section, accepted))
    if not lines:
        raise BadAnswer(AnswerProblem.NOTHING_ACCEPTED)
    return _answer(_agreement(lines), session, lines[0][1])


def _answer(agreement: Agreement, session: _Section, tagged: _Section) -> Answer:
    """Transport attributes are those of the first accepted line, or of the session (RFC 9143, 7.1.3)."""
    setup = tagged.first("setup") or session.first("setup")
    if setup not in ("active", "passive"):
        raise BadAnswer(AnswerProblem.NO_ROLE)
    ufrag = tagged.first("ice-ufrag") or session.first("ice-ufrag") or ""
    password = tagged.first("ice-pwd") or session.first("ice-pwd") or ""
    if not (_CREDENTIAL.fullmatch(ufrag) and _CREDENTIAL.fullmatch(password) and len(password) >= 22):
        raise BadAnswer(AnswerProblem.NO_CREDENTIALS)
    named = _fingerprints(tagged.attributes.get("fingerprint") or session.attributes.get("fingerprint") or ())
    if not named:
        raise BadAnswer(AnswerProblem.NO_FINGERPRINT)
    return Answer(agreement, setup == "active", ufrag, password, named)


def _agreement(lines: Iterable[tuple[Slot, _Section, tuple[Codec, ...]]]) -> Agreement:
    receiving: list[Slot] = []
    sending: dict[Kind, tuple[Codec, ...]] = {}
    ssrcs: dict[int, Kind] = {}
    extensions: set[str] = set()
    for slot, section, accepted in lines:
        if section.direction in ("sendrecv", "recvonly"):
            has_rtx = any(codec.rtx_payload_type is not None for codec in accepted)
            receiving.append(Slot(slot.mid, slot.kind, slot.ssrc, slot.rtx_ssrc if has_rtx else None))
        if slot.mid == UPLINK[slot.kind]:
            sending[slot.kind] = accepted
            ssrcs |= dict.fromkeys(_ssrcs(section), slot.kind)
        for value in section.attributes.get("extmap", ()):
            number, _, uri = value.partition(" ")
            uri = uri.split(" ")[0]
            if EXTENSIONS.get(uri) is not None and number.partition("/")[0] == str(EXTENSIONS[uri]):
                extensions.add(uri)
    return Agreement(tuple(receiving), sending, ssrcs, frozenset(extensions))


def _sections(text: str) -> tuple[_Section, list[_Section]]:
    try:
        lines = lines_of(text)
    except ValueError:
        raise BadAnswer(_bound(text)) from None
    session = current = _Section()
    sections: list[_Section] = []
    for line in lines:
        if line.startswith("m="):
            match = _MEDIA.fullmatch(line)
            if match is None or int(match[2]) > 65_535:
                raise BadAnswer(AnswerProblem.MALFORMED)
            current = _Section(match[1], int(match[2]), tuple(match[4].split()), session.direction)
            sections.append(current)
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            if name in _DIRECTIONS:
                current.direction = name
            current.attributes.setdefault(name, []).append(value.strip())
    return session, sections


def _bound(text: str) -> AnswerProblem:
    over = len(text) > SDP_BYTES // 4 and len(text.encode(errors="replace")) > SDP_BYTES
    over = over or text.count("\nm=") > MEDIA_LINES or text.count("\na=candidate") > CANDIDATES
    return AnswerProblem.TOO_LARGE if over else AnswerProblem.MALFORMED


def _codecs(section: _Section, offered: Sequence[Codec]) -> tuple[Codec, ...]:
    """Those accepted under the payload types they were offered with, in the party's order."""
    maps = _by_payload_type(section.attributes.get("rtpmap", ()))
    parameters = _by_payload_type(section.attributes.get("fmtp", ()))
    rtx = {
        parameters.get(number, "").removeprefix("apt=")
        for number in section.formats
        if maps.get(number, "").lower().startswith("rtx/")
    }
    accepted: dict[str, Codec] = {}
    for number in section.formats:
        codec = next((codec for codec in offered if str(codec.payload_type) == number), None)
        if codec is None or maps.get(number, "").lower() != FORMATS[codec.name][0].lower():
            continue
        retransmits = (
            codec.rtx_payload_type if number in rtx and str(codec.rtx_payload_type) in section.formats else None
        )
        accepted.setdefault(number, Codec(codec.name, codec.payload_type, retransmits, codec.clock_rate))
    return tuple(accepted.values())


def _by_payload_type(values: Iterable[str]) -> dict[str, str]:
    return {number: rest for number, _, rest in (value.partition(" ") for value in values)}


def _ssrcs(section: _Section) -> list[int]:
    """Announced ones without those that only retransmit."""
    groups = [value.split() for value in section.attributes.get("ssrc-group", ())]
    repeats = {group[2] for group in groups if len(group) == 3 and group[0] == "FID"}
    named = dict.fromkeys(value.split(" ")[0] for value in section.attributes.get("ssrc", ()))
    found = [int(ssrc) for ssrc in named if re.fullmatch(r"[0-9]{1,10}", ssrc, re.ASCII) and ssrc not in repeats]
    return [ssrc for ssrc in found if 0 < ssrc <= 0xFFFF_FFFF][:SSRCS]


def _fingerprints(values: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for value in values:
        algorithm, _, digest = value.partition(" ")
        algorithm, digest = algorithm.lower(), digest.strip().upper()
        known = DIGESTS.get(algorithm)
        if known is None:
            continue
        if not _PAIR.fullmatch(digest) or len(digest) != 3 * known.digest_size - 1:
            raise BadAnswer(AnswerProblem.NO_FINGERPRINT)
        found[algorithm] = found.get(algorithm, frozenset()) | {digest}
    return found
