"""Officers' pages of printed invitations: numbers, copies, labels."""

from uuid import uuid4

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, names
from coopevents.channels import queries as channels
from coopevents.channels.forms import TickedForm
from coopevents.channels.queries import Standing
from coopevents.db import db
from coopevents.directory.models import Channel
from coopevents.editing import clean, form_page, given
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.i18n import _, _l
from coopevents.letters import queries, service
from coopevents.letters.forms import IssueForm
from coopevents.letters.service import LetterPlan

bp = Blueprint("letters", __name__, url_prefix="/events/<int:event_id>/letters")

SETS = {
    "paper": _l("Invited by letter"),
    "no_email": _l("All whom no e-mail reaches"),
    "all": _l("All who are invited"),
}


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


def _is_in(one: Standing, chosen: str) -> bool:
    if chosen == "paper":
        return one.channel is Channel.PAPER
    if chosen == "no_email":
        return one.channel is not Channel.EMAIL or one.is_mail_lost
    return True


@bp.get("/")
def list_letters(event_id: int) -> str:
    """Show the letters that were issued, and for whom they are printed."""
    event = _event(event_id)
    issued = queries.list_letters(event)
    standings = channels.list_standing(event)
    chosen = request.args.get("set", "paper")
    commune = request.args.get("commune", "")
    shown = [
        one for one in standings if _is_in(one, chosen) and (not commune or one.commune == commune)
    ]
    return render_template(
        "letters/list.html",
        event=event,
        issued=issued,
        is_outdated=bool(issued) and queries.is_outdated(issued[0]),
        shown=shown,
        sets=SETS,
        chosen=chosen if chosen in SETS else "all",
        commune=commune,
        communes=sorted({one.commune for one in standings if one.commune}),
        copies=queries.latest_copies([one.invitation.id for one in shown]),
        most=service.MOST,
        form=TickedForm(formdata=None),
        paper=Channel.PAPER,
        new_uuid=uuid4,
    )


@bp.route("/new", methods=["GET", "POST"])
def issue(event_id: int) -> ResponseReturnValue:
    """Issue a letter that says what holds now, under a number."""
    event, form = _event(event_id), IssueForm()

    def save() -> None:
        plan = LetterPlan(
            clean(form.number.data),
            clean(form.partner_number.data),
            given(form.dated_on.data),
            form.submission_id,
        )
        service.issue(event, plan)

    back = url_for(".list_letters", event_id=event_id)
    page = form_page(
        form,
        save,
        title=_("Issue a letter"),
        note=_("It says what is planned now, in Vietnamese, with the names of both bodies."),
        crumbs=[
            (url_for("events.show_event", event_id=event_id), event.title),
            (back, _("Printed letters")),
        ],
        back=back,
    )
    if page is not None:
        return page
    db.session.commit()
    return redirect(back, 303)


@bp.post("/<int:letter_id>/print")
def print_letters(event_id: int, letter_id: int) -> ResponseReturnValue:
    """Answer the letter for each of the ticked, a page each, and keep that it was printed."""
    event = _event(event_id)
    letter = queries.get_letter(event, letter_id)
    ticked = channels.choose(channels.list_standing(event), TickedForm().ids())
    pdf = service.print_copies(letter, ticked)
    db.session.commit()
    return _pdf(pdf, f"giay-moi-{letter.symbol}")


@bp.post("/labels")
def print_labels(event_id: int) -> ResponseReturnValue:
    """Answer the addresses of the ticked for sheets of labels."""
    event = _event(event_id)
    ticked = channels.choose(channels.list_standing(event), TickedForm().ids())
    return _pdf(service.print_labels(event, ticked), f"nhan-{event.title}")


def _pdf(data: bytes, name: str) -> Response:
    stem = names.file_stem(name)
    disposition = f"attachment; filename={stem}.pdf"
    return Response(
        data, content_type="application/pdf", headers={"Content-Disposition": disposition}
    )
