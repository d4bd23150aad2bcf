from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Length, Optional
from wtforms.widgets import HiddenInput

from coopevents import clock
from coopevents.changes.words import CHANNEL_WORDS, OUTCOME_WORDS
from coopevents.directory.models import Channel
from coopevents.editing import NEEDED, Once, given, sensible
from coopevents.errors import DomainError, InputError
from coopevents.events.effects import (
    Cancellation,
    Change,
    NewTime,
    PlaceChange,
    Postponement,
    SessionCancellation,
    SessionMove,
)
from coopevents.events.forms import CheckboxList
from coopevents.events.models import Event, EventSession, SessionState
from coopevents.i18n import _, _l, labels
from coopevents.invitations.changed import Told
from coopevents.invitations.models import Reached
from coopevents.territory.models import AdministrativeUnit

BY_HAND = {channel: word for channel, word in CHANNEL_WORDS.items() if channel is not Channel.EMAIL}

ANSWER_BY_HELP = _l("Left empty, it moves as far as the first session does.")


class ConfirmForm(Once, FlaskForm):
    """An act on an activity: which state of it was seen, and what was shown to follow."""

    version = HiddenField()
    shown = HiddenField()

    def found_on(self, event: Event) -> None:
        """Note what the form is made on."""
        self.version.data, self.version.raw_data = str(event.version), None

    def is_stale(self, event: Event) -> bool:
        """Whether the activity was changed since the form was made."""
        return bool(self.version.data != str(event.version))

    def refuse(self, error: DomainError) -> None:
        """Show a refusal beside the fields it names, and above the form what names none."""
        rest = dict(error.fields)
        for name, reason in error.fields.items():
            box = self._box(name)
            if box is not None:
                box.errors = [*box.errors, str(reason)]
                del rest[name]
        self.form_errors += [str(reason) for reason in rest.values()]
        if not error.fields:
            self.form_errors.append(str(error.message))

    def _box(self, name: str) -> Any:
        box = self._fields.get(name)
        return None if box is None or box.type in {"FieldList", "FormField"} else box


SAID_OF_A_CHANGE = {one: OUTCOME_WORDS[one] for one in (Reached.REACHED, Reached.NOT_REACHED)}
"""What is noted of a call that reached nobody stands in the list of calls."""


class ToldForm(Once, FlaskForm):
    """Whom an officer told of a change by hand: over which channel, and when."""

    invitation_ids = CheckboxList(_l("Whom you told"), coerce=int)
    channel = SelectField(_l("How"), choices=lambda: labels(BY_HAND))
    outcome = SelectField(_l("What came of it"), choices=lambda: labels(SAID_OF_A_CHANGE))
    told_on = DateField(_l("On"), [Optional(), sensible], default=clock.today)
    told_at = TimeField(
        _l("At"), [Optional()], default=lambda: clock.local(clock.now()).time().replace(second=0)
    )
    note = StringField(_l("Note"), [Length(max=300)])

    def offer(self, names: Mapping[int, str]) -> None:
        """Let any of these be ticked."""
        self.invitation_ids.choices = list(names.items())

    def told(self) -> Told:
        """Answer how and when they were told; now, where no moment is given."""
        at = clock.now()
        if self.told_on.data and self.told_at.data:
            hour = self.told_at.data
            at = clock.at_local(self.told_on.data, hour.hour, hour.minute)
        note = " ".join((self.note.data or "").split())
        return Told(Channel(self.channel.data), at, self.outcome.data, note or None)

    def refuse(self, error: DomainError) -> None:
        """Show a refusal beside the fields it names, and above the form what names none."""
        for name, reason in error.fields.items():
            self[name].errors = [*self[name].errors, str(reason)]
        if not error.fields:
            self.form_errors.append(str(error.message))


class AgainForm(Once, FlaskForm):
    """Sending the notices of a change again to those, and only those, that were shown."""

    shown = HiddenField()


class ReasonForm(ConfirmForm):
    """Something is taken from people who count on it: they are told why."""

    reason = TextAreaField(
        _l("Why"),
        [NEEDED, Length(max=500)],
        description=_l("One sentence. Everybody who is told reads it."),
    )

    def why(self) -> str:
        """Answer the reason, clean."""
        return " ".join((self.reason.data or "").split())


class NewTimeForm(Form):
    """The new day and hours of one session."""

    session_id = IntegerField(widget=HiddenInput())
    held_on = DateField(_l("Day"), [Optional(), sensible])
    starts_at = TimeField(_l("From"), [Optional()])
    ends_at = TimeField(_l("Until"), [Optional()])


