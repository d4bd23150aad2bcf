"""The forms over one part of an activity: a session's agenda, a trainer, repeating it."""

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    SelectField,
    StringField,
    TimeField,
)
from wtforms.validators import Length, Optional

from coopevents.editing import NEEDED, Once, PartForm, clean, given, sensible
from coopevents.errors import InputError
from coopevents.events.models import AgendaItem, EventSession, PartInEvent
from coopevents.events.plans import Again, AgendaPoint, TrainerPlan
from coopevents.i18n import _, _l, day, hours, labels
from coopevents.programme.models import YearPlan

SPARE_POINTS = 4
"""Rows for points on the form; those left empty are no points."""

PARTS = {
    PartInEvent.TRAINER: _l("trainer"),
    PartInEvent.SPEAKER: _l("speaker"),
    PartInEvent.MODERATOR: _l("moderator"),
    PartInEvent.INTERPRETER: _l("interpreter"),
}


class PointForm(Form):
    """A row of the form: one point of an agenda, or nothing."""

    starts_at = TimeField(_l("From"), [Optional()])
    topic = StringField(_l("Topic"), [Length(max=300)])
    speaker = StringField(_l("Who"), [Length(max=200)])


class AgendaForm(PartForm):
    """What happens in one session."""

    topic = StringField(_l("Topic"), [Length(max=200)])
    class_group = StringField(_l("Class"), [Length(max=100)])
    optional = BooleanField(_l("May be missed"))
    points = FieldList(
        FormField(PointForm),
        _l("Point"),
        description=_l("Rows left empty are no points. Save to get more rows."),
    )

    groups = (
        (_l("Session"), (("topic", "class_group"), ("optional",))),
        (_l("Agenda"), (("points",),)),
    )

    def spare_rows(self) -> None:
        """Offer empty rows for further points."""
        for _row in range(SPARE_POINTS):
            self.points.append_entry()

    def details(self) -> dict[str, Any]:
        """Answer what was typed of the session itself, clean."""
        return {
            "topic": clean(self.topic.data),
            "class_group": clean(self.class_group.data) or None,
            "required": not self.optional.data,
        }

    def agenda(self) -> list[AgendaPoint]:
        """Answer the points that were typed. Raises InputError for one without a topic."""
        found = []
        for number, row in enumerate(self.points.entries, start=1):
            topic = clean(row.topic.data)
            if not topic and (row.starts_at.data or row.speaker.data):
                half = _("Say what point %(number)s of the agenda is about.", number=number)
                raise InputError(half, {f"points-{number}": half})
            if topic:
                found.append(AgendaPoint(topic, row.starts_at.data, clean(row.speaker.data)))
        return found


def values_of_session(session: EventSession, items: Sequence[AgendaItem]) -> dict[str, Any]:
    """Answer what stands in the fields of the form over the session."""
    return {
        "topic": session.topic,
        "class_group": session.class_group,
        "optional": not session.required,
        "points": rows_of_agenda(items),
    }


def rows_of_agenda(items: Sequence[AgendaItem]) -> list[dict[str, Any]]:
    """Answer the points of an agenda as rows of the form."""
    return [
        {"starts_at": item.starts_at, "topic": item.topic, "speaker": item.speaker}
        for item in items
    ]


class TrainerForm(PartForm):
    """Somebody who teaches or speaks."""

    full_name = StringField(_l("Full name"), [NEEDED, Length(max=200)])
    part = SelectField(_l("Part"), choices=lambda: labels(PARTS), coerce=PartInEvent)
    unit = StringField(_l("From which office or firm"), [Length(max=200)])
    session_id = SelectField(_l("In which session"), coerce=int)

    @classmethod
    def over(cls, sessions: Sequence[EventSession]) -> "TrainerForm":
        """Answer the form with the sessions somebody can teach in."""
        form = cls()
        form.session_id.choices = {
            "0": _("in all of them"),
            **{str(s.id): f"{day(s.held_on)} {hours(s.starts_at, s.ends_at)}" for s in sessions},
        }
        return form

    def plan(self) -> TrainerPlan:
        """Answer what was typed, clean."""
        return TrainerPlan(
            full_name=clean(self.full_name.data),
            part=PartInEvent(self.part.data),
            unit=clean(self.unit.data),
        )


class RepeatForm(Once, PartForm):
    """When an activity is held again, and under which title."""

    first_on = DateField(_l("First day"), [NEEDED, sensible])
    title = StringField(_l("Title"), [NEEDED, Length(max=300)])

    groups = ((_l("The new activity"), (("title",), ("first_on",))),)

    def again(self, promise: YearPlan | None) -> Again:
        """Answer what was typed, clean."""
        return Again(
            first_on=given(self.first_on.data),
            title=clean(self.title.data),
            promise_id=promise.id if promise else None,
            submission_id=self.submission_id,
        )


class TemplateForm(PartForm):
    """What a template is called."""

    name = StringField(_l("Name of the template"), [NEEDED, Length(max=200)])

    groups = ((_l("Template"), (("name",),)),)
