"""What whoever invites through the API says and hears, be it organisations or persons."""

import marshmallow as ma

from coopevents.invitations.models import RoundState


class ConfirmSchema(ma.Schema):
    """A fresh preview, confirmed."""

    preview_token = ma.fields.String(required=True)


class RoundSchema(ma.Schema):
    """A round of invitations and how it goes."""

    id = ma.fields.Integer()
    state = ma.fields.Enum(RoundState, by_value=True)
    messages = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        metadata={"description": "How many mails are in each state."},
    )
