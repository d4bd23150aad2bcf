from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access
from coopevents.db import db
from coopevents.errors import NotFoundError
from coopevents.i18n import _
from coopevents.notices import queries, service, words
from coopevents.notices.forms import ChoicesForm, SeenForm
from coopevents.notices.models import NoticeKind
from coopevents.permissions import Permission

bp = Blueprint("notices", __name__, url_prefix="/notices")

UNREAD, READ = 100, 50
"""So many lines stand on the page; whoever reads the first sees the next."""


def _user_id() -> int:
    who = access.actor()
    if who.kind != "user" or who.id is None:
        raise NotFoundError(_("There is no such page."))
    return who.id


@bp.app_template_global()
def unread_notices() -> int:
    """Answer the number beside the bell."""
    who = access.actor()
    return queries.count_unread(who.id, who.programme_id) if who.id is not None else 0


@bp.get("/")
def list_notices() -> str:
    """Show the user's news, what she has not read first; looking does not mark it."""
    user_id, programme_id = _user_id(), access.actor().programme_id
    return render_template(
        "notices/list.html",
        unread=queries.list_unread(user_id, programme_id, UNREAD),
        read=queries.list_read(user_id, programme_id, READ),
        sentence=words.sentence,
        path=words.path,
        kept=service.KEPT.days,
    )


@bp.post("/read")
def mark_read() -> ResponseReturnValue:
    """Mark the lines she had before her as read."""
    service.mark_read(_user_id(), SeenForm().pairs())
    db.session.commit()
    return redirect(url_for(".list_notices"), 303)


@bp.route("/choices", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    """Show the user where she hears of what, and keep what she chose."""
    user_id = _user_id()
    plans = access.may(Permission.PLAN)
    kinds = [kind for kind in NoticeKind if plans or kind in words.OF_REPORTS]
    places = queries.places_of(user_id)
    form = ChoicesForm.over(kinds)(data=ChoicesForm.standing(places))
    if request.method == "POST" and form.validate():
        service.choose(user_id, form.places())
        db.session.commit()
        return redirect(url_for(".choose", saved="yes"), 303)
    return render_template(
        "notices/choices.html", form=form, kinds=kinds, labels=words.LABELS, plans=plans
    )
