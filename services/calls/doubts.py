"""What news has made doubtful, until somebody has looked at it."""

from collections.abc import Awaitable, Callable


class Doubts:
    """Keys. News only adds them; the clock settles them."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: str) -> None:
        """Look at it, once more if it is being looked at."""
        self._keys.add(key)

    async def settle(self, look: Callable[[str], Awaitable[object]]) -> None:
        """Look at each; one at which looking fails, or takes longer than the clock gives it, stays."""
        while self._keys:
            key = self._keys.pop()
            try:
                await look(key)
            except BaseException:
                self._keys.add(key)
                raise
