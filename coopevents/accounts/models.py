from datetime import datetime
from enum import StrEnum

from flask_security import RoleMixin, UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.db import Base, Dated, Json, Translated


class Role(StrEnum):
    """What a member may do; `routes.py` says which routes each may use."""

    ADMINISTRATOR = "administrator"
    OFFICER = "officer"
    LEADER = "leader"
    VIEWER = "viewer"


class HostBody(Base):
    """One of the two partners of a programme, or a third body that hosts with them."""

    __tablename__ = "host_bodies"

    key: Mapped[str] = mapped_column(unique=True)

    def __repr__(self) -> str:
        return f"<HostBody {self.key}>"


class HostBodyName(Dated, Base):
    """What a body is called for a time, and how its documents are headed, numbered and signed.

    `heading` is the lines above its name on a document, `number_pattern` has the place-holders
    {number} and {year}, `signers` lists {prefix, title, name} in the order they sign.
    """

    __tablename__ = "host_body_names"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="validity"),)
    no_overlap = ("body_id",)

    body_id: Mapped[int] = mapped_column(ForeignKey("host_bodies.id"), index=True)
    name: Mapped[Translated]
    abbreviation: Mapped[str]
    heading: Mapped[list[str]]
    number_pattern: Mapped[str]
    place: Mapped[str]
    signers: Mapped[list[Json]]

    body: Mapped[HostBody] = relationship()


class User(Base, UserMixin):
    """Someone who signs in."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    locale: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    erased_at: Mapped[datetime | None]

    def __repr__(self) -> str:
        return f"<User {self.id}>"

    @property
    def roles(self) -> list[RoleMixin]:  # type: ignore[override]
        """Flask-Security asks for roles; ours are memberships, asked in access.py."""
        return []


class Membership(Base):
    """A user's role in a programme, on behalf of a body, perhaps for one commune only."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "programme_id", "body_id", "role"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programmes.id"))
    body_id: Mapped[int | None] = mapped_column(ForeignKey("host_bodies.id"))
    role: Mapped[Role]
    administrative_unit_id: Mapped[int | None] = mapped_column(
        ForeignKey("administrative_units.id")
    )

    user: Mapped[User] = relationship()
    body: Mapped[HostBody | None] = relationship()


class ApiToken(Base):
    """A key for another program: only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        CheckConstraint("length(token_hash) = 64", name="token_hash"),
        UniqueConstraint("token_hash"),
    )

    name: Mapped[str]
    token_hash: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    role: Mapped[Role]
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programmes.id"))
    body_id: Mapped[int | None] = mapped_column(ForeignKey("host_bodies.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    revoked_at: Mapped[datetime | None]
