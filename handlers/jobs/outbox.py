"""What a crash left unfinished is finished from here: facts still owed, conversations not yet reviewed."""

from handlers.routing import Job
from services.conversations import Review
from services.outbox import Outbox
from services.relationships import Recast, RelationshipService


def jobs(outbox: Outbox, relationships: RelationshipService, review: Review, recast: Recast) -> list[Job]:
    """Rights first, then the news of them."""
    return [
        Job("relationships.finish", relationships.finish, every_s=3, exclusive=True),
        Job("relationships.recast", recast.act, every_s=1),
        Job("relationships.walk", recast.walk, every_s=13, exclusive=True),
        Job("conversations.review", review.finish, every_s=5, exclusive=True),
        Job("outbox.sweep", outbox.sweep, every_s=7, exclusive=True),
    ]
