from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from coopevents.i18n import _, _l


class SampleForm(Form):
    """A field of every kind for the gallery; it is sent nowhere.

    Left empty, the required ones are wrong, so that the gallery shows how that looks.
    """

    title = StringField(_l("Title of the activity"), [InputRequired(_l("Please give a title."))])
    email = EmailField(
        _l("E-mail address"), description=_l("The confirmation goes there; leave it empty if none.")
    )
    note = TextAreaField(_l("Note"), description=_l("Seen by the two host bodies only."))
    kind = SelectField(
        _l("Kind"),
        choices=lambda: {"training": _("Training"), "seminar": _("Seminar")},
        validate_choice=False,
    )
    begins_on = DateField(_l("First day"), [InputRequired(_l("Please give the first day."))])
    begins_at = TimeField(_l("Beginning"))
    seats = IntegerField(_l("Seats"), [InputRequired(_l("Please give the number of seats."))])
    answer = RadioField(
        _l("Will your cooperative send somebody?"),
        [InputRequired(_l("Please choose one."))],
        choices=lambda: {
            "yes": _("Yes"),
            "no": _("No"),
            "call": _("Please call us"),
        },
    )
    contents = SelectMultipleField(
        _l("Contents"),
        choices=lambda: {
            "policy": _("Policy and law"),
            "trade": _("Trade promotion"),
        },
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    certificates = BooleanField(
        _l("Delegates get a certificate"),
        description=_l("Given for at least 80 percent of the sessions."),
    )
