"""Every model, imported once: for the mappers, the migrations and the house tests."""

from sqlalchemy.orm import configure_mappers

from coopevents.accounts import models as accounts
from coopevents.attendance import models as attendance
from coopevents.audit import models as audit
from coopevents.bounces import models as bounces
from coopevents.budgets import models as budgets
from coopevents.calendars import models as calendars
from coopevents.changes import models as changes
from coopevents.channels import models as channels
from coopevents.checklists import models as checklists
from coopevents.db import Base
from coopevents.directory import models as directory
from coopevents.duplicates import models as duplicates
from coopevents.events import models as events
from coopevents.intake import models as intake
from coopevents.invitations import models as invitations
from coopevents.letters import models as letters
from coopevents.mail import models as mail
from coopevents.materials import models as materials
from coopevents.notices import models as notices
from coopevents.outcomes.advice import models as advice
from coopevents.outcomes.jobs import models as job_counts
from coopevents.outcomes.reach import models as reach
from coopevents.outcomes.trade import models as trade
from coopevents.programme import models as programme
from coopevents.registrations import models as registrations
from coopevents.reminders import models as reminders
from coopevents.reports import models as reports
from coopevents.requests import models as requests
from coopevents.system import models as system
from coopevents.territory import models as territory
from coopevents.workdays import models as workdays


def configure() -> None:
    """Tie the mappers together now, so that a mistake in one stops the start."""
    configure_mappers()


__all__ = [
    "Base",
    "accounts",
    "advice",
    "attendance",
    "audit",
    "bounces",
    "budgets",
    "calendars",
    "changes",
    "channels",
    "checklists",
    "configure",
    "directory",
    "duplicates",
    "events",
    "intake",
    "invitations",
    "job_counts",
    "letters",
    "mail",
    "materials",
    "notices",
    "programme",
    "reach",
    "registrations",
    "reminders",
    "reports",
    "requests",
    "system",
    "territory",
    "trade",
    "workdays",
]
