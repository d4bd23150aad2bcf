"""Figures in a sentence ready to be spoken."""

from datetime import date

from coopevents.i18n import _, day, number
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme, TargetKind
from coopevents.reports import jobs_indicator
from coopevents.reports.figures import Scope


def on_jobs(programme: Programme, until: date) -> str:
    """Answer how many new jobs for women there are since the programme began, and of how many.

    Of a day before that nothing is said.
    """
    if until < programme.starts_on:
        return ""
    figure = jobs_indicator.new_jobs(Scope(programme, programme.starts_on, until))
    told = _(
        "From %(since)s to %(until)s no count of women's jobs has been verified.",
        since=day(programme.starts_on),
        until=day(until),
    )
    if figure.value is not None:
        told = _(
            "From %(since)s to %(until)s, %(new)s new jobs for women are verified (women-led"
            " organisations counted: %(organisations)s).",
            since=day(programme.starts_on),
            until=day(until),
            new=number(figure.value),
            organisations=number(figure.breakdown["counted"]["organisations"]),
        )
    target = next(
        (one for one in programmes.targets_on(programme, until) if one.indicator == figure.code),
        None,
    )
    if target is None:
        return told
    wanted = number(target.lower_value)
    if target.kind is TargetKind.ABOUT:
        wanted = _("about %(number)s", number=wanted)
    promised = _("Target by %(year)s: %(wanted)s.", year=target.due_on.year, wanted=wanted)
    return f"{told} {promised}"
