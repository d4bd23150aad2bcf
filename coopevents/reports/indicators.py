"""The indicators: one query a number, which also lists the rows behind it.

How each counts is said in words in `coopevents/data/indicator-rules.yaml` and, with its edge
cases, in `docs/counting-rules.md`.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import CTE, case, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from coopevents.attendance import counting
from coopevents.attendance.counting import Rows
from coopevents.db import db
from coopevents.directory import classification
from coopevents.directory.models import Organisation, OrganisationKind, Sex
from coopevents.errors import NotFoundError
from coopevents.events.models import Event, EventContent, EventHost, EventKind, HostRole
from coopevents.i18n import _
from coopevents.programme.models import Adding, Content, ProgrammeBody
from coopevents.reports import (
    advice_indicators,
    founding_indicators,
    jobs_indicator,
    reach_indicator,
    register_indicators,
    trade_indicators,
    training_indicators,
)
from coopevents.reports.figures import (
    TARGET_KINDS,
    Figure,
    Part,
    Row,
    Scope,
    number_of,
    share_of,
)
from coopevents.reports.rules import RULES


def compute(code: str, scope: Scope) -> Figure:
    """Answer the indicator over the scope, as live data has it now.

    Raises NotFoundError for a code that is not computed.
    """
    if code not in INDICATORS:
        raise NotFoundError(_("There is no indicator %(code)s.", code=code))
    return INDICATORS[code](scope)


def add(figures: Sequence[Figure]) -> Decimal:
    """Answer the sum of one indicator's figures over stretches that do not overlap.

    Only things that happened add up. Raises ValueError for different things, a stock or a ratio:
    these are counted anew over the whole stretch, never put together.
    """
    (code,) = {figure.code for figure in figures}
    if RULES[code].adding is not Adding.EVENTS:
        raise ValueError(f"{code} is of the kind {RULES[code].adding}: it does not add up.")
    return sum((figure.value or Decimal(0) for figure in figures), Decimal(0))


def joint_activities(scope: Scope) -> Figure:
    """Answer I1. Source: F33 and domain model, section 4."""
    joint = _joint_events(scope)
    kinds = _tally(
        select(EventKind.key, func.count())
        .join(Event, Event.kind_id == EventKind.id)
        .join(joint, joint.c.event_id == Event.id)
        .group_by(EventKind.key)
    )
    contents = _tally(
        select(Content.number, func.count())
        .join(EventContent, EventContent.content_id == Content.id)
        .join(joint, joint.c.event_id == EventContent.event_id)
        .group_by(Content.number)
    )
    number = sum(kinds.values())
    return number_of("I1", number, {"kind": kinds, "content": contents}, _event_rows(joint))


def _joint_events(scope: Scope) -> CTE:
    held = counting.held_events(scope.programme.id, scope.from_on, scope.to_on)
    # Both are named to be correlated: left to itself, the inner question would ask whether some
    # body hosts, of whatever event.
    hosts = (
        select(EventHost.id)
        .where(
            EventHost.event_id == held.c.event_id,
            EventHost.body_id == ProgrammeBody.body_id,
            EventHost.role.in_((HostRole.LEAD, HostRole.CO_HOST)),
        )
        .correlate(held, ProgrammeBody)
        .exists()
    )
    a_body_stands_aside = (
        select(ProgrammeBody.id)
        .where(ProgrammeBody.programme_id == scope.programme.id, ~hosts)
        .correlate(held)
        .exists()
    )
    return (
        select(*held.c)
        .join(Event, Event.id == held.c.event_id)
        .where(Event.counts_to_programme, ~a_body_stands_aside)
        .cte("joint_events")
    )


def _event_rows(joint: CTE) -> Rows:
    contents = (
        select(
            func.coalesce(
                func.jsonb_agg(aggregate_order_by(Content.number, Content.number)),
                func.jsonb_build_array(),
            )
        )
        .join(EventContent, EventContent.content_id == Content.id)
        .where(EventContent.event_id == Event.id)
        .correlate(Event)
        .scalar_subquery()
    )
    return (
        select(
            literal("event").label("kind"),
            Event.id.label("row_id"),
            func.jsonb_build_object(
                *("part", Part.COUNTED.value, "title", Event.title, "kind", EventKind.key),
                *("contents", contents, "first_on", joint.c.first_on),
                *("last_on", joint.c.last_on, "sessions", joint.c.sessions),
            ).label("facts"),
        )
        .join(joint, joint.c.event_id == Event.id)
        .join(EventKind, EventKind.id == Event.kind_id)
    )


def attendances(scope: Scope) -> Figure:
    """Answer I2: once a person and event. Source: domain model, section 4."""
    present = _counted(scope).presence
    sexes = _sexes(select(present.c.sex, func.count()).group_by(present.c.sex))
    rows = _person_rows(
        select(
            present.c.identity,
            func.jsonb_build_object(
                *("part", Part.COUNTED.value, "event_id", present.c.event_id),
                *("sex", present.c.sex, "sessions", present.c.sessions),
            ).label("facts"),
        )
    )
    return number_of("I2", sum(sexes.values()), {"sex": sexes}, rows)


def unique_people(scope: Scope) -> Figure:
    """Answer I3: once a person, however many events. Source: domain model, section 4."""
    people = _people(scope)
    sexes = _sexes(select(people.c.sex, func.count()).group_by(people.c.sex))
    rows = _person_rows(
        select(
            people.c.identity,
            func.jsonb_build_object(
                *("part", Part.COUNTED.value, "sex", people.c.sex, "events", people.c.events)
            ).label("facts"),
        )
    )
    return number_of("I3", sum(sexes.values()), {"sex": sexes}, rows)


def share_of_women(scope: Scope) -> Figure:
    """Answer I11: women among women and men; who did not say stands apart."""
    people = _people(scope)
    sexes = _sexes(select(people.c.sex, func.count()).group_by(people.c.sex))
    part = case(
        (people.c.sex == Sex.FEMALE, Part.COUNTED.value),
        (people.c.sex == Sex.MALE, Part.BASE.value),
        else_=Part.APART.value,
    )
    rows = _person_rows(
        select(
            people.c.identity,
            func.jsonb_build_object("part", part, "sex", people.c.sex).label("facts"),
        )
    )
    women, men = sexes[Sex.FEMALE.value], sexes[Sex.MALE.value]
    return share_of("I11", women, women + men, {"sex": sexes}, rows)


def coverage(scope: Scope) -> Figure:
    """Answer I7: target organisations somebody present stood for. Source: F32, domain model 4."""
    came = _days_they_came(scope)
    target = target_group(scope, scope.to_on)
    gaps = _unclassified(scope)
    left = _who_left(scope, {id_: days for id_, days in came.items() if id_ not in target})
    kinds = {
        kind.value: {
            "numerator": sum(1 for id_, of in target.items() if of is kind and id_ in came),
            "denominator": sum(1 for of in target.values() if of is kind),
        }
        for kind in TARGET_KINDS
    }
    rows = [
        _organisation_row(id_, kind, Part.COUNTED if id_ in came else Part.BASE)
        for id_, kind in target.items()
    ]
    rows += [_organisation_row(id_, kind, Part.APART, "unknown") for id_, kind in gaps.items()]
    rows += [_organisation_row(id_, kind, Part.APART, "left") for id_, kind in left.items()]
    breakdown = {"kind": kinds, "apart": {"unknown": len(gaps), "left": len(left)}}
    return share_of("I7", len(target.keys() & came.keys()), len(target), breakdown, rows)


def target_group(scope: Scope, on: date) -> dict[int, OrganisationKind]:
    """Answer the organisations the programme is for on the day: operating and women-led."""
    rule = classification.get_rule(scope.programme.women_led_rule)
    return _kinds_of(
        scope.operating(on, TARGET_KINDS).where(
            Organisation.id.in_(classification.women_led(rule, on))
        )
    )


def _unclassified(scope: Scope) -> dict[int, OrganisationKind]:
    rule = classification.get_rule(scope.programme.women_led_rule)
    return _kinds_of(
        scope.operating(scope.to_on, TARGET_KINDS).where(
            Organisation.id.in_(classification.unknown(rule, scope.to_on))
        )
    )


def _days_they_came(scope: Scope) -> dict[int, list[date]]:
    held = counting.held_events(scope.programme.id, scope.from_on, scope.to_on)
    stood = counting.count_over(held).representing
    came: dict[int, list[date]] = {}
    for organisation_id, last_on in db.session.execute(
        select(stood.c.organisation_id, held.c.last_on)
        .join(held, held.c.event_id == stood.c.event_id)
        .distinct()
    ):
        came.setdefault(organisation_id, []).append(last_on)
    return came


def _who_left(scope: Scope, came: dict[int, list[date]]) -> dict[int, OrganisationKind]:
    """Answer which of those that came were in the target group on a day they came.

    Asks once for each such day, of which a period has few.
    """
    left: dict[int, OrganisationKind] = {}
    for day in sorted({day for days in came.values() for day in days}):
        then = target_group(scope, day)
        left |= {id_: then[id_] for id_, days in came.items() if day in days and id_ in then}
    return left


def _kinds_of(organisations: Rows) -> dict[int, OrganisationKind]:
    ids = organisations.subquery()
    found = db.session.execute(
        select(Organisation.id, Organisation.kind)
        .where(Organisation.id.in_(select(ids.c.id)))
        .order_by(Organisation.id)
    )
    return {row.id: row.kind for row in found}


def _organisation_row(
    organisation_id: int, kind: OrganisationKind, part: Part, why: str | None = None
) -> Row:
    facts = {"part": part.value, "kind": kind.value}
    return Row("organisation", organisation_id, facts | ({"why": why} if why else {}))


def _counted(scope: Scope) -> counting.Counted:
    return counting.count_over(counting.held_events(scope.programme.id, scope.from_on, scope.to_on))


def _people(scope: Scope) -> CTE:
    present = _counted(scope).presence
    return (
        select(
            present.c.identity,
            present.c.sex,
            func.jsonb_agg(aggregate_order_by(present.c.event_id, present.c.event_id)).label(
                "events"
            ),
        )
        .group_by(present.c.identity, present.c.sex)
        .cte("people_present")
    )


def _person_rows(people: Rows) -> Rows:
    """Answer rows from identity and facts: a person's, or a walk-in's nobody has recognised."""
    found = people.subquery()
    return select(
        case((found.c.identity > 0, "person"), else_="walk_in").label("kind"),
        func.abs(found.c.identity).label("row_id"),
        found.c.facts,
    )


def _sexes(statement: Rows) -> dict[str, int]:
    return {sex.value: 0 for sex in Sex} | _tally(statement)


def _tally(statement: Rows) -> dict[str, int]:
    return {str(key): number for key, number in db.session.execute(statement)}


INDICATORS: dict[str, Callable[[Scope], Figure]] = {
    "I1": joint_activities,
    "I2": attendances,
    "I3": unique_people,
    "I5": training_indicators.trained_people,
    "I7": coverage,
    "I11": share_of_women,
    "I12": founding_indicators.new_cooperatives,
    "I13": founding_indicators.new_groups,
    "I14": jobs_indicator.new_jobs,
    "I15": register_indicators.with_certificates,
    "I16": register_indicators.women_among_certificates,
    "I17": trade_indicators.trade_promotion,
    "I19": reach_indicator.declared_reach,
    "I21": advice_indicators.advice_cases,
}
"""What is computed now, by its code. Each computes the rule of the version that RULES has."""
