from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Email, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from coopevents.accounts import queries as accounts
from coopevents.editing import (
    NEEDED,
    Groups,
    Once,
    Overtaken,
    PartForm,
    clean,
    given,
    sensible,
    told,
)
from coopevents.errors import InputError
from coopevents.events import queries
from coopevents.events.models import (
    MARKS,
    Event,
    EventKind,
    EventSession,
    HostRole,
    SessionState,
)
from coopevents.events.plans import EventDetails, EventPlan, SessionPlan
from coopevents.i18n import _, _l, day, hours, translated
from coopevents.territory.models import AdministrativeUnit

SPARE_SESSIONS = 4
"""Rows for sessions on the form; those left empty are no sessions."""


class SessionForm(Form):
    """A row of the form: one buổi, or nothing."""

    session_id = HiddenField()
    held_on = DateField(_l("Day"), [Optional(), sensible])
    starts_at = TimeField(_l("From"), [Optional()])
    ends_at = TimeField(_l("Until"), [Optional()])
    topic = StringField(_l("Topic"), [Length(max=200)])
    place = StringField(_l("Place, when elsewhere"), [Length(max=300)])
    class_group = StringField(_l("Class"), [Length(max=100)])
    optional = BooleanField(_l("May be missed"))


class CheckboxList(SelectMultipleField):
    """Several choices as boxes to tick, which phones and keyboards handle alike."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class DetailsForm(PartForm):
    """What of an activity concerns nobody's calendar."""

    description = TextAreaField(_l("What it is about"), [Length(max=5000)])
    content_ids = CheckboxList(_l("Contents of the programme"), coerce=int)
    lead_body_id = SelectField(_l("Lead host"), coerce=int)
    co_host_ids = CheckboxList(
        _l("Co-hosts"),
        coerce=int,
        description=_l("It counts to the programme when both of its bodies host."),
    )
    third_host_ids = CheckboxList(
        _l("Third bodies"),
        coerce=int,
        description=_l("They join in; whether it counts to the programme is not theirs to say."),
    )
    capacity = IntegerField(
        _l("Places in all"),
        [Optional(), NumberRange(min=1, max=100_000)],
        description=_l("Leave empty when nobody is turned away."),
    )
    offer_hours = IntegerField(
        _l("Office hours to take a free place"),
        [Optional(), NumberRange(min=1, max=80)],
        description=_l(
            "Whoever is next on the waiting list is asked, and has so long to take the place."
            " Leave empty to give it at once."
        ),
    )
    contact_name = StringField(_l("Contact person"), [NEEDED, Length(max=200)])
    contact_phone = TelField(_l("Phone of the contact person"), [NEEDED, Length(max=40)])
    contact_email = EmailField(
        _l("E-mail of the contact person"),
        [NEEDED, Length(max=200), Email(_l("This is not an e-mail address."))],
    )
    promotional = BooleanField(_l("It promotes sales: send it only to those who agreed"))
    listed_publicly = BooleanField(_l("Show it on the public page of open activities"))

    groups: Groups = (
        (_l("What"), (("description",), ("content_ids",), ("capacity", "offer_hours"))),
        (_l("Who hosts"), (("lead_body_id",), ("co_host_ids",), ("third_host_ids",))),
        (
            _l("Whom to ask"),
            (
                ("contact_name", "contact_phone", "contact_email"),
                ("promotional",),
                ("listed_publicly",),
            ),
        ),
    )

    def choose_from(self, programme_id: int | None) -> None:
        """Offer the bodies that may host, and the contents of the programme."""
        bodies = accounts.names_of_bodies()
        names = {str(b.id): translated(bodies[b.id].name) for b in queries.list_bodies()}
        self.lead_body_id.choices = names
        self.co_host_ids.choices = names
        self.third_host_ids.choices = names
        self.content_ids.choices = {
            str(content.id): f"{content.number}. {translated(content.text)}"
            for content in queries.programme_contents(programme_id)
        }

    def details(self) -> EventDetails:
        """Answer what was typed, clean."""
        return EventDetails(**self._details())

    def _details(self) -> dict[str, Any]:
        lead = self.lead_body_id.data
        return {
            "description": (self.description.data or "").strip(),
            "lead_body_id": lead,
            "co_host_ids": [i for i in self.co_host_ids.data or [] if i != lead],
            "third_host_ids": self.third_host_ids.data or [],
            "content_ids": self.content_ids.data or [],
            "capacity": self.capacity.data,
            "offer_hours": self.offer_hours.data,
            "contact_name": clean(self.contact_name.data),
            "contact_phone": clean(self.contact_phone.data),
            "contact_email": clean(self.contact_email.data),
            "promotional": self.promotional.data,
            "listed_publicly": self.listed_publicly.data,
        }


