"""What a giấy mời says. An official document: in Vietnamese, whatever language the pages speak."""

from collections.abc import Sequence
from datetime import date, time

from coopevents.accounts import queries as accounts
from coopevents.accounts.models import HostBodyName
from coopevents.db import Json
from coopevents.events import queries as events
from coopevents.events import telling
from coopevents.events.models import Event, EventSession
from coopevents.i18n import official_day
from coopevents.programme.plans import numbered

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
NOON = time(12)
LONGEST = 600
"""A description of more letters would not stand on one page: the title does."""

CLOSING = "Rất mong Quý đơn vị cử đại biểu tham dự đầy đủ, đúng thành phần và thời gian./."

HER_CLOSING = "Rất mong được đón tiếp; kính mong đến dự đúng thời gian./."


def symbol_of(body: HostBodyName, number: str, year: int) -> str:
    """Answer number and symbol as the body's documents bear them: 12/GM-HLHPN-LMHTX.

    The pattern of the body is that of its reports; the kind of a letter takes their place in it.
    """
    told = numbered(body.number_pattern, number, year).removeprefix("Số:").strip()
    return told.replace("/BC-", "/GM-")


def compose(event: Event, symbols: Sequence[str], dated_on: date) -> Json:
    """Answer all that the letter says but what is an invitee's own, as plain JSON."""
    bodies = hosts(event)
    return {
        "headings": [body.heading for body in bodies],
        "symbols": list(symbols),
        "dated": f"{bodies[0].place}, {official_day(dated_on)}",
        "is_sample": event.is_sample,
        "receivers": ["Như trên", *(body.name["vi"] for body in bodies)],
        "signers": [_signer(body) for body in bodies],
        **facts(event),
    }


def facts(event: Event) -> Json:
    """Answer what the letter says of the activity: a letter that says another thing is outdated."""
    bodies = hosts(event)
    names = " và ".join(body.name["vi"] for body in bodies)
    title = f"{event.kind.name['vi']}: {event.title}"
    fits = len(event.description) <= LONGEST
    return {
        "subject": event.title,
        "invites": f"{names} trân trọng kính mời:",
        "lines": [
            {"label": label, "value": value}
            for label, value in (
                ("Nội dung:", _sentence((fits and event.description) or title)),
                ("Thời gian:", _sentence("; ".join(_when(s) for s in telling.standing(event)))),
                ("Địa điểm:", _sentence(telling.tell(event, "vi").place)),
            )
            if value
        ],
        "confirm": _confirm(event),
        "closing": CLOSING,
    }


def asked(seats: int) -> str:
    """Answer who is asked to come."""
    return f"{seats:02d} đại biểu do Quý đơn vị cử."


def within(commune: str) -> str:
    """Answer the commune as it is written within a sentence: phường Âu Cơ."""
    return commune[:1].lower() + commune[1:]


def replaces(symbol: str, dated_on: date) -> str:
    """Answer which letter this one takes the place of."""
    return f"(Giấy mời này thay thế Giấy mời số {symbol} {official_day(dated_on)}.)"


def hosts(event: Event) -> list[HostBodyName]:
    """Answer the bodies that invite, as they are called today, the one that leads first."""
    names = accounts.names_of_bodies()
    return [names[host.body_id] for host in events.list_hosts(event) if host.body_id in names]


def _signer(body: HostBodyName) -> Json:
    signer = body.signers[0] if body.signers else {}
    return {
        "heading": body.heading,
        "prefix": signer.get("prefix", ""),
        "title": signer.get("title", ""),
        "name": signer.get("name", ""),
    }


def _when(session: EventSession) -> str:
    part = "sáng" if session.starts_at < NOON else "chiều"
    told = (
        f"{_hour(session.starts_at)} - {_hour(session.ends_at)} ({part}),"
        f" {WEEKDAYS[session.held_on.weekday()]}, {official_day(session.held_on)}"
    )
    return f"{told}, tại {session.place}" if session.place else told


def _hour(moment: time) -> str:
    return f"{moment.hour:02d} giờ {moment.minute:02d}"


def _confirm(event: Event) -> str:
    by = f"chậm nhất {official_day(event.answer_by)}, " if event.answer_by else ""
    contact = ", ".join(
        filter(
            None,
            (
                event.contact_name,
                event.contact_phone and f"điện thoại {event.contact_phone}",
                event.contact_email and f"thư điện tử {event.contact_email}",
            ),
        )
    )
    return _sentence(f"{by}với {contact}")


def _sentence(text: str) -> str:
    text = " ".join(text.split()).rstrip(".")
    return f"{text}." if text else ""
