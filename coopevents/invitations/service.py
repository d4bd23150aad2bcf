"""Writing invitations, opening their links, and keeping their answers."""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.db import Json, db, insert_all
from coopevents.directory.models import Channel
from coopevents.errors import DomainError, NotFoundError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventState
from coopevents.i18n import _
from coopevents.invitations import queries
from coopevents.invitations.models import (
    AccessLink,
    Answer,
    Invitation,
    InvitationAnswer,
    InvitationRound,
    InvitationState,
    LinkPurpose,
    RoundState,
)
from coopevents.mail import service as mail
from coopevents.tokens import fingerprint, new_token

LINK_LIVES = timedelta(days=30)
"""How long after the event its links still open."""

STATE_AFTER = {
    Answer.ACCEPTED: InvitationState.ACCEPTED,
    Answer.DECLINED: InvitationState.DECLINED,
    Answer.CALL_BACK: InvitationState.PENDING,
}


class LinkOverError(DomainError):
    """The link opened once and does not any more: another can be sent to the contact on file."""

    def __init__(self) -> None:
        super().__init__(_("This link is over."), status=410)


def require_open(event: Event) -> None:
    """Raise DomainError where nobody may be invited to the event now."""
    if event.state is not EventState.PUBLISHED:
        raise DomainError(_("Publish the activity before inviting to it."))
    start = events.first_start(events.list_sessions(event))
    if start is not None and start <= clock.now():
        raise DomainError(_("The activity has begun: it is too late to invite."))


def insert_invitations(
    event: Event, organisation_ids: Collection[int], seats: int
) -> dict[int, int]:
    """Write an invitation for each of the organisations, and answer their ids by these."""
    rows = [
        {
            "programme_id": event.programme_id,
            "event_id": event.id,
            "organisation_id": organisation_id,
            "seats": seats,
            "calendar_uid": f"{uuid.uuid4()}@coopevents",
        }
        for organisation_id in organisation_ids
    ]
    made = insert_all(Invitation, rows).returning(Invitation.organisation_id, Invitation.id)
    return {organisation_id or 0: id_ for organisation_id, id_ in db.session.execute(made)}


def new_link(invitation: Invitation) -> str:
    """Make another link to the invitation and answer its address; the earlier ones go on."""
    token = new_token()
    db.session.add(
        AccessLink(
            invitation_id=invitation.id,
            purpose=LinkPurpose.ANSWER,
            token_hash=fingerprint(token),
            expires_at=link_expiry(invitation.event),
        )
    )
    db.session.flush()
    return link_address(token)


def link_address(token: str) -> str:
    """Answer the address a personal link opens."""
    return f"{current_app.config['BASE_URL']}/r/{token}"


def link_expiry(event: Event) -> datetime:
    """Answer until when a link to the event opens."""
    end = events.last_end(events.list_sessions(event))
    return (end or clock.now()) + LINK_LIVES


def open_link(token: str) -> Invitation:
    """Answer the invitation behind a personal link; opening changes nothing.

    Raises NotFoundError for a token that never was, LinkOverError (410) for one that is over.
    """
    link = queries.find_link(token, LinkPurpose.ANSWER)
    if link is None:
        raise NotFoundError(_("This link is not known. Please check that it is complete."))
    if link.revoked_at is not None or link.expires_at <= clock.now():
        raise LinkOverError
    return link.invitation


def find_link_over(token: str) -> AccessLink | None:
    """Answer the link with this token, if it opened once and does not any more."""
    link = queries.find_link(token, LinkPurpose.ANSWER)
    is_over = link is not None and (link.revoked_at is not None or link.expires_at <= clock.now())
    return link if is_over else None


def replace_link(link: AccessLink) -> tuple[AccessLink, str]:
    """Make another link in place of one that is over, and answer it with its address."""
    token = new_token()
    fresh = AccessLink(
        invitation_id=link.invitation_id,
        purpose=link.purpose,
        token_hash=fingerprint(token),
        expires_at=max(link_expiry(link.invitation.event), clock.now() + LINK_LIVES),
    )
    db.session.add(fresh)
    db.session.flush()
    link.revoked_at = link.revoked_at or clock.now()
    link.replaced_by_id = fresh.id
    db.session.flush()
    audit.record("link.replaced", "access_link", link.id, programme_id=link.invitation.programme_id)
    return fresh, link_address(token)


def answer(
    invitation: Invitation,
    given: Answer,
    *,
    submission_id: UUID,
    channel: Channel,
    reason: str | None = None,
    replies: Json | None = None,
) -> bool:
    """Keep an answer; False when this very form was received before, and nothing is written.

    The caller holds the activity.
    """
    if find_submission(submission_id):
        return False
    # As it stands now that the caller holds the activity: it may have been read before, and what
    # looks unchanged is not written.
    db.session.refresh(invitation, attribute_names=["state"])
    who = access.actor()
    db.session.add(
        InvitationAnswer(
            invitation_id=invitation.id,
            answer=given,
            reason=reason,
            replies=replies or {},
            channel=channel,
            submission_id=submission_id,
            recorded_by_id=who.id if who.kind == "user" else None,
        )
    )
    before = invitation.state
    # Whoever has named delegates and asks for a call keeps them.
    if given is not Answer.CALL_BACK or before is not InvitationState.ACCEPTED:
        invitation.state = STATE_AFTER[given]
    db.session.flush()
    audit.record(
        "invitation.answered",
        "invitation",
        invitation.id,
        programme_id=invitation.programme_id,
        changes={"state": (before.value, invitation.state.value)},
    )
    return True


def find_submission(submission_id: UUID) -> InvitationAnswer | None:
    """Answer what an earlier sending of the same form wrote."""
    return db.session.scalar(
        select(InvitationAnswer).where(InvitationAnswer.submission_id == submission_id)
    )


def stop_round(stopped: InvitationRound) -> None:
    """Let no message of the round leave any more; those that left stay sent."""
    if stopped.batch is not None:
        mail.stop_batch(stopped.batch)
    stopped.state = RoundState.STOPPED
    db.session.flush()
    audit.record("round.stopped", "invitation_round", stopped.id, programme_id=stopped.programme_id)
