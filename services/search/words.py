"""Text as the search index knows it, the same for what was written and for what is asked. Pure."""

import re
import unicodedata
from typing import Final

_SPOKEN: Final = re.compile(r"\w+", re.UNICODE)
_ARABIC: Final = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None}
)
"""Spellings of one letter that writers of Arabic use for one another, and the stretching mark."""

MAX_WORDS: Final = 16
"""Words of a question beyond these are not looked for."""


def normalised(text: str) -> str:
    """Words parted by one space: no case, no accents or vowel marks, one spelling of each Arabic letter."""
    if text.isascii():  # nothing to decompose; six times as fast, and most text is
        return " ".join(_SPOKEN.findall(text.casefold()))
    plain = text.translate(_ARABIC).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return " ".join(_SPOKEN.findall(bare.translate(_ARABIC)))


def asked(query: str) -> list[str]:
    """The words of a question, each once."""
    return list(dict.fromkeys(normalised(query).split()))[:MAX_WORDS]


def matches(words: list[str], text: str) -> bool:
    """Whether every word occurs in the text as a whole word."""
    return set(words) <= set(normalised(text).split())
