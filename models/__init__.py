"""Shapes: ids, vocabularies, errors, the event catalogue and the documents.

No I/O and no behaviour that needs a clock, a socket or a database. Imports nothing of the other packages.
"""
