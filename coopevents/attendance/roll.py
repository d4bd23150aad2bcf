"""The roll-call list: who is expected in a session, by organisation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.attendance import queries
from coopevents.attendance.models import Action, WalkIn
from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory import queries as directory
from coopevents.directory.models import Person, PostKind, Sex
from coopevents.events.models import Event, EventSession
from coopevents.registrations.models import Registration, RegistrationState, Representation

States = dict[queries.Subject, Action]


@dataclass(frozen=True)
class Expected:
    """Somebody on the list, with the state the marks add up to (None: no mark yet)."""

    kind: str
    id: int
    full_name: str
    sex: Sex
    post: PostKind
    state: Action | None


@dataclass
class Group:
    """An organisation and the people who stand for it; None groups those who stand for none."""

    organisation_id: int | None
    name: str
    people: list[Expected] = field(default_factory=list)


def expected(event: Event, session: EventSession) -> list[Group]:
    """Answer the session's list, organisations by name, people in the order they registered.

    Whoever stands for two organisations is on the list once, under the primary one.
    """
    return _grouped(event, [queries.states_of_session(session)])[0]


def expected_by_session(event: Event, sessions: Sequence[EventSession]) -> list[list[Group]]:
    """Answer the list of each of the activity's sessions, in as many questions as one takes."""
    states = queries.states_by_session(event)
    return _grouped(event, [states.get(session.id, {}) for session in sessions])


def _grouped(event: Event, sessions: Sequence[States]) -> list[list[Group]]:
    listed = [*_registered(event), *_walk_ins(event)]
    kept = identity.kept_ids({i for i, _person in listed if i is not None})
    names = directory.name_on(kept.values(), clock.today())
    return [_marked(listed, kept, names, states) for states in sessions]


def _marked(
    listed: Sequence[tuple[int | None, Expected]],
    kept: Mapping[int, int],
    names: Mapping[int, str],
    states: States,
) -> list[Group]:
    found: dict[int | None, list[Expected]] = {}
    for organisation_id, person in listed:
        marked = replace(person, state=states.get((person.kind, person.id)))
        found.setdefault(kept.get(organisation_id or 0), []).append(marked)
    groups = [
        Group(organisation_id, names.get(organisation_id or 0, ""), people)
        for organisation_id, people in found.items()
    ]
    return sorted(groups, key=lambda group: (group.organisation_id is None, group.name))


def _registered(event: Event) -> Iterator[tuple[int | None, Expected]]:
    rows = db.session.execute(
        select(Registration, Person, Representation)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(
            Representation,
            (Representation.person_id == Person.id)
            & (Representation.event_id == event.id)
            & Representation.withdrawn_at.is_(None),
        )
        .where(
            Registration.event_id == event.id,
            Registration.state == RegistrationState.CONFIRMED,
        )
        .options(joinedload(Person.duplicate_of))
        .order_by(Registration.id, Representation.is_primary.desc(), Representation.id)
    )
    seen: set[int] = set()
    for registration, person, stands in rows:
        if registration.id not in seen:
            seen.add(registration.id)
            yield (
                stands.organisation_id if stands else None,
                Expected(
                    "registration",
                    registration.id,
                    person.kept.full_name,
                    person.kept.sex,
                    stands.role_snapshot if stands else PostKind.OTHER,
                    None,
                ),
            )


def _walk_ins(event: Event) -> Iterator[tuple[int | None, Expected]]:
    for walk_in in db.session.scalars(
        select(WalkIn).where(WalkIn.event_id == event.id).order_by(WalkIn.id)
    ):
        yield (
            walk_in.organisation_id,
            Expected(
                "walk_in",
                walk_in.id,
                walk_in.full_name,
                walk_in.sex,
                walk_in.role_snapshot,
                None,
            ),
        )
