from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    SelectMultipleField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Length

from coopevents import names
from coopevents.answering.known import Known, Seen
from coopevents.delegates import consents
from coopevents.delegates.forms import DelegatesForm, rows_of
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.contacts import normal_phone
from coopevents.directory.models import ConsentPurpose, Person, PostKind
from coopevents.editing import OnceForm, clean
from coopevents.errors import InputError
from coopevents.i18n import _, _l, number
from coopevents.registrations.queries import Delegate

LONGEST_REASON = 1000


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
            delegates=rows_of(len(shown), shown, with_details=seen.everybody),
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
