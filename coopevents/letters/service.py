"""Printed invitations: issued under a number once, printed for whoever is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from coopevents import access, clock, qrcodes
from coopevents.audit import service as audit
from coopevents.db import Json, db
from coopevents.directory import queries as directory
from coopevents.directory.classification import HEADING
from coopevents.directory.models import Channel
from coopevents.errors import DomainError, InputError
from coopevents.events.models import Event, EventState
from coopevents.i18n import _, day, number
from coopevents.invitations import invitees
from coopevents.invitations import service as invitations
from coopevents.invitations.models import Invitation
from coopevents.letters import codes, queries, wording
from coopevents.letters.models import Letter, LetterCopy
from coopevents.letters.typesetting import typeset
from coopevents.programme import service as programmes

MOST = 300
"""As many are printed at once as are folded in a day, and set while somebody waits."""

EARLIEST = 366
"""A letter is dated no more days before today; a later day is a slip of the finger."""


@dataclass(frozen=True)
class LetterPlan:
    """What an officer says of a letter: the numbers of both registers, and its day."""

    number: str
    partner_number: str
    dated_on: date
    submission_id: UUID


class Addressee(Protocol):
    """An invitee to print for, as whoever lists them shows it."""

    @property
    def invitation(self) -> Invitation: ...
    @property
    def name(self) -> str: ...
    @property
    def organisation_id(self) -> int | None: ...
    @property
    def commune(self) -> str: ...
    @property
    def is_person(self) -> bool: ...


def issue(event: Event, planned: LetterPlan) -> Letter:
    """Write a letter that says what holds now; the same form twice is one letter.

    Raises InputError for a number another letter of that year has.
    """
    programmes.lock(event.programme)
    sent = db.session.scalar(select(Letter).where(Letter.submission_id == planned.submission_id))
    if sent is not None:
        return queries.get_letter(event, sent.id)
    if event.state is not EventState.PUBLISHED:
        raise DomainError(_("A letter is issued while the activity is published and has its days."))
    bodies = wording.hosts(event)
    if not bodies:
        raise DomainError(_("Say first which bodies host the activity."))
    if abs((planned.dated_on - clock.today()).days) > EARLIEST:
        raise InputError.at("dated_on", _("This day is too far away."))
    year = planned.dated_on.year
    symbol = wording.symbol_of(bodies[0], planned.number, year)
    _require_free(event, symbol, year)
    partner = None
    if planned.partner_number and len(bodies) > 1:
        partner = wording.symbol_of(bodies[1], planned.partner_number, year)
    who = access.actor()
    letter = Letter(
        programme_id=event.programme_id,
        event=event,
        symbol=symbol,
        partner_symbol=partner,
        dated_on=planned.dated_on,
        year=year,
        said=wording.compose(event, [s for s in (symbol, partner) if s], planned.dated_on),
        submission_id=planned.submission_id,
        issued_by_id=who.id if who.kind == "user" else None,
    )
    db.session.add(letter)
    db.session.flush()
    audit.record(
        "letter.issued",
        "letter",
        letter.id,
        programme_id=event.programme_id,
        changes={"symbol": (None, symbol), "dated_on": (None, planned.dated_on)},
    )
    return letter


def _require_free(event: Event, symbol: str, year: int) -> None:
    taken = db.session.scalar(
        select(Letter).where(
            Letter.programme_id == event.programme_id, Letter.year == year, Letter.symbol == symbol
        )
    )
    if taken is not None:
        raise InputError.at(
            "number",
            _(
                "%(symbol)s is the number of the letter of %(day)s.",
                symbol=symbol,
                day=day(taken.dated_on),
            ),
        )


def print_copies(letter: Letter, addressees: Sequence[Addressee]) -> bytes:
    """Answer the letter for each of these as one PDF, a page each, and keep that it was printed.

    Raises DomainError for a letter that says what does not hold any more.
    """
    _require_some(addressees)
    invitations.require_open(letter.event)
    if queries.is_outdated(letter):
        raise DomainError(
            _("The activity has changed since this letter was issued. Please issue a new one.")
        )
    ids = [one.invitation.id for one in addressees]
    codes.give(letter.event, ids)
    had = queries.letters_before(letter, ids)
    asked = [one.invitation for one in addressees]
    links, greetings = codes.links_of(asked), invitees.greet(asked, "vi")
    copies = [
        {
            "name": greetings.get(one.invitation.id, {}).get("organisation", one.name),
            "commune": wording.within(one.commune),
            "asked": "" if one.is_person else wording.asked(one.invitation.seats),
            "closing": wording.HER_CLOSING if one.is_person else letter.said["closing"],
            "bearer": "người được mời" if one.is_person else "đơn vị nhận giấy mời",
            "replaces": _told(had.get(one.invitation.id)),
            "code": links[one.invitation.id].code,
            "qr": qrcodes.drawn(links[one.invitation.id].address),
        }
        for one in addressees
    ]
    pdf = typeset("letter.typ", _data(letter, copies))
    _keep(letter, ids, had)
    return pdf


def print_labels(event: Event, addressees: Sequence[Addressee]) -> bytes:
    """Answer the addresses of these for sheets of labels, 3 by 8."""
    _require_some(addressees)
    ids = [one.organisation_id or 0 for one in addressees]
    ways = invitees.contact_points([one.invitation for one in addressees])
    greetings = invitees.greet([one.invitation for one in addressees], "vi")
    heads = {
        id_: min(posts, key=lambda post: post.kind not in HEADING)
        for id_, posts in directory.posts_on(ids, clock.today()).items()
    }
    labels = []
    for one, id_ in zip(addressees, ids, strict=True):
        points = ways[one.invitation.id]
        paper = [p.value for p in points if p.channel is Channel.PAPER and p.is_usable]
        written = paper or [one.commune]
        labels.append(
            {
                "name": greetings.get(one.invitation.id, {}).get("organisation", one.name),
                "person": heads[id_].holder.full_name if id_ in heads else "",
                "address": [line for line in written[:1] if line],
            }
        )
    return typeset("labels.typ", {"title": event.title, "labels": labels})


def _require_some(addressees: Sequence[Addressee]) -> None:
    if not addressees:
        raise InputError(_("Tick at least one invitee."))
    if len(addressees) > MOST:
        raise InputError(
            _("Print at most %(number)s at once, such as one commune.", number=number(MOST))
        )


def _data(letter: Letter, copies: Sequence[Json]) -> Json:
    base = urlsplit(current_app.config["BASE_URL"])
    return {
        "title": f"Giấy mời {letter.symbol}",
        "said": letter.said,
        "copies": list(copies),
        "entry": f"{base.netloc}{base.path}/c",
    }


def _told(replaced: Letter | None) -> str:
    return wording.replaces(replaced.symbol, replaced.dated_on) if replaced else ""


def _keep(letter: Letter, ids: Sequence[int], had: dict[int, Letter]) -> None:
    who = access.actor()
    db.session.execute(
        insert(LetterCopy)
        .values(
            [
                {
                    "letter_id": letter.id,
                    "invitation_id": id_,
                    "replaces_id": had[id_].id if id_ in had else None,
                    "printed_at": clock.now(),
                    "printed_by_id": who.id if who.kind == "user" else None,
                }
                for id_ in ids
            ]
        )
        .on_conflict_do_nothing(index_elements=["letter_id", "invitation_id"])
    )
    audit.record(
        "letter.printed",
        "letter",
        letter.id,
        programme_id=letter.programme_id,
        changes={"copies": (None, len(ids))},
    )
