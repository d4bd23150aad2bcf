from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.db import db
from coopevents.directory import identity
from coopevents.errors import NotFoundError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventSession, EventState
from coopevents.i18n import _
from coopevents.invitations.models import Invitation
from coopevents.requests.models import (
    OpenRegistration,
    PlaceRequest,
    RequestConsent,
    RequestPurpose,
    RequestState,
)
from coopevents.territory import units
from coopevents.territory.models import AdministrativeUnit


def find_registration(event: Event) -> OpenRegistration | None:
    """Answer the open registration of the activity, one that is closed too."""
    return db.session.scalar(select(OpenRegistration).where(OpenRegistration.event_id == event.id))


def takes_requests(registration: OpenRegistration | None, sessions: Sequence[EventSession]) -> bool:
    """Whether a place may be asked for now: published, its day not over, the activity not begun."""
    return (
        registration is not None
        and registration.closed_at is None
        and registration.until_on >= clock.today()
        and registration.event.state is EventState.PUBLISHED
        and (start := events.first_start(sessions)) is not None
        and start > clock.now()
    )


def open_among(sessions: Mapping[int, Sequence[EventSession]]) -> set[int]:
    """Answer at which of the activities a place may be asked for, from their sessions by id."""
    found = db.session.scalars(
        select(OpenRegistration)
        .where(OpenRegistration.event_id.in_(sessions))
        .options(joinedload(OpenRegistration.event))
    )
    return {one.event_id for one in found if takes_requests(one, sessions[one.event_id])}


def find_shown(event_id: int) -> OpenRegistration | None:
    """Answer the open registration behind a public page; a draft has no such page."""
    return db.session.scalar(
        select(OpenRegistration)
        .join(OpenRegistration.event)
        .where(OpenRegistration.event_id == event_id, Event.state != EventState.DRAFT)
        .options(joinedload(OpenRegistration.event))
    )


def communes_to_choose(event: Event) -> list[AdministrativeUnit]:
    """Answer the communes of today in the programme's territory, by name."""
    today = clock.today()
    province = units.territory_on(event.programme.territory, today)
    return [
        unit
        for unit in units.communes_of(province)
        if (unit.valid_to is None or unit.valid_to >= today)
        and (unit.valid_from is None or unit.valid_from <= today)
    ]


def find_submission(submission_id: UUID) -> PlaceRequest | None:
    """Answer what an earlier sending of the same form wrote."""
    return db.session.scalar(
        select(PlaceRequest).where(PlaceRequest.submission_id == submission_id)
    )


def count_waiting(event: Event) -> int:
    """Answer how many requests wait for a decision: those `list_requests` shows as waiting."""
    waiting = select(func.count()).where(
        PlaceRequest.event_id == event.id, PlaceRequest.state == RequestState.WAITING
    )
    return db.session.scalar(waiting) or 0


def count_asked_from(email: str, within: timedelta) -> int:
    """Answer how many requests named the e-mail address within so long a time."""
    since = clock.now() - within
    asked = select(func.count()).where(PlaceRequest.email == email, PlaceRequest.asked_at > since)
    return db.session.scalar(asked) or 0


def list_requests(event: Event) -> list[PlaceRequest]:
    """Answer the requests: those that wait, the oldest first, then what was decided, the latest."""
    found = db.session.scalars(
        select(PlaceRequest)
        .where(PlaceRequest.event_id == event.id)
        .options(joinedload(PlaceRequest.commune), joinedload(PlaceRequest.decided_by))
        .order_by(PlaceRequest.id)
    ).all()
    waiting = [one for one in found if one.state is RequestState.WAITING]
    decided = [one for one in reversed(found) if one.state is not RequestState.WAITING]
    return [*waiting, *decided]


def get_request(request_id: int, event: Event) -> PlaceRequest:
    """Answer the request, if it is for the activity. Raises NotFoundError otherwise."""
    asked = db.session.get(PlaceRequest, request_id)
    if asked is None or asked.event_id != event.id:
        raise NotFoundError(_("There is no such request."))
    return asked


def purposes_of(asked: PlaceRequest) -> set[RequestPurpose]:
    """Answer what whoever asked agreed to."""
    return set(
        db.session.scalars(
            select(RequestConsent.purpose).where(RequestConsent.request_id == asked.id)
        )
    )


def invitations_of(event: Event, organisation_ids: Collection[int]) -> dict[int, Invitation]:
    """Answer the invitation each of the organisations has, by the organisation."""
    entries = identity.entries_of(organisation_ids)
    rows = db.session.execute(
        select(entries.c.asked_id, Invitation)
        .join(Invitation, Invitation.organisation_id == entries.c.id)
        .where(Invitation.event_id == event.id)
        .order_by(Invitation.id.desc())
    )
    return {row.asked_id: row.Invitation for row in rows}


def askers_of(event: Event) -> dict[int, PlaceRequest]:
    """Answer who asked for the places of an invitation, by it, where that is still kept."""
    found = db.session.scalars(
        select(PlaceRequest)
        .where(
            PlaceRequest.event_id == event.id,
            PlaceRequest.invitation_id.is_not(None),
            PlaceRequest.erased_at.is_(None),
        )
        .order_by(PlaceRequest.id)
    )
    return {one.invitation_id or 0: one for one in found}


def events_to_close() -> list[Event]:
    """Answer the activities that are over or begun for which requests still wait."""
    waiting = select(PlaceRequest.event_id).where(PlaceRequest.state == RequestState.WAITING)
    found = list(db.session.scalars(select(Event).where(Event.id.in_(waiting)).order_by(Event.id)))
    sessions = events.sessions_of([event.id for event in found])
    return [event for event in found if is_over(event, sessions[event.id])]


def is_over(event: Event, sessions: Sequence[EventSession]) -> bool:
    """Whether nobody can be given a place any more."""
    if event.state in {EventState.CANCELLED, EventState.CLOSED}:
        return True
    start = events.first_start(sessions)
    return event.state is EventState.PUBLISHED and start is not None and start <= clock.now()


def list_to_erase(age: timedelta, limit: int) -> list[PlaceRequest]:
    """Answer requests decided so long ago, for activities whose last day is as long ago."""
    before = clock.now() - age
    last = (
        select(func.max(EventSession.held_on))
        .where(EventSession.event_id == PlaceRequest.event_id)
        .scalar_subquery()
    )
    return list(
        db.session.scalars(
            select(PlaceRequest)
            .where(
                PlaceRequest.erased_at.is_(None),
                PlaceRequest.decided_at < before,
                or_(last.is_(None), last < clock.local(before).date()),
            )
            .order_by(PlaceRequest.id)
            .limit(limit)
            .with_for_update(of=PlaceRequest, skip_locked=True)
        )
    )


def list_of_contact(
    programme_id: int, *, phone: str | None = None, email: str | None = None
) -> list[PlaceRequest]:
    """Answer the requests that were made with this phone (E.164) or e-mail, the latest first."""
    same = [
        and_(column.is_not(None), column == value)
        for column, value in ((PlaceRequest.phone, phone), (PlaceRequest.email, email))
        if value
    ]
    if not same:
        return []
    return list(
        db.session.scalars(
            select(PlaceRequest)
            .where(PlaceRequest.programme_id == programme_id, or_(*same))
            .order_by(PlaceRequest.id.desc())
        )
    )
