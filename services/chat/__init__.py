"""Messages: what is said, how it reads now, and how far everybody has followed."""

from services.chat.marks import Marks
from services.chat.service import ChatService
from services.chat.thread import Thread

__all__ = ["ChatService", "Marks", "Thread"]
