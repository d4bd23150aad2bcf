"""What the parts of a programme are called on pages, and what was done to them."""

from coopevents import clock
from coopevents.i18n import _, _l, day, number, text_direction
from coopevents.programme.models import PeriodKind, Target, TargetKind
from coopevents.territory.models import AdministrativeUnit

TARGET_KINDS = {
    TargetKind.COUNT: _l("a number"),
    TargetKind.RANGE: _l("from … to …"),
    TargetKind.PERCENT: _l("a share in percent"),
    TargetKind.ABOUT: _l("about so many"),
}

PERIOD_KINDS = {
    PeriodKind.YEAR: _l("year"),
    PeriodKind.MID_YEAR: _l("half-year"),
    PeriodKind.FINAL: _l("final report"),
    PeriodKind.SPAN: _l("any stretch of days"),
}

WOMEN_LED_RULES = {
    "WOMEN_HEADED": _l(
        "headed by a woman: she is chair of the board, director or group leader (làm chủ)"
    ),
    "WOMEN_IN_MANAGEMENT": _l(
        "a woman takes part in management: any post on the board, in the directorate, on the"
        " supervisory board, in accounting or at the head of a group (tham gia quản lý)"
    ),
    "MANAGED_AND_OPERATED": _l(
        "managed and operated by women: a woman sits on the board and a woman is director, or a"
        " woman leads the group (quản lý, điều hành)"
    ),
}

ACTS = {
    "programme.loaded": _l("Programme read from a file"),
    "programme.edited": _l("Programme changed"),
    "register.renamed": _l("Register renamed"),
    "body.added": _l("Body added"),
    "body.renamed": _l("New name of a body"),
    "body.closed": _l("Earlier name of a body closed"),
    "body.corrected": _l("Name of a body corrected"),
    "body.ranked": _l("Order of the bodies changed"),
    "content.added": _l("Content added"),
    "content.corrected": _l("Content corrected"),
    "content.removed": _l("Content taken away"),
    "target.set": _l("New version of a target"),
    "target.corrected": _l("Target corrected"),
    "baseline.added": _l("Baseline added"),
    "baseline.corrected": _l("Baseline corrected"),
    "year_plan.added": _l("Activity planned for the year"),
    "year_plan.changed": _l("Planned activity changed"),
    "year_plan.dropped": _l("Planned activity dropped"),
    "period.added": _l("Report period added"),
    "period.changed": _l("Report period changed"),
    "period.removed": _l("Report period taken away"),
    "event_kind.renamed": _l("Kind of activity renamed"),
    "calendar.named": _l("Day entered in the calendar"),
    "calendar.corrected": _l("Day of the calendar corrected"),
    "calendar.removed": _l("Day taken off the calendar"),
    "calendar.hours_set": _l("Office hours changed"),
}

FIELDS = {
    "name": _l("Name"),
    "signed_on": _l("Signed on"),
    "starts_on": _l("Begins on"),
    "ends_on": _l("Ends on"),
    "territory_id": _l("Territory"),
    "women_led_rule": _l("Which organisations count as women-led"),
    "abbreviation": _l("Abbreviation"),
    "heading": _l("Heading lines"),
    "number_pattern": _l("Number and symbol"),
    "place": _l("Place"),
    "signers": _l("Signers"),
    "valid_from": _l("From which day"),
    "valid_to": _l("Until which day"),
    "rank": _l("Rank"),
    "number": _l("Number"),
    "text": _l("Text"),
    "indicator": _l("Indicator"),
    "kind": _l("Kind"),
    "lower_value": _l("Target"),
    "upper_value": _l("Upper end"),
    "per_year": _l("Every year"),
    "due_on": _l("Due on"),
    "effective_on": _l("In force since"),
    "document": _l("Document"),
    "key": _l("Key"),
    "value": _l("Value"),
    "as_of": _l("As of which day"),
    "year": _l("Year"),
    "month": _l("Month"),
    "title": _l("Title"),
    "host_body_id": _l("Host"),
    "seats": _l("Seats"),
    "label": _l("What it is called"),
    "from_on": _l("First day"),
    "to_on": _l("Last day"),
    "day": _l("Day"),
    "hours": _l("Office hours"),
    "file_name": _l("File"),
}
"""What the fields of an act are called where the audit is read."""


def aim(target: Target) -> str:
    """Answer what is to be reached, in figures: 10, 2–3, 100 %, about 650."""
    lower = number(target.lower_value)
    if target.upper_value is not None:
        stretch = f"{lower}–{number(target.upper_value)}"
        # Kept in this order where the page runs leftwards.
        return f"\u2066{stretch}\u2069" if text_direction() == "rtl" else stretch
    if target.kind is TargetKind.PERCENT:
        return f"{lower} %"
    return _("about %(number)s", number=lower) if target.kind is TargetKind.ABOUT else lower


def territory_name(unit: AdministrativeUnit) -> str:
    """Answer what the province is called; one that is no more says so.

    Source: case 7. A figure of the province before July 2025 is told from one of today's.
    """
    if unit.valid_to is None or unit.valid_to >= clock.today():
        return unit.name
    return _("%(name)s (former)", name=unit.name)


def territory_choice(unit: AdministrativeUnit) -> str:
    """Answer the province as a form offers it: with the day until which it was what it was."""
    if unit.valid_to is None:
        return unit.name
    return _("%(name)s (until %(day)s)", name=unit.name, day=day(unit.valid_to))
