"""What every call of the API shares: the document, paging, keys that make a POST safe to repeat."""

import copy
import functools
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

import marshmallow as ma
from flask import Flask, Request, Response, current_app, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from flask_smorest.exceptions import NotModified
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict

from coopevents import access, clock
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, _l
from coopevents.pages import LARGEST_ID
from coopevents.system.models import IdempotentAnswer

KEPT = timedelta(hours=24)
LONGEST_KEY = 255
MOST = 200
PROBLEM = "application/problem+json"
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
REFUSALS = (400, 401, 403, 404, 409, 412, 422, 428, 429)
"""The statuses a call may be refused with."""

WRONG = {
    r"Missing data for required field\.": _l("This is needed."),
    r"Field may not be null\.": _l("This may not be null."),
    r"Unknown field\.": _l("There is no such field."),
    r"Invalid input type\.|Invalid type\.": _l("An object is expected here."),
    r"Not a valid list\.": _l("A list is expected here."),
    r"Not a valid string\.": _l("A text is expected here."),
    r"Not a valid integer\.|Number too large\.": _l("A whole number is expected here."),
    r"Not a valid boolean\.": _l("true or false is expected here."),
    r"Not a valid UUID\.": _l("A UUID is expected here."),
    r"Not a valid date\.": _l("A day such as 2026-03-05 is expected here."),
    r"Not a valid time\.": _l("An hour such as 07:30 is expected here."),
    r"Not a valid (?:aware )?datetime\.": _l(
        "A moment with its offset, such as 2026-03-05T07:30:00+07:00, is expected here."
    ),
    r"Not a valid email address\.": _l("This is not an e-mail address."),
    r"Must be one of: (?P<choices>.*)\.": _l("It must be one of: %(choices)s."),
    r"Must be greater than or equal to (?P<least>\S+)\.": _l("It must be at least %(least)s."),
    r"Must be greater than or equal to (?P<least>\S+) and less than .* (?P<most>\S+)\.": _l(
        "It must be from %(least)s to %(most)s."
    ),
    r"(?:Shorter than minimum length|Length must be between) (?P<least>\d+).*": _l(
        "It is too short or too long."
    ),
    r"Longer than maximum length (?P<most>\d+)\.": _l("At most %(most)s are taken here."),
}
"""What marshmallow says, as a pattern, and how we say it."""


class ProblemSchema(ma.Schema):
    """Why a call was refused (RFC 9457)."""

    type = ma.fields.String()
    title = ma.fields.String(metadata={"description": "What the status means."})
    status = ma.fields.Integer()
    detail = ma.fields.String(metadata={"description": "What went wrong, in one sentence."})
    by_field = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.String(),
        data_key="fields",
        metadata={
            "description": "What is wrong with each field, by its path: `sessions.0.held_on`."
        },
    )


