from collections.abc import Mapping
from datetime import date

from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Form,
    MultipleFileField,
    SearchField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from coopevents import clock
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import OrganisationKind
from coopevents.editing import NEEDED, Groups, Once, PartForm, given, sensible
from coopevents.i18n import _, _l, labels
from coopevents.outcomes.advice.founding import FOUNDED_KINDS, FoundingEntry
from coopevents.outcomes.advice.models import AdviceNote, NoteKind, Outcome, Purpose
from coopevents.outcomes.advice.queries import Asked
from coopevents.outcomes.advice.service import NoteEntry
from coopevents.outcomes.advice.words import NOTE_NAMES, OUTCOME_NAMES, PURPOSE_NAMES

NOBODY = 0
"""What a choice says that is left open."""


class CaseFilter(Form):
    """Which cases a list shows. Read from the address, so it carries no CSRF token."""

    q = SearchField(_l("Name"))
    body = SelectField(_l("Body"), default="")
    officer = SelectField(_l("Officer in charge"), default="")
    purpose = SelectField(
        _l("Purpose"), choices=lambda: {"": _("all"), **labels(PURPOSE_NAMES)}, default=""
    )
    state = SelectField(
        _l("State"),
        choices=lambda: {"": _("all"), "open": _("open"), "closed": _("closed")},
        default="",
    )

    @classmethod
    def over(
        cls, asked: MultiDict[str, str], bodies: Mapping[int, str], officers: Mapping[int, str]
    ) -> "CaseFilter":
        """Answer the filter as it was asked for; a choice that does not exist is no choice."""
        form = cls(asked)
        form.body.choices = {"": _("all"), **{str(id_): name for id_, name in bodies.items()}}
        form.officer.choices = {"": _("all"), **{str(id_): name for id_, name in officers.items()}}
        form.validate()
        return form

    def asked(self) -> Asked:
        """Answer what was asked for, as the query wants it."""
        chosen = self.address()
        return Asked(
            body_id=int(chosen["body"]) if "body" in chosen else None,
            officer_id=int(chosen["officer"]) if "officer" in chosen else None,
            purpose=Purpose(chosen["purpose"]) if "purpose" in chosen else None,
            is_open=chosen["state"] == "open" if "state" in chosen else None,
            q=chosen.get("q"),
        )

    def address(self) -> dict[str, str]:
        """Answer what was asked for, as another address of the same question says it."""
        return {box.name: str(box.data) for box in self if box.data and not box.errors}


class CaseForm(Once, PartForm):
    """An advice case for an organisation of the register."""

    groups: Groups = (
        (_l("The case"), (("purpose", "opened_on"), ("body_id", "officer_id"))),
        (_l("Where it came from"), (("event_id",),)),
    )

    purpose = SelectField(_l("Purpose"), [NEEDED], choices=lambda: labels(PURPOSE_NAMES))
    opened_on = DateField(_l("First contact on"), [NEEDED, sensible], default=clock.today)
    body_id = SelectField(_l("Advising body"), [NEEDED], coerce=int)
    officer_id = SelectField(_l("Officer in charge"), [NEEDED], coerce=int)
    event_id = SelectField(_l("Activity it came from"), coerce=int, default=NOBODY)

    def chosen_purpose(self) -> Purpose:
        """Answer the purpose chosen."""
        return Purpose(self.purpose.data)

    def first_contact(self) -> date:
        """Answer the day typed."""
        return given(self.opened_on.data)


class GroupToBeForm(CaseForm):
    """An advice case for people who have no organisation yet."""

    groups: Groups = (
        (_l("Whom it is for"), (("working_name",), ("commune",))),
        *CaseForm.groups,
    )

    working_name = StringField(
        _l("Working name"),
        [NEEDED, Length(max=300)],
        description=_l("What the group to be calls itself, as long as it has no organisation."),
        render_kw={"autocomplete": "off"},
    )
    commune = StringField(
        _l("Commune"),
        [NEEDED, Length(max=200)],
        render_kw={"list": "communes", "autocomplete": "off"},
    )


