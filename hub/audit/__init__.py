"""The audit chains: hash-chained rows in the database, heads and seals that witness them, and the verifier."""