class Api(SmorestApi):
    """The API, refusing as the rest of the house does."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        # How refusals look is decided in pages.py, for pages and API alike.
        pass

    def _register_responses(self) -> None:
        self.spec.components.schema("Problem", schema=ProblemSchema)
        self.spec.components.response(
            HTTPStatus.NOT_MODIFIED.name, {"description": HTTPStatus.NOT_MODIFIED.phrase}, lazy=True
        )
        content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for status in map(HTTPStatus, REFUSALS):
            self.spec.components.response(
                status.name, {"description": status.phrase, "content": content}
            )
        self.spec.components.response(
            self.DEFAULT_ERROR_RESPONSE_NAME, {"description": "Any refusal", "content": content}
        )

    def _register_pagination_header(self) -> None:
        # Our pages say in their bodies how they go on.
        pass

    def _openapi_json(self) -> Response:
        return jsonify(document())


class Parser(FlaskParser):
    """Reads what a call sends; refuses in our words, and fields it does not know everywhere."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
        "json": ma.RAISE,
    }

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Answer the query without `lang`, which every address takes."""
        known = [(name, value) for name, value in req.args.items(multi=True) if name != "lang"]
        return self._makeproxy(MultiDict(known), schema)

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Answer the body. Raises DomainError for what is no JSON, nested too deep or too long."""
        if req.content_length and not req.is_json:
            raise DomainError(_("Send the body as application/json."), status=415)
        try:
            return super().load_json(req, schema)
        except (RecursionError, ValueError) as error:
            raise DomainError(_("The body is not JSON."), status=400) from error

    def pre_load(self, location_data: Any, **_about: Any) -> Any:
        """Refuse texts that no table can keep."""
        if not _can_be_kept(location_data):
            raise InputError(_("A text has letters that cannot be kept."))
        return location_data

    def handle_error(self, error: ma.ValidationError, *_args: Any, **_about: Any) -> NoReturn:
        """Refuse input of the wrong shape, field by field."""
        fields: dict[str, str] = {}
        for messages in error.messages_dict.values():
            _flatten("", messages, fields)
        raise InputError(_("Some fields need another look."), fields) from error

    def _handle_invalid_json_error(self, error: Any, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise DomainError(_("The body is not JSON."), status=400) from error


def _can_be_kept(said: Any) -> bool:
    if isinstance(said, str):
        # PostgreSQL keeps no NUL, and half a surrogate pair has no UTF-8.
        return "\0" not in said and not re.search("[\ud800-\udfff]", said)
    if isinstance(said, Mapping):
        return all(_can_be_kept(key) and _can_be_kept(value) for key, value in said.items())
    if isinstance(said, list):
        return all(_can_be_kept(value) for value in said)
    return True


def _flatten(path: str, messages: Any, fields: dict[str, str]) -> None:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            _flatten(f"{path}.{name}".removeprefix("."), inner, fields)
    else:
        fields[path.removesuffix("._schema")] = " ".join(_told(str(said)) for said in messages)


def _told(said: str) -> str:
    for pattern, sentence in WRONG.items():
        found = re.fullmatch(pattern, said, re.DOTALL)
        if found:
            return str(sentence) % found.groupdict()
    return said


class Blueprint(SmorestBlueprint):
    """The calls of a room."""

    ARGUMENTS_PARSER = Parser()

    def _check_not_modified(self, etag: str) -> None:
        if request.method in {"GET", "HEAD"} and etag in request.if_none_match:
            # The exception's own answer would leave the ETag out, which a 304 must bear.
            unchanged = Response(status=304)
            unchanged.set_etag(etag)
            raise NotModified(response=unchanged)


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
            "info": {
                "description": "Joint activities of a Women's Union and a Cooperative Alliance:"
                " register, invitations, places, roll call and what it adds up to."
            },
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        },
    )
    api.init_app(app)


class Line(ma.fields.String):
    """A text without blanks around it."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        return super()._deserialize(*args, **kwargs).strip()


class RowId(ma.fields.Integer):
    """The id of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validate=ma.validate.Range(1, LARGEST_ID), **options)


