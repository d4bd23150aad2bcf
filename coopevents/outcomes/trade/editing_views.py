from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.db import db
from coopevents.directory import checks, lists
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation
from coopevents.editing import Refusal, attempt
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.outcomes.trade import matching, months, queries, recording, service
from coopevents.outcomes.trade.forms import (
    BuyerForm,
    ContractForm,
    CorrectResultForm,
    DecisionForm,
    MeetingForm,
    NewBuyerForm,
    NewContractForm,
    NewStandForm,
    ProductForm,
    ResultForm,
    StandForm,
    TakeBackForm,
)
from coopevents.outcomes.trade.models import ResultSource, TradeContract, TradeStand
from coopevents.people.forms import RefusableForm
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("trade_editing", __name__)

CHOICES = 20
"""So many organisations are offered to choose from; whoever misses one types more."""


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _event(event_id: int) -> Event:
    return queries.get_fair(event_id, access.actor().programme_id)


def _stand(event_id: int, stand_id: int) -> TradeStand:
    return queries.get_stand(stand_id, _event(event_id))


def _name(organisation_id: int) -> str:
    return queries.names_today([organisation_id])[organisation_id]


def _back(event_id: int, stand_id: int | None = None) -> ResponseReturnValue:
    anchor = f"stand-{stand_id}" if stand_id else None
    return redirect(url_for("trade.show_event", event_id=event_id, _anchor=anchor), 303)


def _status(form: RefusableForm) -> int:
    return 422 if form.errors else 200


@bp.get("/events/<int:event_id>/trade/stands/choose")
def choose_organisation(event_id: int) -> str:
    """Look for an organisation that takes part: whom the activity knows, or any by its name."""
    event, programme = _event(event_id), _programme()
    q = (request.args.get("q") or "").strip()
    on = queries.day_of(event) or clock.today()
    found = (
        lists.list_organisations(programme.register, on=on, q=q, limit=CHOICES).items if q else []
    )
    return render_template(
        "outcomes/trade/choose_organisation.html",
        event=event,
        q=q,
        known=queries.choices(event, on),
        lines=found,
    )


@bp.route("/events/<int:event_id>/trade/stands/new/<int:organisation_id>", methods=["GET", "POST"])
def enter_stand(event_id: int, organisation_id: int) -> ResponseReturnValue:
    """Let an organisation take part, with so many stands."""
    event, form = _event(event_id), NewStandForm()
    organisation: Organisation = checks.require_kept(
        directory.get_organisation(organisation_id, _programme().register_id)
    )
    if form.carries_out(
        lambda: service.enter_stand(event, organisation, form.number(), form.label.data or "")
    ):
        db.session.commit()
        return _back(event_id)
    return render_template(
        "outcomes/trade/stand_form.html",
        form=form,
        event=event,
        organisation=_name(organisation_id),
    ), _status(form)


@bp.route("/events/<int:event_id>/trade/stands/<int:stand_id>", methods=["GET", "POST"])
def change_stand(event_id: int, stand_id: int) -> ResponseReturnValue:
    """Change how many stands an organisation has, and where."""
    stand = _stand(event_id, stand_id)
    form, standing = StandForm.over(stand), {"stands": stand.stands, "label": stand.label}
    refusal = None
    if request.method == "POST":
        refusal = attempt(
            form,
            lambda: service.change_stand(stand, form.number(), form.label.data or ""),
            standing,
        )
        if refusal is None:
            db.session.commit()
            return _back(event_id, stand_id)
    else:
        form.found_on(standing)
    title = _("Stands of %(name)s", name=_name(stand.organisation_id))
    return _edit_page(form, title, refusal, event=stand.event)


def _edit_page(
    form: Any, title: str, refusal: Refusal | None, event: Event | None = None, **more: Any
) -> ResponseReturnValue:
    back = url_for("trade.show_event", event_id=event.id) if event else more.pop("back")
    return render_template(
        "outcomes/trade/edit.html",
        form=form,
        title=title,
        event=event,
        back=back,
        overtaken=refusal.overtaken if refusal else [],
    ), refusal.status if refusal else 200


@bp.post("/events/<int:event_id>/trade/stands/<int:stand_id>/remove")
def remove_stand(event_id: int, stand_id: int) -> ResponseReturnValue:
    """Let an organisation entered by mistake take no part."""
    service.remove_stand(_stand(event_id, stand_id))
    db.session.commit()
    return _back(event_id)


