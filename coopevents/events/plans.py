"""What an officer decides of an activity, and what is wrong with it alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import ClassVar
from uuid import UUID

from coopevents.db import Json
from coopevents.events.models import PartInEvent
from coopevents.i18n import _

Problems = dict[str, str]


@dataclass(frozen=True)
class AgendaPoint:
    """A point of a session's agenda; without a time it follows the one before."""

    topic: str
    starts_at: time | None = None
    speaker: str = ""


@dataclass(frozen=True)
class TrainerPlan:
    """Somebody who teaches or speaks; `person_id` where the register knows her."""

    full_name: str
    part: PartInEvent = PartInEvent.TRAINER
    unit: str = ""
    person_id: int | None = None


@dataclass(frozen=True)
class SessionPlan:
    """A buổi as it is planned: local day and hours. `id` names the row it is already kept as."""

    held_on: date
    starts_at: time
    ends_at: time
    topic: str = ""
    place: str | None = None
    class_group: str | None = None
    required: bool = True
    id: int | None = None
    agenda: Sequence[AgendaPoint] = ()
    trainers: Sequence[TrainerPlan] = ()


@dataclass(frozen=True)
class EventPlan:
    """Everything an officer decides when planning an activity."""

    kind_id: int
    title: str
    place: str
    lead_body_id: int
    contact_name: str
    contact_phone: str
    contact_email: str
    sessions: Sequence[SessionPlan]
    description: str = ""
    co_host_ids: Sequence[int] = ()
    third_host_ids: Sequence[int] = field(default=())
    content_ids: Sequence[int] = ()
    administrative_unit_id: int | None = None
    capacity: int | None = None
    offer_hours: int | None = None
    answer_by: date | None = None
    promotional: bool = False
    listed_publicly: bool = False
    is_sample: bool = False
    trainers: Sequence[TrainerPlan] = ()
    """Those of the whole activity; those of one session stand with it."""
    submission_id: UUID | None = None
    """Made with the form: the same form sent twice is one activity."""
    year_plan_id: int | None = None
    copied_from_id: int | None = None
    proposed_audience: Json | None = None

    def problems(self) -> Problems:
        """Answer what is wrong with it: the field and the sentence."""
        found = problems_of_hosts(self.lead_body_id, self.co_host_ids, self.third_host_ids)
        if not self.sessions:
            found["sessions"] = _("Give at least one session.")
        for number, session in enumerate(self.sessions, start=1):
            if session.ends_at <= session.starts_at:
                found[f"sessions-{number}"] = _(
                    "Session %(number)s ends before it begins.", number=number
                )
        if self.answer_by and self.sessions:
            first = min(session.held_on for session in self.sessions)
            if self.answer_by > first:
                found["answer_by"] = _("Answers are due before the first session.")
        return found


@dataclass(frozen=True)
class Again:
    """When and under which title an activity is held again, and which promise it keeps."""

    first_on: date
    title: str
    promise_id: int | None = None
    submission_id: UUID | None = None


@dataclass(frozen=True)
class EventDetails:
    """What of a published activity may change without telling anybody."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        *("description", "capacity", "offer_hours", "promotional", "listed_publicly"),
        *("contact_name", "contact_phone", "contact_email"),
    )

    description: str
    capacity: int | None
    offer_hours: int | None
    promotional: bool
    listed_publicly: bool
    contact_name: str
    contact_phone: str
    contact_email: str
    lead_body_id: int
    co_host_ids: Sequence[int]
    third_host_ids: Sequence[int]
    content_ids: Sequence[int]


def problems_of_hosts(
    lead_id: int, co_host_ids: Iterable[int], third_ids: Iterable[int]
) -> Problems:
    """Answer what is wrong with who hosts: a body hosts once, in one role."""
    hosts = [lead_id, *co_host_ids, *third_ids]
    if len(set(hosts)) < len(hosts):
        return {"co_host_ids": _("A body hosts once: as lead, as co-host or as a third.")}
    return {}
