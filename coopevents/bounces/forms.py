from wtforms import TextAreaField
from wtforms.validators import Length

from coopevents.editing import NEEDED
from coopevents.i18n import _l
from coopevents.people.forms import RefusableForm


class CallForm(RefusableForm):
    """What came of a call."""

    note = TextAreaField(_l("What came of it"), [NEEDED, Length(max=1000)])
