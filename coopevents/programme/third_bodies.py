"""Bodies that host activities and sign no programme: a department, a bank.

They belong to the house, as all bodies do: activities of every programme may name them.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import select

from coopevents import access, names
from coopevents.accounts.models import HostBody, HostBodyName
from coopevents.db import Translated, db
from coopevents.errors import InputError, NotFoundError
from coopevents.i18n import _, day
from coopevents.programme.models import Programme, ProgrammeBody
from coopevents.programme.service import add, lock, write


@dataclass(frozen=True)
class ThirdBodyPlan:
    """What the body is called, and in short."""

    name: Translated
    abbreviation: str


def add_third_body(programme: Programme, plan: ThirdBodyPlan) -> HostBody:
    """Have a body that signs nothing be chosen as a third host from now on.

    Raises InputError for the name of a body there is already.
    """
    lock(programme)
    _require_new(plan)
    body = HostBody(key=f"third_{uuid4().hex[:12]}")
    add(body, {"name": plan.name}, "body.added", "host_body", programme.id)
    _begin(programme, body, plan, None)
    return body


def rename_third_body(
    programme: Programme, body: HostBody, plan: ThirdBodyPlan, valid_from: date
) -> None:
    """Have the body be called so from that day on; the name before ends on the day before."""
    lock(programme)
    _require_new(plan, but=body)
    latest = latest_name(body)
    if latest.valid_from is not None and valid_from <= latest.valid_from:
        raise InputError.at(
            "valid_from",
            _(
                "The body has borne its latest name since %(day)s: a new one begins later.",
                day=day(latest.valid_from),
            ),
        )
    ends = {"valid_to": valid_from - timedelta(days=1)}
    write(latest, ends, "body.closed", "host_body_name", programme.id)
    _begin(programme, body, plan, valid_from)


def _begin(
    programme: Programme, body: HostBody, plan: ThirdBodyPlan, valid_from: date | None
) -> None:
    who = access.actor()
    name = HostBodyName(
        body_id=body.id,
        valid_from=valid_from,
        recorded_by_id=who.id if who.kind == "user" else None,
        name=plan.name,
        abbreviation=plan.abbreviation,
        # It heads, numbers and signs no document of ours.
        heading=[],
        number_pattern="",
        place="",
        signers=[],
    )
    values = {"valid_from": valid_from, "name": plan.name, "abbreviation": plan.abbreviation}
    add(name, values, "body.renamed", "host_body_name", programme.id)


def _require_new(plan: ThirdBodyPlan, but: HostBody | None = None) -> None:
    wanted = names.fold(plan.name["vi"])
    standing = db.session.scalars(select(HostBodyName).where(HostBodyName.valid_to.is_(None)))
    for name in standing:
        is_other = but is None or name.body_id != but.id
        if is_other and names.fold(name.name["vi"]) == wanted:
            raise InputError.at("name_vi", _("There is a body of this name already."))


def list_third_bodies() -> list[HostBodyName]:
    """Answer the latest name of every body that signed no programme, in the order of names."""
    found = db.session.scalars(
        select(HostBodyName).where(
            HostBodyName.valid_to.is_(None),
            HostBodyName.body_id.not_in(select(ProgrammeBody.body_id)),
        )
    )
    return sorted(found, key=lambda name: (names.sort_key(name.name["vi"]), name.body_id))


def get_third_body(body_id: int) -> HostBody:
    """Answer the body, if it signed no programme. Raises NotFoundError otherwise."""
    named = next((name for name in list_third_bodies() if name.body_id == body_id), None)
    if named is None:
        raise NotFoundError(_("There is no such body."))
    return named.body


def latest_name(body: HostBody) -> HostBodyName:
    """Answer what the body is called without an end."""
    return db.session.scalars(
        select(HostBodyName).where(HostBodyName.body_id == body.id, HostBodyName.valid_to.is_(None))
    ).one()
