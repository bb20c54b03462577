"""Mail leaves from here."""

from handlers.routing import Job
from services.mail import Mailroom


def jobs(mailroom: Mailroom) -> list[Job]:
    """Every node sends; each letter is leased to one of them at a time."""
    return [Job("mail.deliver", mailroom.deliver, every_s=2, timeout_s=120.0)]
