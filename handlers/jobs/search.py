"""The search index follows the log from here."""

from handlers.routing import Job
from services.search import Indexer


def jobs(indexer: Indexer) -> list[Job]:
    """One node at a time follows the log for up to `Indexer.TURN_S`, then the lease may go to another."""
    return [Job("search.index", indexer.run, every_s=1, timeout_s=Indexer.TURN_S + 7, exclusive=True)]
