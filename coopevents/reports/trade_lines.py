"""The rows behind I17 in words: who took part, and what a contract came to."""

from datetime import date, datetime

from coopevents import clock
from coopevents.db import Json
from coopevents.i18n import _, _l, _n, day, moment, number
from coopevents.outcomes.trade.counting import Line
from coopevents.outcomes.trade.words import BASIS_NAMES, DEAL_NAMES, LINE_NAMES, vnd

CLASSES = {
    True: _l("women-led on the day"),
    False: _l("not women-led on the day"),
    None: _l("nobody knows who headed it on the day"),
}


def of_participation(facts: Json) -> list[str]:
    """Answer how an organisation took part."""
    return [
        str(CLASSES[facts["women_led"]]),
        _n("%(num)s stand", "%(num)s stands", facts["stands"]),
        _n("%(num)s product", "%(num)s products", facts["products"]),
    ]


def name_of(facts: Json) -> str:
    """Answer what a contract is called: by its number, never by a person."""
    if facts["number"]:
        return _("Contract %(number)s", number=facts["number"])
    return _("Contract without a number")


def of_contract(facts: Json) -> list[str]:
    """Answer what each line of money has of the contract, and since when that is known."""
    told = [_line(name, line) for name, line in facts["lines"].items()]
    if len(facts["claims"]) > 1:
        told.append(_("entered %(times)s times, counted once", times=number(len(facts["claims"]))))
    return told


def _line(name: str, line: Json) -> str:
    recorded = datetime.fromisoformat(line["recorded_at"])
    effective = date.fromisoformat(line["effective_on"])
    said = _(
        "%(line)s on %(day)s (%(kind)s): %(value)s, %(basis)s",
        line=LINE_NAMES[Line(name)],
        day=day(effective),
        kind=DEAL_NAMES[line["kind"]],
        value=vnd(line["value"]),
        basis=BASIS_NAMES[line["basis"]],
    )
    if clock.local(recorded).date() > effective:
        said += " " + _("(recorded %(moment)s)", moment=moment(recorded))
    return said
