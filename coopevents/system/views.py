from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from coopevents import rest
from coopevents.system import health, reference
from coopevents.system.forms import SampleForm

bp = Blueprint("system", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process is up; touches nothing."""
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether everything this needs is there: 503 and the part that is down, if not."""
    parts = health.check()
    down = [part for part, state in parts.items() if state != "ok"]
    return {"status": "down" if down else "ok", "parts": parts}, 503 if down else 200


@bp.get("/gallery")
def gallery() -> str:
    """Show every component once, in every state."""
    form = SampleForm()
    form.validate()
    return render_template("system/gallery.html", form=form)


@bp.get("/api/v1/")
def show_api() -> str:
    """Show the document of the API as a page."""
    return render_template("system/api.html", rooms=reference.rooms(rest.document()))
