"""Making and revoking feeds, and saying which activities anybody may read of."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.calendars.models import CalendarFeed
from coopevents.db import db
from coopevents.directory.models import Organisation
from coopevents.errors import DomainError, InputError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventState
from coopevents.events.service import lock
from coopevents.i18n import _
from coopevents.tokens import fingerprint, new_token


def make_own_feed(
    programme_id: int, user_id: int, body_id: int | None, locale: str, submission_id: UUID
) -> str:
    """Make a feed of the officer's own and answer its token, which is kept nowhere."""
    if body_id is not None and body_id not in events.programme_body_ids(programme_id):
        raise InputError.at("body_id", _("There is no such host body."))
    return _make(
        programme_id=programme_id,
        user_id=user_id,
        body_id=body_id,
        locale=locale,
        submission_id=submission_id,
    )


def make_organisation_feed(
    programme_id: int, organisation: Organisation, locale: str, submission_id: UUID
) -> str:
    """Make a feed of what the organisation is invited to, and answer its token."""
    return _make(
        programme_id=programme_id,
        organisation_id=organisation.id,
        locale=locale,
        submission_id=submission_id,
    )


def _make(*, programme_id: int, **columns: object) -> str:
    token, who = new_token(), access.actor()
    feed_id = db.session.scalar(
        insert(CalendarFeed)
        .values(
            programme_id=programme_id,
            token_hash=fingerprint(token),
            created_at=clock.now(),
            created_by_id=who.id if who.kind == "user" else None,
            **columns,
        )
        .on_conflict_do_nothing(index_elements=["submission_id"])
        .returning(CalendarFeed.id)
    )
    if feed_id is None:
        # Only its hash was kept, so that it cannot be shown a second time.
        raise DomainError(
            _("This link was made already and is shown only once. Make another one if you need it.")
        )
    audit.record("feed.made", "calendar_feed", feed_id, programme_id=programme_id)
    return token


def revoke_feed(feed: CalendarFeed) -> None:
    """Let the feed's address open nothing any more. Revoking twice changes nothing."""
    if feed.revoked_at is not None:
        return
    feed.revoked_at = clock.now()
    changes: dict[str, tuple[None, datetime]] = {"revoked_at": (None, feed.revoked_at)}
    audit.record(
        "feed.revoked", "calendar_feed", feed.id, programme_id=feed.programme_id, changes=changes
    )


def list_publicly(event: Event, listed: bool) -> None:
    """Show the activity on the page anybody may read, or take it off. Saying so twice is once."""
    lock(event)
    if event.listed_publicly == listed:
        return
    if listed and event.state not in {EventState.DRAFT, EventState.PUBLISHED}:
        raise DomainError(_("Only an activity still to come can be listed publicly."))
    event.listed_publicly = listed
    db.session.flush()
    audit.record(
        "event.listed",
        "event",
        event.id,
        programme_id=event.programme_id,
        changes={"listed_publicly": (not listed, listed)},
    )