class EventForm(Once, DetailsForm):
    """An activity as an officer plans it."""

    kind_id = SelectField(_l("Kind"), coerce=int)
    title = StringField(_l("Title"), [NEEDED, Length(max=300)])
    place = StringField(_l("Place"), [NEEDED, Length(max=300)])
    administrative_unit_id = SelectField(_l("Commune"), coerce=int)
    answer_by = DateField(_l("Answers are due by"), [Optional(), sensible])
    sessions = FieldList(
        FormField(SessionForm),
        _l("Session"),
        description=_l("Rows left empty are no sessions. Save to get more rows."),
    )

    @classmethod
    def over(
        cls,
        programme_id: int | None,
        communes: list[AdministrativeUnit],
        kind: EventKind | None = None,
        **values: Any,
    ) -> "EventForm":
        """Answer the form with the choices of the programme, asking what the kind asks for."""
        form = cls(**values)
        form.choose_from(programme_id)
        kinds = queries.list_kinds(programme_id)
        standing = values.get("data", {}).get("kind_id")
        form.kind_id.choices = {
            str(k.id): translated(k.name)
            for k in queries.list_all_kinds(programme_id)
            if k in kinds or k.id == standing
        }
        form.administrative_unit_id.choices = {
            "0": "—",
            **{str(unit.id): unit.name for unit in communes},
        }
        form.groups = _groups_of(kind)
        if not form.is_submitted():
            form.spare_rows()
        return form

    def spare_rows(self) -> None:
        """Offer empty rows for further sessions."""
        for _row in range(SPARE_SESSIONS):
            self.sessions.append_entry()

    def plan(self, **origin: Any) -> EventPlan:
        """Answer what was typed, clean. Raises InputError for half a session.

        `origin` says where it comes from: a promise of the yearly plan.
        """
        return EventPlan(
            **self._details(),
            **origin,
            kind_id=self.kind_id.data,
            title=clean(self.title.data),
            place=clean(self.place.data),
            administrative_unit_id=self.administrative_unit_id.data or None,
            answer_by=self.answer_by.data,
            sessions=self._sessions(),
        )

    def _sessions(self) -> list[SessionPlan]:
        plans = []
        for number, row in enumerate(self.sessions.entries, start=1):
            typed = (row.held_on.data, row.starts_at.data, row.ends_at.data)
            if not any(typed) and not row.topic.data:
                continue
            if not all(typed):
                half = _("Session %(number)s needs a day, a beginning and an end.", number=number)
                raise InputError(half, {f"sessions-{number}": half})
            plans.append(_session_plan(row.form))
        return plans

    def overtaken(self, standing: Any) -> list[Overtaken]:
        """Answer what was changed since, the sessions in words."""
        before = self._basis().get("sessions", "")
        typed = told([_in_words(row.form) for row in self.sessions.entries])
        now = told(standing["sessions"])
        found = super().overtaken({k: v for k, v in standing.items() if k != "sessions"})
        if now not in (before, typed):
            found.append(Overtaken(str(self.sessions.label.text), before, now, typed))
        if found:
            self.found_on(standing)
        return found


def _groups_of(kind: EventKind | None) -> Groups:
    asks = set(kind.fields) if kind else {"capacity", "promotional"}
    offered = DetailsForm.groups[2][1]
    return (
        (
            _l("What"),
            (
                ("title",),
                ("kind_id",),
                *((("capacity", "offer_hours"),) if "capacity" in asks else ()),
                ("description",),
                ("content_ids",),
            ),
        ),
        DetailsForm.groups[1],
        (
            _l("Where and when"),
            (("place", "administrative_unit_id"), ("sessions",), ("answer_by",)),
        ),
        (
            _l("Whom to ask"),
            tuple(row for row in offered if row != ("promotional",) or "promotional" in asks),
        ),
    )


def _session_plan(row: SessionForm) -> SessionPlan:
    return SessionPlan(
        held_on=given(row.held_on.data),
        starts_at=given(row.starts_at.data),
        ends_at=given(row.ends_at.data),
        id=int(said) if (said := row.session_id.data or "").isdecimal() else None,
        topic=clean(row.topic.data),
        place=clean(row.place.data) or None,
        class_group=clean(row.class_group.data) or None,
        required=not row.optional.data,
    )


def _in_words(row: SessionForm) -> str:
    if not (row.held_on.data and row.starts_at.data and row.ends_at.data):
        return ""
    said = [day(row.held_on.data), hours(row.starts_at.data, row.ends_at.data), row.topic.data]
    said += [row.place.data, row.class_group.data, _("may be missed") if row.optional.data else ""]
    return " ".join(filter(None, said))


def session_in_words(session: EventSession) -> str:
    """Answer a session as the form tells it, so that both can be compared."""
    said = [day(session.held_on), hours(session.starts_at, session.ends_at), session.topic]
    said += [session.place or "", session.class_group or ""]
    said += [] if session.required else [_("may be missed")]
    return " ".join(filter(None, said))


def values_of(event: Event) -> dict[str, Any]:
    """Answer what stands in the fields of the form over the activity."""
    hosts = queries.list_hosts(event)
    by_role = {role: [h.body_id for h in hosts if h.role is role] for role in HostRole}
    return {
        **{
            name: getattr(event, name)
            for name in (
                *(
                    "kind_id",
                    "title",
                    "description",
                    "place",
                    "capacity",
                    "offer_hours",
                    "answer_by",
                ),
                *("contact_name", "contact_phone", "contact_email"),
                *("promotional", "listed_publicly"),
            )
        },
        "administrative_unit_id": event.administrative_unit_id or 0,
        "lead_body_id": by_role[HostRole.LEAD][0],
        "co_host_ids": by_role[HostRole.CO_HOST],
        "third_host_ids": by_role[HostRole.THIRD],
        "content_ids": [content.id for content in queries.list_contents(event)],
    }


def rows_of(sessions: Sequence[EventSession]) -> list[dict[str, Any]]:
    """Answer the sessions as rows of the form."""
    same = ("held_on", "starts_at", "ends_at", "topic", "place", "class_group")
    return [
        {
            **{name: getattr(session, name) for name in same},
            "session_id": session.id,
            "optional": not session.required,
        }
        for session in sessions
    ]


class SessionStateForm(FlaskForm):
    """Whether a session was held."""

    state = SelectField(
        _l("State"), choices=lambda: {mark.value: mark.value for mark in MARKS}, coerce=SessionState
    )


class EmptyForm(FlaskForm):
    """A button and nothing else: what it guards is the CSRF token."""
