"""Accounts and sessions: who somebody is, how they prove it, and until when they are believed."""

from services.accounts.assembly import DOCUMENTS, OWING, AccountServices, AccountSettings
from services.accounts.directory import Directory

__all__ = ["DOCUMENTS", "OWING", "AccountServices", "AccountSettings", "Directory"]
