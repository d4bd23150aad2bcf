"""Where the code of a printed letter is entered: no account, no JavaScript."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents.i18n import _
from coopevents.letters import codes
from coopevents.letters.forms import CodeForm
from coopevents.web import limiter

bp = Blueprint("letters_public", __name__)

WRONG_CODES = "10 per 10 minutes; 60 per day"
"""For one address. A code has 44 bits: what is limited here is noise, not luck."""


@bp.get("/c")
def enter_code() -> str:
    """Ask for the code of a letter."""
    return render_template("letters/enter_code.html", form=CodeForm(formdata=None))


def _was_wrong(response: Response) -> bool:
    return response.status_code == 422


@bp.post("/c")
@limiter.limit(WRONG_CODES, deduct_when=_was_wrong)
def open_code() -> ResponseReturnValue:
    """Lead to the invitation of the code; a wrong one is told nothing but that it is wrong."""
    form = CodeForm()
    token = codes.find_token(form.code.data or "")
    if token is None:
        form.code.errors = [_("This code is not known. Please compare it with your letter.")]
        return render_template("letters/enter_code.html", form=form), 422
    lang = request.args.get("lang")
    return redirect(url_for("answering.open_invitation", token=token, lang=lang), 303)
