"""Conventions that imports cannot say, read from the syntax tree. `python -m tools.lints`; rules are in `rules.py`."""
