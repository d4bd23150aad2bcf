"""What the pages of the register make of an entry that was merged into another one."""

import csv
import io
from datetime import date

import pytest
import time_machine

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.directory import choices, service
from coopevents.directory.models import Channel, OrganisationCode, PostKind
from coopevents.errors import DomainError
from coopevents.i18n import force_locale
from tests.browsing import signed_in
from tests.factories import (
    make_contact_point,
    make_head_count,
    make_organisation,
    make_person,
    make_post,
)

CODE = "0012345"


@pytest.fixture(autouse=True)
def _today(app):
    with time_machine.travel("2026-11-25T03:00:00Z", tick=True), force_locale("en"):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def entries(programme):
    """The kept entry, which knows nothing, and the merged one, which knows everything."""
    kept = make_organisation(programme, name="HTX Chè Xanh", woman_head=None)
    merged = make_organisation(programme, name="Hợp tác xã chè Gia Điền", woman_head=None)
    make_post(make_person(programme, full_name="Nguyễn Thị Mẫu"), merged, PostKind.DIRECTOR)
    make_contact_point(merged, Channel.PHONE, "+84900000001")
    make_head_count(merged, date(2026, 7, 31), members=1146, women=700)
    db.session.add(OrganisationCode(organisation_id=merged.id, scheme="registration", code=CODE))
    merged.duplicate_of_id = kept.id
    db.session.commit()
    return kept, merged


@pytest.mark.parametrize("form", ["change/name", "act/dissolve", "correct/founding"])
def test_nothing_is_changed_of_a_merged_entry(officer, entries, form):
    kept, merged = entries

    page = officer.get(f"/organisations/{merged.id}/{form}?lang=en")

    assert page.status_code == 409
    assert "change that one, or take the merge back" in page.text
    assert officer.get(f"/organisations/{kept.id}/{form}").status_code == 200


def test_no_post_and_no_certificate_is_entered_with_a_merged_entry(officer, entries):
    _kept, merged = entries

    assert officer.get(f"/ocop/for/{merged.id}/new").status_code == 409
    assert officer.get(f"/people/for/{merged.id}").status_code == 409


def test_a_name_of_a_merged_entry_means_the_kept_one(programme, entries):
    kept, merged = entries

    assert choices.find_meant("hop tac xa che gia dien", programme.register_id) == kept
    assert choices.find_meant(CODE, programme.register_id) == kept
    assert choices.namesakes(programme.register_id, "Hợp tác xã chè Gia Điền") == [kept]
    assert merged.duplicate_of_id == kept.id


def test_the_kept_entry_may_take_the_code_over_and_no_other_may(programme, entries):
    kept, _merged = entries
    other = make_organisation(programme, name="HTX Lúa")

    with pytest.raises(DomainError, match=CODE):
        service.give_code(other, "registration", CODE, since=date(2026, 1, 1))
    service.give_code(kept, "registration", CODE, since=date(2026, 1, 1))


def test_the_file_tells_of_the_kept_entry_what_the_merged_one_knew(officer, entries):
    text = officer.get("/organisations/export.csv?lang=en").data.decode("utf-8-sig")

    (row,) = list(csv.DictReader(io.StringIO(text)))
    assert row["Name"] == "HTX Chè Xanh"
    assert (row["Head"], row["Post"]) == ("Nguyễn Thị Mẫu", "Director")
    assert (row["Phone"], row["Members"]) == ("'+84900000001", "1146")
