from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.validators import InputRequired

from coopevents.errors import InputError
from coopevents.guests.choosing import Picked
from coopevents.i18n import _
from coopevents.invitations.models import InvitedAs

FIELD = "as-"
LARGEST = 2**63 - 1


class ConfirmForm(FlaskForm):
    """The previewed list, confirmed as it was shown."""

    preview_token = HiddenField(validators=[InputRequired()])


def picked(said: Mapping[str, str]) -> list[Picked]:
    """Answer the persons picked in the fields `as-<person>`. Raises InputError for any other."""
    found = []
    for name, value in said.items():
        if not name.startswith(FIELD) or not value:
            continue
        id_ = name.removeprefix(FIELD)
        is_row = id_.isascii() and id_.isdecimal() and int(id_) <= LARGEST
        if not is_row or value not in set(InvitedAs):
            raise InputError(_("Please choose the persons once more."))
        found.append(Picked(int(id_), InvitedAs(value)))
    return found
