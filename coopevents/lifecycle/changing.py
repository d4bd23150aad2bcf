"""An activity is published, postponed, moved, cancelled or closed, and what followed is kept."""

from collections.abc import Sequence
from uuid import UUID

from coopevents.attendance import service as attendance
from coopevents.changes import notices as change_notices
from coopevents.changes import service as changes
from coopevents.changes.consequences import Consequences
from coopevents.changes.models import ChangeKind, EventChange
from coopevents.changes.notices import Happened
from coopevents.changes.remaining import Untold
from coopevents.checklists import service as checklists
from coopevents.db import Json
from coopevents.events import changing, telling
from coopevents.events import service as events
from coopevents.events.effects import Change, effect_of
from coopevents.events.models import Event
from coopevents.invitations import changed as invitations_changed


def change_event(
    event: Event, change: Change, shown: Consequences, submission_id: UUID, locale: str
) -> EventChange:
    """Postpone, move or cancel, with everything that was shown to follow; the caller holds it."""
    place_before = telling.tell(event, locale).place
    before = effect_of(change, event).touched
    after = changing.carry_out(change, event)
    checklists.reschedule(event)
    invitations_changed.ask_again(event, shown.ids_asked_again, submission_id)
    invitations_changed.end(event, shown.cancelled)
    invitations_changed.keep_links_open(event)
    happened = Happened(event, change.reason, before, after, place_before, locale)
    opened = change_notices.tell(happened, shown)
    return changes.note(
        event,
        shown.kind,
        submission_id,
        reason=change.reason,
        told=shown.as_json(),
        opened=opened,
    )


def tell_change_again(
    event: Event, change: EventChange, untold: Sequence[Untold], submission_id: UUID, locale: str
) -> EventChange:
    """Send the notices of a change anew to those whom the first did not reach."""
    opened = change_notices.tell_again(change, untold, locale)
    return changes.note(
        event,
        ChangeKind.TOLD_AGAIN,
        submission_id,
        reason=change.reason,
        told=changes.told_again(change, untold),
        opened=opened,
    )


def publish_confirmed(event: Event, submission_id: UUID, told: Json) -> EventChange:
    """Publish the draft, and keep what was shown to follow."""
    events.publish(event)
    return changes.note(event, ChangeKind.PUBLISHED, submission_id, told=told)


def close_confirmed(event: Event, submission_id: UUID, told: Json) -> EventChange:
    """Close the activity, and keep what was shown to follow."""
    close_event(event)
    return changes.note(event, ChangeKind.CLOSED, submission_id, told=told)


def close_event(event: Event) -> None:
    """Close the activity, once every named person has a state in each session held."""
    events.lock(event)
    attendance.require_reconciled(event)
    events.close(event)
