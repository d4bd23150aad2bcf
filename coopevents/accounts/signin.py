"""Sign-in by Flask-Security, set for this house: argon2id, no sign-up, words in our languages."""

from typing import Any

from flask import Flask
from flask_security import RoleMixin, Security, SQLAlchemyUserDatastore

from coopevents.accounts.models import User
from coopevents.db import db
from coopevents.i18n import _l
from coopevents.web import limiter

SETTINGS: dict[str, Any] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    # OWASP's parameters for argon2id: 19 MiB, two passes, one lane.
    "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__time_cost": 2,
        "argon2__memory_cost": 19456,
        "argon2__parallelism": 1,
    },
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_LOGIN_USER_TEMPLATE": "accounts/sign_in.html",
    "SECURITY_POST_LOGIN_VIEW": "home.start",
    "SECURITY_POST_LOGOUT_VIEW": "home.start",
    "SECURITY_REDIRECT_HOST": None,
    # Without it, finding a user would join a table of roles, which we do not have.
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_FLASH_MESSAGES": False,
    "SECURITY_CLI_USERS_NAME": False,
    "SECURITY_CLI_ROLES_NAME": False,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
        _l("The address or the password is not right."),
        "error",
    ),
    "SECURITY_MSG_EMAIL_NOT_PROVIDED": (_l("Please give your e-mail address."), "error"),
    "SECURITY_MSG_PASSWORD_NOT_PROVIDED": (_l("Please give your password."), "error"),
}


class NoRole(RoleMixin):
    """Flask-Security wants a kind of role; ours are memberships and are asked in access.py."""


SIGN_IN_LIMIT = "10 per minute; 60 per hour"


def init(app: Flask) -> None:
    """Give the app its sign-in page, limited in how often one address may try."""
    for name, value in SETTINGS.items():
        app.config.setdefault(name, value)
    Security(app, SQLAlchemyUserDatastore(db, User, NoRole))
    view: Any = app.view_functions["security.login"]
    app.view_functions["security.login"] = limiter.limit(SIGN_IN_LIMIT, methods=["POST"])(view)
