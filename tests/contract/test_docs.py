"""What the pages say exists: files behind links, settings, verbs, errors, metrics, and a reason for each dependency."""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from hub.settings import Settings
from models.errors import ErrorCode, GoodbyeCode
from models.events.catalogue import COMMANDS, FACTS
from tools.contracts import ROOT

README = (ROOT / "README.md").read_text()
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
WRITTEN_LATER = {"docs/benchmarks.md"}
"""Made by `make bench`."""
SHELL_WORDS = {"DEMO_PASSWORD", "API"}


def pages() -> list[Path]:
    """Every page that is kept, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    found = [ROOT / name for name in listed.stdout.splitlines()]
    return [page for page in found if page.is_file() and "node_modules" not in page.parts]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(FENCE.sub("", page.read_text())) if not _resolves(page, link)]
    assert broken == []


def test_settings_of_the_readme_exist() -> None:
    known = {name.upper() for name in Settings.model_fields}
    named = set(re.findall(r"`([A-Z][A-Z_]+[A-Z])(?:=[^`]*)?`", README)) - {"CONNECT", "SIGTERM"} - SHELL_WORDS
    assert named and named <= known


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_verbs_that_pages_name_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    verbs = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE)) <= verbs


def test_codes_and_metrics_of_the_runbook_exist() -> None:
    runbook = (ROOT / "docs/runbook.md").read_text()
    codes = {code.value for code in (*ErrorCode, *GoodbyeCode)}
    assert set(re.findall(r'(?:outcome|reason|code)="([a-z_]+)"', runbook)) <= codes
    sources = "".join(path.read_text() for path in (ROOT / "hub").rglob("*.py"))
    for name in set(re.findall(r"carewire_[a-z_]+", runbook)):
        assert re.sub(r"(_total|_bucket)$", "", name) in sources, name


def test_events_of_the_readme_exist() -> None:
    events = {*COMMANDS, *FACTS}
    nouns = {name.partition(".")[0] for name in events}
    named = {f"{noun}.{verb}" for noun, verb in re.findall(r'"([a-z]+)\.([a-z_]+)"', README) if noun in nouns}
    assert named
    assert named <= events


def test_every_direct_dependency_has_a_reason_in_the_readme() -> None:
    rows = [line for line in README.splitlines() if line.startswith("| `")]
    explained = {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}
    assert sorted(_direct() - explained) == []


def _direct() -> set[str]:
    names = {*_python("requirements.in"), *_python("requirements-dev.in")}
    for package in ("web/package.json", "tests/bench/peer/package.json"):
        declared = json.loads((ROOT / package).read_text())
        names |= {*declared.get("dependencies", {}), *declared.get("devDependencies", {})}
    return names


def _python(name: str) -> Iterable[str]:
    for line in (ROOT / name).read_text().splitlines():
        match = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
        if match:
            yield match[0]


def _resolves(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    if ":" in path:
        return True
    target = page if not path else page.parent / path
    if not target.exists() and page.is_relative_to(ROOT / "docs/reference"):
        target = target.with_suffix(".md")  # the hub serves these pages without the suffix
    if not target.exists():
        return str(target.resolve().relative_to(ROOT)) in WRITTEN_LATER
    return not anchor or target.suffix != ".md" or anchor in _anchors(target)


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower().replace("`", "")).replace(" ", "-") for title in titles}
