"""What may be asked of whoever comes, and what each role may."""

from enum import StrEnum


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
