from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import HostBody
from coopevents.db import Base, Dated, Translated
from coopevents.territory.models import AdministrativeUnit


class OrganisationKind(StrEnum):
    COOPERATIVE = "cooperative"
    COOPERATIVE_GROUP = "cooperative_group"
    LINKED_GROUP = "linked_group"
    COOPERATIVE_UNION = "cooperative_union"
    UNION_BRANCH = "union_branch"
    """A branch of the Women's Union: never counted, so that officials have a post."""
    AGENCY = "agency"
    """A state agency or another body: never counted."""


class OrganisationStatusKind(StrEnum):
    OPERATING = "operating"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    DISSOLVED = "dissolved"


class LineageKind(StrEnum):
    CONSOLIDATE = "consolidate"
    ABSORB = "absorb"
    DIVIDE = "divide"
    SPLIT_OFF = "split_off"
    DISSOLVE = "dissolve"
    CONVERT = "convert"


class DatePrecision(StrEnum):
    DAY = "day"
    YEAR = "year"
    """Only the year is known; the date stored is 1 January of it."""


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    NOT_STATED = "not_stated"


class PostKind(StrEnum):
    BOARD_CHAIR = "board_chair"
    BOARD_MEMBER = "board_member"
    DIRECTOR = "director"
    DEPUTY_DIRECTOR = "deputy_director"
    SUPERVISOR = "supervisor"
    ACCOUNTANT = "accountant"
    SECRETARY = "secretary"
    GROUP_LEADER = "group_leader"
    DEPUTY_GROUP_LEADER = "deputy_group_leader"
    MEMBER = "member"
    WORKER = "worker"
    UNION_OFFICIAL = "union_official"
    OTHER = "other"


class Channel(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    ZALO = "zalo"
    PAPER = "paper"
    COMMUNE_UNION = "commune_union"


class SupportKind(StrEnum):
    FOUNDING = "founding"


class Register(Base):
    """The list of organisations that one province keeps: the tenant of the directory."""

    __tablename__ = "registers"

    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[Translated]


class Organisation(Base):
    """A cooperative, a group, or another body that can be invited.

    Everything about it that can change stands in dated rows of its own.
    """

    __tablename__ = "organisations"
    __table_args__ = (
        Index("ix_organisations_register", "register_id", "kind"),
        Index(
            "ix_organisations_duplicate_of",
            "duplicate_of_id",
            postgresql_where="duplicate_of_id IS NOT NULL",
        ),
        CheckConstraint("duplicate_of_id <> id", name="duplicate_of_another"),
        CheckConstraint(
            "(founded_on IS NULL) = (founded_precision IS NULL)", name="founded_precision_given"
        ),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("registers.id"))
    owner_body_id: Mapped[int | None] = mapped_column(ForeignKey("host_bodies.id"))
    kind: Mapped[OrganisationKind]
    founded_on: Mapped[date | None]
    founded_precision: Mapped[DatePrecision | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    """The entry this one counts as, where it was entered twice: never one merged itself.

    Only the room of duplicates writes it, from the merges that stand.
    """

    register: Mapped[Register] = relationship()
    owner_body: Mapped[HostBody | None] = relationship()

    def __repr__(self) -> str:
        return f"<Organisation {self.id} {self.kind}>"


class OrganisationName(Dated, Base):
    """What an organisation was called, from a day to a day."""

    __tablename__ = "organisation_names"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="validity"),
        Index("ix_organisation_names_order", "name_sort", "organisation_id"),
    )
    no_overlap = ("organisation_id",)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    name_fold: Mapped[str] = mapped_column(index=True)
    name_key: Mapped[str] = mapped_column(
        Computed("organisation_name_key(name_fold)", persisted=True), index=True
    )
    """The folded name without the words of its kind and trade, in which entries differ."""
    name_sort: Mapped[str] = mapped_column(Text(collation="C"))


class OrganisationCode(Dated, Base):
    """A number by which an authority knows an organisation: registration or tax."""

    __tablename__ = "organisation_codes"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="validity"),
        Index("ix_organisation_codes_code", "scheme", "code"),
        Index("ix_organisation_codes_prefix", "code", postgresql_ops={"code": "text_pattern_ops"}),
    )
    no_overlap = ("organisation_id", "scheme")

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    scheme: Mapped[str]
    code: Mapped[str]


class OrganisationAddress(Dated, Base):
    """Where an organisation had its seat, in the commune as it then was."""

    __tablename__ = "organisation_addresses"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="validity"),)
    no_overlap = ("organisation_id",)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    administrative_unit_id: Mapped[int] = mapped_column(
        ForeignKey("administrative_units.id"), index=True
    )
    line: Mapped[str | None]

    unit: Mapped[AdministrativeUnit] = relationship()


class OrganisationStatus(Dated, Base):
    """Whether an organisation was operating, suspended, stopped or dissolved."""

    __tablename__ = "organisation_statuses"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="validity"),)
    no_overlap = ("organisation_id",)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    status: Mapped[OrganisationStatusKind]


class OrganisationSector(Dated, Base):
    """The trade an organisation was in, as the register words it."""

    __tablename__ = "organisation_sectors"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="validity"),)
    no_overlap = ("organisation_id",)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    sector: Mapped[str]


class HeadCount(Base):
    """How many members and workers an organisation had on a day; None is "not told", not zero."""

    __tablename__ = "head_counts"
    __table_args__ = (
        UniqueConstraint("organisation_id", "as_of"),
        CheckConstraint("women_members <= members", name="women_members"),
        CheckConstraint("women_workers <= workers", name="women_workers"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    as_of: Mapped[date]
    members: Mapped[int | None]
    women_members: Mapped[int | None]
    workers: Mapped[int | None]
    women_workers: Mapped[int | None]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    source: Mapped[str | None]
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))


class OrganisationLineage(Base):
    """What an organisation came out of or went into, on which day: the first of the new order.

    Of one that was dissolved with nothing that follows, there is no `new_id`.
    """

    __tablename__ = "organisation_lineage"
    __table_args__ = (
        CheckConstraint("(kind = 'dissolve') = (new_id IS NULL)", name="successor_given"),
        CheckConstraint("old_id <> new_id", name="two_organisations"),
    )

    kind: Mapped[LineageKind]
    effective_on: Mapped[date]
    old_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    new_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    document: Mapped[str | None]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class OrganisationSupport(Base):
    """A body helped an organisation: here, to be founded. `supported_on` None is "not told"."""

    __tablename__ = "organisation_supports"
    __table_args__ = (
        UniqueConstraint(
            "organisation_id", "body_id", "kind", "supported_on", postgresql_nulls_not_distinct=True
        ),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("host_bodies.id"))
    kind: Mapped[SupportKind]
    supported_on: Mapped[date | None]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    source: Mapped[str | None]
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))


class Person(Base):
    """Anyone invited or present. One field for the name: nothing is derived from its parts."""

    __tablename__ = "people"
    __table_args__ = (
        Index("ix_people_fold", "register_id", "name_fold"),
        Index(
            "ix_people_duplicate_of",
            "duplicate_of_id",
            postgresql_where="duplicate_of_id IS NOT NULL",
        ),
        CheckConstraint("duplicate_of_id <> id", name="duplicate_of_another"),
        Index("ix_people_sort", "register_id", "name_sort", "id"),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("registers.id"))
    full_name: Mapped[str]
    name_fold: Mapped[str]
    name_sort: Mapped[str] = mapped_column(Text(collation="C"))
    sex: Mapped[Sex]
    birth_year: Mapped[int | None]
    honorific: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    erased_at: Mapped[datetime | None]
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """The entry this one counts as, where she was entered twice: never one merged itself.

    Only the room of duplicates writes it, from the merges that stand.
    """

    duplicate_of: Mapped["Person | None"] = relationship(remote_side="Person.id")

    @property
    def kept(self) -> "Person":
        """The entry she counts as: her own, unless that was merged into another."""
        return self.duplicate_of or self

    def __repr__(self) -> str:
        return f"<Person {self.id}>"


