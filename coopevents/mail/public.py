"""The page that stops a kind of mail: no account, no JavaScript, nothing changed by opening."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from coopevents import access
from coopevents.access import Actor
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.i18n import _
from coopevents.mail import unsubscribing
from coopevents.mail.models import MailKind, UnsubscribeLink
from coopevents.mail.words import ABOUT, KIND_LABELS
from coopevents.web import csrf, limiter

bp = Blueprint("mail_public", __name__, url_prefix="/unsubscribe")

LIMIT = "20 per minute"
ONE_CLICK = ("List-Unsubscribe", "One-Click")
ACTS = {"stop": unsubscribing.stop, "resume": unsubscribing.take_back}


def _token() -> str:
    return f"unsubscribe {(request.view_args or {}).get('stop_token', '')}"


@bp.get("/<stop_token>")
def show(stop_token: str) -> str:
    """Show which mail goes to the address. Mail scanners follow links, so nothing is changed."""
    return _page(_opened(stop_token), stop_token)


@bp.post("/<stop_token>")
@csrf.exempt
@limiter.limit(LIMIT, key_func=_token)
def one_click(stop_token: str) -> str:
    """Stop the kind of mail the link came in: what a mail program asks for by itself (RFC 8058).

    It bears no cookie and no CSRF token: the address is the secret, and the one thing it may ask
    for is to be left alone.
    """
    link = _opened(stop_token)
    name, value = ONE_CLICK
    if request.form.get(name) != value:
        raise DomainError(_("Please use the buttons of this page."), status=400)
    unsubscribing.stop(link, link.kind)
    db.session.commit()
    return _page(link, stop_token)


@bp.post("/<stop_token>/<any(stop, resume):act>/<any(invitations, news):kind>")
@limiter.limit(LIMIT, key_func=_token)
def change(stop_token: str, act: str, kind: str) -> ResponseReturnValue:
    """Stop a kind of mail to the address, or have it sent again."""
    ACTS[act](_opened(stop_token), MailKind(kind))
    db.session.commit()
    return redirect(url_for(".show", stop_token=stop_token, lang=request.args.get("lang")), 303)


def _opened(token: str) -> UnsubscribeLink:
    link = unsubscribing.open_link(token)
    access.act_as(
        Actor(
            kind="link",
            id=link.id,
            label=_("whoever holds the link of a mail"),
            programme_id=unsubscribing.programme_of(link),
        )
    )
    return link


def _page(link: UnsubscribeLink, token: str) -> str:
    # First what the mail was about in which the link stood.
    since = unsubscribing.stopped_since(link)
    kinds = sorted(since, key=lambda kind: kind is not link.kind)
    return render_template(
        "unsubscribing/show.html",
        stop_token=token,
        address=_masked(link.address),
        kinds=[(kind, KIND_LABELS[kind], ABOUT[kind], since[kind]) for kind in kinds],
        form=FlaskForm(),
    )


def _masked(address: str) -> str:
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
