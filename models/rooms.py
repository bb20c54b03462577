"""Names of rooms: who is told a lossy fact. Nothing else in the project builds a room name."""

from typing import NewType

Room = NewType("Room", str)


def conversation(conversation_id: str) -> Room:
    """Every connection that is subscribed to the stream of this conversation."""
    return Room(f"conversation:{conversation_id}")


def user(user_id: str) -> Room:
    """Every connection of one person."""
    return Room(f"user:{user_id}")


def watching(user_id: str) -> Room:
    """Those connections of one person that asked to be told of other people's presence."""
    return Room(f"watching:{user_id}")


def call(call_id: str) -> Room:
    """Every connection that takes part in this call, or waits to be admitted to it; guests only once admitted."""
    return Room(f"call:{call_id}")


def leg(leg_id: str) -> Room:
    """The one connection through which a party takes part."""
    return Room(f"leg:{leg_id}")