class Cursor(ma.fields.String):
    """Where a list goes on: a number to us, a text without meaning to others."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> Any:
        said = super()._deserialize(*args, **kwargs)
        if not re.fullmatch("[0-9]{1,18}", said):
            raise ma.ValidationError(_("This list cannot be continued from there."))
        return int(said)


class PageArguments(ma.Schema):
    """Which page of a list: after which cursor, and how many rows."""

    after = Cursor(metadata={"description": "The cursor `next` of the page before."})
    limit = ma.fields.Integer(
        load_default=50,
        validate=ma.validate.Range(min=1, max=MOST),
        metadata={"description": f"How many rows: at most {MOST}."},
    )


def page_schema(item: type[ma.Schema], name: str, **more: ma.fields.Field[Any]) -> type[ma.Schema]:
    """Answer the schema of a page of `item`, with what else stands beside the items."""
    return ma.Schema.from_dict(
        {
            **more,
            "items": ma.fields.List(ma.fields.Nested(item)),
            "next": Cursor(allow_none=True, metadata={"description": "null on the last page."}),
        },
        name=name,
    )


Row = TypeVar("Row")


def page(
    rows: Sequence[Row], limit: int, cursor: Callable[[Row], Any], **more: Any
) -> dict[str, Any]:
    """Answer at most `limit` of the rows as a page; `next` is the cursor of its last row.

    Give one row more than fits, if there is one: without it this is the last page.
    """
    items = rows[:limit]
    return {**more, "items": items, "next": cursor(items[-1]) if len(rows) > limit else None}


def programme_id() -> int:
    """Answer the programme whoever calls belongs to. Raises DomainError for a key of none."""
    found = access.actor().programme_id
    if found is None:
        raise DomainError(_("This key belongs to no programme."), status=403)
    return found


def repeatable(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """Commit what the view did, once; answer a known Idempotency-Key as the first time.

    The key and the answer are written in the transaction of the act, so that neither can be
    there without the other, and a refusal keeps neither. The same key with another body is
    refused with 422.
    """

    @functools.wraps(view)
    def answer(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        key = request.headers.get("Idempotency-Key")
        kept = _claim(key) if key else None
        if kept is not None and kept.status is not None:
            response = Response(kept.body, kept.status, kept.headers)
        else:
            response = make_response(view(*args, **kwargs))
        if kept is not None and kept.status is None:
            kept.status, kept.body = response.status_code, response.get_data(as_text=True)
            kept.headers = {
                name: response.headers[name] for name in KEPT_HEADERS if name in response.headers
            }
        db.session.commit()
        return response

    documented: Callable[..., ResponseReturnValue] = Blueprint.doc(**{"x-repeatable": True})(answer)
    return documented


def _claim(key: str) -> IdempotentAnswer:
    """Answer the row of the key, held by this transaction; without `status` it is a new one."""
    if len(key) > LONGEST_KEY:
        raise InputError(_("An Idempotency-Key has at most %(most)s letters.", most=LONGEST_KEY))
    caller = f"{access.actor().kind}:{access.actor().id}"
    told = f"{request.method} {request.path}\n".encode() + request.get_data()
    now = clock.now()
    body_hash = hashlib.sha256(told).hexdigest()
    empty = dict.fromkeys(("status", "headers", "body"))
    fresh = {"body_hash": body_hash, "created_at": now, **empty}
    _forget_old()
    # Two at once: the second waits here until the first commits, and then finds its answer.
    db.session.execute(
        insert(IdempotentAnswer)
        .values(caller=caller, key=key, **fresh)
        .on_conflict_do_update(
            index_elements=["caller", "key"],
            set_=fresh,
            where=IdempotentAnswer.created_at < now - KEPT,
        )
    )
    kept = db.session.scalars(
        select(IdempotentAnswer).where(
            IdempotentAnswer.caller == caller, IdempotentAnswer.key == key
        )
    ).one()
    if kept.body_hash != body_hash:
        raise InputError(_("This Idempotency-Key was used with another body."))
    return kept


def _forget_old() -> None:
    # A few of the oldest at each call, without those another call is busy with: nobody waits.
    oldest = select(IdempotentAnswer.id).order_by(IdempotentAnswer.id).limit(100)
    over = (
        select(IdempotentAnswer.id)
        .where(
            IdempotentAnswer.id.in_(oldest.scalar_subquery()),
            IdempotentAnswer.created_at < clock.now() - KEPT,
        )
        .with_for_update(skip_locked=True)
    )
    db.session.execute(
        delete(IdempotentAnswer)
        .where(IdempotentAnswer.id.in_(over.scalar_subquery()))
        .execution_options(synchronize_session=False)
    )


def document() -> dict[str, Any]:
    """Answer the OpenAPI document."""
    described: Api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    told: dict[str, Any] = copy.deepcopy(described.spec.to_dict())
    told["tags"] = [{**tag, "name": tag["name"].removeprefix("api_")} for tag in told["tags"]]
    for path, calls in told["paths"].items():
        for method, call in calls.items():
            if method != "parameters":
                _complete(path, method, call)
    return told


def _complete(path: str, method: str, call: dict[str, Any]) -> None:
    call["tags"] = [name.removeprefix("api_") for name in call["tags"]]
    call["security"] = [{"bearer": []}]
    refusals = {401, 403, 429}
    if "{" in path:
        refusals.add(404)
    if method != "get":
        refusals.add(409)
    if "requestBody" in call:
        refusals.add(400)
    if call.pop("x-repeatable", False):
        refusals.add(422)
        call.setdefault("parameters", []).append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "schema": {"type": "string", "maxLength": LONGEST_KEY},
                "description": "The same key and body are answered as the first time, for a day.",
            }
        )
    for status in map(HTTPStatus, sorted(refusals)):
        reference = {"$ref": f"#/components/responses/{status.name}"}
        call["responses"].setdefault(str(int(status)), reference)
    call["responses"] = dict(sorted(call["responses"].items()))
