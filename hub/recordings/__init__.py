"""Recordings on disk: their files, the HTTP door that serves them, and the process that composes films."""
