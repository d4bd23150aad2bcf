"""Who may use which route: the one table, and the gate in front of every request.

A route that does not stand in `ROUTES` is refused, and a house test fails on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flask import Flask, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, Unauthorized

from coopevents.i18n import _l


class Permission(StrEnum):
    SEE = "see"
    """Read everything of the programme."""
    PLAN = "plan"
    """Plan and run activities: publish, invite, take the roll, close."""
    KEEP_REGISTER = "keep_register"
    """Change the register of organisations and people."""
    COMPILE = "compile"
    """Have the report compiled."""
    MANAGE = "manage"
    """Users, tokens, settings, and what the machine room shows."""


class Gate(StrEnum):
    PUBLIC = "public"
    """Anyone: a page without personal data, or one behind a personal link."""
    SIGNED_IN = "signed_in"
    """Whoever has signed in, in whatever role."""


GRANTS: dict[str, frozenset[Permission]] = {
    "administrator": frozenset(Permission),
    "officer": frozenset(
        {Permission.SEE, Permission.PLAN, Permission.KEEP_REGISTER, Permission.COMPILE}
    ),
    "leader": frozenset({Permission.SEE, Permission.COMPILE}),
    "viewer": frozenset({Permission.SEE}),
}

SEE, PLAN, COMPILE, MANAGE = (
    Permission.SEE,
    Permission.PLAN,
    Permission.COMPILE,
    Permission.MANAGE,
)

ROUTES: dict[str, Permission | Gate] = {
    "static": Gate.PUBLIC,
    "security.login": Gate.PUBLIC,
    "security.logout": Gate.SIGNED_IN,
    "accounts.set_language": Gate.PUBLIC,
    "home.start": Gate.PUBLIC,
    "system.healthz": Gate.PUBLIC,
    "system.readyz": Gate.PUBLIC,
    "system.gallery": Gate.SIGNED_IN,
}


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

    app.jinja_env.globals.update(may=may, Permission=Permission)


def actor() -> Actor:
    """Answer who acts now: the system, when no request is being answered."""
    return getattr(g, "actor", None) or SYSTEM


def act_as(someone: Actor) -> None:
    """Let `someone` stand as the actor of what follows, such as the holder of a personal link."""
    g.actor = someone


def may(permission: Permission) -> bool:
    """Whether whoever asks holds the permission; for templates that show or hide a button."""
    return actor().may(permission)


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
