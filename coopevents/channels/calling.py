"""Whom to call about an activity, why, at which number, and what was said before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coopevents import clock
from coopevents.channels.queries import Standing, list_standing
from coopevents.db import Json, db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory import queries as directory
from coopevents.directory.classification import HEADING
from coopevents.directory.models import Channel, ContactPoint, Post
from coopevents.events.models import Event
from coopevents.i18n import _, measure
from coopevents.invitations import invitees
from coopevents.invitations.changed import Told
from coopevents.invitations.models import Answer, Delivery, InvitationState, Reached
from coopevents.people import queries as people
from coopevents.people import reaching

NUMBERS = (Channel.PHONE, Channel.ZALO)
"""A Zalo account is a telephone number."""


class WhyCall(StrEnum):
    """Why an invitee is called, the most pressing first."""

    CALL_BACK = "call_back"
    CHANGED = "changed"
    MAIL_LOST = "mail_lost"
    BY_PHONE = "by_phone"
    SILENT = "silent"


PRESSING = list(WhyCall)


@dataclass(frozen=True)
class Number:
    """A number to call, and whose it is."""

    point: ContactPoint
    owner: str
    """The person it belongs to; empty for the organisation's own."""


@dataclass(frozen=True)
class Call:
    """An invitee to be called."""

    standing: Standing
    why: WhyCall
    due_at: datetime | None
    """When she asked to be called again."""
    numbers: Sequence[Number]
    """The first to be tried first."""
    ask_for: Post | None
    through: str
    """Who of the commune's Union passes messages on, where that is a way to reach it."""

    @property
    def last(self) -> Delivery | None:
        """Answer what was noted last of it."""
        return next(iter(self.standing.deliveries), None)


@dataclass(frozen=True)
class Reply:
    """What was answered in a call: these come, or nobody does."""

    comes: bool
    delegates: Sequence[NamedDelegate] = ()
    reason: str = ""
    replies: Json | None = None


def list_calls(event: Event, untold: Collection[int]) -> list[Call]:
    """Answer whom to call, the most pressing first. The number of queries does not grow.

    `untold` are the invitations of those who still hold what was before a change.
    """
    reasons = [(one, why_call(one, untold)) for one in list_standing(event)]
    calls = _calls([(one, why) for one, why in reasons if why is not None])
    far = clock.now()
    return sorted(calls, key=lambda call: (PRESSING.index(call.why), call.due_at or far))


def tell_call(standing: Standing, untold: Collection[int]) -> Call:
    """Answer the same of one invitee, whether she is to be called or not."""
    (call,) = _calls([(standing, why_call(standing, untold) or WhyCall.SILENT)])
    return call


def why_call(one: Standing, untold: Collection[int]) -> WhyCall | None:
    """Answer why the invitee is to be called, if she is."""
    if _asks_for_a_call(one):
        return WhyCall.CALL_BACK
    if one.invitation.id in untold:
        return WhyCall.CHANGED
    if one.invitation.state is not InvitationState.PENDING:
        return None
    if one.is_mail_lost and not one.told_by_hand:
        return WhyCall.MAIL_LOST
    by_phone = one.channel in {Channel.PHONE, Channel.COMMUNE_UNION}
    if by_phone and not one.is_assigned_and_told:
        return WhyCall.BY_PHONE
    return WhyCall.SILENT if one.is_told else None


def _asks_for_a_call(one: Standing) -> bool:
    """Whether it asked to be called, and nobody reached it since."""
    last = next(iter(one.deliveries), None)
    if last is not None and last.outcome == Reached.CALL_BACK:
        return True
    given = one.given
    return (
        given is not None
        and given.answer is Answer.CALL_BACK
        and one.invitation.state is not InvitationState.CANCELLED
        and not (
            last is not None and last.outcome == Reached.REACHED and last.at > given.answered_at
        )
    )


def keep_number(told: Told) -> None:
    """Keep in the register what the call said of the number: it works, or is somebody else's."""
    if told.contact_point_id is None:
        return
    point = db.session.get_one(ContactPoint, told.contact_point_id)
    if told.outcome in {Reached.REACHED, Reached.CALL_BACK}:
        reaching.note_good_use(point)
    elif told.outcome == Reached.WRONG_NUMBER and point.is_usable:
        reaching.hold(point, _("Wrong number: somebody else took the call."))


def _calls(wanted: Sequence[tuple[Standing, WhyCall]]) -> list[Call]:
    ids = [id_ for one, _why in wanted if (id_ := one.organisation_id) is not None]
    points = invitees.contact_points([one.invitation for one, _why in wanted])
    heads = {
        id_: min(posts, key=lambda post: post.kind not in HEADING)
        for id_, posts in directory.posts_on(ids, clock.today()).items()
    }
    own = people.contact_points_of([head.holder.id for head in heads.values()])
    calls = []
    for one, why in wanted:
        head = heads.get(one.organisation_id or 0)
        usable = [point for point in points[one.invitation.id] if point.is_usable]
        through = [point.value for point in usable if point.channel is Channel.COMMUNE_UNION]
        calls.append(
            Call(
                one,
                why,
                _due_at(one) if why is WhyCall.CALL_BACK else None,
                _numbers(usable, head, own),
                head,
                next(iter(through), ""),
            )
        )
    return calls


def _due_at(one: Standing) -> datetime | None:
    last = next(iter(one.deliveries), None)
    return last.call_back_at if last is not None else None


def _numbers(
    usable: Sequence[ContactPoint], head: Post | None, own: Sequence[ContactPoint]
) -> list[Number]:
    found = {p.value: Number(p, "") for p in reversed(usable) if p.channel in NUMBERS}
    numbers = list(reversed(found.values()))
    if head is not None:
        hers = [p for p in own if p.person_id == head.holder.id and p.is_usable]
        numbers += [
            Number(p, head.holder.full_name)
            for p in hers
            if p.channel in NUMBERS and p.value not in found
        ]
    return numbers


def choices_of(call: Call) -> Mapping[int, str]:
    """Answer the numbers of the call as the choices of a form; 0 is one that is not listed."""
    listed = {n.point.id: f"{measure(n.point.value)} {n.owner}".strip() for n in call.numbers}
    return {**listed, 0: _("another number")}
