"""People in real browsers against a real hub process."""
