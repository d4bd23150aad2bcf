"""Users, their memberships, their tokens, and who is asking."""

import secrets
import unicodedata

from email_validator import EmailNotValidError, validate_email
from flask import g, request
from flask_security import current_user, hash_password

from coopevents import access, clock
from coopevents.access import Actor
from coopevents.accounts import queries
from coopevents.accounts.models import ApiToken, HostBody, Membership, Role, User
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _
from coopevents.tokens import fingerprint, new_token

LEAST_PASSWORD = 12


def create_user(email: str, full_name: str, password: str) -> User:
    """Make someone who can sign in. Raises InputError for a bad address or a short password."""
    address = valid_email(email)
    if queries.find_user(address):
        raise DomainError(_("There is a user with the address %(email)s.", email=address))
    if len(password) < LEAST_PASSWORD:
        raise InputError(
            _("A password has at least %(least)s characters.", least=LEAST_PASSWORD),
            {"password": _("Too short.")},
        )
    user = User(
        email=address,
        full_name=full_name,
        password=hash_password(normal_password(password)),
        fs_uniquifier=secrets.token_hex(16),
    )
    db.session.add(user)
    db.session.flush()
    audit.record("user.created", "user", user.id)
    return user


def add_member(
    user: User, role: Role, *, programme_id: int | None, body: HostBody | None
) -> Membership:
    """Give the user a role in a programme, on behalf of a body."""
    member = Membership(user_id=user.id, role=role, programme_id=programme_id, body=body)
    db.session.add(member)
    db.session.flush()
    audit.record(
        "membership.added",
        "user",
        user.id,
        programme_id=programme_id,
        changes={"role": (None, role.value)},
    )
    return member


def create_token(name: str, role: Role, programme_id: int | None) -> tuple[ApiToken, str]:
    """Make a key for another program; answer it with its secret, which is kept nowhere."""
    secret = new_token()
    token = ApiToken(
        name=name, token_hash=fingerprint(secret), role=role, programme_id=programme_id, scopes=[]
    )
    db.session.add(token)
    db.session.flush()
    audit.record("token.created", "api_token", token.id, programme_id=programme_id)
    return token, secret


def valid_email(typed: str) -> str:
    """Answer the address in lower case. Raises InputError for one that cannot be reached."""
    try:
        checked = validate_email(
            typed, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise InputError(
            _("%(email)s is not an e-mail address.", email=typed), {"email": str(error)}
        ) from error
    return checked.normalized.lower()


def normal_password(password: str) -> str:
    """Answer the password as sign-in will compare it: Flask-Security normalises to NFKD."""
    return unicodedata.normalize("NFKD", password)


def identify() -> Actor | None:
    """Answer who sent the request: a token on the API, the signed-in user on pages."""
    if request.path.startswith("/api/"):
        return _token_actor()
    if not current_user.is_authenticated:
        return None
    g.user_locale = current_user.locale
    return user_actor(current_user)


def user_actor(user: User) -> Actor:
    """Answer the user as an actor, in the programme of the first membership that names one."""
    members = queries.list_memberships(user)
    home = next((m for m in members if m.programme_id is not None), None)
    return Actor(
        kind="user",
        id=user.id,
        label=user.full_name,
        roles=tuple(dict.fromkeys(m.role.value for m in members)),
        programme_id=home.programme_id if home else None,
        body_id=home.body_id if home else None,
    )


def _token_actor() -> Actor | None:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    token = queries.find_token(secret.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        return None
    return Actor(
        kind="token",
        id=token.id,
        label=token.name,
        roles=(token.role.value,),
        programme_id=token.programme_id,
        body_id=token.body_id,
    )


def choose_locale(locale: str) -> None:
    """Keep the language a signed-in user chose."""
    if access.actor().kind == "user":
        user = db.session.get_one(User, access.actor().id)
        user.locale = locale


def revoke_token(token: ApiToken) -> None:
    """Let the token open nothing any more."""
    token.revoked_at = clock.now()
    audit.record("token.revoked", "api_token", token.id, programme_id=token.programme_id)