@bp.route(
    "/events/<int:event_id>/trade/stands/<int:stand_id>/products/new", methods=["GET", "POST"]
)
def show_product(event_id: int, stand_id: int) -> ResponseReturnValue:
    """Write that a product was shown, with its OCOP certificate if it has one."""
    stand = _stand(event_id, stand_id)
    on = queries.day_of(stand.event)
    form = ProductForm.over(queries.certificates_for(stand, on) if on else [])
    if form.carries_out(
        lambda: service.show_product(stand, form.name.data or "", form.certificate())
    ):
        db.session.commit()
        return _back(event_id, stand_id)
    return _stand_page("outcomes/trade/product_form.html", stand, form)


def _stand_page(
    template: str, stand: TradeStand, form: RefusableForm, **more: Any
) -> ResponseReturnValue:
    return render_template(
        template,
        form=form,
        event=stand.event,
        stand=stand,
        organisation=_name(stand.organisation_id),
        **more,
    ), _status(form)


@bp.post("/events/<int:event_id>/trade/stands/<int:stand_id>/products/<int:product_id>/remove")
def remove_product(event_id: int, stand_id: int, product_id: int) -> ResponseReturnValue:
    """Let a product entered by mistake be none that was shown."""
    service.remove_product(queries.get_product(product_id, _stand(event_id, stand_id)))
    db.session.commit()
    return _back(event_id, stand_id)


@bp.get("/events/<int:event_id>/trade/stands/<int:stand_id>/buyers")
def choose_buyer(event_id: int, stand_id: int) -> str:
    """Look for the buyer that was met among those the programme knows."""
    stand = _stand(event_id, stand_id)
    q = (request.args.get("q") or "").strip()
    return render_template(
        "outcomes/trade/choose_buyer.html",
        event=stand.event,
        stand=stand,
        organisation=_name(stand.organisation_id),
        q=q,
        buyers=queries.search_buyers(_programme(), q),
    )


@bp.route("/events/<int:event_id>/trade/stands/<int:stand_id>/buyers/new", methods=["GET", "POST"])
def meet_new_buyer(event_id: int, stand_id: int) -> ResponseReturnValue:
    """Write that the organisation met a buyer nobody knew yet."""
    stand, form = _stand(event_id, stand_id), NewBuyerForm()
    if form.carries_out(
        lambda: service.meet_new_buyer(
            stand, form.entry(), form.submission_id, form.note.data or ""
        )
    ):
        db.session.commit()
        return _back(event_id, stand_id)
    return _stand_page("outcomes/trade/meeting_form.html", stand, form, buyer=None)


@bp.route(
    "/events/<int:event_id>/trade/stands/<int:stand_id>/buyers/<int:buyer_id>",
    methods=["GET", "POST"],
)
def meet_buyer(event_id: int, stand_id: int, buyer_id: int) -> ResponseReturnValue:
    """Write that the organisation met a buyer the programme knows."""
    stand, form = _stand(event_id, stand_id), MeetingForm()
    buyer = queries.get_buyer(buyer_id, access.actor().programme_id)
    if form.carries_out(lambda: service.meet_buyer(stand, buyer, form.note.data or "")):
        db.session.commit()
        return _back(event_id, stand_id)
    return _stand_page("outcomes/trade/meeting_form.html", stand, form, buyer=buyer)


@bp.post("/events/<int:event_id>/trade/stands/<int:stand_id>/meetings/<int:meeting_id>/remove")
def remove_meeting(event_id: int, stand_id: int, meeting_id: int) -> ResponseReturnValue:
    """Let a meeting written by mistake be none."""
    service.remove_meeting(queries.get_meeting(meeting_id, _stand(event_id, stand_id)))
    db.session.commit()
    return _back(event_id, stand_id)


@bp.route("/outcomes/trade/buyers/<int:buyer_id>", methods=["GET", "POST"])
def change_buyer(buyer_id: int) -> ResponseReturnValue:
    """Put right what stands of a buyer, and go back to the activity whose page led here."""
    buyer = queries.get_buyer(buyer_id, access.actor().programme_id)
    asked = request.args.get("event", None, int)
    back = (
        url_for("trade.list_calls")
        if asked is None
        else url_for("trade.show_event", event_id=_event(asked).id)
    )
    form = BuyerForm.over(buyer)
    standing = {name: getattr(buyer, name) for name in ("name", "unit", "phone", "email")}
    refusal = None
    if request.method == "POST":
        refusal = attempt(form, lambda: service.change_buyer(buyer, form.entry()), standing)
        if refusal is None:
            db.session.commit()
            return redirect(back, 303)
    else:
        form.found_on(standing)
    return _edit_page(form, _("Buyer"), refusal, back=back)


