"""What pages call the purposes, outcomes and notes of advice cases."""

from coopevents.directory.models import OrganisationKind
from coopevents.i18n import _l
from coopevents.outcomes.advice.models import NoteKind, Outcome, Purpose

PURPOSE_NAMES = {
    Purpose.FOUND_COOPERATIVE: _l("Found a cooperative"),
    Purpose.FOUND_GROUP: _l("Found a cooperative group"),
    Purpose.FOUND_LINKED_GROUP: _l("Found a linked group"),
    Purpose.CONVERT: _l("Convert a group into a cooperative"),
    Purpose.STRENGTHEN: _l("Strengthen an organisation"),
}
OUTCOME_NAMES = {
    Outcome.FOUNDED: _l("Led to a founding"),
    Outcome.CONVERTED: _l("Led to a conversion"),
    Outcome.STRENGTHENED: _l("Strengthened"),
    Outcome.GIVEN_UP: _l("Given up"),
    Outcome.REFERRED: _l("Referred to others"),
}
NOTE_NAMES = {
    NoteKind.CALL: _l("Call"),
    NoteKind.VISIT: _l("Visit"),
    NoteKind.MEETING: _l("Meeting"),
    NoteKind.PAPER: _l("Paper handed in"),
    NoteKind.OTHER: _l("Other"),
}
AIMED_AT = {
    Purpose.FOUND_COOPERATIVE: OrganisationKind.COOPERATIVE,
    Purpose.FOUND_GROUP: OrganisationKind.COOPERATIVE_GROUP,
    Purpose.FOUND_LINKED_GROUP: OrganisationKind.LINKED_GROUP,
    Purpose.CONVERT: OrganisationKind.COOPERATIVE,
}
"""What kind of organisation a case is to lead to."""
