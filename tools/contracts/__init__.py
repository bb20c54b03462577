"""Writes the contract from the catalogue: AsyncAPI, OpenAPI, reference pages, TypeScript.

Everything it writes is committed; `python -m tools.contracts --check` finds drift.
"""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""The project's folder."""
