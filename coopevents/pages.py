"""How refusals look, and what every template knows."""

from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from coopevents import access
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.i18n import _


def init(app: Flask) -> None:
    """Teach the app to refuse in a sentence: on a page, or as problem+json on the API."""
    app.register_error_handler(DomainError, _refuse)
    app.register_error_handler(CSRFError, _refuse_stale_form)
    app.register_error_handler(HTTPException, _refuse_http)
    app.context_processor(lambda: {"actor": access.actor(), "is_demo": current_app.config["DEMO"]})


def _refuse(error: DomainError) -> ResponseReturnValue:
    db.session.rollback()
    return _answer(error.status, str(error.message), error.fields)


def _refuse_stale_form(_error: CSRFError) -> ResponseReturnValue:
    return _answer(400, _("This form is too old. Please open the page again and send it anew."))


def _refuse_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if status >= 500:
        db.session.rollback()
    sentences = {
        401: _("Please sign in."),
        403: _("Your role does not allow this."),
        404: _("There is no such page."),
        405: _("This page does not take that kind of request."),
        413: _("What was sent is too large."),
        429: _("Too many tries. Please wait a minute."),
    }
    sentence = sentences.get(status, _("Something went wrong on our side; nothing was saved."))
    answer = _answer(status, sentence)
    for name, value in error.get_response().headers:
        if name in {"Retry-After", "Allow"}:
            answer.headers[name] = value  # type: ignore[union-attr]
    return answer


def _answer(
    status: int, sentence: str, fields: dict[str, str] | None = None
) -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        problem = {"type": "about:blank", "status": status, "title": sentence}
        if fields:
            problem["fields"] = {name: str(text) for name, text in fields.items()}
        response = jsonify(problem)
        response.status_code = status
        response.content_type = "application/problem+json"
        return response
    page = render_template("refusal.html", status=status, sentence=sentence, fields=fields or {})
    return current_app.make_response((page, status))
