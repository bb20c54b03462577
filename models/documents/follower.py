"""How far a projection has followed the log."""

from typing import Any

from beanie import Document


class Follower(Document):
    """`token` is the database's resume token; None until the projection has been built once."""

    id: str  # type: ignore[assignment]
    token: dict[str, Any] | None = None

    class Settings:
        """One document per projection, by its name."""

        name = "followers"
