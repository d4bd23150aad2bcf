from collections import defaultdict
from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access
from coopevents.changes import remaining
from coopevents.channels import queries as channels
from coopevents.channels import responses
from coopevents.channels.responses import By
from coopevents.db import db
from coopevents.errors import NotFoundError
from coopevents.events import queries as events
from coopevents.events import questions
from coopevents.events.forms import EmptyForm
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations import progress, queries, service
from coopevents.invitations.models import InvitationRound, InvitationState
from coopevents.mail import late
from coopevents.mail import queries as mail_queries
from coopevents.mail import service as mail
from coopevents.mail.models import Batch, Message
from coopevents.mail.words import WHY_SKIPPED

bp = Blueprint("invitations", __name__, url_prefix="/events/<int:event_id>/invitations")


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


def _round(event: Event, round_id: int) -> tuple[InvitationRound, Batch]:
    found = next((r for r in queries.list_rounds(event) if r.id == round_id), None)
    if found is None or found.batch is None:
        raise NotFoundError(_("There is no such round of invitations."))
    return found, found.batch


def _by_invitation(messages: Sequence[Message]) -> dict[int, list[Message]]:
    found: dict[int, list[Message]] = defaultdict(list)
    for message in messages:
        found[message.about_id or 0].append(message)
    return found


@bp.get("/")
def list_invitations(event_id: int) -> str:
    """Show who was invited, what they answered, and how each round goes."""
    event = _event(event_id)
    invited = queries.list_invited(event)
    ids = [one.invitation.id for one in invited]
    rounds = queries.list_rounds(event)
    given = queries.answers_given(ids)
    coming = [i.invitation for i in invited if i.invitation.state is InvitationState.ACCEPTED]
    said = queries.replies_given([one.id for one in coming])
    return render_template(
        "invitations/list.html",
        event=event,
        invited=invited,
        answers=queries.latest_answers(ids),
        given=given,
        replies=questions.count(event.kind.questions, list(said.values())),
        in_words=questions.in_words,
        messages=_by_invitation(mail_queries.messages_about("invitation", ids)),
        counts=queries.count_by_state(event),
        standings=(standings := channels.list_standing(event)),
        by_channel=responses.group(standings, By.CHANNEL),
        by_commune=responses.group(standings, By.COMMUNE),
        rounds=[(one, mail_queries.count_by_state(one.batch)) for one in rounds if one.batch],
        is_held=mail_queries.is_held,
        form=EmptyForm(),
    )


@bp.get("/rounds/<int:round_id>")
def show_round(event_id: int, round_id: int) -> ResponseReturnValue:
    """Show how a round goes: held, leaving, gone; the failed and the uncertain ones by name.

    The open page asks again for the numbers alone; once they rest, for everything that changed.
    """
    event = _event(event_id)
    shown, batch = _round(event, round_id)
    now = progress.of_round(shown, batch)
    page = {"event": event, "round": shown, "is_held": mail_queries.is_held, **vars(now)}
    asks_again = request.headers.get("HX-Request") == "true"
    if asks_again and now.pace is not None:
        return render_template("invitations/round_progress.html", **page)
    left = {
        "uncertain": mail_queries.list_uncertain(batch),
        "delayed": late.list_delayed(batch),
        "failed": mail_queries.list_failed(batch),
        "skipped": mail_queries.list_skipped(batch),
        "why_skipped": WHY_SKIPPED,
        "change": remaining.find_change_told_by(shown),
    }
    if asks_again:
        changed = render_template("invitations/round_state.html", **page, **left)
        return changed, {"HX-Retarget": "#round", "HX-Reswap": "outerHTML"}
    return render_template("invitations/round.html", **page, **left)


@bp.post("/rounds/<int:round_id>/resume")
def resume(event_id: int, round_id: int) -> ResponseReturnValue:
    """Let a round that has paused go on where it stopped."""
    _shown, batch = _round(_event(event_id), round_id)
    mail.resume_batch(batch)
    db.session.commit()
    return redirect(url_for(".show_round", event_id=event_id, round_id=round_id), 303)


@bp.post("/rounds/<int:round_id>/stop")
def stop(event_id: int, round_id: int) -> ResponseReturnValue:
    """Let no more of the round leave."""
    shown, _batch = _round(_event(event_id), round_id)
    service.stop_round(shown)
    db.session.commit()
    return redirect(url_for(".show_round", event_id=event_id, round_id=round_id), 303)


@bp.post("/rounds/<int:round_id>/messages/<int:message_id>/decide")
def decide(event_id: int, round_id: int, message_id: int) -> ResponseReturnValue:
    """Say of a message nobody knows the fate of: send it again, or take it for sent."""
    _shown, batch = _round(_event(event_id), round_id)
    message = mail_queries.get_message(message_id)
    if message.batch_id != batch.id:
        raise NotFoundError(_("There is no such message."))
    mail.decide_uncertain(message, resend=request.form.get("resend") == "1")
    db.session.commit()
    return redirect(url_for(".show_round", event_id=event_id, round_id=round_id), 303)
