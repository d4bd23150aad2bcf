from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Form, SearchField, SelectField

from coopevents.directory.models import OrganisationKind
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


class OrganisationFilter(Form):
    """Which organisations a list shows. Read from the address, so it carries no CSRF token."""

    q = SearchField(_l("Name or code"))
    kind = SelectField(_l("Kind"))
    women_led = SelectField(
        _l("Led by women"), choices=lambda: {"": _("all"), "yes": _("yes"), "no": _("no")}
    )
    commune = SelectField(_l("Commune today"))
    former_province = SelectField(_l("Former province"))

    @classmethod
    def over(
        cls,
        asked: MultiDict[str, str],
        places: list[Place],
        former_provinces: list[AdministrativeUnit],
    ) -> "OrganisationFilter":
        """Answer the filter as it was asked for; a choice that does not exist is no choice."""
        form = cls(asked)
        form.kind.choices = {"": _("all"), **labels(KIND_NAMES)}
        form.commune.choices = {"": _("all"), **{str(p.unit.id): p.label for p in places}}
        form.former_province.choices = {
            "": _("all"),
            **{str(unit.id): unit.name for unit in former_provinces},
        }
        return form

    def asked(self) -> dict[str, Any]:
        """Answer what was asked for, as the query wants it."""
        self.validate()
        chosen = {f.name: f.data for f in self if f.data and not f.errors}
        return {
            "q": chosen.get("q"),
            "kind": OrganisationKind(chosen["kind"]) if "kind" in chosen else None,
            "women_led": {"yes": True, "no": False}.get(chosen.get("women_led", "")),
            "commune_ids": [int(chosen["commune"])] if "commune" in chosen else None,
            "former_province_id": (
                int(chosen["former_province"]) if "former_province" in chosen else None
            ),
        }
