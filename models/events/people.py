"""How people appear to each other: the little that may be shown beside a name."""

from pydantic import Field

from models.enums import Role
from models.events.base import Wire


class PersonView(Wire):
    """A person as others may see them; no contact details, no dates."""

    user_id: str
    name: str = Field(max_length=120)
    role: Role
    verified: bool = Field(default=True, description="False for a clinician who waits for verification.")
