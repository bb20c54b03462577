"""Rows of the clock: work that nobody asked for by hand, one file per noun."""
