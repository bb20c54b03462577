"""The hub's side of the media processes: starting them, linking to them, choosing among them."""
