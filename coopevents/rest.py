"""What every call of the API shares: the document, paging, keys that make a POST safe to repeat."""

import functools
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import marshmallow as ma
from flask import Flask, Response, current_app, make_response, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from coopevents import access, clock
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.system.models import IdempotentAnswer

KEPT = timedelta(hours=24)
MOST = 200

api = Api()


def init(app: Flask) -> None:
    """Give the app its API and the document that describes it."""
    app.config.update(
        API_TITLE="coopevents",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        },
    )
    api.init_app(app)


class PageArguments(ma.Schema):
    """Which page of a list: after which cursor, and how many rows."""

    after = ma.fields.Integer(metadata={"description": "The cursor `next` of the page before."})
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(min=1, max=MOST))


def page_schema(item: type[ma.Schema], name: str) -> type[ma.Schema]:
    """Answer the schema of a page of `item`."""
    return ma.Schema.from_dict(
        {
            "items": ma.fields.List(ma.fields.Nested(item)),
            "next": ma.fields.Integer(allow_none=True),
        },
        name=name,
    )


def page(rows: list[Any], limit: int, cursor: Callable[[Any], int]) -> dict[str, Any]:
    """Answer the rows as a page; `next` is the cursor of its last row, None on the last page."""
    return {"items": rows, "next": cursor(rows[-1]) if len(rows) == limit else None}


def repeatable(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Answer a POST with a known Idempotency-Key as it was answered the first time.

    The key and the answer are written in the transaction of the act, so that neither can be
    there without the other. The same key with another body is refused with 422.
    """

    @functools.wraps(view)
    def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        key = request.headers.get("Idempotency-Key")
        if not key:
            response = make_response(view(*args, **kwargs))
            db.session.commit()
            return response
        caller = f"{access.actor().kind}:{access.actor().id}"
        body_hash = hashlib.sha256(
            f"{request.method} {request.path}\n".encode() + request.get_data()
        ).hexdigest()
        _forget_old()
        # Two at once: the second waits here until the first commits, and then finds its answer.
        db.session.execute(
            insert(IdempotentAnswer)
            .values(caller=caller, key=key, body_hash=body_hash, created_at=clock.now())
            .on_conflict_do_nothing()
        )
        kept = (
            db.session.query(IdempotentAnswer)
            .filter_by(caller=caller, key=key)
            .with_for_update()
            .one()
        )
        if kept.body_hash != body_hash:
            raise InputError(_("This Idempotency-Key was used with another body."))
        if kept.status is None:
            response = make_response(view(*args, **kwargs))
            kept.status, kept.body = response.status_code, response.get_data(as_text=True)
            kept.headers = {"Content-Type": response.content_type}
        else:
            response = Response(kept.body, kept.status, kept.headers)
        db.session.commit()
        return response

    return answer


def _forget_old() -> None:
    db.session.execute(
        delete(IdempotentAnswer).where(IdempotentAnswer.created_at < clock.now() - KEPT)
    )


def document() -> dict[str, Any]:
    """Answer the OpenAPI document."""
    with current_app.test_request_context():
        return dict(api.spec.to_dict())
