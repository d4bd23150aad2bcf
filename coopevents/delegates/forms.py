import re
from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    SelectField,
    StringField,
    TelField,
)
from wtforms.validators import Length, Optional

from coopevents import clock
from coopevents.accounts.service import valid_email
from coopevents.db import Json
from coopevents.delegates import consents
from coopevents.delegates.naming import NamedDelegate
from coopevents.delegates.words import POST_LABELS, SEX_LABELS
from coopevents.directory.contacts import normal_phone
from coopevents.directory.models import ConsentPurpose, PostKind, Sex
from coopevents.editing import OnceForm, clean
from coopevents.errors import InputError
from coopevents.i18n import _, _l, labels
from coopevents.registrations.queries import Delegate

LONGEST_NAME = 200
OLDEST = 110

NO_NAME = re.compile(r"://|www\.|@", re.IGNORECASE)
"""What is typed as a name stands in mails: none leads anywhere."""


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
        return cls(formdata=None, delegates=rows_of(seats, known))

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


def rows_of(seats: int, known: list[Delegate], *, with_details: bool = True) -> list[Json]:
    """Answer what stands in the rows of so many seats: those named so far, then nobody."""
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
