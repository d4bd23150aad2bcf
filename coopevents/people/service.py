"""Entering people and giving them posts: who held which, from which day to which."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, func, literal, select

from coopevents import access, clock, names
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory.existence import check_existence
from coopevents.directory.models import Organisation, Person, Post, PostKind, Sex
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, day

ELDEST = 1900
"""The earliest year of birth that is no slip of the pen."""


@dataclass(frozen=True)
class PersonEntry:
    """What an officer says of a person. The sex is what was stated, never read from the name."""

    full_name: str
    sex: Sex = Sex.NOT_STATED
    birth_year: int | None = None
    honorific: str | None = None


@dataclass(frozen=True)
class Tenure:
    """From which day to which a post is held, both included; None: not known, or still held."""

    valid_from: date | None
    valid_to: date | None = None


def enter_person(register_id: int, entry: PersonEntry) -> Person:
    """Write a person into the register. Raises InputError for what no person can be."""
    person = Person(register_id=register_id, **_columns(entry))
    db.session.add(person)
    db.session.flush()
    audit.record(
        "person.entered",
        "person",
        person.id,
        changes={name: (None, value) for name, value in _told(person).items() if value is not None},
    )
    return person


def correct_person(person: Person, entry: PersonEntry) -> None:
    """Put right what was written of the person; the audit keeps what stood there before."""
    db.session.refresh(person, with_for_update={"of": Person})
    before = _told(person)
    for name, value in _columns(entry).items():
        setattr(person, name, value)
    changes = {
        name: (before[name], value)
        for name, value in _told(person).items()
        if value != before[name]
    }
    if not changes:
        return
    db.session.flush()
    audit.record("person.corrected", "person", person.id, changes=changes)


def give_post(
    person: Person,
    organisation: Organisation,
    kind: PostKind,
    tenure: Tenure,
    *,
    title: str | None = None,
    source: str | None = None,
) -> Post:
    """Have the person hold the post in the organisation for those days.

    Raises InputError when the organisation did not exist then, or she held the same post already.
    """
    if person.register_id != organisation.register_id:
        raise DomainError(_("The person and the organisation stand in different registers."))
    _check(person, organisation, kind, tenure)
    post = Post(
        person=person,
        organisation=organisation,
        kind=kind,
        title=_text(title),
        valid_from=tenure.valid_from,
        valid_to=tenure.valid_to,
        source=_text(source),
        recorded_by_id=_user_id(),
    )
    db.session.add(post)
    db.session.flush()
    audit.record("post.given", "post", post.id, changes=_changes_of(post, gained=True))
    return post


def end_post(post: Post, last_day: date) -> None:
    """Let the post end with that day. Raises InputError for a day before it began."""
    # Of two officers who end it at the same moment, the second sees what the first wrote.
    db.session.refresh(post, with_for_update={"of": Post})
    if post.valid_to is not None:
        raise DomainError(_("This post has ended already, on %(day)s.", day=day(post.valid_to)))
    _check_order(Tenure(post.valid_from, last_day))
    post.valid_to = last_day
    db.session.flush()
    audit.record("post.ended", "post", post.id, changes={"valid_to": (None, last_day)})


def succeed(post: Post, successor: Person, from_day: date, *, source: str | None = None) -> Post:
    """Let the successor hold the post from that day on; whoever holds it ends the day before."""
    if successor.id == post.person_id:
        raise InputError(_("The successor holds this post already."))
    if post.valid_from is not None and from_day <= post.valid_from:
        raise InputError.at(
            "from_day", _("The post was taken up on %(day)s only.", day=day(post.valid_from))
        )
    end_post(post, from_day - timedelta(days=1))
    return give_post(successor, post.organisation, post.kind, Tenure(from_day), source=source)


def correct_post(
    post: Post, kind: PostKind, tenure: Tenure, *, title: str | None, reason: str
) -> None:
    """Put right what was written of a post: a mistake, not a change in what happened.

    What stood there before and the reason are kept in the audit.
    """
    reason = _needed(reason)
    db.session.refresh(post, with_for_update={"of": Post})
    _check(post.person, post.organisation, kind, tenure, apart_from=post)
    told = {
        "kind": kind,
        "title": _text(title),
        "valid_from": tenure.valid_from,
        "valid_to": tenure.valid_to,
    }
    changes: dict[str, tuple[Any, Any]] = {
        name: (getattr(post, name), value)
        for name, value in told.items()
        if getattr(post, name) != value
    }
    if not changes:
        return
    for name, value in told.items():
        setattr(post, name, value)
    db.session.flush()
    audit.record("post.corrected", "post", post.id, changes={**changes, "reason": (None, reason)})


def take_back_post(post: Post, reason: str) -> None:
    """Strike out a post that nobody ever held; the audit keeps the whole of it and the reason.

    A post that was held is ended, never struck out.
    """
    reason = _needed(reason)
    changes = {**_changes_of(post, gained=False), "reason": (None, reason)}
    audit.record("post.taken_back", "post", post.id, changes=changes)
    db.session.delete(post)
    db.session.flush()


def _check(
    person: Person,
    organisation: Organisation,
    kind: PostKind,
    tenure: Tenure,
    *,
    apart_from: Post | None = None,
) -> None:
    _check_order(tenure)
    begins = tenure.valid_from or tenure.valid_to or clock.today()
    check_existence(organisation, begins, "valid_from")
    if tenure.valid_to is not None:
        check_existence(organisation, tenure.valid_to, "valid_to")
    # Of two officers who enter the same post at the same moment, the second sees the first's.
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    held = select(Post).where(
        Post.person_id == person.id,
        Post.organisation_id == organisation.id,
        Post.kind == kind,
        func.daterange(Post.valid_from, Post.valid_to, "[]").op("&&")(
            func.daterange(
                literal(tenure.valid_from, Date), literal(tenure.valid_to, Date), literal("[]")
            )
        ),
    )
    if apart_from is not None:
        held = held.where(Post.id != apart_from.id)
    other = db.session.scalar(held.order_by(Post.valid_from).limit(1))
    if other is not None:
        raise InputError.at(
            "valid_from",
            _(
                "%(name)s holds this post already: %(first)s – %(last)s.",
                name=person.full_name,
                first=day(other.valid_from),
                last=day(other.valid_to),
            ),
        )


def _check_order(tenure: Tenure) -> None:
    if tenure.valid_from and tenure.valid_to and tenure.valid_to < tenure.valid_from:
        raise InputError.at(
            "valid_to",
            _("A post cannot end before it began, on %(day)s.", day=day(tenure.valid_from)),
        )


def _columns(entry: PersonEntry) -> dict[str, Any]:
    full_name = names.clean(entry.full_name)
    if not full_name:
        raise InputError.at("full_name", _("A person needs a name."))
    if entry.birth_year is not None and not ELDEST <= entry.birth_year <= clock.today().year:
        raise InputError.at("birth_year", _("%(year)s is no year of birth.", year=entry.birth_year))
    return {
        "full_name": full_name,
        "name_fold": names.fold(full_name),
        "name_sort": names.person_sort_key(full_name),
        "sex": entry.sex,
        "birth_year": entry.birth_year,
        "honorific": _text(entry.honorific),
    }


def _told(person: Person) -> dict[str, Any]:
    return {
        "full_name": person.full_name,
        "sex": person.sex,
        "birth_year": person.birth_year,
        "honorific": person.honorific,
    }


def _changes_of(post: Post, *, gained: bool) -> dict[str, tuple[Any, Any]]:
    told = {
        "person_id": post.person_id,
        "organisation_id": post.organisation_id,
        "kind": post.kind,
        "title": post.title,
        "valid_from": post.valid_from,
        "valid_to": post.valid_to,
    }
    return {
        name: (None, value) if gained else (value, None)
        for name, value in told.items()
        if value is not None
    }


def _needed(reason: str) -> str:
    text = _text(reason)
    if text is None:
        raise InputError.at("reason", _("Please give the reason."))
    return text


def _text(text: str | None) -> str | None:
    return names.clean(text or "") or None


def _user_id() -> int | None:
    who = access.actor()
    return who.id if who.kind == "user" else None
