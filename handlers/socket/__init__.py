"""Rows of the Socket.IO door, one file per noun."""
