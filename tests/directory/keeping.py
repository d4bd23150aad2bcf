"""Organisations as officers enter them, and what is then written of them."""

from datetime import date

from sqlalchemy import select

from coopevents.accounts.models import HostBody
from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.directory import service
from coopevents.directory.dated import rows_of
from coopevents.directory.models import OrganisationKind, OrganisationName
from coopevents.directory.service import Founding, NewOrganisation

FOUNDED = date(2020, 3, 1)
ON_A_DAY = Founding(FOUNDED)


def enter(programme, name="HTX Chè Mẫu", founded=ON_A_DAY, **more):
    """Enter a cooperative as an officer would."""
    new = NewOrganisation(OrganisationKind.COOPERATIVE, name, founded=founded, **more)
    return service.enter(programme.register, new)


def names(organisation):
    """Answer every name it bore, with the days."""
    return [
        (row.name, row.valid_from, row.valid_to)
        for row in rows_of(OrganisationName, organisation.id)
    ]


def told(organisation):
    """Answer the acts the audit has of the organisation, and their values."""
    db.session.commit()
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind == "organisation", AuditEntry.subject_id == organisation.id)
        .order_by(AuditEntry.id)
    ).all()
    return [
        (
            entry.act,
            {
                value.field: (value.before, value.after)
                for value in db.session.scalars(
                    select(AuditValue).where(AuditValue.entry_id == entry.id)
                )
            },
        )
        for entry in entries
    ]


def union_id():
    """Answer the id of the Women's Union."""
    return db.session.scalars(select(HostBody.id).where(HostBody.key == "womens_union")).one()
