"""Who acts, and the gate in front of every request: `routes.py` says who may use which route."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, Unauthorized

from coopevents.i18n import _l
from coopevents.permissions import GRANTS, Gate, Permission
from coopevents.routes import ROUTES


@dataclass(frozen=True)
class Actor:
    """Who acts: a user, a token of another program, a personal link, or the system itself."""

    kind: str
    id: int | None
    label: str
    roles: tuple[str, ...] = ()
    programme_id: int | None = None
    body_id: int | None = None

    def may(self, permission: Permission) -> bool:
        """Whether one of the actor's roles grants the permission."""
        return any(permission in GRANTS[role] for role in self.roles)


SYSTEM = Actor(kind="system", id=None, label="coopevents")


def init(app: Flask, identify: Callable[[], Actor | None]) -> None:
    """Put the gate in front of every route; `identify` says who is asking, or None."""

    @app.before_request
    def check_route() -> ResponseReturnValue | None:
        g.actor = identify()
        if request.endpoint is None:
            return None
        return _refusal(ROUTES.get(request.endpoint), g.actor)

    app.jinja_env.globals.update(may=may, opens=opens, Permission=Permission)


def actor() -> Actor:
    """Answer who acts now: the system, when no request is being answered."""
    return getattr(g, "actor", None) or SYSTEM


def act_as(someone: Actor) -> None:
    """Let `someone` stand as the actor of what follows, such as the holder of a personal link."""
    g.actor = someone


@contextmanager
def acting(someone: Actor) -> Iterator[None]:
    """Let `someone` stand as the actor of what follows, and then whoever stood there before."""
    before = getattr(g, "actor", None)
    g.actor = someone
    try:
        yield
    finally:
        g.actor = before


def may(permission: Permission) -> bool:
    """Whether whoever asks holds the permission; for templates that show or hide a button."""
    return actor().may(permission)


def opens(endpoint: str) -> bool:
    """Whether there is such a page and whoever asks may see it; for menus."""
    needed = ROUTES.get(endpoint)
    if endpoint not in current_app.view_functions or needed is None:
        return False
    if isinstance(needed, Permission):
        return may(needed)
    return needed is Gate.PUBLIC or actor() is not SYSTEM


def _refusal(needed: Permission | Gate | None, who: Actor | None) -> ResponseReturnValue | None:
    if needed is Gate.PUBLIC:
        return None
    if needed is None:
        raise Forbidden(str(_l("This page is not open to anyone.")))
    if who is None:
        if request.path.startswith("/api/"):
            raise Unauthorized(str(_l("An access token is needed.")))
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    if needed is Gate.SIGNED_IN or (isinstance(needed, Permission) and who.may(needed)):
        return None
    raise Forbidden(str(_l("Your role does not allow this.")))
