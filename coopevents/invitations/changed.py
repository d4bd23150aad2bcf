"""What becomes of invitations when the activity changes: answers, links, and a round to tell it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.db import db, one_of
from coopevents.directory.models import Channel
from coopevents.events.models import Event, EventState
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
from coopevents.invitations.service import link_address, link_expiry
from coopevents.mail import service as mail
from coopevents.mail.window import ALWAYS
from coopevents.tokens import fingerprint, new_token

UNDATED = timedelta(days=366)
"""How long links open while nobody knows the new day."""


def ask_again(event: Event, invitation_ids: Collection[int], submission_id: UUID) -> None:
    """Let each of the answers be given anew; the old ones stay readable."""
    if not invitation_ids:
        return
    db.session.execute(
        insert(InvitationAnswer),
        [
            {
                "invitation_id": invitation_id,
                "answer": Answer.TO_CONFIRM,
                "reason": None,
                "channel": None,
                "submission_id": uuid5(submission_id, str(invitation_id)),
                "answered_at": clock.now(),
            }
            for invitation_id in invitation_ids
        ],
    )
    _let(one_of(Invitation.id, invitation_ids), InvitationState.PENDING)
    audit.record(
        "invitations.asked_again",
        "event",
        event.id,
        programme_id=event.programme_id,
        changes={"answers": (None, len(invitation_ids))},
    )


def end(event: Event, invitation_ids: Collection[int]) -> None:
    """Let the invitations end with the activity: nobody answers them any more."""
    if not invitation_ids:
        return
    _let(one_of(Invitation.id, invitation_ids), InvitationState.CANCELLED)
    audit.record(
        "invitations.cancelled",
        "event",
        event.id,
        programme_id=event.programme_id,
        changes={"invitations": (None, len(invitation_ids))},
    )


def _let(which: object, state: InvitationState) -> None:
    db.session.execute(
        update(Invitation)
        .where(which)  # type: ignore[arg-type]
        .values(state=state)
        .execution_options(synchronize_session="fetch")
    )


@dataclass(frozen=True)
class Told:
    """How invitees were told by hand, or could not be reached."""

    channel: Channel
    at: datetime
    outcome: str
    note: str | None = None
    call_back_at: datetime | None = None
    contact_point_id: int | None = None


def note_told(
    opened: InvitationRound, invitation_ids: Collection[int], told: Told, submission_id: UUID
) -> bool:
    """Note that each of these was told the round by hand; the same form again notes nothing.

    Answers whether anything was noted.
    """
    who = access.actor()
    noted = db.session.scalars(
        insert(Delivery)
        .values(
            [
                {
                    "round_id": opened.id,
                    "invitation_id": invitation_id,
                    "channel": told.channel,
                    "outcome": told.outcome,
                    "note": told.note,
                    "call_back_at": told.call_back_at,
                    "contact_point_id": told.contact_point_id,
                    "at": told.at,
                    "recorded_at": clock.now(),
                    "submission_id": uuid5(submission_id, str(invitation_id)),
                    "by_id": who.id if who.kind == "user" else None,
                }
                for invitation_id in sorted(invitation_ids)
            ]
        )
        .on_conflict_do_nothing(index_elements=["submission_id"])
        .returning(Delivery.invitation_id)
    ).all()
    if not noted:
        return False
    audit.record(
        "invitations.told",
        "event",
        opened.event_id,
        programme_id=opened.programme_id,
        changes={
            "invitations": (None, ", ".join(map(str, sorted(noted)))),
            "channel": (None, told.channel.value),
            "outcome": (None, told.outcome),
        },
    )
    return True


def keep_links_open(event: Event) -> None:
    """Let the links that were sent open until after the new days, and as long as none is known."""
    of_event = select(Invitation.id).where(Invitation.event_id == event.id)
    db.session.execute(
        update(AccessLink)
        .where(AccessLink.invitation_id.in_(of_event), AccessLink.revoked_at.is_(None))
        .values(expires_at=func.greatest(AccessLink.expires_at, links_open_until(event)))
        .execution_options(synchronize_session="fetch")
    )


def links_open_until(event: Event) -> datetime:
    """Answer until when a link to the activity opens: for long while nobody knows its new day."""
    if event.state is EventState.POSTPONED:
        return clock.now() + UNDATED
    return link_expiry(event)


def new_links(event: Event, invitation_ids: Sequence[int]) -> list[str]:
    """Make another link to each of the invitations, in their order, and answer the addresses."""
    tokens = [new_token() for _each in invitation_ids]
    expires_at = links_open_until(event)
    if tokens:
        db.session.execute(
            insert(AccessLink),
            [
                {
                    "invitation_id": invitation_id,
                    "purpose": LinkPurpose.ANSWER,
                    "token_hash": fingerprint(token),
                    "expires_at": expires_at,
                }
                for invitation_id, token in zip(invitation_ids, tokens, strict=True)
            ],
        )
    return [link_address(token) for token in tokens]


def open_round(
    event: Event, kind: RoundKind, *, by_mail: bool, at_any_hour: bool
) -> InvitationRound:
    """Write a held round that tells the change; a person can stop its mails while it is held.

    Without `by_mail` there are none: all of it is told by hand, by telephone as a rule.
    """
    batch = (
        mail.open_batch(
            programme_id=event.programme_id,
            hold_seconds=current_app.config["MAIL_HOLD_SECONDS"],
            window=ALWAYS if at_any_hour else current_app.config["MAIL_WINDOW"],
        )
        if by_mail
        else None
    )
    who = access.actor()
    opened = InvitationRound(
        programme_id=event.programme_id,
        event=event,
        batch=batch,
        channel=Channel.EMAIL if by_mail else Channel.PHONE,
        kind=kind,
        audience={},
        confirmed_by_id=who.id if who.kind == "user" else None,
    )
    db.session.add(opened)
    db.session.flush()
    return opened
