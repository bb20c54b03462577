"""Proof. The folder decides what a test may use: see `tests/conftest.py`."""
