"""Activities, places, walk-ins and marks for tests, written straight into their tables."""

import uuid
from datetime import date, datetime, time

from sqlalchemy import select

from coopevents import clock, names
from coopevents.accounts.models import HostBody
from coopevents.attendance.models import (
    Action,
    AttendanceEntry,
    EntrySource,
    WalkIn,
    WalkInMatch,
)
from coopevents.db import db
from coopevents.directory.models import Organisation, Person, PostKind, Sex
from coopevents.duplicates import service as duplicates
from coopevents.duplicates.models import PersonMerge
from coopevents.events.models import (
    Event,
    EventContent,
    EventHost,
    EventKind,
    EventSession,
    EventState,
    HostRole,
    SessionState,
)
from coopevents.invitations.models import Invitation, InvitationState
from coopevents.programme.models import Content, Programme
from coopevents.registrations.models import (
    Registration,
    RegistrationState,
    Representation,
    RepresentationSource,
)

BOTH = ("womens_union", "coop_alliance")
MORNING = ("08:00", "11:00")


def make_event(
    programme: Programme,
    *,
    kind: str = "training",
    hosts: tuple[str, ...] = BOTH,
    sessions: list[tuple[date, str, str]] | None = None,
    state: EventState = EventState.PUBLISHED,
    capacity: int | None = None,
    title: str = "Tập huấn quản trị hợp tác xã",
    contents: tuple[int, ...] = (2,),
    counts_to_programme: bool = True,
    is_sample: bool = False,
) -> Event:
    """Make an activity; the first of `hosts` leads, the others host with it."""
    event = Event(
        programme=programme,
        kind=kind_of(programme, kind),
        title=title,
        place="Hội trường Liên minh Hợp tác xã",
        capacity=capacity,
        state=state,
        counts_to_programme=counts_to_programme,
        contact_name="Lê Thị Mẫu",
        contact_phone="0210 000 0000",
        contact_email="office@coop.example",
        is_sample=is_sample,
        published_at=None if state is EventState.DRAFT else clock.now(),
        closed_at=clock.now() if state is EventState.CLOSED else None,
        cancelled_at=clock.now() if state is EventState.CANCELLED else None,
    )
    db.session.add(event)
    db.session.flush()
    for rank, key in enumerate(hosts):
        role = HostRole.CO_HOST if rank else HostRole.LEAD
        db.session.add(EventHost(event_id=event.id, body_id=_body(key).id, role=role))
    for number in contents:
        content = db.session.scalars(
            select(Content).where(Content.programme_id == programme.id, Content.number == number)
        ).one()
        db.session.add(EventContent(event_id=event.id, content_id=content.id))
    for held_on, starts, ends in sessions or [(date(2026, 10, 6), *MORNING)]:
        make_session(event, held_on, starts, ends)
    db.session.flush()
    return event


def kind_of(programme: Programme, key: str) -> EventKind:
    """Answer the programme's kind of that key; one that has no kinds gets it as another has it."""
    kinds = {kind.programme_id: kind for kind in _kinds_named(key)}
    if programme.id in kinds:
        return kinds[programme.id]
    like = next(iter(kinds.values()))
    kind = EventKind(
        programme_id=programme.id,
        key=key,
        name=like.name,
        counts_attendance=like.counts_attendance,
        is_training=like.is_training,
        takes_trade_results=like.takes_trade_results,
        checklist=like.checklist,
        documents=like.documents,
        rank=like.rank,
    )
    db.session.add(kind)
    db.session.flush()
    return kind


def _kinds_named(key: str) -> list[EventKind]:
    return list(
        db.session.scalars(select(EventKind).where(EventKind.key == key).order_by(EventKind.id))
    )


def _body(key: str) -> HostBody:
    body = db.session.scalar(select(HostBody).where(HostBody.key == key))
    if body is None:
        body = HostBody(key=key)
        db.session.add(body)
        db.session.flush()
    return body


def make_session(
    event: Event,
    held_on: date,
    starts: str = "08:00",
    ends: str = "11:00",
    *,
    state: SessionState = SessionState.PLANNED,
) -> EventSession:
    """Add a session to the activity."""
    session = EventSession(
        event=event,
        held_on=held_on,
        starts_at=time.fromisoformat(starts),
        ends_at=time.fromisoformat(ends),
        state=state,
    )
    db.session.add(session)
    db.session.flush()
    return session


