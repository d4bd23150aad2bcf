"""The kinds of activity of the programme, and a form over each."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, editing
from coopevents.db import db
from coopevents.events import queries
from coopevents.events.models import EventKind
from coopevents.i18n import _, translated
from coopevents.kinds import service
from coopevents.kinds.forms import FIELDS, KindForm, values_of
from coopevents.programme import queries as programmes
from coopevents.programme import service as programme_service

bp = Blueprint("kinds", __name__, url_prefix="/programme/settings/kinds")

GET_AND_POST = ("GET", "POST")


def _programme_id() -> int:
    """Answer the programme's id; whoever is about to change its kinds holds it alone."""
    programme = programmes.get_programme(access.actor().programme_id)
    if request.method == "POST":
        programme_service.lock(programme)
    return programme.id


def _kind(key: str) -> EventKind:
    return queries.get_kind(key, _programme_id())


def _crumbs() -> list[tuple[str, str]]:
    return [
        (url_for("programme_editing.show_settings"), _("Programme settings")),
        (url_for(".list_kinds"), _("Kinds of activity")),
    ]


@bp.get("/")
def list_kinds() -> str:
    """Show the kinds of activity, what each asks for, and how it counts."""
    return render_template(
        "kinds/list.html", kinds=queries.list_all_kinds(_programme_id()), fields=FIELDS
    )


@bp.route("/new", methods=GET_AND_POST)
def add_kind() -> ResponseReturnValue:
    """Offer a further kind of activity."""
    programme_id = _programme_id()
    form = KindForm(data={"counts_attendance": True})
    if request.method == "GET":
        form.spare_rows()
    page = editing.form_page(
        form,
        lambda: service.add_kind(programme_id, form.plan()),
        title=_("A further kind of activity"),
        back=url_for(".list_kinds"),
        crumbs=_crumbs(),
    )
    if page is not None:
        return page
    db.session.commit()
    return redirect(url_for(".list_kinds"), 303)


@bp.route("/<key>", methods=GET_AND_POST)
def change_kind(key: str) -> ResponseReturnValue:
    """Change what a kind of activity asks for from now on."""
    kind = _kind(key)
    standing = values_of(kind)
    form = KindForm(data=standing)
    if request.method == "GET":
        form.spare_rows()
    page = editing.form_page(
        form,
        lambda: service.change_kind(kind, form.plan()),
        standing,
        title=translated(kind.name),
        back=url_for(".list_kinds"),
        crumbs=_crumbs(),
        note=_("Activities that are planned already keep what they have."),
    )
    if page is not None:
        return page
    db.session.commit()
    return redirect(url_for(".list_kinds"), 303)


@bp.post("/<key>/retire")
def retire(key: str) -> ResponseReturnValue:
    """Offer the kind no more."""
    service.retire(_kind(key))
    db.session.commit()
    return redirect(url_for(".list_kinds"), 303)


@bp.post("/<key>/bring-back")
def bring_back(key: str) -> ResponseReturnValue:
    """Offer the kind again."""
    service.bring_back(_kind(key))
    db.session.commit()
    return redirect(url_for(".list_kinds"), 303)
