"""What pages call kinds of mail, and why a message was not sent."""

from coopevents.i18n import _l
from coopevents.mail.models import MailKind
from coopevents.mail.wanting import HELD, UNSUBSCRIBED

KIND_LABELS = {
    MailKind.INVITATIONS: _l("Invitations"),
    MailKind.NEWS: _l("News"),
}

ABOUT = {
    MailKind.INVITATIONS: _l("Invitations to joint activities, and reminders of them."),
    MailKind.NEWS: _l("News of the programme that ask for no answer."),
}

WHY_SKIPPED = {
    UNSUBSCRIBED: _l("wants no mail"),
    HELD: _l("its e-mail address does not work"),
}
