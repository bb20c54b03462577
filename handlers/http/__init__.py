"""Rows of the HTTP door, one file per noun."""
