"""What persons are invited as."""

from coopevents.i18n import _l
from coopevents.invitations.models import InvitedAs

AS_NAMES = {
    InvitedAs.OFFICIAL: _l("Official"),
    InvitedAs.SPEAKER: _l("Speaker"),
    InvitedAs.GUEST: _l("Guest"),
}
