"""Pages of the demo only: the mails its catcher kept."""

from flask import Blueprint, Response, abort, render_template

from coopevents.demo import mails

bp = Blueprint("demo", __name__, url_prefix="/demo")

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"
"""For a mail shown as a mail program shows it: its styles stand inline, its scripts never run."""


@bp.get("/mails")
def list_mails() -> str:
    """Show the mails that left, newest first."""
    return render_template("demo/mails.html", caught=mails.list_caught())


@bp.get("/mails/<key>")
def show_mail(key: str) -> str:
    """Show one mail: its heads, its text with links that open, its files."""
    opened = mails.open_mail(key)
    if opened is None:
        abort(404)
    return render_template("demo/mail.html", mail=opened)


@bp.get("/mails/<key>/html")
def show_html(key: str) -> Response:
    """Show the mail as a mail program would."""
    opened = mails.open_mail(key)
    if opened is None:
        abort(404)
    return Response(opened.html, headers={"Content-Security-Policy": MAIL_POLICY})
