"""What `python -m hub admin …` and `python -m hub keys …` do, once the database is there."""

import getpass
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

from pydantic import ValidationError

from models.enums import Role
from models.errors import HubError
from models.events.accounts import CreateAccount
from models.ids import new_id
from services.accounts.registration import Creation
from services.accounts.rotation import rotate
from services.fields import FieldCipher

MOST_PASSWORD_CHARS: Final = 256


def read_password(source: TextIO | None = None) -> str:
    """Asked for twice without showing it on a terminal; otherwise the first line of standard input."""
    source = source or sys.stdin
    if not source.isatty():
        return source.readline(MOST_PASSWORD_CHARS + 2).rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise SystemExit("The two passwords differ.")
    return password


async def create_admin(creation: Creation, email: str, name: str, password: str) -> str:
    """Make an administrator and say so. SystemExit with a readable reason when it cannot be done."""
    try:
        command = CreateAccount(cid=new_id(), role=Role.ADMIN, name=name, email=email, password=password)
        account = await creation.create(command, verified=True, now=datetime.now(UTC))
    except ValidationError as error:
        fields = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}))
        raise SystemExit(f"Not acceptable: {fields}.") from None
    except HubError as error:
        reason = error.details.get("reason") or error.details.get("field")
        raise SystemExit(f"{error.text}{f' ({reason})' if reason else ''}") from None
    return f"Administrator {account.id} created."


async def rotate_keys(cipher: FieldCipher) -> str:
    """Re-encrypt every field with the current key and report the counts."""
    outcome = await rotate(cipher)
    lines = [
        f"{one.collection}: {one.documents} re-encrypted, {one.left} changed meanwhile, {one.broken} do not open"
        for one in outcome
    ]
    if any(one.left for one in outcome):
        lines.append("Run it once more before removing the old key.")
    if any(one.broken for one in outcome):
        lines.append("Keep the old keys: some values need one that is missing.")
    return "\n".join(lines)
