from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import uuid4

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from coopevents import access, clock, listing
from coopevents.accounts import queries as accounts
from coopevents.accounts.models import HostBodyName
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.events.models import Event, EventHost
from coopevents.listing import Format
from coopevents.outcomes.trade import annex, calls, counting, due, ledger, queries, recording
from coopevents.outcomes.trade.counting import CountedDeal, Fair, Line, Participation, Sums
from coopevents.outcomes.trade.forms import CallFilter, CallForm, TakeBackForm
from coopevents.outcomes.trade.ledger import Ledger
from coopevents.outcomes.trade.models import Stage, TradeContract
from coopevents.outcomes.trade.words import STAGE_TONES, name_of, vnd
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme, ReportPeriod

bp = Blueprint("trade", __name__)

SHOWN = 50
"""So many calls stand on one page: more than anybody makes in a day."""


@dataclass(frozen=True)
class Side:
    """A contract as it stands beside another that may be the same."""

    contract: TradeContract
    organisation: str
    rows: list[queries.ResultRow]


@bp.app_template_filter()
def dong(value: int | None) -> str:
    """Answer an amount in đồng in the language spoken now."""
    return vnd(value)


@bp.app_template_filter()
def trade_word(told: StrEnum) -> str:
    """Answer what a state of this room is called in the language spoken now."""
    return name_of(told)


@bp.app_template_filter()
def stage_tone(stage: Stage) -> str:
    """Answer the colour in which a stage is shown."""
    return STAGE_TONES[stage]


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


@bp.get("/events/<int:event_id>/trade")
def show_event(event_id: int) -> str:
    """Show who takes part in a trade promotion, what was shown, and what came of it."""
    event = queries.get_fair(event_id, access.actor().programme_id)
    programme, on = _programme(), queries.day_of(event)
    lines = queries.list_stands(event, on or clock.today())
    book = ledger.load(programme, organisation_ids=queries.owners_at(event))
    counted = _counted(book)
    own = {one.deal.claims[0].id: one for one in counted.values() if one.event_id == event.id}
    shown = counting.participations(programme, [Fair(event.id, on)]) if on else []
    return render_template(
        "outcomes/trade/show.html",
        event=event,
        on=on,
        lines=lines,
        contracts=queries.contracts_by_id({id_ for line in lines for id_ in line.contract_ids}),
        counted=counted,
        classes={one.organisation_id: one.women_led for one in shown},
        took_part=_took_part(shown),
        sums=Sums.of(own.values()),
        money_lines=list(Line),
        undecided=_undecided(book, own),
    )


def _counted(book: Ledger) -> dict[int, CountedDeal]:
    """Answer what each contract comes to by today, under the number of every claim of it."""
    deals = counting.counted_deals(book, None, date.min, clock.today())
    return {claim.id: one for one in deals for claim in one.deal.claims}


def _undecided(book: Ledger, deals: dict[int, CountedDeal]) -> str | None:
    ids = {claim.id for one in deals.values() for claim in one.deal.claims}
    pairs = len(book.undecided_among(ids))
    return annex.undecided_note(pairs) if pairs else None


def _took_part(shown: list[Participation]) -> dict[str, int]:
    return {
        "organisations": len(shown),
        "women_led": sum(one.women_led is True for one in shown),
        "unknown": sum(one.women_led is None for one in shown),
        "stands": sum(one.stands for one in shown),
        "products": sum(len(one.products) for one in shown),
        "ocop": sum(counting.stars_of(shown).values()),
    }


@bp.get("/outcomes/trade/")
def list_calls() -> str:
    """Show who is to be called about what came of a fair, those due longest first."""
    return _calls_page()


def _calls_page(refusal: DomainError | None = None) -> str:
    programme, today = _programme(), clock.today()
    fairs = _fairs(programme)
    form = CallFilter.over(request.args, fairs, _hosts([event.id for event, _day in fairs]))
    event_id, body_id = form.event_id(), form.body_id()
    number = due.count_due(programme, today, event_id=event_id, body_id=body_id)
    first = min(max(request.args.get("from", 0, int), 0), number)
    shown = calls.due_calls(
        programme, today, event_id=event_id, body_id=body_id, first=first, limit=SHOWN
    )
    period = programmes.period_on(programme, today)
    return render_template(
        "outcomes/trade/calls.html",
        form=form,
        asked=form.address(),
        lines=calls.tell(programme, shown, today),
        number=number,
        first=first,
        shown=SHOWN,
        today=today,
        periods=[one for one in programmes.list_periods(programme) if one.from_on <= today],
        period=period,
        refusal=refusal,
        new_submission=uuid4,
        undecided=len(ledger.undecided(programme)),
    )


