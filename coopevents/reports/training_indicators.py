"""The indicators of trainings: who completed one, not who came.

How each counts is said in words in `coopevents/data/indicator-rules.yaml` and, with its edge
cases, in `docs/counting-rules.md`.
"""

from sqlalchemy import CTE, case, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from coopevents.attendance import counting
from coopevents.attendance.completion import completion
from coopevents.db import Json, db
from coopevents.directory.models import Sex
from coopevents.events.models import Event, EventContent, EventKind
from coopevents.programme.models import Content
from coopevents.reports.figures import Figure, Part, Scope, number_of


def trained_people(scope: Scope) -> Figure:
    """Answer I5: different people who completed a training. Source: EG.3.2-1, domain model 4."""
    people = _people_in_trainings(scope)
    trained = people.c.completed > 0
    sexes = {sex.value: 0 for sex in Sex}
    for sex, number in db.session.execute(
        select(people.c.sex, func.count()).where(trained).group_by(people.c.sex)
    ):
        sexes[str(sex)] = number
    apart = db.session.scalar(select(func.count()).select_from(people).where(~trained)) or 0
    breakdown: Json = {
        "sex": sexes,
        "content": _by_content(scope),
        "apart": {"not_completed": apart},
    }
    facts = func.jsonb_build_object(
        *("part", case((trained, Part.COUNTED.value), else_=Part.APART.value)),
        *("sex", people.c.sex, "events", people.c.events),
    )
    why = func.jsonb_build_object("why", "not_completed")
    rows = select(
        case((people.c.identity > 0, "person"), else_="walk_in").label("kind"),
        func.abs(people.c.identity).label("row_id"),
        case((trained, facts), else_=facts.op("||")(why)).label("facts"),
    )
    return number_of("I5", sum(sexes.values()), breakdown, rows)


def _in_trainings(scope: Scope) -> CTE:
    held = counting.held_events(scope.programme.id, scope.from_on, scope.to_on)
    trainings = (
        select(held.c.event_id)
        .join(Event, Event.id == held.c.event_id)
        .join(EventKind, EventKind.id == Event.kind_id)
        .where(EventKind.is_training)
        .cte("trainings")
    )
    return completion(counting.count_over(trainings))


def _people_in_trainings(scope: Scope) -> CTE:
    judged = _in_trainings(scope)
    events = aggregate_order_by(judged.c.event_id, judged.c.event_id)
    return (
        select(
            judged.c.identity,
            judged.c.sex,
            func.count().filter(judged.c.is_complete).label("completed"),
            func.jsonb_agg(events).label("events"),
        )
        .group_by(judged.c.identity, judged.c.sex)
        .cte("people_in_trainings")
    )


def _by_content(scope: Scope) -> dict[str, int]:
    """Answer how many people completed a training of each content; somebody may be in several."""
    judged = _in_trainings(scope)
    rows = db.session.execute(
        select(Content.number, func.count(judged.c.identity.distinct()))
        .join(EventContent, EventContent.content_id == Content.id)
        .join(judged, judged.c.event_id == EventContent.event_id)
        .where(judged.c.is_complete)
        .group_by(Content.number)
        .order_by(Content.number)
    )
    return {str(number): people for number, people in rows}
