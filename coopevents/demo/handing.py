"""The printed letter of the activity to come: issued, printed for the official, handed to her."""

import random

from coopevents import clock
from coopevents.channels import queries, service
from coopevents.demo.activities import submission
from coopevents.directory.models import Channel
from coopevents.events.models import Event
from coopevents.invitations.changed import Told
from coopevents.invitations.models import Reached
from coopevents.letters import service as letters
from coopevents.letters.service import LetterPlan

NUMBER, PARTNER_NUMBER = "15", "21"


def hand_over(event: Event, dice: random.Random) -> None:
    """Print the letter for whoever is invited by one, and note that it reached her."""
    plan = LetterPlan(NUMBER, PARTNER_NUMBER, clock.today(), submission(dice))
    by_letter = [one for one in queries.list_standing(event) if one.channel is Channel.PAPER]
    letters.print_copies(letters.issue(event, plan), by_letter)
    told = Told(Channel.PAPER, clock.now(), Reached.REACHED, "Trao tận tay tại Sở (mẫu)")
    service.note(by_letter, told, submission(dice))
