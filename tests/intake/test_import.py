import json
from datetime import date

import pytest
from sqlalchemy import func, select

from coopevents.audit.models import AuditEntry
from coopevents.cli.registers import register_group
from coopevents.db import Base, db
from coopevents.directory import queries
from coopevents.directory.figures import register_stats
from coopevents.directory.models import (
    ContactPoint,
    HeadCount,
    OcopCertificate,
    Organisation,
    OrganisationSector,
    Person,
    Post,
    PostKind,
    Sex,
)
from coopevents.errors import DomainError
from coopevents.intake.entries import Duplicate, LookAlike
from coopevents.intake.models import ImportBatch, ImportChange
from coopevents.intake.service import ImportResult, import_register
from tests.factories import make_organisation
from tests.intake import sheets

AS_OF = date(2024, 7, 31)
PUBLISHED = {
    "cooperatives": 735,
    "groups": 1146,
    "women_led_cooperatives": 100,
    "ocop_cooperatives": 101,
    "ocop_women_led": 27,
    "ocop_women_led_by_star": {"3": 20, "4": 7, "5": 0},
    "union_supported": {"cooperatives": 16, "groups": 58, "members": 785},
}


@pytest.fixture
def bring(programme):
    """Import a workbook given as bytes."""

    def bring(data: bytes, as_of: date = AS_OF, **options: bool) -> ImportResult:
        name = f"so-theo-doi-{as_of}.xlsx"
        return import_register(
            programme.register, programme.territory, name, data, as_of=as_of, **options
        )

    return bring


def count_rows() -> dict[str, int]:
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def one(table):
    return db.session.scalars(select(table)).one()


def test_the_published_figures_come_out_of_the_sample_on_the_command_line(app, sample):
    runner = app.test_cli_runner()

    imported = runner.invoke(
        register_group, ["import", str(sample), "--as-of", "2024-07-31", "--json"]
    )
    printed = runner.invoke(register_group, ["stats", "--as-of", "2024-08-21", "--json"])

    assert imported.exit_code == 0
    assert json.loads(printed.output) == PUBLISHED
    assert json.loads(imported.output)["new"] == {"cooperative": 735, "cooperative_group": 1146}


def test_the_published_figures_come_out_of_the_sample(bring, programme, sample):
    result = bring(sample.read_bytes())

    assert register_stats(programme.register, date(2024, 8, 21)).as_json() == PUBLISHED
    assert result.duplicates == [
        Duplicate("HTX", 217, ("HTX", 47), "HTX CHÈ AN TOÀN HÀ THẠCH", ()),
        Duplicate("HTX", 434, ("HTX", 375), "HTX NÔNG NGHIỆP HỮU CƠ TẤT THẮNG TOÀN THẮNG", ()),
        Duplicate("HTX", 744, ("HTX", 724), "HTX TƯƠNG, NƯỚC MẮM NGỌC LẬP", ()),
    ]
    assert result.look_alikes == []
    assert result.warnings == {}


def test_importing_the_same_file_again_changes_nothing(bring, sample):
    first = bring(sample.read_bytes())
    db.session.commit()
    before = count_rows()

    again = bring(sample.read_bytes(), as_of=date(2024, 9, 30))
    db.session.commit()

    assert (again.already, again.batch_id, again.as_of) == (True, first.batch_id, AS_OF)
    assert count_rows() == before


def test_a_dry_run_tells_the_same_and_writes_nothing(bring, sample):
    before = count_rows()

    looked = bring(sample.read_bytes(), dry_run=True)
    db.session.commit()

    assert count_rows() == before
    written = bring(sample.read_bytes())
    assert {**looked.as_json(), "batch_id": written.batch_id} == written.as_json()


