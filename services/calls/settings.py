"""What operators may set about calls."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallSettings:
    """`guest_link` is the guests' page; the secret follows it as `#…`."""

    guest_link: str = "/guest"
