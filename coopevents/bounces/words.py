"""What the number in a mail server's answer means, for people."""

from coopevents.i18n import _l

MEANINGS = (
    ("5.1", _l("There is no such address.")),
    ("5.2.2", _l("Its mailbox is full.")),
    ("5.2", _l("Its mailbox takes no mail.")),
    ("5.4", _l("Its mail server cannot be found.")),
    ("5.7", _l("Its mail server refuses mail from us; the address may be right.")),
    ("4", _l("Its mail server could not be reached for days; the address may be right.")),
)

OTHERWISE = _l("Its mail server does not take the mail.")


def meaning(status: str) -> str:
    """Answer what the number says, in the reader's language."""
    # With the dot, so that 5.1 is not 5.11.
    found = (words for number, words in MEANINGS if f"{status}.".startswith(f"{number}."))
    return str(next(found, OTHERWISE))
