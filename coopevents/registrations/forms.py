from collections.abc import Iterable

from wtforms import FieldList, Form, FormField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from coopevents.accounts.service import valid_email
from coopevents.db import Json
from coopevents.directory.models import PostKind, Sex
from coopevents.editing import OnceForm, clean
from coopevents.errors import InputError
from coopevents.i18n import _, _l, labels, number
from coopevents.registrations.queries import Delegate
from coopevents.registrations.service import NamedDelegate

LONGEST_REPLY = 1000

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

    full_name = StringField(_l("Full name"), [Length(max=200)])
    sex = SelectField(
        _l("Sex"),
        choices=lambda: {"": "—", **labels(SEX_LABELS)},
    )
    post = SelectField(
        _l("Post in the cooperative"),
        choices=lambda: {"": "—", **labels(POST_LABELS)},
    )
    email = StringField(_l("E-mail (if any)"), [Optional(), Length(max=254)])


class ReplyForm(Form):
    """What an organisation says to one question of the activity's kind."""

    key = HiddenField()
    said = TextAreaField(_l("Answer"), [Length(max=LONGEST_REPLY)])


class DelegatesForm(OnceForm):
    """Who comes: as many rows as the invitation has seats; and what is asked beside."""

    delegates = FieldList(FormField(DelegateForm))
    replies = FieldList(FormField(ReplyForm))

    @classmethod
    def to_show(
        cls, seats: int, known: list[Delegate], questions: Iterable[str], said: Json
    ) -> "DelegatesForm":
        """Answer the form with the delegates named so far and empty rows for the other seats.

        `questions` are the keys of what is asked, `said` what was said to some of them before.
        """
        rows = [
            {
                "full_name": delegate.person.full_name,
                "sex": delegate.person.sex.value,
                "post": delegate.representation.role_snapshot.value
                if delegate.representation
                else "",
            }
            for delegate in known
        ]
        rows += [{} for _seat in range(seats - len(rows))]
        replies = [{"key": key, "said": said.get(key, "")} for key in questions]
        return cls(formdata=None, delegates=rows, replies=replies)

    def said(self, questions: Iterable[str]) -> dict[str, str]:
        """Answer what was said, by the keys of the questions; nothing said is left out.

        Raises InputError for what is too long to be kept whole.
        """
        asked = set(questions)
        typed = {row.form.key.data: clean(row.form.said.data) for row in self.replies.entries}
        said = {key: text for key, text in typed.items() if key in asked and text}
        if any(len(text) > LONGEST_REPLY for text in said.values()):
            raise InputError(
                _("An answer has at most %(number)s letters.", number=number(LONGEST_REPLY))
            )
        return said

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
            full_name = (entry.full_name.data or "").strip()
            if not full_name:
                continue
            for name in ("sex", "post"):
                if not entry[name].data:
                    problems[f"delegates-{row}-{name}"] = _(
                        "Please choose for delegate %(number)s: %(field)s.",
                        number=row + 1,
                        field=entry[name].label.text,
                    )
            if not problems:
                email = (entry.email.data or "").strip()
                named.append(
                    NamedDelegate(
                        full_name=full_name,
                        sex=Sex(entry.sex.data),
                        post=PostKind(entry.post.data),
                        email=valid_email(email) if email else None,
                    )
                )
        if problems:
            raise InputError(" ".join(problems.values()), problems)
        return named


class DeclineForm(OnceForm):
    """Nobody comes, perhaps with a reason."""

    reason = TextAreaField(_l("Why not? (if you like)"), [Length(max=1000)])
