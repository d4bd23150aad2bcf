from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased, joinedload

from coopevents import clock
from coopevents.db import Json, db, one_of, valid_on
from coopevents.directory.models import Organisation, OrganisationName, Person
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations.models import (
    AccessLink,
    Answer,
    Delivery,
    Invitation,
    InvitationAnswer,
    InvitationRound,
    InvitationState,
    LinkPurpose,
    RoundKind,
)
from coopevents.mail.models import Message
from coopevents.tokens import fingerprint

_kept = aliased(Person, name="kept")


@dataclass(frozen=True)
class Invited:
    """An invitation as a list shows it."""

    invitation: Invitation
    name: str
    organisation_id: int | None
    """What the invited organisation counts as, where its entry was merged since."""


def list_invited(event: Event) -> list[Invited]:
    """Answer the invited organisations in the order of their names today, then the persons."""
    return list_invited_where(event)


def list_invited_where(event: Event, *conditions: ColumnElement[bool]) -> list[Invited]:
    """Answer those of the invited whose invitations meet the conditions, in the same order."""
    found = _invited(event).where(*conditions)
    found = found.order_by(
        Invitation.person_id.is_not(None),
        func.coalesce(OrganisationName.name_sort, _kept.name_sort),
        Invitation.id,
    )
    return [Invited(*row) for row in db.session.execute(found)]


def list_invited_by_id(event: Event, *, after: int | None, limit: int) -> list[Invited]:
    """Answer a page of the invited, in the order of their invitations."""
    found = _invited(event).order_by(Invitation.id).limit(limit)
    if after is not None:
        found = found.where(Invitation.id > after)
    return [Invited(*row) for row in db.session.execute(found)]


def _invited(event: Event) -> Select[Invitation, str, int | None]:
    entry = func.coalesce(Organisation.duplicate_of_id, Organisation.id)
    return (
        select(Invitation, func.coalesce(OrganisationName.name, _kept.full_name, ""), entry)
        .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
        .outerjoin(
            OrganisationName,
            and_(
                OrganisationName.organisation_id == entry,
                valid_on(OrganisationName, clock.today()),
            ),
        )
        .outerjoin(Person, Person.id == Invitation.person_id)
        .outerjoin(_kept, _kept.id == func.coalesce(Person.duplicate_of_id, Person.id))
        .where(Invitation.event_id == event.id)
    )


def count_by_state(event: Event) -> dict[InvitationState, int]:
    """Answer how many invitations of the event stand in each state, zeros included."""
    rows = db.session.execute(
        select(Invitation.state, func.count())
        .where(Invitation.event_id == event.id)
        .group_by(Invitation.state)
    )
    found: dict[InvitationState, int] = dict(iter(rows))
    return {state: found.get(state, 0) for state in InvitationState}


def get_invitation(invitation_id: int, event: Event) -> Invitation:
    """Answer the invitation, if it is to the event. Raises NotFoundError otherwise."""
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None or invitation.event_id != event.id:
        raise NotFoundError(_("There is no such invitation."))
    return invitation


def list_rounds(event: Event) -> list[InvitationRound]:
    """Answer the event's rounds, the latest first."""
    return list(
        db.session.scalars(
            select(InvitationRound)
            .where(InvitationRound.event_id == event.id)
            .options(joinedload(InvitationRound.batch))
            .order_by(InvitationRound.id.desc())
        )
    )


def find_round_of(batch_id: int) -> InvitationRound | None:
    """Answer the round whose messages the batch holds, with its event."""
    return db.session.scalar(
        select(InvitationRound)
        .where(InvitationRound.batch_id == batch_id)
        .options(joinedload(InvitationRound.event))
    )


def count_answered(shown: InvitationRound) -> int:
    """Answer how many whom the round wrote to have given an answer since it was confirmed."""
    answered = (
        select(func.count(InvitationAnswer.invitation_id.distinct()))
        .join(
            Message,
            and_(
                Message.about_kind == "invitation",
                Message.about_id == InvitationAnswer.invitation_id,
            ),
        )
        .where(
            Message.batch_id == shown.batch_id,
            InvitationAnswer.answer != Answer.TO_CONFIRM,
            InvitationAnswer.answered_at >= shown.confirmed_at,
        )
    )
    return db.session.scalar(answered) or 0


def find_invitation(invitation_id: int) -> Invitation | None:
    """Answer the invitation with this number."""
    return db.session.get(Invitation, invitation_id)


def find_link(token: str, purpose: LinkPurpose) -> AccessLink | None:
    """Answer the link with this token, expired or revoked ones too."""
    said = {"token_hash": fingerprint(token), "purpose": purpose}
    return db.session.scalar(_link(), said)


@cache
def _link() -> Select[AccessLink]:
    return (
        select(AccessLink)
        .where(
            AccessLink.token_hash == bindparam("token_hash"),
            AccessLink.purpose == bindparam("purpose"),
        )
        .options(
            joinedload(AccessLink.invitation).options(
                joinedload(Invitation.event).options(
                    joinedload(Event.kind), joinedload(Event.unit)
                ),
                joinedload(Invitation.organisation),
            )
        )
    )


