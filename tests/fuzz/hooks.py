"""Loaded by Schemathesis: keeps it from sawing off the branch it sits on.

It learns ids from answers. A run that ends its own session or account would go on to examine nothing but refusals.
"""

import os
from typing import Any

import schemathesis
from schemathesis import Case, HookContext

from models.ids import new_id

OWN = frozenset(os.environ["FUZZ_OWN_IDS"].split(","))
ENDING = ("/api/v1/me/sessions/", "/api/v1/admin/accounts/")


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Operations that end a session or an account are aimed at others."""
    if case.path.startswith(ENDING):
        for name, value in case.path_parameters.items():
            if value in OWN:
                case.path_parameters[name] = new_id()
