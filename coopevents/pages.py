"""How refusals look, and what every template knows."""

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, ValidationError

from coopevents import access
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.i18n import _

LARGEST_ID = 2**63 - 1


class RowNumber(IntegerConverter):
    """A whole number in an address; one that no row can have is part of no address."""

    def to_python(self, value: str) -> int:
        """Answer the number."""
        if len(value) > len(str(LARGEST_ID)) or int(value) > LARGEST_ID:
            raise ValidationError
        return int(super().to_python(value))


def init(app: Flask) -> None:
    """Teach the app to refuse in a sentence: on a page, or as problem+json on the API."""
    app.register_error_handler(DomainError, _refuse)
    app.register_error_handler(CSRFError, _refuse_stale_form)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(StaleDataError, _refuse_late)
    app.register_error_handler(DataError, _refuse_unkept)
    app.url_map.converters["int"] = RowNumber
    app.context_processor(lambda: {"actor": access.actor(), "is_demo": current_app.config["DEMO"]})


def _refuse(error: DomainError) -> ResponseReturnValue:
    db.session.rollback()
    return _answer(error.status, str(error.message), error.fields)


def _refuse_stale_form(_error: CSRFError) -> ResponseReturnValue:
    return _answer(400, _("This form is too old. Please open the page again and send it anew."))


def _refuse_late(_error: StaleDataError) -> ResponseReturnValue:
    db.session.rollback()
    return _answer(409, _("Somebody else changed this at the same moment. Please look again."))


def _refuse_unkept(_error: DataError) -> ResponseReturnValue:
    db.session.rollback()
    return _answer(422, _("A value is too large to be kept."))


def _refuse_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if status >= 500:
        db.session.rollback()
    answer = _answer(status, _sentence(status))
    if status == 401 and _is_api():
        answer.headers["WWW-Authenticate"] = "Bearer"
    for name, value in error.get_response().headers:
        if name in {"Retry-After", "Allow"}:
            answer.headers[name] = value
    return answer


def _sentence(status: int) -> str:
    sentences = {
        400: _("This request is not well formed."),
        401: _("Please sign in."),
        403: _("Your role does not allow this."),
        404: _("There is no such page."),
        405: _("This page does not take that kind of request."),
        412: _("Somebody has changed this since you read it. Please read it again."),
        413: _("What was sent is too large."),
        428: _("Say in If-Match which version of it you have read."),
        429: _("Too many tries. Please wait a minute."),
    }
    if _is_api():
        sentences[401] = _("An access token is needed.")
        sentences[404] = _("There is no such address.")
        sentences[405] = _("This address does not take that kind of request.")
    return sentences.get(status, _("Something went wrong on our side; nothing was saved."))


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _answer(status: int, sentence: str, fields: dict[str, str] | None = None) -> Response:
    if _is_api():
        problem: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": sentence,
        }
        if fields:
            problem["fields"] = {name: str(text) for name, text in fields.items()}
        response = jsonify(problem)
        response.status_code = status
        response.content_type = "application/problem+json"
        return response
    page = render_template("refusal.html", status=status, sentence=sentence, fields=fields or {})
    return current_app.make_response((page, status))