def test_a_row_becomes_an_organisation_with_all_the_register_tells(bring, programme):
    # NFD and doubled spaces, a phone without its zero, a year only, another tone mark.
    bring(
        sheets.register(
            sheets.row(
                name="HTX  che\u0300 Gia Điền ",
                district="Huyện Hạ Hòa",
                founded=2005,
                sex="NỮ ",
                phone=900000006,
                email="Mai@Coop.example",
                members="1.146",
                support="x",
            ),
            rankings=[(*sheets.RANKING, date(2023, 5, 4))],
        )
    )

    organisation = one(Organisation)
    ids, today = [organisation.id], date(2024, 8, 21)
    post = one(Post)
    assert queries.name_on(ids, today) == {organisation.id: "HTX chè Gia Điền"}
    assert queries.address_on(ids, today)[organisation.id].name == "Xã Gia Điền"
    assert (organisation.founded_on, organisation.founded_precision) == (date(2005, 1, 1), "year")
    assert (post.kind, post.title, post.valid_from) == (PostKind.DIRECTOR, "Giám đốc", None)
    assert (post.person.full_name, post.person.sex) == ("Đặng Thị Mai", Sex.FEMALE)
    assert post.source == "so-theo-doi-2024-07-31.xlsx, HTX!7"
    assert [
        (point.channel, point.value, point.value_as_typed, point.rank)
        for point in queries.contact_points(ids)[organisation.id]
    ] == [
        ("email", "mai@coop.example", "Mai@Coop.example", 1),
        ("phone", "+84900000006", "900000006", 2),
    ]
    count = one(HeadCount)
    assert (count.as_of, count.members, count.women_members) == (AS_OF, 1146, 7)
    assert (one(OcopCertificate).stars, one(OcopCertificate).issued_on) == (3, date(2023, 5, 4))
    assert register_stats(programme.register, today).supported_cooperatives.ids() == ids


def test_what_an_import_did_is_written_down(bring):
    bring(sheets.register(sheets.row()))
    db.session.commit()

    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.act == "register.imported")
    ).one()
    change = one(ImportChange)
    assert entry.subject_id == one(ImportBatch).id
    assert (change.sheet, change.row, change.subject_id) == ("HTX", 7, one(Organisation).id)
    assert (change.before, change.after["name"]) == (None, "HTX chè Gia Điền")


def test_one_name_and_commune_founded_on_two_days_stays_two_for_a_person_to_decide(bring):
    result = bring(sheets.register(sheets.row(), sheets.row(name="HTX CHÈ GIA ĐIỀN", founded=2015)))

    assert result.duplicates == []
    assert result.look_alikes == [LookAlike("HTX", 8, "HTX CHÈ GIA ĐIỀN", ("HTX", 7))]
    assert result.new == {"cooperative": 2}


def test_a_row_entered_twice_tells_in_what_it_differs(bring):
    result = bring(sheets.register(sheets.row(), sheets.row(members=15, phone="")))

    assert result.duplicates == [Duplicate("HTX", 8, ("HTX", 7), "HTX chè Gia Điền", ("members",))]
    assert one(HeadCount).members == 12


def test_the_row_of_totals_is_no_organisation(bring):
    blank = dict.fromkeys(sheets.ROW, "")

    result = bring(
        sheets.register(
            sheets.row(),
            {**blank, "number": 2},
            blank,
            {**blank, "name": "Tổng cộng", "members": 9},
        )
    )

    assert result.new == {"cooperative": 1}


def test_a_mark_that_disagrees_with_the_post_is_reported_and_not_believed(bring, programme):
    result = bring(sheets.register(sheets.row(sex="Nam", mark="X")))

    assert list(result.warnings) == ["HTX!P7 (HTX do phụ nữ quản lý)"]
    assert register_stats(programme.register, AS_OF).women_led_cooperatives.value == 0


def test_another_file_with_the_same_rows_changes_nothing_of_them(bring):
    bring(sheets.register(sheets.row(), rankings=[(*sheets.RANKING, date(2023, 5, 4))]))
    before = count_rows()

    result = bring(
        sheets.register(
            sheets.row(note="đã kiểm tra"), rankings=[(*sheets.RANKING, date(2023, 5, 4))]
        ),
        as_of=date(2024, 12, 31),
    )

    batches = {"import_batches": before["import_batches"] + 1}
    assert (result.same, result.changed, result.new) == (1, 0, {})
    assert count_rows() == {**before, **batches}


def test_a_later_workbook_adds_new_rows_and_leaves_absent_ones(bring):
    bring(sheets.register(sheets.row()))

    result = bring(sheets.register(sheets.row(name="HTX rau Gia Điền")), as_of=date(2025, 1, 31))

    assert (result.new, result.same, result.absent) == ({"cooperative": 1}, 0, 1)


