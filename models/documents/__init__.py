"""Beanie documents, one collection per file, with indexes beside the fields."""
