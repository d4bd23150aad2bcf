"""Annex 7: trade promotion of a year, an activity a line, as a table to take away."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select

from coopevents.db import db
from coopevents.events.models import Event
from coopevents.i18n import _, _n, day, number
from coopevents.listing import Column, Listing, Value
from coopevents.outcomes.trade import counting
from coopevents.outcomes.trade.counting import (
    Counted,
    CountedDeal,
    Line,
    Participation,
    Sums,
    held_fairs,
    stars_of,
)
from coopevents.outcomes.trade.models import DealKind
from coopevents.programme.models import Programme, ReportPeriod


def table(programme: Programme, period: ReportPeriod) -> Listing:
    """Answer the annex of the period; its last line is what I17 counts.

    An activity of an earlier period of which money came in this one stands with that money only.
    """
    counted = counting.count(programme, period.from_on, period.to_on)
    notes = [
        _(
            "%(first)s to %(last)s; women-led on the day of the activity, by rule %(rule)s.",
            first=day(period.from_on),
            last=day(period.to_on),
            rule=programme.women_led_rule,
        ),
        _("What is delivered is part of what is signed. No two columns of money are added."),
    ]
    if counted.undecided:
        notes.append(undecided_note(counted.undecided))
    return Listing(
        title=_("Annex 7: trade promotion %(label)s", label=period.label),
        columns=_columns(),
        rows=_rows(programme, counted),
        notes=notes,
    )


def undecided_note(pairs: int) -> str:
    """Answer what stands beside a figure that may count a contract twice."""
    return _n(
        "%(count)s pair of contracts may be one: both are counted until somebody decides.",
        "%(count)s pairs of contracts may be one each: both are counted until somebody decides.",
        pairs,
        count=number(pairs),
    )


def _columns() -> list[Column]:
    return [
        Column(_("No."), 5),
        Column(_("Activity"), 40),
        Column(_("Held on"), 12),
        Column(_("Organisations"), 10),
        Column(_("Women-led"), 10),
        Column(_("Not known"), 10),
        Column(_("Stands"), 10),
        Column(_("Products"), 10),
        Column(_("Of which OCOP"), 10),
        Column(_("Memoranda"), 10),
        Column(_("Contracts and orders"), 12),
        Column(_("Expected (VND)"), 18),
        Column(_("Memoranda (VND)"), 18),
        Column(_("Signed, self-declared (VND)"), 18),
        Column(_("Signed, verified (VND)"), 18),
        Column(_("Of which delivered (VND)"), 18),
        Column(_("Signed, value not told"), 10),
    ]


def _rows(programme: Programme, counted: Counted) -> Iterator[list[Value]]:
    days = {fair.event_id: fair.last_on for fair in held_fairs(programme, date.min, date.max)}
    wanted = {fair.event_id for fair in counted.fairs} | {one.event_id for one in counted.deals}
    titles: dict[int, str] = dict(
        db.session.execute(select(Event.id, Event.title).where(Event.id.in_(wanted))).all()
    )
    in_period = {fair.event_id for fair in counted.fairs}
    ordered = sorted(wanted, key=lambda id_: (days[id_], id_))
    for place, event_id in enumerate(ordered, start=1):
        own = [one for one in counted.participations if one.event_id == event_id]
        deals = [one for one in counted.deals if one.event_id == event_id]
        took_part = _took_part(own) if event_id in in_period else [None] * 6
        yield [place, titles[event_id], days[event_id], *took_part, *_money(deals)]
    yield [
        None,
        _("All, each organisation once"),
        None,
        *_took_part(counted.participations),
        *_money(counted.deals),
    ]


def _took_part(shown: list[Participation]) -> list[Value]:
    """Answer how many took part, each organisation once, and with what."""
    classes: dict[int, set[bool | None]] = {}
    for one in shown:
        classes.setdefault(one.organisation_id, set()).add(one.women_led)
    return [
        len(classes),
        sum(True in found for found in classes.values()),
        sum(found == {None} for found in classes.values()),
        sum(one.stands for one in shown),
        sum(len(one.products) for one in shown),
        sum(stars_of(shown).values()),
    ]


def _money(deals: list[CountedDeal]) -> list[Value]:
    sums = Sums.of(deals)
    money, signed = sums.money, sums.signed
    return [
        signed[DealKind.MEMORANDUM],
        signed[DealKind.CONTRACT] + signed[DealKind.ORDER],
        money[Line.EXPECTED].told,
        money[Line.MEMORANDUM].told,
        money[Line.SIGNED].self_declared,
        money[Line.SIGNED].verified,
        money[Line.DELIVERED].told,
        money[Line.SIGNED].not_told,
    ]
