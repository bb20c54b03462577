"""What a party's answer says about the codecs that it receives."""

from collections.abc import Mapping, Sequence

from media.streams import CODECS, Agreement, Codec, Kind


def accepts(agreement: Agreement, codec: Codec) -> bool:
    """Whether the party can decode it, however its losses are repaired."""
    return any(known.name is codec.name for known in _known(agreement, codec.kind))


def repairs_of(agreement: Agreement) -> Mapping[int, int]:
    """Payload type of the party's RTX by that of the codec; empty unless it repairs all of its videos so."""
    known = _known(agreement, Kind.VIDEO)
    found = {codec.payload_type: codec.rtx_payload_type for codec in known if codec.rtx_payload_type is not None}
    return found if len(found) == len(known) else {}


def _known(agreement: Agreement, kind: Kind) -> Sequence[Codec]:
    """A party that sends nothing of a kind is taken to know all we offered."""
    return agreement.sending.get(kind) or [codec for codec in CODECS if codec.kind is kind]
