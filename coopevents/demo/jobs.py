"""The women's jobs of the demo: what was counted before the programme, and half a year ago."""

import random
from datetime import timedelta

from coopevents import clock
from coopevents.access import Actor, acting
from coopevents.demo.activities import at, submission
from coopevents.directory import classification, lists
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation, OrganisationKind
from coopevents.outcomes.jobs import service
from coopevents.outcomes.jobs.halves import HalfYear, ended_by
from coopevents.outcomes.jobs.models import CountSource, JobCount
from coopevents.outcomes.jobs.service import Told
from coopevents.programme.models import Programme

COUNTED, VERIFIED = 8, 5


def count(programme: Programme, officer: Actor, colleague: Actor, dice: random.Random) -> None:
    """Let some organisations be counted at the baseline and now, and most of it be verified."""
    organisations = _women_led(programme)
    before, now = ended_by(programme.starts_on), ended_by(clock.today())
    baseline = _enter(programme, organisations, before, officer, dice)
    latest = _enter(programme, organisations[:-2], now, officer, dice) if now > before else []
    with acting(colleague):
        service.verify(programme, [*baseline, *latest[:VERIFIED]])


def _women_led(programme: Programme) -> list[Organisation]:
    page = lists.list_organisations(
        programme.register,
        on=programme.starts_on,
        kind=OrganisationKind.COOPERATIVE,
        women_led=True,
        rule=classification.get_rule(programme.women_led_rule),
        limit=COUNTED,
    )
    return [directory.get_organisation(line.id, programme.register_id) for line in page.items]


def _enter(
    programme: Programme,
    organisations: list[Organisation],
    half: HalfYear,
    officer: Actor,
    dice: random.Random,
) -> list[JobCount]:
    on = half.last_on
    later = half.year - programme.starts_on.year
    with clock.as_if(at(max(on, programme.starts_on) + timedelta(days=6), 9)), acting(officer):
        return [
            service.record(
                programme,
                organisation,
                half,
                Told(
                    women_members=dice.randrange(8, 30) + later,
                    women_workers=dice.randrange(5, 15) + 2 * later,
                    women_both=dice.randrange(0, 5),
                    counted_on=on,
                    source=CountSource.OWN_REPORT,
                    paper=f"Báo cáo số {number:02}/BC-HTX (mẫu)",
                ),
                submission(dice),
            )
            for number, organisation in enumerate(organisations, start=1)
        ]
