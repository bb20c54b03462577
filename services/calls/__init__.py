"""Calls: the state machine, who may do what in it, paths and signaling. Changes go through `book.CallBook` only."""
