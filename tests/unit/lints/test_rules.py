"""Each rule finds what it is for, and leaves alone what is right."""

from pathlib import PurePosixPath

import pytest

from tools.lints.rules import findings

HEAD = "from models.documents.conversation import Conversation\nfrom services import state\n"

WRONG = {
    "f-string": ("services/a.py", 'log.info(f"user {name}")'),
    "percent": ("services/a.py", 'log.info("user %s" % name)'),
    "format": ("hub/a.py", 'self._log.warning("user {}".format(name))'),
    "filled in": ("hub/a.py", 'log.warning("user %s", name)'),
    "unknown attribute": ("hub/a.py", 'log.error("failed", text=body)'),
    "any attributes": ("hub/a.py", 'log.error("failed", **values)'),
    "environ": ("services/a.py", 'import os\nos.environ["X"]'),
    "getenv": ("hub/a.py", 'import os\nos.getenv("X")'),
    "environ by name": ("hub/a.py", "from os import environ"),
    "emit": ("services/a.py", 'await sio.emit("x", {})'),
    "find": ("services/conversations/a.py", f'{HEAD}Conversation.find_one({{"_id": key}})'),
    "get": ("services/a.py", f"{HEAD}await Conversation.get(key)"),
    "guarded": ("services/chat/a.py", f"{HEAD}await state.fetch(Conversation, key)"),
    "guarded list": ("services/chat/a.py", f"{HEAD}await state.fetch_all(Conversation, {{}}, 5)"),
    "guarded alias": (
        "services/chat/a.py",
        "from models.documents.account import Account as Person\nfrom services.state import fetch\nfetch(Person, key)",
    ),
}

RIGHT = {
    "literal": ("services/a.py", 'log.info("users counted", n=3)'),
    "trace": ("hub/a.py", 'log.error("failed", error=type(error).__name__, exc_info=error)'),
    "mathematics": ("services/a.py", "math.log(3)"),
    "settings": ("hub/settings.py", "import os\nos.environ"),
    "hub emits": ("hub/gateway.py", 'await sio.emit("x", {})'),
    "authorised": ("services/conversations/a.py", f"{HEAD}await state.fetch(Conversation, key)"),
    "dictionary": ("services/a.py", f'{HEAD}held.get("x")'),
    "no runtime file": ("tests/a.py", 'import os\nos.environ["X"]'),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found_with_a_sentence(name: str) -> None:
    path, source = WRONG[name]
    found = findings(PurePosixPath(path), source)
    assert len(found) >= 1
    assert all(finding.path == path and len(finding.sentence) > 20 for finding in found)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_left_alone(name: str) -> None:
    path, source = RIGHT[name]
    assert findings(PurePosixPath(path), source) == []
