"""Opening registration for those not invited, taking what they ask, closing what nobody decided."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event, EventState
from coopevents.i18n import _, day
from coopevents.requests import consents, letters, queries
from coopevents.requests.models import (
    OpenRegistration,
    PlaceRequest,
    RequestConsent,
    RequestPurpose,
    RequestState,
)

MOST_WAITING = 200
"""So many requests for one activity wait at most: whoever floods the form fills no table."""

LONG_OVER = timedelta(days=90)
"""How long after activity and decision what was typed is kept (decision 35)."""

AT_ONCE = 500


@dataclass(frozen=True)
class Asked:
    """What was typed into the public form, clean."""

    organisation_name: str
    contact_name: str
    people: int
    submission_id: UUID
    commune_id: int | None = None
    code: str | None = None
    phone: str | None = None
    email: str | None = None
    reason: str | None = None
    agreed: frozenset[RequestPurpose] = field(default_factory=frozenset)


def set_up(event: Event, *, is_open: bool, until_on: date | None, audience: str) -> None:
    """Let places be asked for until a day, or no more. The same again is nothing."""
    event_service.lock(event)
    standing = queries.find_registration(event)
    if not is_open:
        if standing is not None and standing.closed_at is None:
            standing.closed_at = clock.now()
            _tell("requests.closed", event, {})
        return
    last = _checked(event, until_on, audience)
    before = (standing.until_on, standing.audience) if standing else (None, None)
    if standing is not None and standing.closed_at is None and before == (last, audience):
        return
    if standing is None:
        who = access.actor()
        opened_by = who.id if who.kind == "user" else None
        standing = OpenRegistration(event=event, opened_by_id=opened_by)
        db.session.add(standing)
    standing.until_on, standing.audience, standing.closed_at = last, audience, None
    _tell(
        "requests.opened",
        event,
        {"until_on": (before[0], last), "audience": (before[1], audience)},
    )


def _checked(event: Event, until_on: date | None, audience: str) -> date:
    if event.state in {EventState.CANCELLED, EventState.CLOSED}:
        raise DomainError(_("Nobody can ask for a place at this activity any more."))
    if not audience:
        raise InputError.at("audience", _("Say for whom the activity is."))
    if until_on is None:
        raise InputError.at("until_on", _("Say until which day a place may be asked for."))
    if until_on < clock.today():
        raise InputError.at("until_on", _("This day is over."))
    start = events.first_start(events.list_sessions(event))
    if start is not None and until_on > clock.local(start).date():
        first = day(clock.local(start).date())
        raise InputError.at(
            "until_on", _("The activity begins on %(day)s: give no later day.", day=first)
        )
    return until_on


def _tell(act: str, event: Event, changes: dict[str, tuple[object, object]]) -> None:
    db.session.flush()
    audit.record(act, "event", event.id, programme_id=event.programme_id, changes=changes)


def ask(event: Event, asked: Asked, locale: str) -> PlaceRequest | None:
    """Keep the request and say to its sender that it came; None for a form sent before.

    Nothing of it enters the register. Raises DomainError where no place can be asked for now.
    """
    event_service.lock(event)
    if queries.find_submission(asked.submission_id) is not None:
        return None
    if not queries.takes_requests(queries.find_registration(event), events.list_sessions(event)):
        raise DomainError(_("No place can be asked for here any more."))
    if consents.NEEDED_FOR_AN_ANSWER not in asked.agreed:
        refusal = _("Without this the host bodies may not read your request.")
        raise InputError.at("this_activity", refusal)
    if asked.phone is None and asked.email is None:
        raise InputError.at("phone", _("Give a phone number or an e-mail address."))
    if queries.count_waiting(event) >= MOST_WAITING:
        raise DomainError(_("Too many requests wait already. Please call the contact below."))
    written = PlaceRequest(
        programme_id=event.programme_id,
        event=event,
        locale=locale,
        **{name: value for name, value in vars(asked).items() if name != "agreed"},
    )
    db.session.add(written)
    db.session.flush()
    _keep_consents(written, asked.agreed)
    audit.record(
        "place.requested",
        "place_request",
        written.id,
        programme_id=event.programme_id,
        changes={"people": (None, asked.people)},
    )
    letters.say_received(written)
    return written


def _keep_consents(written: PlaceRequest, agreed: frozenset[RequestPurpose]) -> None:
    db.session.execute(
        insert(RequestConsent),
        [
            {
                "request_id": written.id,
                "purpose": purpose,
                "text_version": consents.VERSION,
                "at": clock.now(),
            }
            for purpose in RequestPurpose
            if purpose in agreed
        ],
    )


def close_late(event: Event) -> int:
    """Close what nobody decided in time, tell who asked, and answer how many these were."""
    event_service.lock(event)
    if not queries.is_over(event, events.list_sessions(event)):
        return 0
    late = db.session.scalars(
        select(PlaceRequest)
        .where(PlaceRequest.event_id == event.id, PlaceRequest.state == RequestState.WAITING)
        .order_by(PlaceRequest.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    told: set[str | None] = set()
    for asked in late:
        asked.state, asked.decided_at = RequestState.LAPSED, clock.now()
        db.session.flush()
        audit.record(
            "place.request_lapsed",
            "place_request",
            asked.id,
            programme_id=event.programme_id,
            changes={"state": ("waiting", "lapsed")},
        )
        # Whoever entered somebody else's address many times has her written to once.
        if asked.email not in told:
            letters.say_lapsed(asked)
        told.add(asked.email)
    return len(late)


def erase_old() -> int:
    """Forget what was typed for activities that are long over; answer of how many requests."""
    old = queries.list_to_erase(LONG_OVER, AT_ONCE)
    for asked in old:
        erase(asked)
    return len(old)


def erase(asked: PlaceRequest) -> None:
    """Forget who asked and all they wrote; when, how many and what was decided stay.

    One that still waits is declined by it: nobody could be answered. Erasing twice is once.
    """
    if asked.erased_at is not None:
        return
    asked.organisation_name = asked.contact_name = ""
    asked.code = asked.phone = asked.email = asked.reason = asked.decline_reason = None
    asked.erased_at = clock.now()
    if asked.state is RequestState.WAITING:
        asked.state, asked.decided_at = RequestState.DECLINED, clock.now()
    db.session.flush()
    audit.record("place.request_erased", "place_request", asked.id, programme_id=asked.programme_id)
