"""The advice cases of the demo: one at its first contact, others that led to something."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from coopevents import clock
from coopevents.access import Actor, acting
from coopevents.accounts import queries as accounts
from coopevents.demo.activities import at, submission
from coopevents.directory import choices
from coopevents.directory.models import Organisation
from coopevents.events.models import Event
from coopevents.outcomes.advice import founding, service
from coopevents.outcomes.advice.founding import FoundingEntry
from coopevents.outcomes.advice.models import AdviceCase, NoteKind, Outcome, Purpose
from coopevents.outcomes.advice.service import CasePlan, GroupToBe, NoteEntry
from coopevents.programme.models import Programme
from coopevents.territory import units
from coopevents.territory.models import AdministrativeUnit

COMMUNE = "Thu Cúc"
TEA = "HTX chè xanh (mẫu) Thu Cúc"
GROUP, VEGETABLES = "THT rau an toàn (mẫu) Thu Cúc", "HTX rau an toàn (mẫu) Thu Cúc"


@dataclass(frozen=True)
class _Office:
    """Who advises, and the dice her forms are numbered by."""

    programme: Programme
    officer: Actor
    body_id: int
    dice: random.Random

    def open(
        self,
        purpose: Purpose,
        on: date,
        whom: Organisation | GroupToBe,
        event: Event | None = None,
    ) -> AdviceCase:
        """Open a case with its first contact."""
        plan = CasePlan(
            purpose, self.body_id, self.officer.id or 0, on, whom, event.id if event else None
        )
        with clock.as_if(at(on, 9)), acting(self.officer):
            return service.open_case(self.programme, plan, submission(self.dice))

    def note(self, case: AdviceCase, on: date, kind: NoteKind, text: str) -> None:
        """Write down what happened in it."""
        entry = NoteEntry(on, kind, text, self.officer.id or 0)
        with clock.as_if(at(on, 16)), acting(self.officer):
            service.add_note(case, entry, submission(self.dice))

    def lead_to(self, case: AdviceCase, name: str, on: date, number: str, outcome: Outcome) -> None:
        """Record what was founded, and close the case with it."""
        entry = FoundingEntry(on, registration_number=number)
        with clock.as_if(at(on + timedelta(days=2), 9)), acting(self.officer):
            founding.record_founding(
                case, _known(self.programme, name), entry, submission(self.dice)
            )
            service.close_case(case, outcome, clock.today(), "", submission(self.dice))


def advise(programme: Programme, seminar: Event, officer: Actor, dice: random.Random) -> None:
    """Let three groups be advised: one founded, one converted, one just come."""
    body = accounts.find_body("womens_union")
    office = _Office(programme, officer, body.id if body else 0, dice)
    _found_tea(office)
    _convert_group(office)
    _meet_beekeepers(office, seminar)


def _found_tea(office: _Office) -> None:
    group = GroupToBe("Nhóm phụ nữ trồng chè (mẫu)", _commune())
    case = office.open(Purpose.FOUND_COOPERATIVE, date(2025, 1, 14), group)
    office.note(case, date(2025, 1, 14), NoteKind.VISIT, "Chín hộ trồng chè muốn lập hợp tác xã.")
    office.note(case, date(2025, 2, 20), NoteKind.PAPER, "Góp ý dự thảo điều lệ, phương án.")
    office.lead_to(case, TEA, date(2025, 3, 18), "2600990001", Outcome.FOUNDED)


def _convert_group(office: _Office) -> None:
    case = office.open(Purpose.CONVERT, date(2026, 1, 20), _known(office.programme, GROUP))
    office.note(case, date(2026, 2, 26), NoteKind.MEETING, "Tổ họp, nhất trí chuyển thành HTX.")
    office.lead_to(case, VEGETABLES, date(2026, 4, 15), "2600990002", Outcome.CONVERTED)


def _meet_beekeepers(office: _Office, seminar: Event) -> None:
    on = clock.today() - timedelta(days=6)
    group = GroupToBe("Nhóm phụ nữ nuôi ong (mẫu)", _commune())
    case = office.open(Purpose.FOUND_GROUP, on, group, seminar)
    office.note(case, on, NoteKind.CALL, "Hỏi thủ tục lập tổ hợp tác; hẹn gặp tại xã.")


def _commune() -> AdministrativeUnit:
    return units.find_units(COMMUNE, on=clock.today())[0]


def _known(programme: Programme, name: str) -> Organisation:
    return choices.namesakes(programme.register_id, name)[0]
