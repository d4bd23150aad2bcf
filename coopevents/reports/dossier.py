"""Everything an organisation got, in one place: its dossier.

What happened is told as entries, the latest first. A room that gives organisations something else
adds a function to `SOURCES`, and its entries stand among the others, on the page and on the sheet.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from coopevents.accounts.models import HostBodyName
from coopevents.attendance.grid import Mark
from coopevents.db import db, valid_on
from coopevents.directory import identity
from coopevents.directory import queries as directory
from coopevents.directory.models import (
    LineageKind,
    OcopCertificate,
    Organisation,
    OrganisationLineage,
    OrganisationSupport,
)
from coopevents.i18n import _, _l, translated
from coopevents.ocop import queries as ocop
from coopevents.outcomes.advice import queries as advice
from coopevents.outcomes.advice import telling
from coopevents.outcomes.advice.words import OUTCOME_NAMES, PURPOSE_NAMES
from coopevents.outcomes.jobs import queries as jobs
from coopevents.outcomes.trade import story as trade
from coopevents.programme.models import Programme, ProgrammeBody
from coopevents.reports.dossier_activities import tell_activities
from coopevents.reports.entries import Entry

LINEAGE = {
    LineageKind.CONSOLIDATE: (
        _l("Consolidated into %(name)s"),
        _l("Came out of %(name)s, consolidated"),
    ),
    LineageKind.ABSORB: (_l("Absorbed by %(name)s"), _l("Absorbed %(name)s")),
    LineageKind.DIVIDE: (
        _l("Divided; %(name)s came out of it"),
        _l("Came out of %(name)s, divided"),
    ),
    LineageKind.SPLIT_OFF: (_l("%(name)s split off from it"), _l("Split off from %(name)s")),
    LineageKind.CONVERT: (_l("Converted into %(name)s"), _l("Converted from %(name)s")),
}
"""What an organisation's own lineage says of the other: as the old one, as the new one."""


@dataclass(frozen=True)
class Dossier:
    """What an organisation got, and how many held activities bear which mark."""

    entries: list[Entry]
    marks: Counter[Mark] = field(default_factory=Counter)

    @property
    def delegates(self) -> int:
        """How many times somebody came for it: once a person and activity."""
        return sum(len(entry.delegates) for entry in self.entries)


def compile_dossier(programme: Programme, organisation: Organisation, today: date) -> Dossier:
    """Answer everything the organisation got up to the day, in as many questions whatever that is.

    Activities held before it was founded bear no mark: nobody could have invited it.
    """
    entries = [entry for tell in SOURCES for entry in tell(programme, organisation, today)]
    entries.sort(key=lambda entry: entry.on or date.min, reverse=True)
    return Dossier(entries, Counter(entry.mark for entry in entries if entry.mark))


def bodies_of(programme: Programme, day: date) -> list[HostBodyName]:
    """Answer what the bodies of the programme are called on the day, the leading one first."""
    return list(
        db.session.scalars(
            select(HostBodyName)
            .join(ProgrammeBody, ProgrammeBody.body_id == HostBodyName.body_id)
            .where(ProgrammeBody.programme_id == programme.id, valid_on(HostBodyName, day))
            .order_by(ProgrammeBody.rank)
        )
    )


def tell_founding(_programme: Programme, organisation: Organisation, day: date) -> list[Entry]:
    """Answer which bodies helped to found the organisation."""
    supports = db.session.execute(
        select(OrganisationSupport, HostBodyName)
        .outerjoin(
            HostBodyName,
            (HostBodyName.body_id == OrganisationSupport.body_id) & valid_on(HostBodyName, day),
        )
        .where(OrganisationSupport.organisation_id.in_(identity.with_merged([organisation.id])))
        .order_by(OrganisationSupport.id)
    )
    return [
        Entry(
            on=support.supported_on,
            text=_("Founded with help of %(body)s", body=translated(name.name) if name else "—"),
            tone="good",
            details=(support.source,) if support.source else (),
        )
        for support, name in supports
    ]


