import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional

from coopevents import clock, names
from coopevents.accounts.service import valid_email
from coopevents.db import Json
from coopevents.directory.contacts import normal_phone
from coopevents.directory.models import ConsentPurpose, Person, PostKind, Sex
from coopevents.editing import NEEDED, OnceForm, PartForm, clean, given, sensible
from coopevents.errors import InputError
from coopevents.i18n import _, _l, labels, number
from coopevents.registrations import consents
from coopevents.registrations.known import Known, Seen
from coopevents.registrations.naming import NamedDelegate
from coopevents.registrations.queries import Delegate

LONGEST_REASON = 1000
LONGEST_NAME = 200
OLDEST = 110

NO_NAME = re.compile(r"://|www\.|@", re.IGNORECASE)
"""What is typed as a name stands in mails: none leads anywhere."""

POST_LABELS = {
    PostKind.DIRECTOR: _l("Director"),
    PostKind.BOARD_CHAIR: _l("Chair of the board"),
    PostKind.DEPUTY_DIRECTOR: _l("Deputy director"),
    PostKind.BOARD_MEMBER: _l("Board member"),
    PostKind.GROUP_LEADER: _l("Group leader"),
    PostKind.DEPUTY_GROUP_LEADER: _l("Deputy group leader"),
    PostKind.SUPERVISOR: _l("Supervisory board"),
    PostKind.ACCOUNTANT: _l("Accountant"),
    PostKind.SECRETARY: _l("Secretary"),
    PostKind.MEMBER: _l("Member"),
    PostKind.WORKER: _l("Worker"),
    PostKind.UNION_OFFICIAL: _l("Union official"),
    PostKind.OTHER: _l("Other"),
}

SEX_LABELS = {
    Sex.FEMALE: _l("Female"),
    Sex.MALE: _l("Male"),
    Sex.NOT_STATED: _l("Not stated"),
}


class DelegateForm(Form):
    """A row: one delegate, or nobody when the name is left empty."""

    full_name = StringField(_l("Full name"), [Length(max=LONGEST_NAME)])
    sex = SelectField(
        _l("Sex"),
        choices=lambda: {"": "—", **labels(SEX_LABELS)},
    )
    post = SelectField(
        _l("Post in the cooperative"),
        choices=lambda: {"": "—", **labels(POST_LABELS)},
    )
    birth_year = StringField(_l("Year of birth (if you like)"), [Length(max=4)])
    phone = TelField(_l("Phone"), [Length(max=40)])
    email = StringField(_l("E-mail (if any)"), [Optional(), Length(max=254)])
    photos = BooleanField(consents.TEXTS[ConsentPurpose.PHOTOS])
    next_invitations = BooleanField(consents.TEXTS[ConsentPurpose.NEXT_INVITATIONS])


class DelegatesForm(OnceForm):
    """Who comes: as many rows as the invitation has seats."""

    delegates = FieldList(FormField(DelegateForm))

    @classmethod
    def to_show(cls, seats: int, known: list[Delegate]) -> "DelegatesForm":
        """Answer the form with the delegates named so far and empty rows for the other seats.

        A consent once given is shown as given; none is given by us.
        """
        return cls(formdata=None, delegates=_rows(seats, known))

    def mark(self, problems: dict[str, str]) -> None:
        """Put each problem beside the field it names."""
        for entry in self.delegates.entries:
            for field in entry.form:
                if field.name in problems:
                    field.errors = [problems[field.name]]

    def named(self) -> list[NamedDelegate]:
        """Answer the delegates typed in. Raises InputError that names the row and the field."""
        named, problems = [], {}
        for row, entry in enumerate(self.delegates.entries):
            if not (entry.full_name.data or "").strip():
                continue
            try:
                named.append(_delegate(entry.form, row))
            except InputError as refusal:
                problems.update(refusal.fields)
        if problems:
            raise InputError(" ".join(map(str, problems.values())), problems)
        return named


def _rows(seats: int, known: list[Delegate], *, with_details: bool = True) -> list[Json]:
    agreed = consents.standing([delegate.person.id for delegate in known])
    rows: list[Json] = []
    for delegate in known:
        person, standing = delegate.person, delegate.representation
        row = {
            "full_name": person.full_name,
            "sex": person.sex.value,
            "post": standing.role_snapshot.value if standing else "",
            **{p.value: p in agreed[person.id] for p in ConsentPurpose},
        }
        if with_details:
            row["birth_year"] = str(person.birth_year or "")
            row["phone"] = delegate.registration.phone or ""
        rows.append(row)
    return rows + [{} for _seat in range(seats - len(rows))]


class AnswerForm(DelegatesForm):
    """Who comes, as whoever holds a link says it: some by a tick, others typed."""

    known = SelectMultipleField(coerce=int, validate_choice=False)

    @classmethod
    def for_link(cls, delegates: list[Delegate], seen: Seen) -> "AnswerForm":
        """Answer the form with the delegates named so far; empty rows follow it (rows.py).

        Those the browser may show stand in rows to be changed, the others are ticks. What the
        register knows of them beside the name stands there for their own people only.
        """
        shown = [d for d in delegates if seen.sees(d.person)]
        return cls(
            formdata=None,
            delegates=_rows(len(shown), shown, with_details=seen.everybody),
            known=[d.person.kept.id for d in delegates if not seen.sees(d.person)],
        )

    def answered(self, offered: Sequence[Known], seen: Seen) -> list[NamedDelegate]:
        """Answer who was typed and who was ticked. Raises InputError for what cannot be."""
        by_id = {one.person.id: one for one in offered}
        if self.known.data is None or not set(self.known.data) <= set(by_id):
            raise InputError(_("Please tick people of this list only."))
        ticked = [by_id[id_] for id_ in dict.fromkeys(self.known.data)]
        shown = {one.person.name_fold for one in offered if seen.sees(one.person)}
        return [
            *(replace(one, was_shown=names.fold(one.full_name) in shown) for one in self.named()),
            *(
                NamedDelegate(one.person.full_name, one.person.sex, one.post, person=one.person)
                for one in ticked
            ),
        ]


