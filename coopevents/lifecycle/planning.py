"""An activity is planned or repeated; its draft, details and sessions change."""

from dataclasses import replace
from uuid import uuid4

from coopevents.attendance import service as attendance
from coopevents.budgets import outline as budget_outline
from coopevents.checklists import outline as checklist_outline
from coopevents.checklists import service as checklists
from coopevents.db import Json
from coopevents.errors import InputError
from coopevents.events import outline, repeating
from coopevents.events import queries as event_queries
from coopevents.events import service as events
from coopevents.events.models import Event, EventSession, EventTemplate, SessionState
from coopevents.events.plans import Again, EventDetails, EventPlan
from coopevents.i18n import _
from coopevents.invitations import queries as invitation_queries
from coopevents.lifecycle import placing
from coopevents.programme.models import Programme
from coopevents.registrations import holds, places
from coopevents.registrations import queries as registration_queries
from coopevents.reminders import outline as reminder_outline
from coopevents.reminders import service as reminders


def plan_event(programme_id: int, planned: EventPlan) -> Event:
    """Write a draft with the checklist of its kind."""
    event = events.plan(programme_id, planned)
    checklists.start(event)
    reminders.start(event)
    return event


def change_draft(event: Event, planned: EventPlan) -> bool:
    """Rewrite a draft, and let what has to be done follow its sessions and its kind.

    Answers False where its checklist stays that of the kind before: somebody has begun it.
    """
    kind = event.kind
    events.change(event, planned)
    return checklists.follow_kind(event, kind)


def mark_session(event: Event, session: EventSession, state: SessionState) -> None:
    """Say whether a session was held, and let what has to be done follow."""
    if state is SessionState.PLANNED:
        attendance.require_no_mark(session)
    events.mark_session(event, session, state)
    checklists.reschedule(event)


def repeat_event(event: Event, again: Again) -> Event:
    """Write a draft like the activity, its first session on the day."""
    return plan_outline(event.programme, outline_of(event), again, copied=event)


def keep_template(event: Event, name: str) -> EventTemplate:
    """Keep what can be repeated of the activity under a name."""
    return repeating.save_template(event.programme_id, name, outline_of(event))


def outline_of(event: Event) -> Json:
    """Answer all that can be repeated of the activity, room by room, as plain JSON."""
    return {
        "event": outline.describe(event),
        "audience": invitation_queries.first_audience(event),
        "checklist": checklist_outline.describe(event),
        "budget": budget_outline.describe(event),
        "reminders": reminder_outline.describe(event),
    }


def plan_outline(
    programme: Programme,
    said: Json,
    again: Again,
    copied: Event | None = None,
) -> Event:
    """Write a draft as the outline says, its first session on the day."""
    planned = replace(
        outline.to_plan(said["event"], again.first_on, programme.id),
        title=again.title,
        proposed_audience=said["audience"],
        submission_id=again.submission_id,
        year_plan_id=again.promise_id,
        copied_from_id=copied.id if copied else None,
        is_sample=bool(copied and copied.is_sample),
    )
    sent = event_queries.find_submission(again.submission_id, programme.id)
    if sent is not None:
        return sent
    event = events.plan(programme.id, planned)
    checklists.start_with(event, checklist_outline.to_plans(said["checklist"]))
    budget_outline.write(event, said["budget"])
    # A template kept before there were reminders names none.
    reminders.start_with(event, reminder_outline.to_rules(said.get("reminders", [])))
    return event


def change_details(event: Event, details: EventDetails, locale: str) -> None:
    """Change what concerns nobody's calendar; more places go to the head of the waiting list.

    Raises InputError for fewer places than are taken.
    """
    events.lock(event)
    taken = registration_queries.count_taken(event)
    held = sum(holds.held_places(event).values())
    if details.capacity is not None and details.capacity < taken + held:
        refused = _("%(taken)s places are taken or held already.", taken=taken + held)
        raise InputError(refused, {"capacity": refused})
    events.change_details(event, details)
    places.rebalance(event)
    placing.tell_who_moved(uuid4(), locale)
