"""Whom an invitation is to, an organisation or a person: how to reach it, how to speak to it.

Whoever tells something to invitees asks here, so that nobody is forgotten for being a person.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.db import Json, db, valid_on
from coopevents.directory import queries as directory
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    Organisation,
    Person,
    Post,
    PostKind,
    Sex,
)
from coopevents.events.models import EventTrainer
from coopevents.i18n import _, force_locale
from coopevents.invitations.models import Invitation
from coopevents.mail import queries as mail
from coopevents.mail.models import Message
from coopevents.people.finding import OFFICES
from coopevents.people.words import POST_NAMES

ASKED_FOR = "request_approved"
"""The mail that gives whoever asked for a place the link to the invitation."""


def contact_points(invitations: Iterable[Invitation]) -> dict[int, list[ContactPoint]]:
    """Answer the ways to reach each invitee, the first to be tried first, by invitation.

    Of a person they are her own alone. Whoever was entered twice is reached as the entry that was
    kept; what the others knew comes last.
    """
    asked = list(invitations)
    organisations = {i.organisation_id for i in asked if i.organisation_id is not None}
    by_organisation = directory.contact_points_as_kept(organisations) if organisations else {}
    by_person = points_of_people({i.person_id for i in asked if i.person_id is not None})
    return {
        one.id: by_person.get(one.person_id, [])
        if one.person_id is not None
        else by_organisation.get(one.organisation_id or 0, [])
        for one in asked
    }


def asked_from(invitation: Invitation) -> list[ContactPoint]:
    """Answer the address whoever asked for the invitation gave, for this activity alone.

    She may have agreed to no other use: it stands in no register, only in the mail that answered
    her, and what is answered here is never kept.
    """
    given = addresses_given(mail.messages_about("invitation", [invitation.id]))
    return [ContactPoint(channel=Channel.EMAIL, value=address) for address in given[-1:]]


def addresses_given(mails: Iterable[Message]) -> list[str]:
    """Answer the addresses at which these mails gave links to those who asked for them.

    None from which anything about the invitation came back.
    """
    bare = [message for message in mails if message.contact_point_id is None]
    dead = {message.address for message in bare if message.state in mail.LOST}
    given = dict.fromkeys(one.address for one in bare if one.template == ASKED_FOR)
    return [address for address in given if address and address not in dead]


def points_of_people(person_ids: Collection[int]) -> dict[int, list[ContactPoint]]:
    """Answer the ways to reach each of these people, by the id that was asked."""
    people = kept_people(person_ids)
    kept = {person.id for person in people.values()}
    if not kept:
        return {}
    found: dict[int, list[ContactPoint]] = defaultdict(list)
    rows = db.session.execute(
        select(Person, ContactPoint)
        .join(ContactPoint, ContactPoint.person_id == Person.id)
        .where(or_(Person.id.in_(kept), Person.duplicate_of_id.in_(kept)))
        .order_by(Person.duplicate_of_id.is_not(None), ContactPoint.rank, ContactPoint.id)
    )
    for entry, point in rows:
        found[entry.duplicate_of_id or entry.id].append(point)
    return {asked: found[person.id] for asked, person in people.items()}


def kept_people(person_ids: Collection[int]) -> dict[int, Person]:
    """Answer whom each of these entries of people counts as, by the entry's id."""
    if not person_ids:
        return {}
    rows = db.session.scalars(
        select(Person).where(Person.id.in_(person_ids)).options(joinedload(Person.duplicate_of))
    )
    return {entry.id: entry.kept for entry in rows}


def greet(invitations: Iterable[Invitation], locale: str) -> dict[int, Json]:
    """Answer the personal texts of a mail to each invited person, by invitation.

    Organisations are not among them: a mail to one names it, and speaks of its delegates.
    """
    asked = [one for one in invitations if one.person_id is not None]
    if not asked:
        return {}
    people = kept_people([one.person_id or 0 for one in asked])
    with force_locale(locale):
        positions = positions_of({person.id for person in people.values()})
        units = _units({one.event_id for one in asked}, people)
        return {
            one.id: {"organisation": _spoken_to(person, position), "herself": "yes"}
            for one in asked
            for person in [people[one.person_id or 0]]
            for position in [positions.get(person.id) or units.get((one.event_id, person.id), "")]
        }


def _spoken_to(person: Person, position: str) -> str:
    return ", ".join(filter(None, [courteous(person), position]))


def courteous(person: Person) -> str:
    """Answer her name as one speaks to her: Bà Nguyễn Thị Hoa."""
    if person.honorific:
        return f"{person.honorific} {person.full_name}"
    if person.sex is Sex.FEMALE:
        return _("Ms %(name)s", name=person.full_name)
    if person.sex is Sex.MALE:
        return _("Mr %(name)s", name=person.full_name)
    return _("Ms or Mr %(name)s", name=person.full_name)


def positions_of(person_ids: Collection[int]) -> dict[int, str]:
    """Answer what each of these people is today: a post and where, one of an office first."""
    posts: dict[int, list[Post]] = defaultdict(list)
    rows = db.session.scalars(
        select(Post)
        .join(Person, Person.id == Post.person_id)
        .where(
            or_(Person.id.in_(person_ids), Person.duplicate_of_id.in_(person_ids)),
            valid_on(Post, clock.today()),
        )
        .options(joinedload(Post.person), joinedload(Post.organisation))
        .order_by(Post.valid_from.desc().nulls_last(), Post.id)
    )
    for post in rows:
        posts[post.person.duplicate_of_id or post.person_id].append(post)
    first = {id_: min(own, key=_rank) for id_, own in posts.items()}
    names = directory.name_on({_kept_id(p.organisation) for p in first.values()}, clock.today())
    return {id_: _position(post, names) for id_, post in first.items()}


def _rank(post: Post) -> bool:
    return post.organisation.kind not in OFFICES


def _kept_id(organisation: Organisation) -> int:
    return organisation.duplicate_of_id or organisation.id


def _position(post: Post, names: Mapping[int, str]) -> str:
    told = post.title or ("" if post.kind is PostKind.OTHER else str(POST_NAMES[post.kind]))
    return ", ".join(filter(None, [told, names.get(_kept_id(post.organisation), "")]))


def _units(event_ids: Collection[int], people: Mapping[int, Person]) -> dict[tuple[int, int], str]:
    """Answer from where the agenda says that somebody comes whom the register gives no post."""
    rows = db.session.execute(
        select(EventTrainer.event_id, EventTrainer.person_id, EventTrainer.unit).where(
            EventTrainer.event_id.in_(event_ids),
            EventTrainer.person_id.in_(people),
            EventTrainer.unit != "",
        )
    )
    return {(event_id, people[id_].id): unit for event_id, id_, unit in rows if id_ is not None}