def tell_certificates(_programme: Programme, organisation: Organisation, day: date) -> list[Entry]:
    """Answer the OCOP certificates its products got, and those that were withdrawn."""
    told = []
    known = ocop.of_organisation(organisation.id, day)
    for certificate in (line.certificate for line in (*known.held, *known.passed_on)):
        told.append(_certified(certificate))
        if certificate.withdrawn_on:
            told.append(
                Entry(
                    on=certificate.withdrawn_on,
                    text=_("OCOP certificate withdrawn: %(product)s", product=certificate.product),
                    tone="bad",
                )
            )
    return told


def _certified(certificate: OcopCertificate) -> Entry:
    return Entry(
        on=certificate.issued_on,
        text=_(
            "OCOP certificate, %(stars)s stars: %(product)s",
            stars=certificate.stars,
            product=certificate.product,
        ),
        tone="good",
        details=(certificate.decision,),
    )


def tell_lineage(_programme: Programme, organisation: Organisation, _day: date) -> list[Entry]:
    """Answer what the organisation came out of and went into."""
    entries = identity.with_merged([organisation.id])
    rows = db.session.scalars(
        select(OrganisationLineage)
        .where(OrganisationLineage.old_id.in_(entries) | OrganisationLineage.new_id.in_(entries))
        .order_by(OrganisationLineage.id)
    ).all()
    others = {row.id: (row.new_id if row.old_id in entries else row.old_id) for row in rows}
    called = directory.name_on([id_ for id_ in others.values() if id_], date.max)
    told = []
    for row in rows:
        other = called.get(others[row.id] or 0, "—")
        as_old, as_new = LINEAGE.get(row.kind, (_l("Dissolved"), _l("Dissolved")))
        text = str(as_old if row.old_id in entries else as_new)
        told.append(
            Entry(
                on=row.effective_on,
                text=text % {"name": other} if "%(name)s" in text else text,
                details=(row.document,) if row.document else (),
            )
        )
    return told


def tell_advice(programme: Programme, organisation: Organisation, _day: date) -> list[Entry]:
    """Answer the advice it got, how that ended, and the founding that came of it."""
    told = []
    for line in advice.cases_of(organisation.id, programme.id):
        purpose = str(PURPOSE_NAMES[line.case.purpose])
        told.append(Entry(line.case.opened_on, _("Advice begun: %(what)s", what=purpose)))
        if line.founding:
            text = _("Founded with advice")
            paper = telling.proof(line.founding)
            told.append(Entry(line.founding.registered_on, text, "good", details=(paper,)))
        if line.closing and line.closing.outcome:
            outcome = str(OUTCOME_NAMES[line.closing.outcome])
            text = _("Advice ended: %(outcome)s", outcome=outcome)
            told.append(Entry(line.closing.moved_on, text))
    return told


def tell_trade(programme: Programme, organisation: Organisation, day: date) -> list[Entry]:
    """Answer the stands it had at fairs, and what its contracts came to."""
    return [
        Entry(on=one.on, text=one.text, tone="good", details=one.details)
        for one in trade.tell(programme, organisation, day)
    ]


def tell_jobs(programme: Programme, organisation: Organisation, _day: date) -> list[Entry]:
    """Answer how many women had a job in it, half-year by half-year, as it stands."""
    counts = jobs.standing_counts(programme, organisation_ids=[organisation.id])
    return [
        Entry(
            on=standing.count.counted_on,
            text=_(
                "Women's jobs, %(half)s: %(persons)s women (%(members)s members, %(workers)s"
                " workers, of them %(both)s both)",
                half=half.label,
                persons=standing.count.persons,
                members=standing.count.women_members,
                workers=standing.count.women_workers,
                both=standing.count.women_both,
            ),
            tone="good" if standing.verification else "wait",
            details=(
                standing.count.paper,
                _("verified by %(name)s", name=standing.verification.by_label)
                if standing.verification
                else _("not verified"),
            ),
        )
        for half, standing in counts.get(organisation.id, {}).items()
    ]


SOURCES: tuple[Callable[[Programme, Organisation, date], list[Entry]], ...] = (
    tell_activities,
    tell_founding,
    tell_certificates,
    tell_lineage,
    tell_advice,
    tell_trade,
    tell_jobs,
)
"""Who tells what an organisation got."""
