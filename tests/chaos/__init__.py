"""Recorded histories under kill -9 of hub nodes, mongod and Valkey, and a checker for the delivery invariants."""
