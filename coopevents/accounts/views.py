from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from coopevents.accounts import service
from coopevents.db import db
from coopevents.i18n import LOCALES

bp = Blueprint("accounts", __name__)


@bp.post("/language")
def set_language() -> ResponseReturnValue:
    """Speak another language from now on, and go back to the page that asked."""
    locale = request.form.get("locale")
    if locale in LOCALES:
        session["locale"] = locale
        service.choose_locale(locale)
        db.session.commit()
    back = urlsplit(request.form.get("next", ""))
    # Only the path is taken: an address of another host would be an open redirect.
    if not back.path.startswith("/") or back.path.startswith("//"):
        return redirect(url_for("home.start"))
    return redirect(back.path + (f"?{back.query}" if back.query else ""))
