"""Persons are invited too: as an official, a speaker or a guest, each with one seat."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

CHECKS = {
    "invitedas": "invited_as IN ('official', 'speaker', 'guest')",
    "as_what": "(person_id IS NULL) = (invited_as IS NULL)",
    "own_seat": "person_id IS NULL OR seats = 1",
}


def upgrade() -> None:
    op.add_column("invitations", sa.Column("invited_as", sa.String(length=40), nullable=True))
    # Nothing wrote such rows; should somebody have, they are what nobody said otherwise.
    op.execute("UPDATE invitations SET invited_as = 'guest', seats = 1 WHERE person_id IS NOT NULL")
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_invitations_{name}"), "invitations", rule)


def downgrade() -> None:
    for name in reversed(CHECKS):
        op.drop_constraint(op.f(f"ck_invitations_{name}"), "invitations", type_="check")
    op.drop_column("invitations", "invited_as")
