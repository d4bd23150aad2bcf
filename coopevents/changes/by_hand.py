"""Noting whom an officer told by hand, where a change may stand between."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from coopevents.changes import remaining, service
from coopevents.changes.models import EventChange
from coopevents.channels import service as channels
from coopevents.channels.queries import Standing
from coopevents.events.models import Event
from coopevents.invitations.changed import Told
from coopevents.invitations.models import Reached


def note(event: Event, standings: Sequence[Standing], told: Told, submission_id: UUID) -> bool:
    """Note what came of telling these; False when this form was noted before.

    Whoever still had to be told of a change was told of it: what holds now is what she heard. A
    call that reached nobody changes nothing of that.
    """
    changes = _changes_untold(event) if told.outcome == Reached.REACHED else {}
    by_change: dict[int, list[int]] = defaultdict(list)
    others = []
    for one in standings:
        change = changes.get(one.invitation.id)
        if change is None:
            others.append(one)
        else:
            by_change[change.id].append(one.invitation.id)
    noted = channels.note(others, told, submission_id)
    for ids in by_change.values():
        noted |= service.note_told(changes[ids[0]], ids, told, submission_id)
    return noted


def ids_untold(event: Event) -> set[int]:
    """Answer who still holds what was before a change that is not over."""
    return set(_changes_untold(event))


def _changes_untold(event: Event) -> dict[int, EventChange]:
    return {
        one.invitation_id: one.change
        for one in remaining.list_untold(event)
        if not one.is_over and one.change.round_id is not None
    }
