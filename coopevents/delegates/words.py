"""What posts and sexes are called where delegates are named."""

from coopevents.directory.models import PostKind, Sex
from coopevents.i18n import _l

POST_LABELS = {
    PostKind.DIRECTOR: _l("Director"),
    PostKind.BOARD_CHAIR: _l("Chair of the board"),
    PostKind.DEPUTY_DIRECTOR: _l("Deputy director"),
    PostKind.BOARD_MEMBER: _l("Board member"),
    PostKind.GROUP_LEADER: _l("Group leader"),
    PostKind.DEPUTY_GROUP_LEADER: _l("Deputy group leader"),
    PostKind.SUPERVISOR: _l("Supervisory board"),
    PostKind.ACCOUNTANT: _l("Accountant"),
    PostKind.SECRETARY: _l("Secretary"),
    PostKind.MEMBER: _l("Member"),
    PostKind.WORKER: _l("Worker"),
    PostKind.UNION_OFFICIAL: _l("Union official"),
    PostKind.OTHER: _l("Other"),
}

SEX_LABELS = {
    Sex.FEMALE: _l("Female"),
    Sex.MALE: _l("Male"),
    Sex.NOT_STATED: _l("Not stated"),
}