def sessions_of(event: Event) -> list[EventSession]:
    """Answer the activity's sessions, earliest first."""
    return list(
        db.session.scalars(
            select(EventSession)
            .where(EventSession.event_id == event.id)
            .order_by(EventSession.held_on, EventSession.starts_at)
        )
    )


def make_invitation(event: Event, organisation: Organisation, *, seats: int = 2) -> Invitation:
    """Invite the organisation."""
    invitation = Invitation(
        programme_id=event.programme_id,
        event_id=event.id,
        organisation_id=organisation.id,
        seats=seats,
        state=InvitationState.PENDING,
        calendar_uid=f"{uuid.uuid4()}@coop.example",
    )
    db.session.add(invitation)
    db.session.flush()
    return invitation


def make_registration(
    event: Event,
    person: Person,
    organisation: Organisation | None = None,
    *,
    state: RegistrationState = RegistrationState.CONFIRMED,
    role: PostKind = PostKind.MEMBER,
) -> Registration:
    """Give the person a place, standing for the organisation."""
    registration = Registration(
        event_id=event.id, person_id=person.id, state=state, registered_at=clock.now()
    )
    db.session.add(registration)
    if organisation is not None:
        make_representation(event, person, organisation, role=role)
    db.session.flush()
    return registration


def make_representation(
    event: Event,
    person: Person,
    organisation: Organisation,
    *,
    role: PostKind = PostKind.MEMBER,
    withdrawn_at: datetime | None = None,
) -> Representation:
    """Have the person stand for the organisation, beside any other."""
    representation = Representation(
        person_id=person.id,
        event_id=event.id,
        organisation_id=organisation.id,
        role_snapshot=role,
        organisation_kind_snapshot=organisation.kind.value,
        source=RepresentationSource.REGISTRATION,
        withdrawn_at=withdrawn_at,
    )
    db.session.add(representation)
    db.session.flush()
    return representation


def make_walk_in(
    event: Event,
    organisation: Organisation | None = None,
    *,
    full_name: str = "Trần Thị Khách",
    sex: Sex = Sex.FEMALE,
) -> WalkIn:
    """Add somebody who came without a place."""
    walk_in = WalkIn(
        event_id=event.id,
        uuid=uuid.uuid4(),
        organisation_id=organisation.id if organisation else None,
        organisation_kind_snapshot=organisation.kind.value if organisation else None,
        full_name=full_name,
        name_sort=names.person_sort_key(full_name),
        sex=sex,
        role_snapshot=PostKind.MEMBER,
    )
    db.session.add(walk_in)
    db.session.flush()
    return walk_in


def make_match(
    walk_in: WalkIn, person: Person, *, undone_at: datetime | None = None
) -> WalkInMatch:
    """Recognise the walk-in as the person."""
    match = WalkInMatch(walk_in_id=walk_in.id, person_id=person.id, undone_at=undone_at)
    db.session.add(match)
    db.session.flush()
    return match


def make_merge(kept: Person, merged: Person, *, undone_at: datetime | None = None) -> PersonMerge:
    """Find two people to be one; with `undone_at`, as somebody once did who undid it since."""
    if undone_at is None:
        return duplicates.merge_people(kept, merged, "Trùng người")
    merge = PersonMerge(
        kept_id=kept.id, merged_id=merged.id, reason="Trùng người", undone_at=undone_at
    )
    db.session.add(merge)
    db.session.flush()
    return merge


def make_entry(
    session: EventSession,
    subject: Registration | WalkIn,
    action: Action = Action.PRESENT,
    *,
    received_at: datetime | None = None,
    voids: AttendanceEntry | None = None,
) -> AttendanceEntry:
    """Put a mark into the ledger; with `voids`, one that takes another back."""
    moment = received_at or clock.now()
    walked_in = isinstance(subject, WalkIn)
    entry = AttendanceEntry(
        uuid=uuid.uuid4(),
        programme_id=session.event.programme_id,
        event_id=session.event_id,
        session_id=session.id,
        registration_id=None if walked_in else subject.id,
        walk_in_id=subject.id if walked_in else None,
        action=action,
        voids_id=voids.id if voids else None,
        reason="Ghi nhầm" if voids else None,
        device_at=moment,
        received_at=moment,
        source=EntrySource.TAP,
        by_label="Lê Thị Mẫu",
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def close(event: Event) -> Event:
    """Mark what is planned as held and the activity as closed, past the rules of closing."""
    for session in sessions_of(event):
        if session.state is SessionState.PLANNED:
            session.state = SessionState.HELD
    event.state = EventState.CLOSED
    event.closed_at = clock.now()
    db.session.flush()
    return event
