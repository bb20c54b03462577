"""Recording: encoded packets into encrypted, crash-safe Matroska files. Never blocks forwarding."""
