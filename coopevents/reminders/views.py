from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.events import queries as events
from coopevents.events.forms import EmptyForm
from coopevents.events.models import Event
from coopevents.events.service import lock
from coopevents.i18n import LOCALES, _
from coopevents.lifecycle import inviting
from coopevents.reminders import queries, service
from coopevents.reminders.forms import RemindForm, RuleForm

bp = Blueprint("reminders", __name__, url_prefix="/events/<int:event_id>/reminders")


def _event(event_id: int) -> Event:
    """Answer the activity; whoever is about to change something of it holds it alone."""
    event = events.get_event(event_id, access.actor().programme_id)
    if request.method == "POST":
        lock(event)
    return event


def _back(event_id: int) -> ResponseReturnValue:
    return redirect(url_for(".list_reminders", event_id=event_id), 303)


@bp.get("/")
def list_reminders(event_id: int) -> str:
    """Show when who has not answered is reminded, and what came of it."""
    return _page(_event(event_id), RuleForm(formdata=None))


def _page(event: Event, form: RuleForm) -> str:
    return render_template(
        "reminders/list.html",
        event=event,
        reminders=queries.list_reminders(event),
        silent=queries.list_silent(event),
        rule_form=form,
        form=EmptyForm(),
    )


@bp.post("/")
def add_rule(event_id: int) -> ResponseReturnValue:
    """Plan one more reminder."""
    event, form = _event(event_id), RuleForm()
    if not form.validate():
        return _page(event, form), 422
    service.add_rule(event, form.anchor.data, form.days_before.data or 0)
    db.session.commit()
    return _back(event_id)


@bp.post("/<int:rule_id>/remove")
def remove_rule(event_id: int, rule_id: int) -> ResponseReturnValue:
    """Let a reminder remind nobody any more."""
    service.remove_rule(queries.get_rule(rule_id, _event(event_id)))
    db.session.commit()
    return _back(event_id)


@bp.get("/now")
def preview(event_id: int) -> str:
    """Show exactly who would be reminded now, and who has to be called; write nothing."""
    event = _event(event_id)
    silent = queries.list_silent(event)
    return render_template(
        "reminders/preview.html",
        event=event,
        is_open=service.is_open(event),
        by_mail=[one for one in silent if one.contact],
        to_call=[one for one in silent if not one.contact],
        form=RemindForm(formdata=None, fingerprint=service.fingerprint(silent)),
    )


@bp.post("/now")
def remind(event_id: int) -> ResponseReturnValue:
    """Remind exactly those who were shown."""
    event, form = _event(event_id), RemindForm()
    if not form.validate():
        raise InputError(_("Please look at the list before it is sent."))
    opened = inviting.remind(event, form.fingerprint.data or "", LOCALES[0])
    db.session.commit()
    return redirect(url_for("invitations.show_round", event_id=event_id, round_id=opened.id), 303)
