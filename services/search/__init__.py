"""Full-text search in messages: an index that follows the log, and questions to it."""

from services.search.indexer import Indexer
from services.search.service import SearchService

__all__ = ["Indexer", "SearchService"]
