from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, editing
from coopevents.budgets import forms, queries, rates, service
from coopevents.budgets.models import BudgetLine
from coopevents.budgets.queries import Spending
from coopevents.db import db
from coopevents.editing import PartForm
from coopevents.errors import DomainError
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.events.service import lock
from coopevents.i18n import _

bp = Blueprint("budgets_editing", __name__, url_prefix="/events/<int:event_id>/budget")

GET_AND_POST = ("GET", "POST")


def _event(event_id: int) -> Event:
    """Answer the activity; whoever is about to change something of it holds it alone."""
    event = events.get_event(event_id, access.actor().programme_id)
    if request.method == "POST":
        lock(event)
    return event


def _edit(
    event: Event,
    form: PartForm,
    save: Callable[[], object],
    title: str,
    standing: Mapping[str, Any] | None = None,
    *,
    note: str | None = None,
    back: str = "budgets.show_budget",
    drop: str | None = None,
) -> ResponseReturnValue:
    """Show the form, or save what was entered and go back to where it is read."""
    address = url_for(back, event_id=event.id)
    page = {"event": event, "form": form, "title": title, "note": note, "back": address}
    page["drop"] = drop
    if request.method == "GET":
        if standing is not None:
            form.found_on(standing)
        return render_template("budgets/edit.html", **page)
    refusal = editing.attempt(form, save, standing)
    if refusal is None:
        db.session.commit()
        return redirect(address, 303)
    return render_template("budgets/edit.html", **page, overtaken=refusal.overtaken), refusal.status


# Lines


@bp.route("/lines/new", methods=GET_AND_POST)
def add_line(event_id: int) -> ResponseReturnValue:
    """Put one more line into the budget."""
    event, form = _event(event_id), forms.NewLineForm()
    return _edit(
        event,
        form,
        lambda: service.add_line(event, form.plan(), form.submission_id),
        _("A further line of the budget"),
    )


def _line(event_id: int, line_id: int) -> tuple[Event, BudgetLine]:
    event = _event(event_id)
    line = queries.get_line(line_id, event)
    service.require_listed(line)
    return event, line


@bp.route("/lines/<int:line_id>", methods=GET_AND_POST)
def change_line(event_id: int, line_id: int) -> ResponseReturnValue:
    """Show the form of a line, and write what was changed."""
    event, line = _line(event_id, line_id)
    standing = forms.standing_line(line)
    form = forms.LineForm(data=standing)
    return _edit(
        event,
        form,
        lambda: service.change_line(event, line, form.plan()),
        _("Line of the budget"),
        standing,
        note=_("What was paid of it already stays."),
        drop=url_for(".drop_line", event_id=event_id, line_id=line_id),
    )


@bp.post("/lines/<int:line_id>/drop")
def drop_line(event_id: int, line_id: int) -> ResponseReturnValue:
    """Take a line out of the budget, of which nothing was paid."""
    event = _event(event_id)
    service.drop_line(event, queries.get_line(line_id, event))
    db.session.commit()
    return redirect(url_for("budgets.show_budget", event_id=event_id), 303)


# Payments


@bp.route("/lines/<int:line_id>/spend", methods=GET_AND_POST)
def spend(event_id: int, line_id: int) -> ResponseReturnValue:
    """Record that something was paid of a line."""
    event, line = _line(event_id, line_id)
    form = forms.PaymentForm()
    return _edit(
        event,
        form,
        lambda: service.spend(event, line, form.payment(), form.submission_id),
        _("Record a payment: %(item)s", item=line.item),
    )


def _spending(event_id: int, spending_id: int) -> tuple[Event, Spending]:
    event = _event(event_id)
    return event, queries.get_spending(spending_id, event)


def _require_standing(wrong: Spending) -> None:
    # A form sent twice finds its own work done; only whoever opens it anew is refused.
    if request.method == "GET" and not wrong.stands:
        raise DomainError(_("This payment was corrected or taken back already."))


@bp.route("/payments/<int:spending_id>/correct", methods=GET_AND_POST)
def correct_spending(event_id: int, spending_id: int) -> ResponseReturnValue:
    """Let a corrected payment stand instead of one that was recorded wrong."""
    event, wrong = _spending(event_id, spending_id)
    _require_standing(wrong)
    form = forms.CorrectPaymentForm(data=forms.standing_payment(wrong.row))
    form.offer(queries.list_lines(event))
    return _edit(
        event,
        form,
        lambda: service.correct_spending(
            event,
            wrong,
            queries.get_line(int(form.line_id.data), event),
            form.payment(),
            form.reason.data or "",
            form.submission_id,
        ),
        _("Correct a payment"),
        note=_("What was recorded stays to be read; the correction counts instead of it."),
    )


@bp.route("/payments/<int:spending_id>/take-back", methods=GET_AND_POST)
def take_back_spending(event_id: int, spending_id: int) -> ResponseReturnValue:
    """Say that something was not paid after all."""
    event, wrong = _spending(event_id, spending_id)
    _require_standing(wrong)
    form = forms.TakeBackForm()
    return _edit(
        event,
        form,
        lambda: service.take_back_spending(
            event, wrong, form.reason.data or "", form.submission_id
        ),
        _("Take a payment back"),
        note=_("What was recorded stays to be read; it counts no longer."),
    )


# Allowances


@bp.route("/allowances/rates/new", methods=GET_AND_POST)
def add_rate(event_id: int) -> ResponseReturnValue:
    """Say what participants are paid for something."""
    event, form = _event(event_id), forms.RateForm()
    return _edit(
        event,
        form,
        lambda: rates.add_rate(event, form.plan()),
        _("A further allowance"),
        back="budgets.show_allowances",
    )


@bp.route("/allowances/rates/<int:rate_id>", methods=GET_AND_POST)
def change_rate(event_id: int, rate_id: int) -> ResponseReturnValue:
    """Show the form of an allowance, and write what was changed."""
    event = _event(event_id)
    rate = queries.get_rate(rate_id, event)
    standing = forms.standing_rate(rate)
    form = forms.RateForm(data=standing)
    return _edit(
        event,
        form,
        lambda: rates.change_rate(event, rate, form.plan()),
        _("Allowance"),
        standing,
        back="budgets.show_allowances",
        drop=url_for(".drop_rate", event_id=event_id, rate_id=rate_id),
    )


@bp.post("/allowances/rates/<int:rate_id>/drop")
def drop_rate(event_id: int, rate_id: int) -> ResponseReturnValue:
    """Pay an allowance no longer."""
    event = _event(event_id)
    rates.drop_rate(event, queries.get_rate(rate_id, event))
    db.session.commit()
    return redirect(url_for("budgets.show_allowances", event_id=event_id), 303)
