"""Recorded visits: consent, recording, finishing, watching again, composing, deleting."""

from services.recordings.assembly import DOCUMENTS, OWING, RecordingServices, Surroundings

__all__ = ["DOCUMENTS", "OWING", "RecordingServices", "Surroundings"]
