"""Where each invitee of an activity stands, over all channels: the one place that asks for it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from coopevents.channels.models import ChannelAssignment
from coopevents.db import db, one_of
from coopevents.directory.models import Channel
from coopevents.directory.seats import communes_of
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations import queries as invitations
from coopevents.invitations.models import (
    Answer,
    Delivery,
    Invitation,
    InvitationAnswer,
    InvitationRound,
    InvitationState,
    Reached,
)
from coopevents.letters.models import LetterCopy
from coopevents.mail import queries as mail
from coopevents.mail.models import Message, MessageState
from coopevents.mail.withdrawing import LEFT

LOST = frozenset({MessageState.FAILED, MessageState.BOUNCED})


@dataclass(frozen=True)
class Standing:
    """What an invitee was told, over which channels, and what it answered."""

    invitation: Invitation
    name: str
    organisation_id: int | None
    """What the invited organisation counts as, where its entry was merged since."""
    commune: str
    """Empty of a person: she is invited wherever she lives."""
    assignment: ChannelAssignment | None
    """By whom it is told by hand, if it is; what else goes by e-mail."""
    mails: Sequence[Message]
    deliveries: Sequence[Delivery]
    """What was noted of telling it by hand, the latest first."""
    given: InvitationAnswer | None
    """What it answered last, even about days that do not hold any more."""

    @property
    def is_person(self) -> bool:
        """Whether one person is invited, who answers for herself."""
        return self.invitation.person_id is not None

    @property
    def channel(self) -> Channel:
        """Answer the channel it is invited by."""
        return self.assignment.round.channel if self.assignment else Channel.EMAIL

    @property
    def holding(self) -> list[Delivery]:
        """Answer what was noted last of each round: that is what holds."""
        last: dict[int, Delivery] = {}
        for delivery in self.deliveries:
            last.setdefault(delivery.round_id, delivery)
        return list(last.values())

    @property
    def told_by_hand(self) -> bool:
        """Whether somebody noted that it was told by hand."""
        return any(d.outcome == Reached.REACHED for d in self.holding)

    def told_over(self, channel: Channel) -> Delivery | None:
        """Answer the note that it was told over the channel, if that holds."""
        return next(
            (d for d in self.holding if d.channel == channel and d.outcome == Reached.REACHED),
            None,
        )

    @property
    def is_assigned_and_told(self) -> bool:
        """Whether it was told over the channel it is to be told by."""
        return self.assignment is not None and any(
            d.round_id == self.assignment.round_id and d.outcome == Reached.REACHED
            for d in self.holding
        )

    @property
    def is_told(self) -> bool:
        """Whether one channel worked; a mail that came back does not count."""
        return self.told_by_hand or any(m.state in LEFT for m in self.mails)

    @property
    def is_mail_lost(self) -> bool:
        """Whether it was mailed and nothing of it arrived."""
        return any(m.state in LOST for m in self.mails) and not any(
            m.state in LEFT for m in self.mails
        )

    @property
    def has_answered(self) -> bool:
        """Whether its answer holds; of an activity that was cancelled, whether it gave one."""
        if self.invitation.state is InvitationState.CANCELLED:
            return self.given is not None and self.given.answer is not Answer.CALL_BACK
        return self.invitation.state in {InvitationState.ACCEPTED, InvitationState.DECLINED}

    @property
    def has_accepted(self) -> bool:
        """Whether it answered that somebody comes."""
        return self.has_answered and self.given is not None and self.given.answer is Answer.ACCEPTED


def list_standing(event: Event) -> list[Standing]:
    """Answer where each invitee stands, in the order of the list. Eight queries, however many."""
    invited = invitations.list_invited(event)
    ids = [one.invitation.id for one in invited]
    communes = communes_of([id_ for one in invited if (id_ := one.organisation_id) is not None])
    assignments = _assignments(ids)
    given = invitations.answers_given(ids)
    mails: dict[int, list[Message]] = defaultdict(list)
    for message in mail.messages_about("invitation", ids):
        mails[message.about_id or 0].append(message)
    deliveries = deliveries_of(ids)
    return [
        Standing(
            one.invitation,
            one.name,
            one.organisation_id,
            communes.get(one.organisation_id or 0, ""),
            assignments.get(one.invitation.id),
            mails[one.invitation.id],
            deliveries.get(one.invitation.id, []),
            given.get(one.invitation.id),
        )
        for one in invited
    ]


def choose(standings: Sequence[Standing], ids: Collection[int]) -> list[Standing]:
    """Answer those that were ticked. Raises NotFoundError for one the activity does not have."""
    wanted = set(ids)
    found = [one for one in standings if one.invitation.id in wanted]
    if len(found) != len(wanted):
        raise NotFoundError(_("There is no such invitation."))
    return found


def get_standing(event: Event, invitation_id: int) -> Standing:
    """Answer where one invitee stands. Raises NotFoundError for one the activity has not."""
    (found,) = choose(list_standing(event), [invitation_id])
    return found


def get_delivery(event: Event, delivery_id: int) -> Delivery:
    """Answer the note, if it is about the activity. Raises NotFoundError otherwise."""
    delivery = db.session.get(Delivery, delivery_id)
    if delivery is not None:
        opened = db.session.get_one(InvitationRound, delivery.round_id)
        if opened.event_id == event.id:
            return delivery
    raise NotFoundError(_("There is no such note."))


def deliveries_of(invitation_ids: Collection[int]) -> dict[int, list[Delivery]]:
    """Answer what was noted of telling each invitee by hand, the latest first."""
    found: dict[int, list[Delivery]] = defaultdict(list)
    rows = db.session.scalars(
        select(Delivery)
        .where(one_of(Delivery.invitation_id, invitation_ids))
        .options(joinedload(Delivery.by))
        .order_by(Delivery.id.desc())
    )
    for delivery in rows:
        found[delivery.invitation_id].append(delivery)
    return dict(found)


def ids_never_told(invitation_ids: Collection[int]) -> set[int]:
    """Answer which of these are to be told by hand, and were not reached yet.

    A letter that was printed may be on its way, though nobody has noted it.
    """
    noted = select(Delivery.invitation_id).where(
        one_of(Delivery.invitation_id, invitation_ids), Delivery.outcome == Reached.REACHED
    )
    return set(
        db.session.scalars(
            select(ChannelAssignment.invitation_id).where(
                one_of(ChannelAssignment.invitation_id, invitation_ids),
                ChannelAssignment.invitation_id.not_in(noted),
                ChannelAssignment.invitation_id.not_in(_printed(invitation_ids)),
            )
        )
    )


def ids_printed(invitation_ids: Collection[int]) -> set[int]:
    """Answer for which of these a letter was printed."""
    return set(db.session.scalars(_printed(invitation_ids)))


def _printed(invitation_ids: Collection[int]) -> Select[int]:
    return select(LetterCopy.invitation_id).where(one_of(LetterCopy.invitation_id, invitation_ids))


def _assignments(invitation_ids: Collection[int]) -> dict[int, ChannelAssignment]:
    rows = db.session.scalars(
        select(ChannelAssignment)
        .where(one_of(ChannelAssignment.invitation_id, invitation_ids))
        .options(joinedload(ChannelAssignment.round))
        .ext(distinct_on(ChannelAssignment.invitation_id))
        .order_by(ChannelAssignment.invitation_id, ChannelAssignment.id.desc())
    )
    return {row.invitation_id: row for row in rows}
