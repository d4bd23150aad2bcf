from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from coopevents.accounts import queries as accounts
from coopevents.errors import InputError
from coopevents.events import queries
from coopevents.events.models import SessionState
from coopevents.events.service import EventPlan, SessionPlan
from coopevents.i18n import _, _l, translated
from coopevents.territory.models import AdministrativeUnit

SPARE_SESSIONS = 4
"""Rows for sessions on the form; those left empty are no sessions."""

NEEDED = InputRequired(_l("Please fill this in."))


class SessionForm(Form):
    """A row of the form: one buổi, or nothing."""

    held_on = DateField(_l("Day"), [Optional()])
    starts_at = TimeField(_l("From"), [Optional()])
    ends_at = TimeField(_l("Until"), [Optional()])
    topic = StringField(_l("Topic"), [Length(max=200)])


class CheckboxList(SelectMultipleField):
    """Several choices as boxes to tick, which phones and keyboards handle alike."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class EventForm(FlaskForm):
    """An activity as an officer plans it."""

    kind_id = SelectField(_l("Kind"), coerce=int)
    title = StringField(_l("Title"), [NEEDED, Length(max=300)])
    description = TextAreaField(_l("What it is about"), [Length(max=5000)])
    lead_body_id = SelectField(_l("Lead host"), coerce=int)
    co_host_ids = CheckboxList(_l("Co-hosts"), coerce=int)
    content_ids = CheckboxList(_l("Contents of the programme"), coerce=int)
    place = StringField(_l("Place"), [NEEDED, Length(max=300)])
    administrative_unit_id = SelectField(_l("Commune"), coerce=int)
    capacity = IntegerField(_l("Places in all"), [Optional(), NumberRange(min=1, max=100_000)])
    answer_by = DateField(_l("Answers are due by"), [Optional()])
    contact_name = StringField(_l("Contact person"), [NEEDED, Length(max=200)])
    contact_phone = TelField(_l("Phone of the contact person"), [NEEDED, Length(max=40)])
    contact_email = EmailField(
        _l("E-mail of the contact person"),
        [NEEDED, Email(_l("This is not an e-mail address."))],
    )
    promotional = BooleanField(_l("It promotes sales: send it only to those who agreed"))
    sessions = FieldList(FormField(SessionForm), min_entries=SPARE_SESSIONS)

    @classmethod
    def over(
        cls, programme_id: int | None, communes: list[AdministrativeUnit], **values: Any
    ) -> "EventForm":
        """Answer the form with the choices of the programme."""
        form = cls(**values)
        bodies = accounts.names_of_bodies()
        names = {str(b.id): translated(bodies[b.id].name) for b in queries.list_bodies()}
        form.kind_id.choices = {str(k.id): translated(k.name) for k in queries.list_kinds()}
        form.lead_body_id.choices = names
        form.co_host_ids.choices = names
        form.content_ids.choices = {
            str(content.id): f"{content.number}. {translated(content.text)}"
            for content in queries.programme_contents(programme_id)
        }
        form.administrative_unit_id.choices = {
            "0": "—",
            **{str(unit.id): unit.name for unit in communes},
        }
        return form

    def plan(self) -> EventPlan:
        """Answer what was typed, clean. Raises InputError for half a session."""
        return EventPlan(
            kind_id=self.kind_id.data,
            title=(self.title.data or "").strip(),
            description=(self.description.data or "").strip(),
            place=(self.place.data or "").strip(),
            administrative_unit_id=self.administrative_unit_id.data or None,
            capacity=self.capacity.data,
            answer_by=self.answer_by.data,
            lead_body_id=self.lead_body_id.data,
            co_host_ids=[i for i in self.co_host_ids.data or [] if i != self.lead_body_id.data],
            content_ids=self.content_ids.data or [],
            contact_name=(self.contact_name.data or "").strip(),
            contact_phone=(self.contact_phone.data or "").strip(),
            contact_email=(self.contact_email.data or "").strip(),
            promotional=self.promotional.data,
            sessions=self._sessions(),
        )

    def _sessions(self) -> list[SessionPlan]:
        plans = []
        for number, row in enumerate(self.sessions.entries, start=1):
            typed = (row.held_on.data, row.starts_at.data, row.ends_at.data)
            if not any(typed) and not row.topic.data:
                continue
            if not all(typed):
                raise InputError(
                    _("Session %(number)s needs a day, a beginning and an end.", number=number),
                    {f"sessions-{number}": _("Day, beginning and end are needed.")},
                )
            plans.append(SessionPlan(*typed, topic=(row.topic.data or "").strip()))
        return plans


class SessionStateForm(FlaskForm):
    """Whether a session was held."""

    state = SelectField(
        _l("State"),
        choices=lambda: {
            SessionState.HELD.value: _("held"),
            SessionState.CANCELLED.value: _("cancelled"),
            SessionState.PLANNED.value: _("planned"),
        },
        coerce=SessionState,
    )


class EmptyForm(FlaskForm):
    """A button and nothing else: what it guards is the CSRF token."""