class PostponeForm(ReasonForm):
    """Every session gets another day, or none yet."""

    undated = BooleanField(_l("The new days are not known yet"))
    sessions = FieldList(FormField(NewTimeForm))
    answer_by = DateField(
        _l("Answers are due by"), [Optional(), sensible], description=ANSWER_BY_HELP
    )

    def fill(self, sessions: list[EventSession]) -> None:
        """Offer a row for each session that is planned, on the day it has."""
        for session in sessions:
            if session.state is SessionState.PLANNED:
                self.sessions.append_entry(
                    {
                        "session_id": session.id,
                        "held_on": session.held_on,
                        "starts_at": session.starts_at,
                        "ends_at": session.ends_at,
                    }
                )

    def change(self, sessions: list[EventSession]) -> Change:
        """Answer what was typed. Raises InputError for half a session."""
        if self.undated.data:
            return Postponement(self.why())
        places = {session.id: session.place for session in sessions}
        times = []
        for number, row in enumerate(self.sessions.entries):
            held_on, starts_at, ends_at = (
                row.form[name].data for name in ("held_on", "starts_at", "ends_at")
            )
            session_id = row.form.session_id.data or 0
            if held_on is None or starts_at is None or ends_at is None:
                raise InputError.at(
                    f"sessions-{number}-held_on",
                    _("Session %(number)s needs a day, a beginning and an end.", number=number + 1),
                )
            place = places.get(session_id)
            times.append(NewTime(session_id, held_on, starts_at, ends_at, place))
        if not times:
            raise InputError(_("Give each session that is planned its new day, once."))
        return Postponement(self.why(), tuple(times), self.answer_by.data)

    def _box(self, name: str) -> Any:
        first, *rest = name.split("-")
        if first == "sessions" and len(rest) == 2 and int(rest[0]) < len(self.sessions.entries):
            return self.sessions.entries[int(rest[0])].form[rest[1]]
        return super()._box(name)


class MoveForm(ReasonForm):
    """One session goes to another day, other hours or another place."""

    held_on = DateField(_l("New day"), [NEEDED, sensible])
    starts_at = TimeField(_l("From"), [NEEDED])
    ends_at = TimeField(_l("Until"), [NEEDED])
    place = StringField(
        _l("Place of this session"),
        [Length(max=300)],
        description=_l("Only where it differs from the place of the activity."),
    )
    answer_by = DateField(
        _l("Answers are due by"), [Optional(), sensible], description=ANSWER_BY_HELP
    )
    already_held = BooleanField(
        _l("It was held on that day already"),
        description=_l("For what was agreed by word of mouth: nobody is told any more."),
    )

    def fill(self, session: EventSession) -> None:
        """Offer the day, hours and place it has."""
        for name in ("held_on", "starts_at", "ends_at", "place"):
            self[name].data = getattr(session, name)

    def change(self, session: EventSession) -> Change:
        """Answer what was typed."""
        return SessionMove(
            self.why(),
            NewTime(
                session.id,
                given(self.held_on.data),
                given(self.starts_at.data),
                given(self.ends_at.data),
                place=" ".join((self.place.data or "").split()) or None,
            ),
            answer_by=self.answer_by.data,
            already_held=bool(self.already_held.data),
        )


class PlaceForm(ReasonForm):
    """The activity is held elsewhere."""

    place = StringField(_l("New place"), [NEEDED, Length(max=300)])
    administrative_unit_id = SelectField(_l("Commune"), coerce=int)

    def offer(self, communes: list[AdministrativeUnit], event: Event) -> None:
        """Offer the communes of today, and the one it has even if that is not among them."""
        units = {unit.id: unit.name for unit in communes}
        if event.unit is not None:
            units.setdefault(event.unit.id, event.unit.name)
        self.administrative_unit_id.choices = [(0, "—"), *units.items()]

    def fill(self, event: Event) -> None:
        """Offer the place it has."""
        self.place.data = event.place
        self.administrative_unit_id.data = event.administrative_unit_id or 0

    def change(self) -> Change:
        """Answer what was typed."""
        return PlaceChange(
            self.why(),
            " ".join((self.place.data or "").split()),
            self.administrative_unit_id.data or None,
        )


class CancelSessionForm(ReasonForm):
    """One session is not held."""

    def change(self, session: EventSession) -> Change:
        """Answer what was typed."""
        return SessionCancellation(self.why(), session.id)


class CancelForm(ReasonForm):
    """Nothing is held."""

    def change(self) -> Change:
        """Answer what was typed."""
        return Cancellation(self.why())
