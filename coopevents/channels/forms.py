from collections.abc import Mapping
from datetime import datetime

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import Length, Optional

from coopevents import clock
from coopevents.channels.calling import Reply
from coopevents.channels.choosing import BY_HAND
from coopevents.channels.words import CHANNEL_NAMES, OUTCOME_NAMES
from coopevents.db import Json
from coopevents.delegates.forms import DelegatesForm
from coopevents.directory.models import Channel
from coopevents.editing import Once, clean, sensible
from coopevents.errors import InputError
from coopevents.events.forms import CheckboxList
from coopevents.i18n import _, _l, labels
from coopevents.invitations.changed import Told
from coopevents.invitations.models import Reached

SAID_IN_A_CALL = {
    Reached.REACHED: _l("Spoke with them"),
    **{
        one: OUTCOME_NAMES[one]
        for one in (Reached.NO_ANSWER, Reached.WRONG_NUMBER, Reached.CALL_BACK)
    },
}

ANSWERS = {
    "": _l("No answer yet"),
    "yes": _l("Somebody comes"),
    "no": _l("Nobody comes"),
}


HER_ANSWERS = {
    "": _l("No answer yet"),
    "yes": _l("She comes"),
    "no": _l("She does not come"),
}


class TickedForm(Once, FlaskForm):
    """Invitees of the activity that were ticked, and by which channel they were or are told."""

    invitation_ids = CheckboxList(coerce=int, validate_choice=False)
    channel = SelectField(
        _l("Channel"),
        choices=lambda: labels({one: CHANNEL_NAMES[one] for one in BY_HAND}),
        default=Channel.PAPER.value,
    )
    note = StringField(_l("Note"), [Length(max=300)])

    def ids(self) -> list[int]:
        """Answer who was ticked. Raises InputError for nobody, and for what no row can be."""
        ids = self.invitation_ids.data or []
        if not ids:
            raise InputError(_("Tick at least one invitee."))
        if not self.validate():
            raise InputError(
                _("This form is too old. Please open the page again and send it anew.")
            )
        return ids

    def told(self) -> Told:
        """Answer that they were told just now."""
        return Told(
            Channel(self.channel.data), clock.now(), Reached.REACHED, clean(self.note.data) or None
        )


class CallForm(DelegatesForm):
    """What came of a call, and in the same form the answer that was given in it."""

    outcome = RadioField(_l("What came of the call"), choices=lambda: labels(SAID_IN_A_CALL))
    point_id = SelectField(_l("Number that was called"), coerce=int, default=0)
    called_on = DateField(_l("On"), [Optional(), sensible], default=clock.today)
    called_at = TimeField(
        _l("At"), [Optional()], default=lambda: clock.local(clock.now()).time().replace(second=0)
    )
    back_on = DateField(_l("Call again on"), [Optional(), sensible])
    back_at = TimeField(_l("At"), [Optional()])
    note = TextAreaField(_l("What was said"), [Length(max=1000)])
    answer = RadioField(
        _l("Answer"),
        choices=lambda: {key: str(label) for key, label in ANSWERS.items()},
        default="",
    )
    reason = TextAreaField(_l("Why nobody comes"), [Length(max=1000)])

    def ask_her(self) -> None:
        """Ask an invited person whether she comes herself: there are no delegates to name."""
        while self.delegates.entries:
            self.delegates.pop_entry()
        self.answer.choices = [(key, str(label)) for key, label in HER_ANSWERS.items()]
        self.reason.label.text = _("Why she does not come")

    def offer(self, numbers: Mapping[int, str]) -> None:
        """Let one of these numbers be the one that was called."""
        self.point_id.choices = list(numbers.items())
        if self.point_id.data is None or not self.is_submitted():
            self.point_id.data = next(iter(numbers))

    def told(self) -> Told:
        """Answer what came of the call. Raises InputError that names what is missing or wrong."""
        self._check()
        return Told(
            Channel.PHONE,
            self._called(),
            Reached(self.outcome.data),
            clean(self.note.data) or None,
            self._call_back(),
            self.point_id.data or None,
        )

    def reply(self, replies: Json) -> Reply | None:
        """Answer what was answered in the call, if anything; `replies` are those to questions."""
        if not self.answer.data:
            return None
        if self.outcome.data != Reached.REACHED:
            raise InputError.at("answer", _("An answer is given by somebody you reached."))
        if self.answer.data == "no":
            return Reply(comes=False, reason=clean(self.reason.data))
        named = self.named()
        if not named and self.delegates.entries:
            raise InputError.at("answer", _("Please name at least one delegate."))
        return Reply(comes=True, delegates=named, replies=replies)

    def mark(self, problems: Mapping[str, str]) -> None:
        """Put each problem beside the field it names."""
        super().mark(dict(problems))
        for name, reason in problems.items():
            box = self._fields.get(name)
            if box is not None and box.type not in {"FieldList", "FormField"}:
                box.errors = [str(reason)]

    def _check(self) -> None:
        # Each field by itself: empty rows of delegates are none, and are judged when they are read.
        own = ("outcome", "point_id", "called_on", "called_at", "back_on", "back_at", "note")
        for name in (*own, "answer", "reason"):
            if not self[name].validate(self):
                raise InputError.at(
                    name,
                    _(
                        "Please look at this again: %(field)s.",
                        field=self[name].label.text,
                    ),
                )

    def _called(self) -> datetime:
        if not (self.called_on.data and self.called_at.data):
            return clock.now()
        hour = self.called_at.data
        at = clock.at_local(self.called_on.data, hour.hour, hour.minute)
        if at > clock.now():
            raise InputError.at("called_at", _("This is still to come."))
        return at

    def _call_back(self) -> datetime | None:
        if self.outcome.data != Reached.CALL_BACK:
            return None
        if not (self.back_on.data and self.back_at.data):
            raise InputError.at("back_on", _("Say when to call again."))
        at = clock.at_local(self.back_on.data, self.back_at.data.hour, self.back_at.data.minute)
        if at <= clock.now():
            raise InputError.at("back_on", _("Give a moment that is still to come."))
        return at
