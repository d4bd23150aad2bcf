from datetime import date
from typing import cast

from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from coopevents import clock
from coopevents.editing import Once, sensible
from coopevents.i18n import _l, labels
from coopevents.outcomes.fields import WholeNumberField
from coopevents.outcomes.reach.models import ReachChannel, ReachDeclaration
from coopevents.outcomes.reach.service import Told
from coopevents.outcomes.reach.words import CHANNEL_NAMES
from coopevents.people.forms import NEEDED, RefusableForm


class ReachForm(Once, RefusableForm):
    """What is declared of one piece of communication work; with a reason it corrects another."""

    channel = SelectField(
        _l("By what"),
        [InputRequired(_l("Please choose by what people were reached."))],
        choices=lambda: {"": "—", **labels(CHANNEL_NAMES)},
    )
    reached = WholeNumberField(
        _l("Times people were reached"),
        [NEEDED],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    reached_on = DateField(_l("On which day"), [NEEDED, sensible], default=clock.today)
    evidence = StringField(_l("What shows it"), [NEEDED, Length(max=300)])
    reason = StringField(_l("Why it is corrected"), [Optional(), Length(max=300)])

    @classmethod
    def over(cls, declared: ReachDeclaration) -> "ReachForm":
        """Answer the form with what is declared now."""
        return cls(
            channel=declared.channel.value,
            reached=declared.reached,
            reached_on=declared.reached_on,
            evidence=declared.evidence,
        )

    def told(self) -> Told:
        """Answer what was typed."""
        return Told(
            channel=ReachChannel(self.channel.data),
            reached=self.reached.data,
            reached_on=cast("date", self.reached_on.data),
            evidence=self.evidence.data or "",
        )


class WithdrawForm(Once, RefusableForm):
    """Why a declaration is taken back."""

    reason = StringField(_l("Reason"), [NEEDED, Length(max=300)])