class NoteForm(Once, PartForm):
    """Something that happened in a case."""

    groups: Groups = ((_l("What happened"), (("kind", "happened_on", "officer_id"), ("text",))),)

    kind = SelectField(_l("Kind of contact"), [NEEDED], choices=lambda: labels(NOTE_NAMES))
    happened_on = DateField(
        _l("On which day"),
        [NEEDED, sensible],
        default=clock.today,
        description=_l("The day itself; that it was written down later is kept beside it."),
    )
    officer_id = SelectField(_l("Whose contact it was"), [NEEDED], coerce=int)
    text = TextAreaField(_l("What was said or done"), [NEEDED, Length(max=4000)])

    def entry(self) -> NoteEntry:
        """Answer what was typed."""
        return NoteEntry(
            happened_on=given(self.happened_on.data),
            kind=NoteKind(self.kind.data),
            text=self.text.data or "",
            officer_id=self.officer_id.data,
        )

    @classmethod
    def over(cls, note: AdviceNote) -> "NoteForm":
        """Answer the form with what the note says now."""
        return cls(
            data={
                "kind": note.kind.value,
                "happened_on": note.happened_on,
                "officer_id": note.officer_id,
                "text": note.text,
            }
        )


class ClosingForm(Once, PartForm):
    """What came of a case, and when it was closed."""

    groups: Groups = ((_l("How it ended"), (("outcome", "moved_on"), ("text",))),)

    outcome = SelectField(_l("Outcome"), [NEEDED], choices=lambda: labels(OUTCOME_NAMES))
    moved_on = DateField(_l("Closed on"), [NEEDED, sensible], default=clock.today)
    text = TextAreaField(_l("Remark"), [Length(max=2000)])

    def chosen_outcome(self) -> Outcome:
        """Answer the outcome chosen."""
        return Outcome(self.outcome.data)


class ReopeningForm(Once, PartForm):
    """Why a case is taken up again, and since when."""

    groups: Groups = ((_l("Why it goes on"), (("moved_on",), ("text",))),)

    moved_on = DateField(_l("Taken up again on"), [NEEDED, sensible], default=clock.today)
    text = TextAreaField(_l("Reason"), [NEEDED, Length(max=2000)])


PROOF = (
    _l("By number or certification"),
    (("registered_on", "registration"), ("certified_on", "certified_by")),
)


class FoundingForm(Once, PartForm):
    """The legal day of an organisation of the register, and what proves it."""

    groups: Groups = (PROOF,)

    registered_on = DateField(
        _l("Founded on"),
        [NEEDED, sensible],
        description=_l("The day of the registration or, without one, of the contract."),
    )
    registration = StringField(
        _l("Registration number"), [Length(max=40)], render_kw={"autocomplete": "off"}
    )
    certified_on = DateField(
        _l("Contract certified on"),
        [Optional(), sensible],
        description=_l("For a group whose contract the commune certified."),
    )
    certified_by = StringField(_l("Certified by"), [Length(max=300)])

    def entry(self) -> FoundingEntry:
        """Answer what was typed."""
        return FoundingEntry(
            registered_on=given(self.registered_on.data),
            registration_number=self.registration.data or "",
            certified_on=self.certified_on.data,
            certified_by=self.certified_by.data or "",
        )


class NewBodyForm(FoundingForm):
    """An organisation that is not in the register yet, with its founding."""

    groups: Groups = (
        (_l("What was founded"), (("name",), ("kind", "commune"), ("all_the_same",))),
        PROOF,
    )

    name = StringField(_l("Name"), [NEEDED, Length(max=300)], render_kw={"autocomplete": "off"})
    kind = SelectField(
        _l("Kind"),
        [NEEDED],
        choices=lambda: {kind.value: str(KIND_NAMES[kind]) for kind in FOUNDED_KINDS},
    )
    commune = StringField(
        _l("Commune"),
        [NEEDED, Length(max=200)],
        render_kw={"list": "communes", "autocomplete": "off"},
    )
    all_the_same = BooleanField(_l("It is another organisation of the same name"))

    def chosen_kind(self) -> OrganisationKind:
        """Answer the kind chosen."""
        return OrganisationKind(self.kind.data)


class TakingBackForm(Once, PartForm):
    """Why a founding is taken back."""

    groups: Groups = ((_l("Why it was wrong"), (("reason",),)),)

    reason = StringField(_l("Reason"), [NEEDED, Length(max=300)])


class PapersForm(FlaskForm):
    """Files that are sent to a case."""

    papers = MultipleFileField(_l("Files"))

    def sent(self) -> list[FileStorage]:
        """Answer what was chosen; a field left empty sends a file without a name."""
        return [one for one in self.papers.data or [] if isinstance(one, FileStorage) and one]


class RemovalForm(FlaskForm):
    """Why a document is removed."""

    reason = StringField(_l("Reason"), [NEEDED, Length(max=300)])
