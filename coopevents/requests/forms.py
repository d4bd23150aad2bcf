import unicodedata
from typing import Any, ClassVar

from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, StopValidation

from coopevents import names
from coopevents.channels.words import CHANNEL_NAMES
from coopevents.directory.contacts import normal_email, normal_phone
from coopevents.directory.models import Channel, Organisation
from coopevents.editing import NEEDED, Needed, Once, PartForm, given, sensible
from coopevents.errors import InputError
from coopevents.events.models import Event
from coopevents.i18n import _, _l
from coopevents.people.forms import RefusableForm
from coopevents.requests import consents, queries
from coopevents.requests.deciding import Approval, channels_for
from coopevents.requests.models import PlaceRequest, RequestPurpose
from coopevents.requests.service import Asked

MOST_PEOPLE = 50
LONGEST = 500
ELSEWHERE = 0


def _line(text: str | None) -> str:
    """Answer what was typed as it is kept: one line, no signs that nobody sees."""
    visible = (" " if unicodedata.category(sign) == "Cc" else sign for sign in text or "")
    return names.clean("".join(visible))


class AskForm(Once, RefusableForm):
    """What somebody who is not invited asks for, as it is typed on the public page."""

    organisation_name = StringField(
        _l("Name of your organisation"), [NEEDED, Length(max=200)], render_kw={"maxlength": 200}
    )
    commune_id = SelectField(_l("Commune"), coerce=int, default=ELSEWHERE)
    code = StringField(
        _l("Registration number or tax code, if you know it"),
        [Length(max=40)],
        render_kw={"maxlength": 40},
    )
    contact_name = StringField(
        _l("Your name"), [NEEDED, Length(max=200)], render_kw={"maxlength": 200}
    )
    phone = TelField(
        _l("Phone"),
        [Length(max=40)],
        description=_l("Phone or e-mail: one of them is enough."),
        render_kw={"maxlength": 40},
    )
    email = EmailField(_l("E-mail"), [Length(max=254)], render_kw={"maxlength": 254})
    people = IntegerField(
        _l("How many of you would come?"), [NEEDED, NumberRange(min=1, max=MOST_PEOPLE)]
    )
    reason = TextAreaField(
        _l("Why would you like to come?"),
        [Length(max=LONGEST)],
        render_kw={"maxlength": LONGEST, "rows": 3},
    )
    this_activity = BooleanField(
        consents.TEXTS[RequestPurpose.THIS_ACTIVITY],
        [Needed(_l("Without this the host bodies may not read your request."))],
    )
    next_invitations = BooleanField(consents.TEXTS[RequestPurpose.NEXT_INVITATIONS])
    website = StringField(_l("Leave this empty"))
    """Nobody sees it: what fills it in is no person."""

    @classmethod
    def over(cls, event: Event) -> "AskForm":
        """Answer the form with the communes to choose from."""
        form = cls()
        form.commune_id.choices = [
            (ELSEWHERE, _("Elsewhere, or not known")),
            *((unit.id, unit.name) for unit in queries.communes_to_choose(event)),
        ]
        return form

    @property
    def is_of_a_machine(self) -> bool:
        """Whether something filled in what no person sees."""
        return bool(self.website.data)

    def asked(self) -> Asked:
        """Answer what was typed, clean. Raises InputError that names what is wrong."""
        organisation, contact = _line(self.organisation_name.data), _line(self.contact_name.data)
        for name, text in (("organisation_name", organisation), ("contact_name", contact)):
            if not text:
                raise InputError.at(name, _("Please fill this in."))
        phone, email = _line(self.phone.data), _line(self.email.data)
        return Asked(
            organisation_name=organisation,
            contact_name=contact,
            people=given(self.people.data),
            submission_id=self.submission_id,
            commune_id=self.commune_id.data or None,
            code=_line(self.code.data) or None,
            phone=_phone(phone) if phone else None,
            email=_email(email) if email else None,
            reason=_line(self.reason.data) or None,
            agreed=frozenset(p for p in RequestPurpose if self[p.value].data),
        )


def _phone(typed: str) -> str:
    try:
        return normal_phone(typed)
    except InputError as refusal:
        raise InputError.at("phone", refusal.message) from refusal


def _email(typed: str) -> str:
    try:
        return normal_email(typed)
    except InputError as refusal:
        raise InputError.at("email", refusal.message) from refusal


class NeededWhileOpen:
    """Refuses what was left empty while registration is open; a closed one needs nothing."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        """Raise StopValidation where nothing was entered."""
        if field.data:
            return
        if not form["is_open"].data or field.errors:
            raise StopValidation
        raise StopValidation(_("Please fill this in."))


class OpenForm(PartForm):
    """Whether places may be asked for, until when, and for whom the activity is."""

    is_open = BooleanField(_l("Organisations that are not invited may ask for a place"))
    until_on = DateField(_l("Until the end of"), [NeededWhileOpen(), sensible])
    audience = TextAreaField(
        _l("For whom it is"),
        [NeededWhileOpen(), Length(max=LONGEST)],
        description=_l("It stands on the public page, such as: women-led cooperatives."),
    )

    groups = ((_l("Open registration"), (("is_open",), ("until_on",), ("audience",))),)

    def wanted_audience(self) -> str:
        """Answer the words, clean."""
        return _line(self.audience.data)


class ApproveForm(RefusableForm):
    """Which organisation asked, how many seats it gets, and how its link goes there."""

    organisation_id = RadioField(_l("Organisation"), coerce=str, validate_choice=False)
    seats = IntegerField(_l("Seats"), [NEEDED, NumberRange(min=1, max=MOST_PEOPLE)])
    channel = SelectField(_l("How the link goes there"))
    keeps_contact = BooleanField(
        _l("Keep phone and e-mail in the register: whoever asked agreed to it")
    )

    @classmethod
    def over(cls, asked: PlaceRequest, **values: Any) -> "ApproveForm":
        """Answer the form for the request: as many seats as were asked for."""
        form = cls(seats=asked.people, **values)
        form.channel.choices = [
            (channel.value, str(CHANNEL_NAMES[channel])) for channel in channels_for(asked)
        ]
        return form

    @property
    def chosen_id(self) -> int | None:
        """Answer the number of the organisation that was chosen, if it is one."""
        said = self.organisation_id.data or ""
        return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else None

    def approval(self, organisation: Organisation | None) -> Approval:
        """Answer what was decided. Raises InputError where no organisation was chosen."""
        if organisation is None:
            raise InputError.at("organisation_id", _("Choose the organisation that asked."))
        return Approval(
            organisation,
            given(self.seats.data),
            Channel(self.channel.data),
            bool(self.keeps_contact.data),
        )


class DeclineForm(RefusableForm):
    """Why no place is given."""

    reason = TextAreaField(
        _l("Reason"),
        [NEEDED, Length(max=LONGEST)],
        description=_l("Whoever asked reads it."),
        render_kw={"rows": 2},
    )

    def said(self) -> str:
        """Answer the reason, clean."""
        return _line(self.reason.data)
