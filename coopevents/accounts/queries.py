from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.accounts.models import ApiToken, HostBody, HostBodyName, Membership, User
from coopevents.db import db
from coopevents.names import person_sort_key
from coopevents.tokens import fingerprint


def find_user(email: str) -> User | None:
    """Answer the user with this address, whatever the case of its letters."""
    return db.session.scalar(select(User).where(User.email == email.strip().lower()))


def list_memberships(user: User) -> list[Membership]:
    """Answer the user's memberships, oldest first."""
    return list(
        db.session.scalars(
            select(Membership)
            .where(Membership.user_id == user.id)
            .options(joinedload(Membership.body))
            .order_by(Membership.id)
        )
    )


def list_users(programme_id: int | None) -> list[User]:
    """Answer who may sign in for the programme, by name."""
    found = db.session.scalars(
        select(User).where(
            User.active,
            User.erased_at.is_(None),
            User.id.in_(select(Membership.user_id).where(Membership.programme_id == programme_id)),
        )
    )
    return sorted(found, key=lambda user: (person_sort_key(user.full_name), user.id))


def find_token(secret: str) -> ApiToken | None:
    """Answer the living API token with this secret."""
    return db.session.scalar(
        select(ApiToken).where(
            ApiToken.token_hash == fingerprint(secret), ApiToken.revoked_at.is_(None)
        )
    )


def find_body(key: str) -> HostBody | None:
    """Answer the body with this key."""
    return db.session.scalar(select(HostBody).where(HostBody.key == key))


def names_of_bodies() -> dict[int, HostBodyName]:
    """Answer what each body is called today, by its id."""
    today = clock.today()
    names = db.session.scalars(
        select(HostBodyName).where(
            (HostBodyName.valid_from.is_(None)) | (HostBodyName.valid_from <= today),
            (HostBodyName.valid_to.is_(None)) | (HostBodyName.valid_to >= today),
        )
    )
    return {name.body_id: name for name in names}
