from dataclasses import replace
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, HiddenField, SearchField, SelectField
from wtforms.validators import AnyOf, Length, Optional

from coopevents import clock
from coopevents.accounts import queries as accounts
from coopevents.calendars import queries
from coopevents.calendars.narrowing import Narrowing
from coopevents.calendars.queries import When
from coopevents.editing import OnceForm, sensible
from coopevents.errors import InputError
from coopevents.events import queries as events
from coopevents.events.models import EventState
from coopevents.i18n import _, _l, labels, translated

STATE_NAMES = {
    EventState.DRAFT: _l("Draft"),
    EventState.PUBLISHED: _l("Published"),
    EventState.POSTPONED: _l("Postponed"),
    EventState.CANCELLED: _l("Cancelled"),
    EventState.CLOSED: _l("Closed"),
}

BOTH = "both"


class ActivityFilter(Form):
    """Which activities the month and the list show. Read from the address."""

    q = SearchField(_l("Title"), [Length(max=200)])
    host = SelectField(_l("Host"), default="")
    kind = SelectField(_l("Kind"), default="")
    state = SelectField(
        _l("State"), choices=lambda: {"": _("all"), **labels(STATE_NAMES)}, default=""
    )
    # The page itself is #content.
    content = SelectField(_l("Content of the programme"), default="", id="of-content")
    commune = SelectField(_l("Commune"), default="")
    from_on = DateField(_l("From"), [Optional(), sensible], name="from")
    to_on = DateField(_l("Until"), [Optional(), sensible], name="until")

    @classmethod
    def over(cls, programme_id: int | None, asked: MultiDict[str, str]) -> "ActivityFilter":
        """Answer the filter as it was asked for; a choice that does not exist is no choice."""
        form = cls(asked)
        bodies = accounts.names_of_bodies()
        form.hosts = sorted(events.programme_body_ids(programme_id or 0))
        everything = {"": _("all")}
        form.host.choices = {
            **everything,
            **{str(id_): translated(bodies[id_].name) for id_ in form.hosts if id_ in bodies},
            BOTH: _("both bodies together"),
        }
        form.kind.choices = {
            **everything,
            **{str(kind.id): translated(kind.name) for kind in events.list_all_kinds(programme_id)},
        }
        form.content.choices = {
            **everything,
            **{
                str(c.id): _short(c.number, c.text) for c in events.programme_contents(programme_id)
            },
        }
        form.commune.choices = {
            **everything,
            **{str(unit.id): unit.name for unit in queries.communes_of(programme_id)},
        }
        form.validate()
        return form

    hosts: list[int]

    def narrowing(self) -> Narrowing:
        """Answer what was asked for, without what no choice stands for."""
        host = self._chosen(self.host)
        state = self._chosen(self.state)
        return Narrowing(
            host_ids=self.hosts if host == BOTH else [int(host)] if host else [],
            kind_id=_number(self._chosen(self.kind)),
            state=EventState(state) if state else None,
            content_id=_number(self._chosen(self.content)),
            commune_id=_number(self._chosen(self.commune)),
            q=self._chosen(self.q),
            from_on=self._chosen(self.from_on),
            to_on=self._chosen(self.to_on),
        )

    def narrowing_of_month(self) -> Narrowing:
        """Answer the same for the month, which has days of its own."""
        return replace(self.narrowing(), from_on=None, to_on=None)

    def address(self) -> dict[str, Any]:
        """Answer what was asked for, as another address of the same question says it."""
        told = {field.name: self._chosen(field) for field in self}
        return {
            name: value.isoformat() if isinstance(value, date) else str(value)
            for name, value in told.items()
            if value
        }

    @staticmethod
    def _chosen(field: Any) -> Any:
        return field.data if field.data and not field.errors else None


def _short(number: int, text: dict[str, str]) -> str:
    told = f"{number}. {translated(text)}"
    return told if len(told) <= 60 else f"{told[:59]}…"


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def month_asked(asked: MultiDict[str, str]) -> date:
    """Answer the first day of the month in the address ("2026-10"); this month without one."""
    try:
        year, month = asked.get("month", "").split("-")
        first = date(int(year), int(month), 1)
    except ValueError:
        first = clock.today().replace(day=1)
    return first if first.year in range(1900, 2201) else clock.today().replace(day=1)


def when_asked(asked: MultiDict[str, str]) -> When:
    """Answer whether what is over is asked for, or what is not."""
    when = asked.get("when", "")
    return When(when) if when in set(When) else When.ALL


class FeedForm(OnceForm):
    """What a feed of one's own holds."""

    body_id = SelectField(_l("Activities hosted by"), default="")

    @classmethod
    def over(cls, programme_id: int | None, **values: Any) -> "FeedForm":
        """Answer the form with the bodies of the programme."""
        form = cls(**values)
        bodies = accounts.names_of_bodies()
        form.body_id.choices = {
            "": _("either body"),
            **{
                str(id_): translated(bodies[id_].name)
                for id_ in sorted(events.programme_body_ids(programme_id or 0))
                if id_ in bodies
            },
        }
        return form

    def body(self) -> int | None:
        """Answer the body that was chosen. Raises InputError for one that is not offered."""
        if self.body_id.errors:
            raise InputError.at("body_id", _("There is no such host body."))
        return _number(self.body_id.data)


class ListedForm(FlaskForm):
    """Whether anybody may read of the activity."""

    listed = HiddenField(validators=[AnyOf(["yes", "no"])])
