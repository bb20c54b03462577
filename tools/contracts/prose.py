"""Sentences about a command or a fact that several documents share."""

from typing import Any

from models.events.base import Audience, CommandSpec, FactSpec, Rate

_AUDIENCES = {
    Audience.SELF: "every device of the person it is about (stream `u:<user id>`)",
    Audience.MEMBERS: "the members of the conversation (stream `c:<conversation id>`)",
    Audience.RELATED: "everybody whom a relationship allows",
    Audience.CONNECTION: "the connection itself",
    Audience.PARTIES: "the parties of the call, while connected",
}


def description(model: type[object]) -> str:
    """A model's docstring, as Markdown."""
    return " ".join((model.__doc__ or "").split()) if model.__doc__ else ""


def who_may(spec: CommandSpec[Any, Any]) -> str:
    """Roles, in words."""
    if spec.allow is None:
        return "anybody, without signing in"
    roles = ", ".join(sorted(role.value for role in spec.allow))
    return roles + ("; also while unverified" if spec.unverified else "")


def rate(told: Rate) -> str:
    """A token bucket, in words."""
    if told.per_s >= 1:
        return f"{told.per_s:g} a second, {told.burst} at once"
    return f"{told.per_s * 60:g} a minute, {told.burst} at once"


def audience(spec: FactSpec[Any]) -> str:
    """Who receives a fact, in words."""
    if spec.audience is Audience.MEMBERS and not spec.durable:
        return "the members of the conversation, while connected"
    return _AUDIENCES[spec.audience]


def noun(name: str) -> str:
    """What a name is about; documents are grouped by it."""
    return name.partition(".")[0]
