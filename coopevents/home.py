"""The first page: the sign-in for a stranger, what is going on for whoever has signed in."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coopevents import access

bp = Blueprint("home", __name__)


@bp.get("/")
def start() -> ResponseReturnValue:
    """Show the dashboard, or the way to it."""
    if access.actor().kind != "user":
        return redirect(url_for("security.login"))
    return render_template("home/dashboard.html")