def _fairs(programme: Programme) -> list[tuple[Event, date]]:
    fairs = counting.held_fairs(programme, date.min, clock.today())
    found = db.session.scalars(select(Event).where(Event.id.in_([one.event_id for one in fairs])))
    by_id = {event.id: event for event in found}
    return [(by_id[fair.event_id], fair.last_on) for fair in reversed(fairs)]


def _hosts(event_ids: list[int]) -> dict[int, HostBodyName]:
    """Answer what the bodies that hosted one of the fairs are called today."""
    hosts = db.session.scalars(select(EventHost.body_id).where(EventHost.event_id.in_(event_ids)))
    called = accounts.names_of_bodies()
    return {id_: called[id_] for id_ in sorted(set(hosts)) if id_ in called}


@bp.post("/events/<int:event_id>/trade/stands/<int:stand_id>/calls/<int:month>")
def note_call(event_id: int, stand_id: int, month: int) -> ResponseReturnValue:
    """Note what became of a call, with one tap."""
    event = queries.get_fair(event_id, access.actor().programme_id)
    stand, form = queries.get_stand(stand_id, event), CallForm()
    try:
        recording.note_call(
            stand,
            month,
            form.became(),
            form.submission_id,
            call_again_on=form.call_again_on.data,
            note=form.note.data or "",
        )
    except InputError as error:
        db.session.rollback()
        return _calls_page(error), 422
    db.session.commit()
    event_asked, body_asked = (request.args.get(name) for name in ("event", "body"))
    return redirect(url_for(".list_calls", event=event_asked, body=body_asked), 303)


@bp.get("/outcomes/trade/contracts/<int:contract_id>")
def show_contract(contract_id: int) -> str:
    """Show what is known of a contract, every row of its history, and what was decided of it."""
    programme = _programme()
    contract = queries.get_contract(contract_id, programme.id)
    book = ledger.load(programme, organisation_ids=[contract.organisation_id])
    counted = _counted(book).get(contract.id)
    together = [claim.id for claim in counted.deal.claims] if counted else [contract.id]
    decisions = queries.decisions_about(together)
    return render_template(
        "outcomes/trade/contract.html",
        contract=contract,
        organisation=queries.names_today([contract.organisation_id])[contract.organisation_id],
        rows=queries.history_of(contract),
        counted=counted,
        event=db.session.get(Event, counted.event_id) if counted else None,
        others=queries.contracts_by_id(set(together) - {contract.id}),
        pairs=book.undecided_among([contract.id]),
        decisions=decisions,
        form=TakeBackForm(formdata=None),
    )


@bp.get("/outcomes/trade/matches")
def list_matches() -> str:
    """Show pairs that may be one contract side by side, and what was decided before."""
    programme = _programme()
    book = ledger.load(programme)
    pairs = [*book.undecided, *book.decisions]
    contracts = queries.contracts_by_id({id_ for pair in pairs for id_ in pair})
    called = queries.names_today(one.organisation_id for one in contracts.values())
    rows = queries.histories_of(contracts)
    sides = {
        id_: Side(contract, called[contract.organisation_id], rows[id_])
        for id_, contract in contracts.items()
    }
    last = {(row.first_id, row.second_id): row for row in queries.decisions_about(contracts)[::-1]}
    return render_template(
        "outcomes/trade/matches.html",
        undecided=[(sides[one], sides[other]) for one, other in book.undecided],
        decided=[
            (sides[one], sides[other], last[one, other])
            for one, other in sorted(book.decisions, reverse=True)
        ],
    )


@bp.get("/outcomes/trade/annex/<int:period_id>.xlsx")
def export_annex(period_id: int) -> Response:
    """Answer annex 7 of the report period as a workbook."""
    programme = _programme()
    period = programmes.get_part(ReportPeriod, period_id, programme)
    return listing.answer(annex.table(programme, period), Format.XLSX)
