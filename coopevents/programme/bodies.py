"""The bodies of a programme: which leads, and what each is called from which day on."""

from datetime import date, timedelta

from coopevents import access
from coopevents.accounts import queries as accounts
from coopevents.accounts.models import HostBody, HostBodyName
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.i18n import _, day
from coopevents.programme import queries
from coopevents.programme.models import Programme, ProgrammeBody
from coopevents.programme.plans import KEY, BodyNamePlan
from coopevents.programme.service import add, lock, refuse, write


def add_body(
    programme: Programme, key: str, plan: BodyNamePlan, valid_from: date | None = None
) -> HostBody:
    """Have one more body sign the programme, ranked last.

    A body that another programme knows by this key keeps the names it has.
    """
    lock(programme)
    refuse(plan.problems())
    if not KEY.fullmatch(key):
        refuse({"key": _("A key is made of small letters, figures, - and _.")})
    known = queries.list_bodies(programme)
    if any(row.body.key == key for row in known):
        refuse({"key": _("This body has signed already.")})
    body = accounts.find_body(key)
    if body is None:
        body = HostBody(key=key)
        add(body, {"key": key}, "body.added", "host_body", programme.id)
        _begin(programme, body, plan, valid_from)
    signed = ProgrammeBody(programme_id=programme.id, body_id=body.id, rank=len(known) + 1)
    add(signed, {"key": key, "rank": signed.rank}, "body.added", "host_body", programme.id)
    return body


def rename(programme: Programme, body: HostBody, plan: BodyNamePlan, valid_from: date) -> None:
    """Have the body be called so from that day on; the name before ends on the day before.

    Raises InputError for a day that is not after the beginning of the latest name: what stood
    in the past stays.
    """
    lock(programme)
    refuse(plan.problems())
    latest = queries.list_names(programme)[body.id][0]
    if latest.valid_from is not None and valid_from <= latest.valid_from:
        reason = _(
            "The body has borne its latest name since %(day)s: a new one begins later.",
            day=day(latest.valid_from),
        )
        raise InputError(reason, {"valid_from": reason})
    ends = valid_from - timedelta(days=1)
    write(latest, {"valid_to": ends}, "body.closed", "host_body_name", programme.id)
    _begin(programme, body, plan, valid_from)


def correct_name(programme: Programme, name: HostBodyName, plan: BodyNamePlan) -> None:
    """Correct a typing mistake in the latest name; the audit keeps what stood there.

    Raises InputError for an earlier name: documents of its time were headed by it.
    """
    lock(programme)
    refuse(plan.problems())
    if name.valid_to is not None:
        raise InputError(_("A later name stands, so this one is history and stays."))
    write(name, vars(plan), "body.corrected", "host_body_name", programme.id)


def rank_bodies(programme: Programme, body_ids: list[int]) -> None:
    """Have the bodies stand in this order; the first leads."""
    lock(programme)
    rows = {row.body_id: row for row in queries.list_bodies(programme)}
    if sorted(body_ids) != sorted(rows):
        raise InputError(_("Name every body of the programme once."))
    wanted = {body_id: place for place, body_id in enumerate(body_ids, start=1)}
    before = {body_id: row.rank for body_id, row in rows.items()}
    if before == wanted:
        return
    # No two may bear one rank even for a moment, so all step aside first.
    for row in rows.values():
        row.rank = -row.rank
    db.session.flush()
    for body_id, row in rows.items():
        row.rank = wanted[body_id]
    db.session.flush()
    for body_id, row in rows.items():
        if before[body_id] != wanted[body_id]:
            _tell_rank(programme, row, before[body_id])


def _tell_rank(programme: Programme, row: ProgrammeBody, before: int) -> None:
    audit.record(
        "body.ranked",
        "host_body",
        row.id,
        programme_id=programme.id,
        changes={"key": (row.body.key, row.body.key), "rank": (before, row.rank)},
    )


def _begin(
    programme: Programme, body: HostBody, plan: BodyNamePlan, valid_from: date | None
) -> HostBodyName:
    who = access.actor()
    name = HostBodyName(
        body_id=body.id,
        valid_from=valid_from,
        recorded_by_id=who.id if who.kind == "user" else None,
        **vars(plan),
    )
    values = {"valid_from": valid_from, **vars(plan)}
    add(name, values, "body.renamed", "host_body_name", programme.id)
    return name
