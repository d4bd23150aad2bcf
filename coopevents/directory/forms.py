from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, SearchField, SelectField
from wtforms.validators import Optional

from coopevents.directory.models import OrganisationKind
from coopevents.directory.narrowing import Narrowing, Reach, Standing, Stars, WomenLed
from coopevents.directory.seats import Place
from coopevents.i18n import _, _l, labels
from coopevents.territory.models import AdministrativeUnit

KIND_NAMES = {
    OrganisationKind.COOPERATIVE: _l("Cooperative"),
    OrganisationKind.COOPERATIVE_GROUP: _l("Cooperative group"),
    OrganisationKind.LINKED_GROUP: _l("Linked group"),
    OrganisationKind.COOPERATIVE_UNION: _l("Union of cooperatives"),
    OrganisationKind.UNION_BRANCH: _l("Branch of the Women's Union"),
    OrganisationKind.AGENCY: _l("Agency"),
}
WOMEN_LED_NAMES = {
    WomenLed.YES: _l("yes"),
    WomenLed.NO: _l("no"),
    WomenLed.UNKNOWN: _l("not known"),
}
STANDING_NAMES = {
    Standing.OPERATING: _l("Operating"),
    Standing.SUSPENDED: _l("Suspended"),
    Standing.STOPPED: _l("Stopped"),
    Standing.DISSOLVED: _l("Dissolved"),
    Standing.NOT_TOLD: _l("not known"),
}
STARS_NAMES = {
    Stars.ANY: _l("any valid certificate"),
    Stars.THREE: "3 ★",
    Stars.FOUR: "4 ★",
    Stars.FIVE: "5 ★",
}
REACH_NAMES = {
    Reach.EMAIL: _l("by e-mail"),
    Reach.NO_EMAIL: _l("not by e-mail"),
    Reach.PHONE: _l("by phone or Zalo"),
    Reach.NO_PHONE: _l("not by phone or Zalo"),
    Reach.NONE: _l("in no way"),
}
WHATEVER_STATE = "all"


def day_field(label: Any, **more: Any) -> DateField:
    """Answer a field for a day that may be left empty."""
    return DateField(label, [Optional()], **more)


class OrganisationFilter(Form):
    """Which organisations a list shows. Read from the address, so it carries no CSRF token."""

    q = SearchField(_l("Name or code"))
    kind = SelectField(_l("Kind"), default="")
    women_led = SelectField(
        _l("Led by women"), choices=lambda: {"": _("all"), **labels(WOMEN_LED_NAMES)}, default=""
    )
    commune = SelectField(_l("Commune today"), default="")
    former_province = SelectField(_l("Former province"), default="")
    status = SelectField(
        _l("State"),
        choices=lambda: {**labels(STANDING_NAMES), WHATEVER_STATE: _("all")},
        default=Standing.OPERATING.value,
    )
    sector = SelectField(_l("Sector"), default="")
    ocop = SelectField(
        _l("Highest valid OCOP"),
        choices=lambda: {"": _("all"), **labels(STARS_NAMES)},
        default="",
    )
    reach = SelectField(
        _l("To be reached"), choices=lambda: {"": _("all"), **labels(REACH_NAMES)}, default=""
    )
    founded_from = day_field(_l("Founded from"))
    founded_to = day_field(_l("Founded until"))
    unreached_since = day_field(_l("Never reached since"))
    on = day_field(_l("As of"))

    @classmethod
    def over(
        cls,
        asked: MultiDict[str, str],
        places: list[Place],
        former_provinces: list[AdministrativeUnit],
        sectors: list[str] | None = None,
    ) -> "OrganisationFilter":
        """Answer the filter as it was asked for; a choice that does not exist is no choice."""
        form = cls(asked)
        form.kind.choices = {"": _("all"), **labels(KIND_NAMES)}
        form.commune.choices = {"": _("all"), **{str(p.unit.id): p.label for p in places}}
        form.former_province.choices = {
            "": _("all"),
            **{str(unit.id): unit.name for unit in former_provinces},
        }
        form.sector.choices = {"": _("all"), **{sector: sector for sector in sectors or []}}
        form.validate()
        return form

    @property
    def wrong_days(self) -> list[str]:
        """The labels of the fields in which something stands that is no day."""
        return [
            str(field.label.text)
            for field in (self.founded_from, self.founded_to, self.unreached_since, self.on)
            if field.errors
        ]

    def said(self, asked: MultiDict[str, str]) -> dict[str, str]:
        """Answer what of the address belongs to the filter, for links that go on with it."""
        names = {field.name for field in self} | {"lang"}
        return {name: value for name, value in asked.items() if name in names}

    def day(self, today: date) -> date:
        """Answer as of which day the list is wanted."""
        return self.on.data or today

    def asked(self) -> dict[str, Any]:
        """Answer what was asked for by name, kind, class and commune, as the query wants it."""
        chosen = self._chosen()
        return {
            "q": chosen.get("q"),
            "kind": OrganisationKind(chosen["kind"]) if "kind" in chosen else None,
            "women_led": {"yes": True, "no": False}.get(chosen.get("women_led", "")),
            "commune_ids": [int(chosen["commune"])] if "commune" in chosen else None,
            "former_province_id": (
                int(chosen["former_province"]) if "former_province" in chosen else None
            ),
        }

    def narrowing(self) -> Narrowing:
        """Answer what else was asked for."""
        chosen = self._chosen()
        standing = chosen.get("status", Standing.OPERATING.value)
        unknown = chosen.get("women_led") == WomenLed.UNKNOWN
        return Narrowing(
            women_led=WomenLed.UNKNOWN if unknown else None,
            standing=None if standing == WHATEVER_STATE else Standing(standing),
            sector=chosen.get("sector"),
            stars=Stars(chosen["ocop"]) if "ocop" in chosen else None,
            founded_from=chosen.get("founded_from"),
            founded_to=chosen.get("founded_to"),
            reach=Reach(chosen["reach"]) if "reach" in chosen else None,
        )

    def _chosen(self) -> dict[str, Any]:
        return {f.name: f.data for f in self if f.data and not f.errors}
