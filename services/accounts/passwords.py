"""Passwords: which may be chosen, and how they are kept and checked without stopping the event loop.

Kept as bcrypt(base64(HMAC-SHA-384(pepper, password))): bcrypt reads at most 72 bytes and refuses more, the digest
makes every length equal, and a copy of the database is worth nothing without the pepper (OWASP password storage).
"""

import asyncio
import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import TypeVar

import bcrypt
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from models.errors import TooFast, TryAgain, WeakPassword
from services.accounts.settings import PasswordSettings

T = TypeVar("T")

FEWEST_DISTINCT = 5
DECORATION_CHARS = 4
PERSONAL_CHARS = 4


class PasswordHasher:
    """Hashes and checks in a few threads; refuses with `too_fast` when the queue is full."""

    def __init__(self, settings: PasswordSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="bcrypt")
        self._queued = 0
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """The stored form of a password."""
        digest = self._digest(password)
        return (await self._run(partial(bcrypt.hashpw, digest, bcrypt.gensalt(self._settings.cost)))).decode()

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether the password is the stored one. With nothing stored it takes as long, and says no."""
        if stored is None:
            if self._dummy is None:
                self._dummy = await self.hash("nobody has this password")
            await self._run(partial(bcrypt.checkpw, self._digest(password), self._dummy.encode()))
            return False
        return await self._run(partial(bcrypt.checkpw, self._digest(password), stored.encode()))

    def close(self) -> None:
        """End the threads; what waits in the queue is dropped."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _digest(self, password: str) -> bytes:
        text = unicodedata.normalize("NFKC", password).encode()
        return base64.b64encode(hmac.new(self._settings.pepper, text, hashlib.sha384).digest())

    async def _run(self, work: Callable[[], T]) -> T:
        if self._queued >= self._settings.threads + self._settings.max_queue:
            raise TooFast(after_ms=1000)
        self._queued += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._finished)
        try:
            return await asyncio.wait_for(asyncio.shield(future), self._settings.timeout_s)
        except TimeoutError:
            future.cancel()
            raise TryAgain(after_ms=1000) from None

    def _finished(self, future: asyncio.Future[T]) -> None:
        self._queued -= 1
        if not future.cancelled():
            future.exception()


def require_strong(password: str, personal: Iterable[str | None], min_chars: int) -> None:
    """Raises `WeakPassword` with a `reason`: `too_short`, `common` or `personal` (made of what is known of them)."""
    text = unicodedata.normalize("NFKC", password)
    if len(text) < min_chars:
        raise WeakPassword(reason="too_short", min_chars=min_chars)
    folded = text.casefold()
    if len(set(folded)) < FEWEST_DISTINCT or _is_common(folded):
        raise WeakPassword(reason="common")
    left = folded
    for word in _words(personal):
        left = left.replace(word, "")
    if left != folded and len(left) < min_chars // 2:
        raise WeakPassword(reason="personal")


def _is_common(folded: str) -> bool:
    """A common password, one repeated, two in a row, or one with a few characters stuck on."""
    common = _common()
    bare = folded.strip("0123456789!?.,-_*#$@+ ")
    candidates = {folded, folded[:-DECORATION_CHARS], bare, folded[::-1]}
    if candidates & common or _repeats(folded):
        return True
    return any(folded[:cut] in common and folded[cut:] in common for cut in range(2, len(folded) - 1))


def _repeats(text: str) -> bool:
    """`abcabcabcabc`: found inside its own doubling."""
    period = (text + text).find(text, 1)
    return period <= len(text) // 2


def _words(personal: Iterable[str | None]) -> list[str]:
    words = {
        word
        for known in personal
        if known
        for word in (known.casefold(), *known.casefold().replace("@", " ").replace(".", " ").split())
        if len(word) >= PERSONAL_CHARS
    }
    return sorted(words, key=len, reverse=True)


@cache
def _common() -> frozenset[str]:
    """The 30,000 most used passwords as zxcvbn ships them."""
    return frozenset(FREQUENCY_LISTS["passwords"])