def test_a_later_workbook_dates_what_changed(bring):
    bring(sheets.register(sheets.row()))
    later = date(2025, 1, 31)

    result = bring(
        sheets.register(
            sheets.row(
                person="Lê Văn Sơn",
                sex="Nam",
                mark="",
                members=20,
                sector="Dịch vụ",
                email="son@coop.example",
                support="x",
            )
        ),
        as_of=later,
    )

    organisation = one(Organisation)
    assert (result.changed, result.new) == (1, {})
    assert [
        (post.person.full_name, post.valid_from, post.valid_to)
        for post in db.session.scalars(select(Post).order_by(Post.id))
    ] == [("Đặng Thị Mai", None, date(2025, 1, 30)), ("Lê Văn Sơn", later, None)]
    assert db.session.execute(
        select(HeadCount.as_of, HeadCount.members).order_by(HeadCount.as_of)
    ).all() == [(AS_OF, 12), (later, 20)]
    assert db.session.execute(
        select(OrganisationSector.sector, OrganisationSector.valid_to).order_by(
            OrganisationSector.id
        )
    ).all() == [("Nông nghiệp", date(2025, 1, 30)), ("Dịch vụ", None)]
    assert [
        (point.value, point.rank)
        for point in queries.contact_points([organisation.id])[organisation.id]
    ] == [("son@coop.example", 1), ("mai@coop.example", 2), ("+84900000001", 3)]


def test_a_representative_in_another_post_stays_the_same_person(bring):
    bring(sheets.register(sheets.row()))

    bring(sheets.register(sheets.row(title="Chủ tịch HĐQT")), as_of=date(2025, 1, 31))

    assert one(Person).full_name == "Đặng Thị Mai"
    assert db.session.execute(
        select(Post.kind, Post.valid_from, Post.valid_to).order_by(Post.id)
    ).all() == [
        (PostKind.DIRECTOR, None, date(2025, 1, 30)),
        (PostKind.BOARD_CHAIR, date(2025, 1, 31), None),
    ]


def test_an_empty_cell_contradicts_nothing(bring):
    bring(sheets.register(sheets.row()))

    result = bring(
        sheets.register(
            sheets.row(phone="", email="", members="", person="", sex="", title="", mark="")
        ),
        as_of=date(2025, 1, 31),
    )

    assert (result.same, result.changed) == (1, 0)
    assert db.session.scalar(select(func.count()).select_from(ContactPoint)) == 2


def test_other_facts_of_the_same_day_are_left_for_a_person(bring):
    bring(sheets.register(sheets.row()))

    result = bring(sheets.register(sheets.row(members=20)))

    assert (result.same, list(result.warnings)) == (1, ["HTX!7"])
    assert one(HeadCount).members == 12


def test_what_officers_ended_since_keeps_its_end(bring):
    """Their successor begins after the workbook's day, and was written before it was read."""
    bring(sheets.register(sheets.row()))
    sector, post = one(OrganisationSector), one(Post)
    sector.valid_to = post.valid_to = date(2025, 6, 30)
    db.session.commit()

    result = bring(
        sheets.register(sheets.row(sector="Dịch vụ", person="Lê Văn Sơn", sex="Nam", mark="")),
        as_of=date(2025, 1, 31),
    )

    assert (result.changed, result.same, list(result.warnings)) == (0, 1, ["HTX!7"])
    assert one(OrganisationSector).valid_to == one(Post).valid_to == date(2025, 6, 30)


def test_what_a_merged_entry_knew_is_known_of_the_kept_one(bring, programme):
    """Her post, the count and the certificate stand with the entry that was merged."""
    bring(sheets.register(sheets.row(), rankings=[(*sheets.RANKING, date(2024, 1, 15))]))
    merged = one(Organisation)
    kept = make_organisation(programme, name="HTX chè Gia Điền (mới)", woman_head=None)
    merged.duplicate_of_id = kept.id
    db.session.commit()

    result = bring(
        sheets.register(
            sheets.row(person="Lê Văn Sơn", sex="Nam", mark="", sector="", phone="", email=""),
            rankings=[(*sheets.RANKING, date(2024, 1, 15))],
        ),
        as_of=date(2025, 1, 31),
    )

    assert (result.changed, result.new, result.certificates) == (1, {}, 0)
    posts = select(Post).order_by(Post.id)
    assert [
        (post.person.full_name, post.organisation_id, post.valid_to)
        for post in db.session.scalars(posts)
    ] == [
        ("Đặng Thị Mai", merged.id, date(2025, 1, 30)),
        ("Lê Văn Sơn", kept.id, None),
    ]
    assert one(HeadCount).organisation_id == merged.id


def test_a_workbook_of_an_earlier_day_is_refused(bring):
    bring(sheets.register(sheets.row()))

    with pytest.raises(DomainError):
        bring(sheets.register(sheets.row(members=11)), as_of=date(2024, 1, 31))


def test_old_communes_are_not_known_after_the_reform_of_2025(bring):
    with pytest.raises(DomainError) as refusal:
        bring(sheets.register(sheets.row()), as_of=date(2025, 7, 1))

    assert list(refusal.value.fields) == ["HTX!C7 (Địa chỉ / Xã/phường)"]
