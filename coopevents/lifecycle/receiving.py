"""Mail that came to the mailbox, and what it tells the rooms."""

from coopevents import news
from coopevents.bounces import service as bounces
from coopevents.mail import returning, unsubscribing
from coopevents.mail.models import Message, ReturnKind
from coopevents.mail.returned import Returned


def record_returned(data: bytes, returned: Returned) -> bool:
    """Do what a mail that came to the mailbox asks for, once; False when it is about none of ours.

    An address that does not work is held, and somebody is to be called.
    """
    if returned.kind is ReturnKind.UNSUBSCRIBE:
        link = unsubscribing.find_link(returned.token)
        if link is not None and returning.note(data, returned, None):
            unsubscribing.stop(link, link.kind)
        return link is not None
    message = returning.find_message(returned)
    if message is not None and returning.note(data, returned, message):
        record_bounce(message, returned)
    return message is not None


def record_bounce(message: Message, returned: Returned) -> None:
    """Say that the message came back: the outbox, the register and the officers each learn it."""
    if returned.kind is ReturnKind.FAILED:
        returning.mark_bounced(message, returned)
        bounces.hold_address(message, returned)
    if returned.kind is not ReturnKind.DELAYED:
        bounces.open_calls(message, returned)
        news.tell_returned(message)