def latest_answer(invitation: Invitation) -> InvitationAnswer | None:
    """Answer the answer that holds for the invitation, if it has one."""
    return db.session.scalar(_latest_answer(), {"invitation_id": invitation.id})


@cache
def _latest_answer() -> Select[InvitationAnswer]:
    return (
        select(InvitationAnswer)
        .where(InvitationAnswer.invitation_id == bindparam("invitation_id"))
        .order_by(InvitationAnswer.id.desc())
        .limit(1)
    )


def latest_answers(invitation_ids: Iterable[int]) -> dict[int, InvitationAnswer]:
    """Answer the answer that holds for each invitation that has one."""
    return _latest(one_of(InvitationAnswer.invitation_id, invitation_ids))


def answers_given(invitation_ids: Iterable[int]) -> dict[int, InvitationAnswer]:
    """Answer what each invitee answered last, even about days that do not hold any more."""
    return _latest(
        one_of(InvitationAnswer.invitation_id, invitation_ids),
        InvitationAnswer.answer != Answer.TO_CONFIRM,
    )


def replies_given(invitation_ids: Iterable[int]) -> dict[int, Json]:
    """Answer what each of the invitees said last to the questions of the kind, if anything."""
    found = _latest(
        one_of(InvitationAnswer.invitation_id, invitation_ids), InvitationAnswer.replies != {}
    )
    return {invitation_id: answer.replies for invitation_id, answer in found.items()}


def _latest(*conditions: ColumnElement[bool]) -> dict[int, InvitationAnswer]:
    rows = db.session.scalars(
        select(InvitationAnswer)
        .where(*conditions)
        .ext(distinct_on(InvitationAnswer.invitation_id))
        .order_by(InvitationAnswer.invitation_id, InvitationAnswer.id.desc())
    )
    return {answer.invitation_id: answer for answer in rows}


def latest_deliveries(round_ids: Iterable[int]) -> dict[tuple[int, int], Delivery]:
    """Answer what was noted last of telling each invitee by hand, by round and invitation."""
    rows = db.session.scalars(
        select(Delivery)
        .where(Delivery.round_id.in_(list(round_ids)))
        .ext(distinct_on(Delivery.round_id, Delivery.invitation_id))
        .order_by(Delivery.round_id, Delivery.invitation_id, Delivery.id.desc())
    )
    return {(delivery.round_id, delivery.invitation_id): delivery for delivery in rows}


def list_deliveries(round_id: int) -> list[Delivery]:
    """Answer all that was noted of telling a round by hand, the latest first."""
    return list(
        db.session.scalars(
            select(Delivery)
            .where(Delivery.round_id == round_id)
            .options(joinedload(Delivery.by))
            .order_by(Delivery.id.desc())
        )
    )


def last_given(invitation: Invitation) -> InvitationAnswer | None:
    """Answer what the invitee answered last, even about days that do not hold any more."""
    return answers_given([invitation.id]).get(invitation.id)


def invitee_name(invitation: Invitation) -> str:
    """Answer what the invited organisation is called today, or the invited person."""
    if invitation.person is not None:
        return invitation.person.kept.full_name
    said = {"organisation_id": invitation.organisation_id, "today": clock.today()}
    return db.session.scalar(_name(), said) or ""


@cache
def _name() -> Select[str]:
    entry = func.coalesce(Organisation.duplicate_of_id, Organisation.id)
    return (
        select(OrganisationName.name)
        .join(Organisation, OrganisationName.organisation_id == entry)
        .where(
            Organisation.id == bindparam("organisation_id"),
            valid_on(OrganisationName, bindparam("today", type_=Date())),
        )
    )


def last_replies(invitation: Invitation) -> Json:
    """Answer what was said last to the questions of the activity's kind, by their keys."""
    found = db.session.scalar(
        select(InvitationAnswer.replies)
        .where(InvitationAnswer.invitation_id == invitation.id, InvitationAnswer.replies != {})
        .order_by(InvitationAnswer.id.desc())
        .limit(1)
    )
    return found or {}


def proposed_audience(event: Event) -> Json | None:
    """Answer what the form of the first round starts from: whom the activity repeated was sent to.

    Since when nobody was reached is left out: that day was another year's.
    """
    if event.proposed_audience is None or list_rounds(event):
        return None
    said = event.proposed_audience
    names = ("women_led", "kinds", "commune_ids", "sectors", "stars")
    return {name: said[name] for name in names if name in said}


def first_audience(event: Event) -> Json | None:
    """Answer the choice of the event's first round; before one, what was proposed for it."""
    chosen = db.session.scalar(
        select(InvitationRound.audience)
        .where(
            InvitationRound.event_id == event.id,
            InvitationRound.kind == RoundKind.INVITATION,
            # Persons are invited anew each time: who spoke last year need not speak again.
            ~InvitationRound.audience.has_key("persons"),
        )
        .order_by(InvitationRound.id)
        .limit(1)
    )
    return chosen or event.proposed_audience
