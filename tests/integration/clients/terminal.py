"""A Node process that speaks JSON lines."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

Line = dict[str, Any]
DEADLINE_S = 20.0


class Terminal:
    """Everything the process has said, and a way to tell it something."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._said = asyncio.Condition()
        self.lines: list[Line] = []

    async def listen(self) -> None:
        """Collect lines until the process ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            async with self._said:
                self.lines.append(json.loads(line))
                self._said.notify_all()

    def tell(self, **order: Any) -> None:
        """One order."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def until(self, holds: Callable[[list[Line]], bool]) -> list[Line]:
        """Wait until what was said satisfies `holds`."""
        try:
            async with asyncio.timeout(DEADLINE_S), self._said:
                await self._said.wait_for(lambda: holds(self.lines))
        except TimeoutError:
            raise AssertionError(f"it only said {self.lines}") from None
        return self.lines

    async def shows(self, count: int) -> None:
        """Wait until so many messages were shown."""
        await self.until(lambda _: len(self.texts) >= count)

    @property
    def texts(self) -> list[tuple[int, str]]:
        """Messages in the order in which they were shown."""
        return [(line["n"], line["text"]) for line in self.lines if "text" in line]


@asynccontextmanager
async def running(program: Path, config: Line) -> AsyncIterator[Terminal]:
    """A program of `web/tests`, ended with the block."""
    process = await asyncio.create_subprocess_exec(
        "node", str(program), json.dumps(config), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    terminal = Terminal(process)
    listening = asyncio.create_task(terminal.listen(), name="terminal")
    try:
        yield terminal
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening
