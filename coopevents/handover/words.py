"""What states are called in the file of an activity."""

from enum import StrEnum
from typing import Any

from coopevents.attendance.models import Action
from coopevents.events.models import EventState, HostRole, PartInEvent, SessionState
from coopevents.i18n import _l
from coopevents.invitations.models import InvitationState, RoundKind
from coopevents.mail.models import MessageState
from coopevents.registrations.models import RegistrationState

WORDS: dict[StrEnum, Any] = {
    EventState.DRAFT: _l("Draft"),
    EventState.PUBLISHED: _l("Published"),
    EventState.POSTPONED: _l("Postponed"),
    EventState.CANCELLED: _l("Cancelled"),
    EventState.CLOSED: _l("Closed"),
    SessionState.PLANNED: _l("Planned"),
    SessionState.HELD: _l("Held"),
    SessionState.CANCELLED: _l("Cancelled"),
    SessionState.MOVED: _l("Moved"),
    HostRole.LEAD: _l("Lead host"),
    HostRole.CO_HOST: _l("Co-host"),
    HostRole.THIRD: _l("Further host"),
    PartInEvent.TRAINER: _l("Trainer"),
    PartInEvent.SPEAKER: _l("Speaker"),
    PartInEvent.MODERATOR: _l("Moderator"),
    PartInEvent.INTERPRETER: _l("Interpreter"),
    InvitationState.PENDING: _l("No answer yet"),
    InvitationState.ACCEPTED: _l("Accepted"),
    InvitationState.DECLINED: _l("Declined"),
    InvitationState.CANCELLED: _l("Cancelled"),
    RoundKind.INVITATION: _l("Invitation"),
    RoundKind.REMINDER: _l("Reminder"),
    RoundKind.POSTPONEMENT: _l("Postponement"),
    RoundKind.CANCELLATION: _l("Cancellation"),
    MessageState.QUEUED: _l("Queued"),
    MessageState.CLAIMED: _l("Taken up"),
    MessageState.SENDING: _l("Being sent"),
    MessageState.SENT: _l("Sent"),
    MessageState.RETRY: _l("To be tried again"),
    MessageState.FAILED: _l("Failed"),
    MessageState.UNCERTAIN: _l("Uncertain"),
    MessageState.CANCELLED: _l("Cancelled"),
    MessageState.BOUNCED: _l("Came back"),
    RegistrationState.CONFIRMED: _l("Confirmed"),
    RegistrationState.WAITING: _l("On the waiting list"),
    RegistrationState.OFFERED: _l("Place offered"),
    RegistrationState.CANCELLED: _l("Cancelled"),
    Action.PRESENT: _l("Present"),
    Action.EXCUSED: _l("Excused"),
    Action.ABSENT: _l("Absent"),
}
