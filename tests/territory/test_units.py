from datetime import date

import pytest
from sqlalchemy import func, select

from coopevents.db import db, valid_on
from coopevents.territory import importer, units
from coopevents.territory.models import AdministrativeSuccession, AdministrativeUnit, UnitLevel


@pytest.mark.parametrize(
    ("level", "until_the_reform", "since"),
    [(UnitLevel.PROVINCE, 63, 34), (UnitLevel.DISTRICT, 696, 0), (UnitLevel.COMMUNE, 10035, 3321)],
)
def test_the_country_is_there_as_it_was_and_as_it_is(app, level, until_the_reform, since):
    def count(day: date) -> int | None:
        return db.session.scalar(
            select(func.count())
            .select_from(AdministrativeUnit)
            .where(AdministrativeUnit.level == level, valid_on(AdministrativeUnit, day))
        )

    assert count(date(2025, 6, 30)) == until_the_reform
    assert count(units.REFORM) == since


def test_old_communes_of_phu_tho_went_into_sixty_six_of_the_new(app, programme):
    old = units.communes_of(programme.territory)

    new = db.session.scalars(
        select(AdministrativeSuccession.new_id)
        .where(AdministrativeSuccession.old_id.in_([unit.id for unit in old]))
        .distinct()
    ).all()

    assert len(old) == 207
    assert len(new) == 66
    assert len(units.communes_of(units.find_province("phu tho", units.REFORM))) == 148


def test_loading_the_country_twice_changes_nothing(app):
    before = db.session.scalar(select(func.count()).select_from(AdministrativeUnit))

    assert importer.load_country() == before
