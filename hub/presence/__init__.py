"""Where presence leases are kept: in memory for one node, in Valkey for several."""