class DigitsForm(FlaskForm):
    """What proves that somebody is of the organisation."""

    digits = TelField(_l("Last 4 digits of a phone"), [Length(max=40)])


def _delegate(row: DelegateForm, number: int) -> NamedDelegate:
    problems = {
        f"delegates-{number}-{name}": _(
            "Please choose for delegate %(number)s: %(field)s.",
            number=number + 1,
            field=row[name].label.text,
        )
        for name, known in (("sex", set(Sex)), ("post", set(PostKind)))
        if row[name].data not in known
    }
    if len(clean(row.full_name.data)) > LONGEST_NAME:
        problems[f"delegates-{number}-full_name"] = _("This name is too long.")
    if NO_NAME.search(row.full_name.data or ""):
        problems[f"delegates-{number}-full_name"] = _("An address is no name.")
    checked: dict[str, Any] = {}
    for name, read in (("birth_year", _year), ("phone", normal_phone), ("email", valid_email)):
        typed = (row[name].data or "").strip()
        try:
            checked[name] = read(typed) if typed else None
        except InputError as refusal:
            problems[f"delegates-{number}-{name}"] = str(refusal.message)
    if problems:
        raise InputError(" ".join(problems.values()), problems)
    return NamedDelegate(
        full_name=clean(row.full_name.data),
        sex=Sex(row.sex.data),
        post=PostKind(row.post.data),
        consents=frozenset(p for p in ConsentPurpose if row[p.value].data),
        **checked,
    )


def _year(typed: str) -> int:
    is_digits = typed.isascii() and typed.isdecimal()
    if not is_digits or not 0 <= clock.today().year - int(typed[:5]) <= OLDEST:
        raise InputError(_("Give the year of birth in four digits."))
    return int(typed)


class HerForm(OnceForm):
    """What an invited person may say of herself beside that she comes."""

    phone = TelField(_l("Phone"), [Length(max=40)])
    photos = BooleanField(consents.TEXTS[ConsentPurpose.PHOTOS])
    next_invitations = BooleanField(consents.TEXTS[ConsentPurpose.NEXT_INVITATIONS])

    @classmethod
    def to_show(cls, known: list[Delegate]) -> "HerForm":
        """Answer the form with what she agreed to so far; no consent is given by us.

        Her phone is not shown again: a link is forwarded. Left empty, it stays as it was.
        """
        said: dict[str, Any] = {}
        for one in known:
            agreed = consents.standing([one.person.id])[one.person.id]
            said = {p.value: p in agreed for p in ConsentPurpose}
        return cls(formdata=None, data=said)

    def herself(self, person: Person) -> NamedDelegate:
        """Answer the person as who comes. Raises InputError for a number that is none."""
        typed = clean(self.phone.data)
        try:
            phone = normal_phone(typed) if typed else None
        except InputError as refusal:
            raise InputError.at("phone", refusal.message) from refusal
        return NamedDelegate(
            full_name=person.full_name,
            sex=person.sex,
            post=PostKind.OTHER,
            phone=phone,
            consents=frozenset(p for p in ConsentPurpose if self[p.value].data),
        )

    def mark(self, problems: Mapping[str, str]) -> None:
        """Put each problem beside the field it names."""
        for name in self._fields.keys() & problems.keys():
            self[name].errors = [str(problems[name])]


class DeclineForm(OnceForm):
    """Nobody comes, perhaps with a reason."""

    reason = TextAreaField(_l("Why not? (if you like)"), [Length(max=LONGEST_REASON)])

    def said(self) -> str:
        """Answer what was typed. Raises InputError for what is too long to be kept whole."""
        return _kept_whole(self.reason.data)


class CallBackForm(OnceForm):
    """Somebody asks to be called."""

    note = TextAreaField(
        _l("On which number, and when does it suit you?"), [Length(max=LONGEST_REASON)]
    )

    def said(self) -> str:
        """Answer what was typed. Raises InputError for what is too long to be kept whole."""
        return _kept_whole(self.note.data)


def _kept_whole(text: str | None) -> str:
    said = (text or "").strip()
    if len(said) > LONGEST_REASON:
        raise InputError(
            _("An answer has at most %(number)s letters.", number=number(LONGEST_REASON))
        )
    return said


class HoldForm(PartForm):
    """How many places are held, for whom, and until when."""

    invitation_id = SelectField(_l("For whom"), coerce=int)
    places = IntegerField(_l("Places"), [NEEDED, NumberRange(min=1, max=1000)])
    until_on = DateField(_l("Until the end of"), [NEEDED, sensible])

    groups = ((_l("Places"), (("invitation_id",), ("places", "until_on"))),)

    def wanted(self) -> tuple[int, date]:
        """Answer how many places are held and until which day."""
        return given(self.places.data), given(self.until_on.data)
