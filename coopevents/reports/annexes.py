"""The annexes: tables that the report prints, kept with its figures as rows of their own."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, and_, select
from sqlalchemy.orm import joinedload

from coopevents.accounts.models import HostBody, HostBodyName
from coopevents.attendance import counting
from coopevents.attendance.grid import LISTED_KINDS, GridRow, attendance_by_organisation
from coopevents.attendance.queries import Turnout, turnouts
from coopevents.db import Json, db, valid_on
from coopevents.directory import classification
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation, OrganisationName
from coopevents.events.models import Event, EventContent, EventHost
from coopevents.names import sort_key
from coopevents.programme import queries as programmes
from coopevents.programme.models import Content, Target
from coopevents.reports import indicators
from coopevents.reports.figures import Figure, Part, Row, Scope
from coopevents.reports.rules import RULES
from coopevents.territory.models import AdministrativeUnit
from coopevents.territory.scope import Commune, communes_named
from coopevents.territory.units import district_of


def targets(scope: Scope) -> Figure:
    """Answer A1: each target in the version that is in force on the last day.

    Source: case 27. Which version that is, since when and by which document is kept with it, and
    for which territory it was set.
    """
    in_force = {target.id for target in programmes.targets_on(scope.programme, scope.to_on)}
    versions: Counter[str] = Counter()
    rows = []
    for target in programmes.list_targets(scope.programme):
        versions[target.indicator] += 1
        if target.id in in_force:
            rows.append(_target_row(target, versions[target.indicator]))
    return _annex("A1", rows)


def _target_row(target: Target, version: int) -> Row:
    until = target.territory.valid_to
    return Row(
        "target",
        target.id,
        {
            "part": Part.COUNTED.value,
            "indicator": target.indicator,
            "kind": target.kind.value,
            "lower": str(target.lower_value),
            "upper": None if target.upper_value is None else str(target.upper_value),
            "per_year": target.per_year,
            "due_on": target.due_on.isoformat(),
            "version": version,
            "effective_on": target.effective_on.isoformat(),
            "document": target.document,
            "territory": target.territory.name,
            "territory_until": until.isoformat() if until else None,
            "text": target.text,
        },
    )


def activities(scope: Scope) -> Figure:
    """Answer A2: every activity held, who hosted it and how many came."""
    held = counting.held_events(scope.programme.id, scope.from_on, scope.to_on)
    rows = db.session.execute(
        select(Event, held.c.first_on, held.c.last_on, held.c.sessions)
        .join(held, held.c.event_id == Event.id)
        .options(
            joinedload(Event.kind), joinedload(Event.unit).joinedload(AdministrativeUnit.parent)
        )
        .order_by(held.c.last_on, Event.id)
    ).all()
    ids = [event.id for event, *_days in rows]
    joint = {row.row_id for row in indicators.joint_activities(scope).list_rows()}
    came, hosts, contents = turnouts(held), _hosts(ids), _contents(ids)
    names, represented = body_names(), _represented(held, scope.to_on)
    return _annex(
        "A2",
        [
            Row(
                "event",
                event.id,
                {
                    **_event_facts(event),
                    **_turnout_facts(came[event.id]),
                    "part": Part.COUNTED.value,
                    "joint": event.id in joint,
                    "first_on": first_on.isoformat(),
                    "last_on": last_on.isoformat(),
                    "sessions": sessions,
                    "contents": contents.get(event.id, []),
                    "represented": represented.get(event.id, []),
                    "hosts": _host_facts(hosts.get(event.id, []), names, last_on),
                },
            )
            for event, first_on, last_on, sessions in rows
        ],
    )


def under_way(scope: Scope) -> Figure:
    """Answer A9: activities begun in the period that end after it, named without any figure.

    Source: case 12: they are whole in the period of their last session.
    """
    days = {
        id_: (first_on, last_on)
        for id_, first_on, last_on in db.session.execute(
            counting.under_way(scope.programme.id, scope.to_on)
        )
    }
    events = {
        event.id: event for event in db.session.scalars(select(Event).where(Event.id.in_(days)))
    }
    return _annex(
        "A9",
        [
            Row(
                "event",
                id_,
                {
                    "part": Part.APART.value,
                    "title": events[id_].title,
                    "first_on": first_on.isoformat(),
                    "last_on": last_on.isoformat(),
                },
            )
            for id_, (first_on, last_on) in days.items()
        ],
    )


def _event_facts(event: Event) -> Json:
    district = district_of(event.unit) if event.unit else None
    return {
        "title": event.title,
        "kind": event.kind.key,
        "kind_name": event.kind.name,
        "place": event.place,
        # As it was on the day of the activity, whatever became of it.
        "commune": event.unit.name if event.unit else None,
        "district": district.name if district else None,
        "is_sample": event.is_sample,
    }


def _turnout_facts(turnout: Turnout) -> Json:
    return {
        "invited": turnout.invited,
        "people": turnout.people,
        "women": turnout.women,
        "men": turnout.men,
        "not_stated": turnout.not_stated,
        "organisations": turnout.organisations,
    }


def _represented(held: CTE, to_on: date) -> dict[int, list[Json]]:
    """Answer who was represented in each activity, called as on the last day of it.

    One whose name of that day nobody knows is called as on the last day of the period.
    """
    stood = counting.count_over(held).representing
    called = and_(
        OrganisationName.organisation_id == stood.c.organisation_id,
        valid_on(OrganisationName, held.c.last_on),
    )
    rows = db.session.execute(
        select(stood.c.event_id, stood.c.organisation_id, OrganisationName.name)
        .join(held, held.c.event_id == stood.c.event_id)
        .join(Organisation, Organisation.id == stood.c.organisation_id)
        .outerjoin(OrganisationName, called)
        .where(Organisation.kind.in_(LISTED_KINDS))
        .distinct()
    ).all()
    later = directory.name_on([id_ for _event, id_, name in rows if name is None], to_on)
    found: dict[int, list[Json]] = {}
    for event_id, id_, name in rows:
        told = {"organisation_id": id_, "name": name or later.get(id_, "")}
        found.setdefault(event_id, []).append(told)
    for several in found.values():
        several.sort(key=lambda told: (sort_key(told["name"]), told["organisation_id"]))
    return found


def _hosts(event_ids: list[int]) -> dict[int, list[EventHost]]:
    found: dict[int, list[EventHost]] = {}
    for host in db.session.scalars(
        select(EventHost)
        .where(EventHost.event_id.in_(event_ids))
        .options(joinedload(EventHost.body))
        .order_by(EventHost.id)
    ):
        found.setdefault(host.event_id, []).append(host)
    return found


def _contents(event_ids: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for event_id, number in db.session.execute(
        select(EventContent.event_id, Content.number)
        .join(Content, Content.id == EventContent.content_id)
        .where(EventContent.event_id.in_(event_ids))
        .order_by(Content.number)
    ):
        found.setdefault(event_id, []).append(number)
    return found


def _host_facts(hosts: Iterable[EventHost], names: list[HostBodyName], day: date) -> list[Json]:
    return [
        {"body": host.body.key, "role": host.role.value, "name": _name_on(names, host.body, day)}
        for host in hosts
    ]


def body_names() -> list[HostBodyName]:
    """Answer every name any host body has borne: a handful."""
    return list(db.session.scalars(select(HostBodyName).order_by(HostBodyName.id)))


def _name_on(names: list[HostBodyName], body: HostBody, day: date) -> str:
    for name in names:
        if name.body_id == body.id and holds_on(name, day):
            return name.name["vi"]
    return body.key


def holds_on(dated: Any, day: date) -> bool:
    """Whether a dated row holds on the day."""
    return (dated.valid_from is None or dated.valid_from <= day) and (
        dated.valid_to is None or dated.valid_to >= day
    )


def attendance_per_organisation(scope: Scope) -> Figure:
    """Answer A4: each organisation operating on the last day, invited, or represented."""
    day = scope.to_on
    operating = set(db.session.scalars(scope.operating(day, LISTED_KINDS)))
    grid = attendance_by_organisation(scope.programme, scope.from_on, scope.to_on, also=operating)
    ids = [row.organisation_id for row in grid.rows]
    names, seats = directory.name_on(ids, day), directory.address_on(ids, day)
    communes = communes_named(seats.values(), scope.province, day)
    led = _women_led(scope)
    target = indicators.target_group(scope, day)
    rows = [
        Row(
            "organisation",
            row.organisation_id,
            {
                **_grid_facts(row),
                "part": Part.COUNTED.value,
                "name": names.get(row.organisation_id, ""),
                **_commune_facts(communes, seats.get(row.organisation_id)),
                "women_led": led.get(row.organisation_id, False),
                "in_target": row.organisation_id in target,
                "operating": row.organisation_id in operating,
            },
        )
        for row in sorted(grid.rows, key=lambda row: sort_key(names.get(row.organisation_id, "")))
    ]
    return _annex("A4", rows)


def _commune_facts(communes: dict[int, Commune], seat: AdministrativeUnit | None) -> Json:
    commune = communes[seat.id] if seat else None
    return {
        "commune": commune.name if commune else None,
        "district": commune.district if commune else None,
        "of_other_territory": commune.is_other if commune else False,
    }


def _grid_facts(row: GridRow) -> Json:
    return {
        "kind": row.kind.value,
        "invited": row.invited,
        "attended": row.attended,
        "people": row.people,
        "women": row.women,
        "last_attended_on": row.last_attended_on.isoformat() if row.last_attended_on else None,
    }


def _women_led(scope: Scope) -> dict[int, bool | None]:
    """Answer True for the women-led on the last day, None where nobody can say."""
    rule = classification.get_rule(scope.programme.women_led_rule)
    unknown = db.session.scalars(classification.unknown(rule, scope.to_on))
    led = db.session.scalars(classification.women_led(rule, scope.to_on))
    return dict.fromkeys(unknown, None) | dict.fromkeys(led, True)


def _annex(code: str, rows: list[Row]) -> Figure:
    return Figure(code, RULES[code].version, Decimal(len(rows)), None, None, {}, rows)


ANNEXES: dict[str, Callable[[Scope], Figure]] = {
    "A1": targets,
    "A2": activities,
    "A4": attendance_per_organisation,
    "A9": under_way,
}
"""The tables of the report, by the code they are kept under."""