class Post(Dated, Base):
    """A person's post in an organisation, from a day to a day. Several people may share a kind."""

    __tablename__ = "posts"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="validity"),)
    no_overlap = ("person_id", "organisation_id", "kind")

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[PostKind]
    title: Mapped[str | None]

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship()

    @property
    def holder(self) -> Person:
        """Who holds the post; of somebody entered twice, the entry that is kept."""
        return self.person.kept


class ClassificationOverride(Dated, Base):
    """A reasoned decision that an organisation is, or is not, women-led by a rule."""

    __tablename__ = "classification_overrides"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="validity"),)
    no_overlap = ("organisation_id", "rule")

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    rule: Mapped[str]
    women_led: Mapped[bool]
    reason: Mapped[str]


class ContactPoint(Base):
    """A way to reach an organisation or a person. A family may share one: no value is unique."""

    __tablename__ = "contact_points"
    __table_args__ = (
        CheckConstraint("num_nonnulls(organisation_id, person_id) = 1", name="one_owner"),
        CheckConstraint(
            "channel = 'commune_union' OR num_nonnulls(via_organisation_id, via_person_id) = 0",
            name="via_the_union",
        ),
        Index("ix_contact_points_value", "channel", "value"),
        Index("ix_contact_points_tail", "tail", "channel"),
    )

    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    channel: Mapped[Channel]
    value: Mapped[str]
    """E-mail in lower case; phone in E.164; otherwise the words as they are to be read."""
    tail: Mapped[str] = mapped_column(Computed("contact_tail(channel, value)", persisted=True))
    """What two ways to be reached are compared by: the last seven digits of a number."""
    value_as_typed: Mapped[str | None]
    via_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    """The branch of the Union that passes a message on."""
    via_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """The official of that branch, where one is named."""
    rank: Mapped[int] = mapped_column(default=1)
    held_at: Mapped[datetime | None]
    held_reason: Mapped[str | None]
    dead_at: Mapped[datetime | None]
    last_good_at: Mapped[datetime | None]
    unsubscribed_at: Mapped[datetime | None]
    """Since when it wants no invitations; what follows an own act is sent all the same."""
    news_unsubscribed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))

    @property
    def is_usable(self) -> bool:
        """Whether a message may go there now."""
        return self.held_at is None and self.dead_at is None and self.unsubscribed_at is None


class ConsentPurpose(StrEnum):
    PHOTOS = "photos"
    NEXT_INVITATIONS = "next_invitations"


class Consent(Base):
    """A person agreed to one purpose, or took it back, in the words of one version of the text.

    The latest row of a purpose is the one that holds; none means that she was never asked.
    """

    __tablename__ = "consents"
    append_only = True

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"), index=True)
    """The place she was asked with, where it was one."""
    purpose: Mapped[ConsentPurpose]
    text_version: Mapped[str]
    given: Mapped[bool]
    channel: Mapped[Channel]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class OcopCertificate(Base):
    """A product of an organisation was ranked with stars; valid for 36 months from its issue."""

    __tablename__ = "ocop_certificates"
    __table_args__ = (
        CheckConstraint("stars BETWEEN 3 AND 5", name="stars"),
        UniqueConstraint("organisation_id", "product", "decision", "issued_on"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    product: Mapped[str]
    stars: Mapped[int]
    decision: Mapped[str]
    issued_on: Mapped[date]
    withdrawn_on: Mapped[date | None]
    withdrawn_reason: Mapped[str | None]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"))

    organisation: Mapped[Organisation] = relationship()
    """To whom it was issued; who holds it on a day is told by the transfers."""


class OcopTransfer(Base):
    """A certificate passed to another organisation on a day, by a document.

    Taken back, never deleted: a transfer somebody recorded by mistake counts for no day.
    """

    __tablename__ = "ocop_transfers"
    __table_args__ = (
        Index(
            "uq_ocop_transfers_standing",
            "certificate_id",
            "transferred_on",
            unique=True,
            postgresql_where="undone_at IS NULL",
        ),
    )

    certificate_id: Mapped[int] = mapped_column(ForeignKey("ocop_certificates.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    """Who holds it from that day on."""
    transferred_on: Mapped[date]
    document: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    organisation: Mapped[Organisation] = relationship()
