"""What whoever asks for a place agrees to, in which words; a changed text gets a new version."""

from coopevents.i18n import _l
from coopevents.requests.models import RequestPurpose

VERSION = "2026-11"

TEXTS = {
    RequestPurpose.THIS_ACTIVITY: _l(
        "I agree that the Women's Union and the Cooperative Alliance use what I enter here to"
        " decide on this request and to write or call about this activity."
    ),
    RequestPurpose.NEXT_INVITATIONS: _l(
        "I agree that both bodies keep this phone and e-mail for invitations to later activities."
    ),
}

NEEDED_FOR_AN_ANSWER = RequestPurpose.THIS_ACTIVITY
"""Without it nobody may even read the request; the other purpose decides nothing."""
