"""Accounts and sessions: who somebody is, how they prove it, and until when they are believed."""
