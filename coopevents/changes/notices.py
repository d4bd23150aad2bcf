"""The mails that tell a change: one to each address where the old days were read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from coopevents import clock
from coopevents.changes import queries
from coopevents.changes.consequences import (
    A_DAY,
    Consequences,
    First,
    Mailed,
    first_to_come,
)
from coopevents.changes.foreseeing import CHANGED, POSTPONED, is_pressing, subjects
from coopevents.changes.models import ChangeKind, EventChange
from coopevents.changes.remaining import Untold
from coopevents.db import Json, db, one_of
from coopevents.events import queries as events
from coopevents.events import telling
from coopevents.events.models import Event, EventSession
from coopevents.i18n import day, force_locale
from coopevents.invitations import changed, invitees
from coopevents.invitations.models import Invitation, InvitationRound, InvitationState, RoundKind
from coopevents.mail import service as mail
from coopevents.mail.drafts import Draft
from coopevents.mail.models import Priority
from coopevents.mail.withdrawing import overtake, revise, withdraw

ANSWERED = frozenset({InvitationState.ACCEPTED, InvitationState.DECLINED})

ROUNDS = {
    ChangeKind.POSTPONED: RoundKind.POSTPONEMENT,
    ChangeKind.CANCELLED: RoundKind.CANCELLATION,
}

TEMPLATES = {ChangeKind.POSTPONED: POSTPONED, ChangeKind.CANCELLED: "event_cancelled"}


@dataclass(frozen=True)
class Happened:
    """A change that was carried out, for those who are told of it."""

    event: Event
    reason: str
    before: Sequence[EventSession]
    """The sessions as they were told first."""
    after: Sequence[EventSession]
    """What they became: new rows, or the same, cancelled or held elsewhere."""
    place_before: str
    locale: str


def tell(happened: Happened, shown: Consequences) -> InvitationRound | None:
    """Queue what was shown, and let nothing leave that says what does not hold any more."""
    event, locale = happened.event, happened.locale
    if shown.is_told_later:
        return None
    withdraw(shown.withdrawn)
    overtake("invitation", queries.ids_of_invitations(event))
    common = telling.mail_context(event, locale)
    stands = telling.standing(event)
    starts, ends = events.first_start(stands), events.last_end(stands)
    revise(shown.revised, common, telling.calendar(event, "", "REQUEST"), starts, ends)
    new = [first for first in shown.first if first.is_new]
    if not shown.by_mail and not new and not shown.by_hand:
        return None
    kind = ROUNDS.get(shown.kind, RoundKind.CHANGE)
    by_mail = bool(shown.by_mail or new)
    opened = changed.open_round(event, kind, by_mail=by_mail, at_any_hour=shown.at_any_hour)
    told: list[Mailed | First] = [*shown.by_mail, *new]
    asked = _invitations([one.invitation_id for one in told])
    links = changed.new_links(event, [one.invitation_id for one in told])
    greetings = invitees.greet(asked.values(), locale)
    notice = {**common, **_said(happened, shown)}
    file = _file(happened, shown)
    drafts = []
    for one, link in zip(told, links, strict=True):
        draft = _draft(opened, one, asked[one.invitation_id], link, locale)
        if not (isinstance(one, Mailed) and one.is_delegate):
            draft["context"]["personal"].update(greetings.get(one.invitation_id, {}))
        if isinstance(one, First):
            draft["template"], draft["priority"] = "invitation", Priority.ROUND
            draft["context"] = {**common, "seats": one.seats, **draft["context"]}
            draft["not_after"] = starts
        else:
            draft["template"] = TEMPLATES.get(shown.kind, CHANGED)
            uid = asked[one.invitation_id].calendar_uid
            calendar = {"calendar": {**file, "uid": uid}}
            draft["context"] = {**notice, **draft["context"], **calendar}
            draft["not_after"] = _end_of(shown.last_day)
        drafts.append(draft)
    mail.queue_messages(drafts)
    return opened


def tell_again(change: EventChange, untold: Sequence[Untold], locale: str) -> InvitationRound:
    """Queue the notices of a change anew for those whom the first did not reach.

    They say what they said, of an activity as it stands now, and carry links of their own.
    """
    event = change.event
    lost = [message for one in untold for message in one.mails]
    kind = change.round.kind if change.round else RoundKind.CHANGE
    pressing = is_pressing(first_to_come(change.consequences["days"]))
    opened = changed.open_round(event, kind, by_mail=True, at_any_hour=pressing)
    common = telling.mail_context(event, locale)
    links = changed.new_links(event, [message.about_id or 0 for message in lost])
    drafts: list[Draft] = []
    for message, link in zip(lost, links, strict=True):
        invitation_id, point_id = message.about_id or 0, message.contact_point_id
        way = point_id or message.address
        context = {**message.context, **common}
        if context["calendar"]["method"] == "REQUEST":
            uid = context["calendar"]["uid"]
            context["calendar"] = telling.calendar(event, uid, "REQUEST")
        drafts.append(
            {
                "dedupe_key": f"change:{invitation_id}:round:{opened.id}:{way}",
                "template": message.template,
                "address": message.address,
                "recipient_name": message.recipient_name,
                "contact_point_id": point_id,
                "locale": message.locale,
                "context": context,
                "priority": Priority.ANSWER,
                "programme_id": event.programme_id,
                "batch": opened.batch,
                "link": link,
                "about": ("invitation", invitation_id),
                "not_after": message.not_after,
            }
        )
    mail.queue_messages(drafts)
    return opened


def _end_of(day: date | None) -> datetime | None:
    """Answer when the day is over."""
    return None if day is None else clock.at_local(day + A_DAY)


def _draft(
    opened: InvitationRound, one: Mailed | First, invitation: Invitation, link: str, locale: str
) -> Draft:
    personal = {"organisation": one.name}
    way = one.contact_point_id or one.address
    if isinstance(one, Mailed):
        personal["named"] = ", ".join(one.named)
        personal["unanswered"] = "" if invitation.state in ANSWERED else "yes"
        with force_locale(locale):
            personal["invited_on"] = day(clock.local(invitation.invited_at).date())
    return {
        "dedupe_key": f"change:{one.invitation_id}:round:{opened.id}:{way}",
        "template": "",
        "address": one.address,
        "recipient_name": one.name,
        "contact_point_id": one.contact_point_id,
        "locale": locale,
        "context": {"personal": personal},
        # A change must reach whoever would come on the old day: before any round, and again where
        # nobody knows whether it arrived.
        "priority": Priority.ANSWER,
        "programme_id": invitation.programme_id,
        "batch": opened.batch,
        "link": link,
        "about": ("invitation", one.invitation_id),
    }


def _invitations(ids: Sequence[int]) -> dict[int, Invitation]:
    rows = db.session.scalars(select(Invitation).where(one_of(Invitation.id, ids)))
    return {invitation.id: invitation for invitation in rows}


def _said(happened: Happened, shown: Consequences) -> dict[str, Any]:
    with force_locale(happened.locale):
        return {
            "change": shown.kind.value,
            "reason": happened.reason,
            "before": [telling.told_session(session) for session in happened.before],
            "after": [telling.told_session(session) for session in happened.after],
            "place_before": happened.place_before,
            "is_dated": shown.method == "REQUEST",
            "about": subjects(happened.event, shown.kind, happened.before),
        }


def _file(happened: Happened, shown: Consequences) -> Json:
    only = happened.before if shown.method == "CANCEL" else None
    return telling.calendar(happened.event, "", shown.method, only)
