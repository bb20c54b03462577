"""MongoDB as the hub meets it: the embedded server, the client and the one step that makes indexes.

May import `models.documents`; knows nothing of doors or of the bus.
"""
