"""The table of rights, cell by cell, against one written by hand."""

from itertools import product

import pytest

from models.enums import RelationshipKind, RelationshipStatus, Role
from services.policy import PROPOSAL, Action, Relation, allowed, fits, relation_of

# One line for each action and role; the columns are none, proposed, care, family, colleague, self.
WRITTEN = """
see_presence       patient  . . x x . x
see_presence       doctor   . . x . x x
see_presence       nurse    . . x . x x
see_presence       family   . . . x . x
see_presence       admin    . . . . . x
start_direct       patient  . . x x . .
start_direct       doctor   . . x . x .
start_direct       nurse    . . x . x .
start_direct       family   . . . x . .
start_direct       admin    . . . . . .
send               patient  . . x x . x
send               doctor   . . x . x .
send               nurse    . . x . x .
send               family   . . . x . .
send               admin    . . . . . .
call               patient  . . x x . x
call               doctor   . . x . x .
call               nurse    . . x . x .
call               family   . . . x . .
call               admin    . . . . . .
invite_guest       patient  . . x x . x
invite_guest       doctor   . . x . . .
invite_guest       nurse    . . x . . .
invite_guest       family   . . . . . .
invite_guest       admin    . . . . . .
transfer_call      patient  . . . . . .
transfer_call      doctor   . . x . x .
transfer_call      nurse    . . x . x .
transfer_call      family   . . . . . .
transfer_call      admin    . . . . . .
create_group       patient  . . . . . x
create_group       doctor   . . x . . .
create_group       nurse    . . x . . .
create_group       family   . . . . . .
create_group       admin    . . . . . .
add_member         patient  . . . . . x
add_member         doctor   . . x . . .
add_member         nurse    . . x . . .
add_member         family   . . . . . .
add_member         admin    . . . . . .
remove_member      patient  . . . . . x
remove_member      doctor   . . x . . .
remove_member      nurse    . . x . . .
remove_member      family   . . . . . .
remove_member      admin    . . . . . .
rename             patient  . . . . . x
rename             doctor   . . x . . .
rename             nurse    . . x . . .
rename             family   . . . . . .
rename             admin    . . . . . .
propose_care       patient  x . . . . .
propose_care       doctor   x . . . . .
propose_care       nurse    x . . . . .
propose_care       family   . . . . . .
propose_care       admin    . . . . . .
propose_family     patient  x . . . . .
propose_family     doctor   . . . . . .
propose_family     nurse    . . . . . .
propose_family     family   x . . . . .
propose_family     admin    . . . . . .
propose_colleague  patient  . . . . . .
propose_colleague  doctor   x . . . . .
propose_colleague  nurse    x . . . . .
propose_colleague  family   . . . . . .
propose_colleague  admin    . . . . . .
answer             patient  . x . . . .
answer             doctor   . x . . . .
answer             nurse    . x . . . .
answer             family   . x . . . .
answer             admin    . . . . . .
end                patient  . x x x . .
end                doctor   . x x . x .
end                nurse    . x x . x .
end                family   . x . x . .
end                admin    . x x x x .
establish          patient  . . . . . .
establish          doctor   . . . . . .
establish          nurse    . . . . . .
establish          family   . . . . . .
establish          admin    x x . . . .
"""
COLUMNS = ("none", "proposed", "care", "family", "colleague", "self")
EXPECTED = {
    (action, role, column): cell == "x"
    for action, role, *cells in (line.split() for line in WRITTEN.split("\n") if line)
    for column, cell in zip(COLUMNS, cells, strict=True)
}
PEOPLE = [role for role in Role if role is not Role.GUEST]
CELLS = [(action, role, relation) for action, role, relation in product(Action, PEOPLE, Relation)]


def test_the_written_table_has_every_cell() -> None:
    assert set(EXPECTED) == {(action.value, role.value, relation.value) for action, role, relation in CELLS}


@pytest.mark.parametrize(("action", "role", "relation"), CELLS)
def test_each_cell(action: Action, role: Role, relation: Relation) -> None:
    assert allowed(role, relation, action) is EXPECTED[action.value, role.value, relation.value]


@pytest.mark.parametrize(("action", "role", "relation"), CELLS)
def test_unverified_clinicians_reach_nobody(action: Action, role: Role, relation: Relation) -> None:
    expected = EXPECTED[action.value, role.value, relation.value]
    if role in (Role.DOCTOR, Role.NURSE):
        expected = action is Action.SEE_PRESENCE and relation is Relation.SELF
    assert allowed(role, relation, action, verified=False) is expected


def test_a_guest_may_nothing_by_relationship() -> None:
    assert not any(allowed(Role.GUEST, relation, action) for action, relation in product(Action, Relation))


KINDS_OF_PAIRS = {
    "patient doctor": {"care"},
    "patient nurse": {"care"},
    "patient family": {"family"},
    "doctor nurse": {"colleague"},
    "doctor doctor": {"colleague"},
    "nurse nurse": {"colleague"},
}


@pytest.mark.parametrize(("first", "second"), list(product(Role, Role)))
def test_which_kind_fits_which_pair(first: Role, second: Role) -> None:
    fitting = {kind.value for kind in RelationshipKind if fits(kind, first, second)}
    written = KINDS_OF_PAIRS.get(f"{first} {second}") or KINDS_OF_PAIRS.get(f"{second} {first}") or set()
    assert fitting == written


@pytest.mark.parametrize("kind", RelationshipKind)
def test_only_living_relationships_count(kind: RelationshipKind) -> None:
    found = [relation_of(kind, status).value for status in RelationshipStatus]
    assert dict(zip(RelationshipStatus, found, strict=True)) == {
        "proposed": "proposed",
        "active": kind.value,
        "declined": "none",
        "ended": "none",
    }
    assert PROPOSAL[kind].value == f"propose_{kind.value}"
