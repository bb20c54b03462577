"""Finds edits, deletions, reorderings, truncation and forged seals in the audit chains."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.read_concern import ReadConcern

from hub.audit.keys import AuditKeys
from hub.audit.row import CHAINS, GENESIS, HEADS, ROWS, SEALS, Document, fields_of, key, row_hash, within
from hub.audit.seal import Seal, head_of, seal_of
from hub.audit.store import SealFile, read_seals

MAX_PROBLEMS: Final = 200
_ROW_KEY: Final = r"^aud:[0-7]#[0-9]{12}$"
_SETTLING_MS: Final = 10_000
"""A running hub writes a seal to its file first and to the database next; younger ones may be on their way."""


@dataclass(slots=True)
class Report:
    """What the verifier found. `problems` names rows and seals by their keys, never by their content."""

    rows: int = 0
    seals: int = 0
    chains: dict[str, int] = field(default_factory=dict)
    """Rows by chain."""
    problems: list[str] = field(default_factory=list)
    found: int = 0
    """Problems in all; the list ends at `MAX_PROBLEMS`."""

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return self.found == 0

    @property
    def exit_code(self) -> int:
        """For the command line."""
        return 0 if self.ok else 1

    def add(self, problem: str) -> None:
        """Note a problem."""
        self.found += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)

    def text(self) -> str:
        """For a person to read."""
        lines = [f"{chain}: {rows} rows" for chain, rows in self.chains.items() if rows]
        lines.append(f"{self.rows} rows, {self.seals} seals")
        lines += [f"PROBLEM {problem}" for problem in self.problems]
        if self.found > len(self.problems):
            lines.append(f"… and {self.found - len(self.problems)} more")
        lines.append(
            "The audit chains are whole." if self.ok else f"The audit chains are NOT whole: {self.found} found."
        )
        return "\n".join(lines)


Witnesses = dict[int, list[tuple[str, bytes]]]
"""By row number: who says so, and the hash it had."""


async def verify(database: AsyncDatabase[Document], keys: AuditKeys, seals_path: Path) -> Report:
    """Check everything. The hub may go on working meanwhile: witnesses are read before the rows they speak of."""
    report = Report()
    majority = ReadConcern("majority")
    heads = [stored async for stored in database.get_collection(HEADS, read_concern=majority).find()]
    started_ms = int(time.time() * 1000)
    file = read_seals(seals_path)
    stored = [stored async for stored in database.get_collection(SEALS, read_concern=majority).find()]
    witnesses: dict[str, Witnesses] = {chain: {} for chain in CHAINS}
    for seal in _genuine_seals(report, keys, file, stored, started_ms):
        witnesses[seal.c].setdefault(seal.n, []).append((f"seal {seal.key}", seal.hash))
    headed = _genuine_heads(report, keys, heads, witnesses)
    rows = database.get_collection(ROWS, read_concern=majority)
    for chain in CHAINS:
        count = await _check_chain(report, rows, chain, witnesses[chain])
        if count and chain not in headed and await _is_old(rows, chain, started_ms):
            report.add(f"{chain}: the head is missing")
        report.chains[chain] = count
        report.rows += count
    strange = await rows.count_documents({"_id": {"$not": {"$regex": _ROW_KEY}}})
    if strange:
        report.add(f"{strange} documents among the rows belong to no chain")
    return report


async def _check_chain(report: Report, rows: AsyncCollection[Document], chain: str, witnesses: Witnesses) -> int:
    count, n, prev = 0, 0, GENESIS
    async for stored in rows.find(within(chain), sort=[("_id", 1)], batch_size=1000):
        count += 1
        n += 1
        fields = fields_of(stored)
        if fields is None:
            report.add(f"{stored['_id']}: edited, it does not have the shape of a row")
            continue
        if stored["_id"] != key(chain, n):
            report.add(f"{key(chain, n)}: missing, {stored['_id']} follows")
        if stored["_id"] != key(fields["c"], fields["n"]):
            report.add(f"{stored['_id']}: moved, it was number {fields['n']} of {fields['c']}")
        if stored["prev"] != prev:
            report.add(f"{stored['_id']}: does not follow the row before it")
        try:
            digest = row_hash(stored["prev"], fields)
        except (TypeError, ValueError):
            digest = b""
        if stored["hash"] != digest:
            report.add(f"{stored['_id']}: edited, its hash does not fit")
        n, prev = _number(stored["_id"], n), stored["hash"]
        for name, witnessed in witnesses.pop(n, ()):
            if witnessed != stored["hash"]:
                report.add(f"{stored['_id']}: replaced, {name} saw another row here")
    for number, unseen in witnesses.items():
        for name, _ in unseen:
            report.add(f"{key(chain, number)}: cut off, {name} saw it")
    return count


def _genuine_seals(
    report: Report, keys: AuditKeys, file: SealFile | None, stored: list[Document], started_ms: int
) -> list[Seal]:
    """All seals with our signature, in either store; whatever else is there is a problem."""
    kept = {seal.key: seal for seal in map(seal_of, stored) if seal is not None and seal.genuine(keys)}
    if len(kept) < len(stored):
        report.add(f"{len(stored) - len(kept)} forged or damaged seals in the database")
    if file is None:
        if stored:
            report.add("the file of seals is missing or has lost its first line")
        report.seals = len(kept)
        return list(kept.values())
    filed = {seal.key: seal for seal in file.seals if seal.store == file.store and seal.genuine(keys)}
    if file.unreadable or len(filed) < len(file.seals):
        report.add(f"{file.unreadable + len(file.seals) - len(filed)} forged or damaged lines in the file of seals")
    for name, seal in filed.items():
        if name not in kept and seal.ts < started_ms - _SETTLING_MS:
            report.add(f"seal {name}: missing from the database")
        elif name in kept and kept[name] != seal:
            report.add(f"seal {name}: differs between the file and the database")
    for name, seal in kept.items():
        if seal.store == file.store and name not in filed:
            report.add(f"seal {name}: missing from the file")
    _check_numbers(report, kept | filed)
    report.seals = len(kept | filed)
    return list((kept | filed).values()) + [seal for name, seal in kept.items() if filed.get(name, seal) != seal]


def _check_numbers(report: Report, seals: dict[str, Seal]) -> None:
    """Seals of one file are numbered without holes, so one that is gone from both stores is missed."""
    by_store: dict[str, set[int]] = {}
    for seal in seals.values():
        by_store.setdefault(seal.store, set()).add(seal.q)
    for store, numbers in by_store.items():
        missing = max(numbers) - len(numbers)
        if missing:
            report.add(f"{missing} seals of the file {store} are missing everywhere")


def _genuine_heads(
    report: Report, keys: AuditKeys, stored: list[Document], witnesses: dict[str, Witnesses]
) -> set[str]:
    headed = set()
    for document in stored:
        head = head_of(document, keys)
        if head is None or head.c not in witnesses:
            report.add(f"head {document['_id']}: forged or damaged")
            continue
        headed.add(head.c)
        witnesses[head.c].setdefault(head.n, []).append(("the head", head.hash))
    return headed


async def _is_old(rows: AsyncCollection[Document], chain: str, started_ms: int) -> bool:
    """A running hub writes the head a moment after the first rows, so a chain that young may be without one."""
    first = await rows.find_one(within(chain), {"ts": 1}, sort=[("_id", 1)])
    return first is None or not isinstance(first.get("ts"), int) or first["ts"] < started_ms - _SETTLING_MS


def _number(row_id: str, otherwise: int) -> int:
    digits = row_id.rpartition("#")[2]
    return int(digits) if digits.isdecimal() else otherwise
