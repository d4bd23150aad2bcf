from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Form, HiddenField, SelectField, StringField, TelField
from wtforms.validators import InputRequired, Length

from coopevents.attendance.grid import LISTED_KINDS
from coopevents.attendance.grid_pages import Show
from coopevents.delegates.words import POST_LABELS, SEX_LABELS
from coopevents.directory.forms import KIND_NAMES, WOMEN_LED_NAMES, day_field
from coopevents.directory.models import OrganisationKind, PostKind, Sex
from coopevents.directory.narrowing import Narrowing, Standing, WomenLed
from coopevents.directory.seats import Place
from coopevents.editing import NEEDED, Needed
from coopevents.events.models import EventKind
from coopevents.i18n import _, _l, labels, translated
from coopevents.programme.models import Content

SHOW_NAMES = {
    Show.ALL: _l("All"),
    Show.CAME: _l("Came"),
    Show.ABSENT: _l("Invited, never came"),
    Show.NEVER: _l("Never invited"),
    Show.CAME_TO_NONE: _l("Came to none"),
}


class WalkInForm(FlaskForm):
    """Somebody who came without being registered."""

    uuid = HiddenField(validators=[InputRequired()])
    organisation_id = SelectField(_l("Organisation"), coerce=int)
    full_name = StringField(_l("Full name"), [NEEDED, Length(max=200)])
    sex = SelectField(_l("Sex"), choices=lambda: labels(SEX_LABELS))
    post = SelectField(
        _l("Post in the cooperative"),
        choices=lambda: labels(POST_LABELS),
    )
    phone = TelField(_l("Phone"), [Length(max=40)])

    def number(self) -> UUID:
        """Answer the number made when the form was shown."""
        return UUID(self.uuid.data)

    def chosen_sex(self) -> Sex:
        """Answer the sex chosen."""
        return Sex(self.sex.data)

    def chosen_post(self) -> PostKind:
        """Answer the post chosen."""
        return PostKind(self.post.data)


class VoidForm(FlaskForm):
    """Why a mark is taken back."""

    reason = StringField(_l("Reason"), [Needed(_l("A reason is needed.")), Length(max=500)])


class SettleForm(FlaskForm):
    """What was done about a mark that is not in the ledger."""

    note = StringField(_l("What you did about it"), [NEEDED, Length(max=500)])


class GridFilter(Form):
    """Which part of the coverage grid is shown. Read from the address; carries no CSRF token."""

    from_on = day_field(_l("From"), name="from")
    to_on = day_field(_l("Until"), name="to")
    kind = SelectField(_l("Kind"), default="")
    women_led = SelectField(_l("Led by women"), default="")
    state = SelectField(
        _l("State on the last day"),
        choices=lambda: {"": _("all"), Standing.OPERATING.value: _("Operating")},
        default="",
    )
    commune = SelectField(_l("Commune"), default="")
    event_kind = SelectField(_l("Kind of activity"), default="")
    # The page itself is called `content`.
    content = SelectField(_l("Content"), name="serving", default="")
    show = SelectField(_l("Which organisations"), default=Show.ALL.value)

    @classmethod
    def over(
        cls,
        asked: MultiDict[str, str],
        places: Sequence[Place],
        event_kinds: Sequence[EventKind],
        contents: Sequence[Content],
    ) -> "GridFilter":
        """Answer the filter as it was asked for; a choice that does not exist is no choice."""
        form = cls(asked)
        everything = {"": _("all")}
        kinds = {kind: KIND_NAMES[kind] for kind in LISTED_KINDS}
        form.kind.choices = {**everything, **labels(kinds)}
        form.women_led.choices = {**everything, **labels(WOMEN_LED_NAMES)}
        form.commune.choices = {**everything, **{str(p.unit.id): p.label for p in places}}
        form.event_kind.choices = {
            **everything,
            **{str(kind.id): translated(kind.name) for kind in event_kinds},
        }
        form.content.choices = {
            **everything,
            **{str(one.id): f"{one.number}. {translated(one.text)}" for one in contents},
        }
        form.show.choices = labels(SHOW_NAMES)
        form.validate()
        return form

    @property
    def wrong_days(self) -> list[str]:
        """The labels of the fields in which something stands that is no day."""
        return [str(f.label.text) for f in (self.from_on, self.to_on) if f.errors]

    def days(self, default: tuple[date, date]) -> tuple[date, date]:
        """Answer the first and the last day asked for."""
        return self.from_on.data or default[0], self.to_on.data or default[1]

    def showing(self) -> Show:
        """Answer which organisations are wanted."""
        return Show(self.show.data) if not self.show.errors else Show.ALL

    def number(self, field: str) -> int | None:
        """Answer the id chosen in the field."""
        chosen = self[field]
        return int(chosen.data) if chosen.data and not chosen.errors else None

    def said(self, asked: MultiDict[str, str]) -> dict[str, str]:
        """Answer what of the address belongs to the filter, for links that go on with it."""
        names = {field.name for field in self} | {"lang", "print"}
        return {name: value for name, value in asked.items() if name in names}

    def narrowing(self) -> Narrowing:
        """Answer which kind and class of organisations is wanted."""
        kind = self.kind.data if not self.kind.errors else None
        women_led = self.women_led.data if not self.women_led.errors else None
        return Narrowing(
            kinds=(OrganisationKind(kind),) if kind else (),
            women_led=WomenLed(women_led) if women_led else None,
            standing=Standing.OPERATING if self.state.data and not self.state.errors else None,
        )
