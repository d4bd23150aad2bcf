"""What posts, sexes and channels are called on pages and in lists taken away."""

from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.i18n import _l

POST_NAMES = {
    PostKind.BOARD_CHAIR: _l("Chair of the board"),
    PostKind.BOARD_MEMBER: _l("Board member"),
    PostKind.DIRECTOR: _l("Director"),
    PostKind.DEPUTY_DIRECTOR: _l("Deputy director"),
    PostKind.SUPERVISOR: _l("Supervisor"),
    PostKind.ACCOUNTANT: _l("Accountant"),
    PostKind.SECRETARY: _l("Secretary"),
    PostKind.GROUP_LEADER: _l("Group leader"),
    PostKind.DEPUTY_GROUP_LEADER: _l("Deputy group leader"),
    PostKind.MEMBER: _l("Member"),
    PostKind.WORKER: _l("Worker"),
    PostKind.UNION_OFFICIAL: _l("Union official"),
    PostKind.OTHER: _l("Other post"),
}
"""In the order in which a list of an organisation's people names them."""

SEX_NAMES = {
    Sex.FEMALE: _l("female"),
    Sex.MALE: _l("male"),
    Sex.NOT_STATED: _l("not stated"),
}

CHANNEL_NAMES = {
    Channel.EMAIL: _l("E-mail"),
    Channel.PHONE: _l("Phone"),
    Channel.ZALO: _l("Zalo"),
    Channel.PAPER: _l("Letter"),
    Channel.COMMUNE_UNION: _l("Through the commune's Union"),
}
