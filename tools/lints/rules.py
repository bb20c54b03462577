"""The rules. Each finding is a place and a sentence that says what to write instead."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from hub.logs import ALLOWED

LOG_METHODS: Final = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
LOGGERS: Final = frozenset({"log", "logger", "_log", "_logger"})
LOG_CONTROLS: Final = frozenset({"exc_info", "stack_info"})

READS: Final = frozenset(
    {"find", "find_one", "find_many", "find_all", "get", "aggregate", "count", "distinct", "all", "inspect_collection"}
)
LOADERS: Final = frozenset({"fetch", "fetch_all", "collection_of"})
GUARDED: Final = {
    "Conversation": (
        "services/conversations/", "services/membership.py", "services/stream_gate.py", "services/search/",
        "services/calls/watch.py",
    ),
    "Account": ("services/accounts/",),
    "Session": ("services/accounts/",),
    "Relationship": ("services/relationships/",),
    "Mark": ("services/chat/",),
    "InboxReads": ("services/notifications.py",),
    "Call": ("services/calls/",),
    "Recording": ("services/recordings/",),
}  # fmt: skip
"""Documents about people that may be loaded only where loading is authorising, and by the upkeep of those places."""

ENVIRONMENT_READERS: Final = ("hub/settings.py", "media/__main__.py", "hub/media/supervisor.py")
EMITTERS: Final = ("hub/",)


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks a rule."""

    path: str
    line: int
    sentence: str


Rule = Callable[[str, ast.Module], Iterator[Finding]]


def static_logs(path: str, tree: ast.Module) -> Iterator[Finding]:
    """A log line is a literal sentence and attributes from the list of `hub/logs.py`."""
    for call in _calls(tree):
        if not _is_log_call(call):
            continue
        sentence = call.args[0] if call.args else None
        if not (isinstance(sentence, ast.Constant) and isinstance(sentence.value, str)):
            yield Finding(path, call.lineno, "log a literal sentence and pass what varies as an attribute: name=value")
        for extra in call.args[1:]:
            yield Finding(path, extra.lineno, "nothing is filled into a log sentence: pass it as an attribute")
        for keyword in call.keywords:
            if keyword.arg is None or keyword.arg not in ALLOWED | LOG_CONTROLS:
                yield Finding(
                    path, call.lineno,
                    f"the attribute {keyword.arg or '**'} is dropped: use a name in ALLOWED of hub/logs.py",
                )  # fmt: skip


def one_reader_of_the_environment(path: str, tree: ast.Module) -> Iterator[Finding]:
    """Settings are read once, in `hub/settings.py`; everybody else is handed a slice."""
    if path in ENVIRONMENT_READERS:
        return
    for node in ast.walk(tree):
        direct = isinstance(node, ast.Attribute) and _dotted(node) in {"os.environ", "os.getenv", "os.environb"}
        imported = (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {alias.name for alias in node.names} & {"environ", "getenv", "environb"}
        )
        if direct or imported:
            line = node.lineno if isinstance(node, ast.Attribute | ast.ImportFrom) else 0
            yield Finding(path, line, "add a field to hub/settings.py and take its value in the constructor")


def one_place_emits(path: str, tree: ast.Module) -> Iterator[Finding]:
    """Services append facts through their unit; only the hub knows sockets."""
    if path.startswith(EMITTERS):
        return
    for call in _calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "emit":
            yield Finding(path, call.lineno, "append a fact through the unit's log instead; the hub delivers it")


def loading_is_authorising(path: str, tree: ast.Module) -> Iterator[Finding]:
    """Documents are read through `services/state.py`, and those about people only where they are authorised."""
    if not path.startswith("services/") or path == "services/state.py":
        return
    documents = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("models.documents")
        for alias in node.names
    }
    for call in _calls(tree):
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr in READS and _dotted(function.value) in documents:
            yield Finding(
                path, call.lineno,
                "read documents through services/state.py, which bounds the wait and reads what a majority has",
            )  # fmt: skip
        if call.args and (_dotted(function) or "").rpartition(".")[2] in LOADERS:
            kind = documents.get(_dotted(call.args[0]) or "")
            if kind in GUARDED and not path.startswith(GUARDED[kind]):
                yield Finding(
                    path, call.lineno,
                    f"get a {kind} from an access or list_visible of {GUARDED[kind][0]}, which refuses outsiders",
                )  # fmt: skip


RUNTIME: Final = ("hub/", "handlers/", "media/", "models/", "services/")
RULES: Final[tuple[Rule, ...]] = (static_logs, one_reader_of_the_environment, one_place_emits, loading_is_authorising)


def findings(path: PurePosixPath, source: str) -> list[Finding]:
    """Everything wrong with one file of the runtime packages; `path` is relative to the project."""
    name = str(path)
    if not name.startswith(RUNTIME):
        return []
    tree = ast.parse(source, filename=name)
    return sorted((found for rule in RULES for found in rule(name, tree)), key=lambda found: found.line)


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _is_log_call(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in LOG_METHODS:
        return False
    owner = _dotted(function.value) or ""
    return owner.rpartition(".")[2] in LOGGERS


def _dotted(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return None if before is None else f"{before}.{node.attr}"
    return None
