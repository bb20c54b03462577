"""How a person is shown to others."""

from collections.abc import Mapping

from models.enums import Role
from models.events.people import PersonView
from services.ports import Person


def view_of(person: Person) -> PersonView:
    """The little that may be shown beside a name."""
    return PersonView(user_id=person.user_id, name=person.name, role=person.role, verified=person.verified)


def view_in(people: Mapping[str, Person], user_id: str, role: Role) -> PersonView:
    """As `view_of`; somebody whose account is gone keeps id and role, without a name."""
    person = people.get(user_id)
    return view_of(person) if person else PersonView(user_id=user_id, name="", role=role)
