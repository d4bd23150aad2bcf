from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional

from coopevents import clock
from coopevents.accounts.service import valid_email
from coopevents.directory.contacts import normal_phone
from coopevents.directory.models import ConsentPurpose, Person, PostKind, Sex
from coopevents.editing import NEEDED, OnceForm, PartForm, clean, given, sensible
from coopevents.errors import InputError
from coopevents.i18n import _, _l, labels, number
from coopevents.registrations import consents
from coopevents.registrations.queries import Delegate
from coopevents.registrations.service import NamedDelegate

LONGEST_REASON = 1000
LONGEST_NAME = 200
OLDEST = 110

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
        agreed = consents.standing([delegate.person.id for delegate in known])
        rows = [
            {
                "full_name": delegate.person.full_name,
                "sex": delegate.person.sex.value,
                "post": delegate.representation.role_snapshot.value
                if delegate.representation
                else "",
                "birth_year": str(delegate.person.birth_year or ""),
                "phone": delegate.registration.phone or "",
                **{p.value: p in agreed[delegate.person.id] for p in ConsentPurpose},
            }
            for delegate in known
        ]
        rows += [{} for _seat in range(seats - len(rows))]
        return cls(formdata=None, delegates=rows)

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
        """Answer the form with what she said so far; no consent is given by us."""
        said: dict[str, Any] = {}
        for one in known:
            agreed = consents.standing([one.person.id])[one.person.id]
            said = {p.value: p in agreed for p in ConsentPurpose}
            said["phone"] = one.registration.phone or ""
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
