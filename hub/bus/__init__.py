"""The event log, its feed between nodes, and the subscriptions of connected clients (protocol HS/1)."""
