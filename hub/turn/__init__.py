"""The TURN server (coturn) beside the hub: its configuration, and whether it does what calls need of it."""