@bp.route("/events/<int:event_id>/trade/stands/<int:stand_id>/results/new", methods=["GET", "POST"])
def enter_result(event_id: int, stand_id: int) -> ResponseReturnValue:
    """Write what came of it: of a contract named in the address, or of a new one.

    With a month in the address it was told in the call due then, which is noted too.
    """
    stand, month = _stand(event_id, stand_id), request.args.get("month", None, int)
    contract = _contract_asked()
    buyers = queries.buyers_met_by(stand)
    form = ResultForm() if contract else NewContractForm().choose_among(buyers)
    if request.method == "GET":
        _prefill(form, contract, told_by_phone=month is not None)

    def record() -> None:
        about = contract or form.about(buyers)
        recording.record_result(stand, about, form.telling(), form.submission_id, month=month)

    if form.carries_out(record):
        db.session.commit()
        if month is not None:
            return redirect(url_for("trade.list_calls"), 303)
        return _back(event_id, stand_id)
    known = queries.contracts_of(stand.organisation_id, _programme())
    return _stand_page(
        "outcomes/trade/result_form.html",
        stand,
        form,
        contract=contract,
        month=month if month in months.MONTHS else None,
        known=[one for one in known if one is not contract],
        buyers=buyers,
    )


def _prefill(form: Any, contract: TradeContract | None, *, told_by_phone: bool) -> None:
    """Begin the form with what is likely: where it was told, and what the contract was so far."""
    if told_by_phone:
        form.source.process_data(ResultSource.CALL.value)
    standing = (
        [row.result for row in queries.history_of(contract) if row.stands] if contract else []
    )
    if standing:
        form.kind.process_data(standing[-1].kind.value)
        form.evidence.process_data(standing[-1].evidence)


def _contract_asked() -> TradeContract | None:
    asked = request.args.get("contract", None, int)
    if asked is None:
        return None
    return queries.get_contract(asked, access.actor().programme_id)


@bp.route("/outcomes/trade/results/<int:result_id>/correct", methods=["GET", "POST"])
def correct_result(result_id: int) -> ResponseReturnValue:
    """Let a new row stand in the place of one that was wrong."""
    result = queries.get_result(result_id, access.actor().programme_id)
    form = CorrectResultForm.over(result)
    if form.carries_out(
        lambda: recording.correct_result(
            result, form.telling(), form.reason.data or "", form.submission_id
        )
    ):
        db.session.commit()
        return redirect(url_for("trade.show_contract", contract_id=result.contract_id), 303)
    return render_template("outcomes/trade/correct_result.html", form=form, result=result), _status(
        form
    )


@bp.route("/outcomes/trade/results/<int:result_id>/take-back", methods=["GET", "POST"])
def take_back_result(result_id: int) -> ResponseReturnValue:
    """Let a result written by mistake count for nothing."""
    result = queries.get_result(result_id, access.actor().programme_id)
    form = TakeBackForm()
    if form.carries_out(
        lambda: recording.take_back_result(result, form.reason.data or "", form.submission_id)
    ):
        db.session.commit()
        return redirect(url_for("trade.show_contract", contract_id=result.contract_id), 303)
    return render_template("outcomes/trade/take_back.html", form=form, result=result), _status(form)


@bp.route("/outcomes/trade/contracts/<int:contract_id>/correct", methods=["GET", "POST"])
def correct_contract(contract_id: int) -> ResponseReturnValue:
    """Put right what a contract is about."""
    contract = queries.get_contract(contract_id, access.actor().programme_id)
    buyers = queries.buyers_for(contract)
    form = ContractForm.over(contract, buyers)
    standing = {
        "number": contract.number,
        "subject": contract.subject,
        "buyer_id": str(contract.buyer_id or ""),
    }
    refusal = None
    if request.method == "POST":
        refusal = attempt(
            form, lambda: recording.correct_contract(contract, form.about(buyers)), standing
        )
        if refusal is None:
            db.session.commit()
            return redirect(url_for("trade.show_contract", contract_id=contract_id), 303)
    else:
        form.found_on(standing)
    back = url_for("trade.show_contract", contract_id=contract_id)
    return _edit_page(form, _("What the contract is about"), refusal, back=back)


@bp.post("/outcomes/trade/matches/<int:one_id>/<int:other_id>")
def decide(one_id: int, other_id: int) -> ResponseReturnValue:
    """Decide whether two contracts are one, or take a decision back."""
    programme_id, form = access.actor().programme_id, DecisionForm()
    matching.decide(
        queries.get_contract(one_id, programme_id),
        queries.get_contract(other_id, programme_id),
        form.decided(),
        form.reason.data or "",
    )
    db.session.commit()
    return redirect(url_for("trade.list_matches"), 303)
