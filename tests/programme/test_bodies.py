"""What bodies are called from which day on, and which of them leads."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from coopevents.accounts.queries import find_body
from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.programme import bodies, queries
from coopevents.programme.plans import BodyNamePlan, numbered, pattern_problem, signer_problem

DAY = date(2026, 7, 1)


def planned(**changes) -> BodyNamePlan:
    """Answer the Union as it is called after a merger."""
    values = {
        "name": {"vi": "Hội LHPN tỉnh Phú Thọ mới", "en": "New Union", "ar": "اتحاد جديد"},
        "abbreviation": "HLHPN",
        "heading": ["HỘI LIÊN HIỆP PHỤ NỮ", "TỈNH PHÚ THỌ"],
        "number_pattern": "Số: {number}/BC-HLHPN-{year}",
        "place": "Phú Thọ",
        "signers": [{"prefix": "TM. BAN THƯỜNG VỤ", "title": "CHỦ TỊCH", "name": "Lê Thị Mẫu"}],
    }
    return BodyNamePlan(**{**values, **changes})


@pytest.fixture
def union(programme):
    return find_body("womens_union")


def names_of(programme, body):
    return queries.list_names(programme)[body.id]


def test_a_new_name_from_a_day_closes_the_one_before(programme, union):
    (before,) = names_of(programme, union)
    stood = (before.name, before.number_pattern, before.signers)

    bodies.rename(programme, union, planned(), DAY)

    new, old = names_of(programme, union)
    assert (new.valid_from, new.valid_to, new.name["en"]) == (DAY, None, "New Union")
    assert (old.valid_from, old.valid_to) == (None, date(2026, 6, 30))
    assert (old.name, old.number_pattern, old.signers) == stood


def test_a_name_cannot_begin_before_the_latest(programme, union):
    bodies.rename(programme, union, planned(), DAY)

    with pytest.raises(InputError) as refusal:
        bodies.rename(programme, union, planned(), DAY)

    assert list(refusal.value.fields) == ["valid_from"]
    assert len(names_of(programme, union)) == 2


def test_a_typing_mistake_is_corrected_and_the_audit_keeps_it(programme, union):
    (name,) = names_of(programme, union)

    bodies.correct_name(programme, name, replace(planned(), name=name.name, place="Việt Trì"))
    db.session.commit()

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "body.corrected")).one()
    values = db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry.id))
    assert {v.field: (v.before, v.after) for v in values} == {
        "place": ("Phú Thọ", "Việt Trì"),
        "number_pattern": ("Số: {number}/BC-HLHPN-LMHTX", "Số: {number}/BC-HLHPN-{year}"),
        "signers": (
            "TM. BAN THƯỜNG VỤ, CHỦ TỊCH",
            "Lê Thị Mẫu, TM. BAN THƯỜNG VỤ, CHỦ TỊCH",
        ),
    }


def test_a_name_of_the_past_is_not_corrected(programme, union):
    (old,) = names_of(programme, union)
    bodies.rename(programme, union, planned(), DAY)

    with pytest.raises(InputError):
        bodies.correct_name(programme, old, planned(place="Nơi khác"))

    assert old.place == "Phú Thọ"


def test_another_body_leads_and_the_others_follow_as_they_stood(programme, union):
    third = bodies.add_body(programme, "farmers_union", planned())
    alliance = find_body("coop_alliance")

    bodies.rank_bodies(programme, [alliance.id, union.id, third.id])

    assert [(row.body.key, row.rank) for row in queries.list_bodies(programme)] == [
        ("coop_alliance", 1),
        ("womens_union", 2),
        ("farmers_union", 3),
    ]


@pytest.mark.parametrize("key", ["womens_union", "Hội", ""])
def test_a_body_that_signed_already_or_has_no_key_is_refused(programme, key):
    with pytest.raises(InputError) as refusal:
        bodies.add_body(programme, key, planned())

    assert list(refusal.value.fields) == ["key"]
    assert len(queries.list_bodies(programme)) == 2


@pytest.mark.parametrize(
    "pattern",
    [
        "BC-HLHPN",
        "{number}/{number}",
        "{number}/{month}",
        "{number}/{year}/{year}",
        "{number",
        "{number!r}",
        "{number:>8}",
        "{}",
        "{number.__class__}",
        "{number[0]}",
    ],
)
def test_a_pattern_documents_cannot_be_numbered_by_is_refused(app, pattern):
    assert pattern_problem(pattern) is not None


def test_a_pattern_is_shown_as_an_example(app):
    pattern = "Số: {number}/BC-HLHPN-{year}"

    assert pattern_problem(pattern) is None
    assert numbered(pattern, "15", 2026) == "Số: 15/BC-HLHPN-2026"


@pytest.mark.parametrize(
    ("signer", "is_right"),
    [
        (("TM. BAN THƯỜNG VỤ", "CHỦ TỊCH", "Lê Thị Mẫu"), True),
        (("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", ""), True),
        (("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG", "Ông Thị Mẫu Bà"), False),
        (("", "CHỦ TỊCH", "Bạch Thị Mẫu"), True),
        (("Thay mặt", "CHỦ TỊCH", ""), False),
        (("TM. BAN THƯỜNG VỤ", "", "Lê Thị Mẫu"), False),
        (("TM. BAN THƯỜNG VỤ", "CHỦ TỊCH", "Bà Lê Thị Mẫu"), False),
        (("TM. BAN THƯỜNG VỤ", "CHỦ TỊCH", "Đồng chí Lê Thị Mẫu"), False),
    ],
)
def test_a_signature_has_a_prefix_a_post_and_no_honorific(app, signer, is_right):
    said = dict(zip(("prefix", "title", "name"), signer, strict=True))

    assert (signer_problem(said) is None) is is_right
