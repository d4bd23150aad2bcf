"""Who hears of what, and how often."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from coopevents import access, clock
from coopevents.access import Actor
from coopevents.accounts.models import Role
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.notices import queries, service, words
from coopevents.notices.models import About, Notice, NoticeKind
from coopevents.notices.words import Place
from coopevents.programme.models import Programme
from tests.notices.making import make_user, tell

NOWHERE = Place(in_application=False, in_digest=False)
MAIL_ONLY = Place(in_application=False, in_digest=True)


def _told(user) -> list[tuple[NoticeKind, int, int]]:
    db.session.expire_all()
    found = db.session.scalars(
        select(Notice).where(Notice.user_id == user.id).order_by(Notice.id)
    ).all()
    return [(one.kind, one.about_id, one.number) for one in found]


def _unread(user, programme) -> list[Notice]:
    return list(queries.list_unread(user.id, programme.id, 10))


def _pairs(notices) -> list[tuple[int, int]]:
    return [(one.id, one.number) for one in notices]


def test_everybody_who_may_plan_is_told_and_nobody_else(programme):
    planners = [make_user(programme, "a"), make_user(programme, "b", Role.ADMINISTRATOR)]
    others = [
        make_user(programme, "leader", Role.LEADER),
        make_user(programme, "viewer", Role.VIEWER),
        make_user(None, "elsewhere"),
    ]
    left = make_user(programme, "left")
    left.active = False
    erased = make_user(programme, "erased")
    erased.erased_at = clock.now()
    db.session.flush()

    tell(programme)

    assert [_told(user) for user in planners] == [[(NoticeKind.ACCEPTED, 7, 1)]] * 2
    assert [_told(user) for user in [*others, left, erased]] == [[]] * 5


def test_the_officer_of_an_activity_hears_of_it_alone(programme):
    hers, other = make_user(programme, "hers"), make_user(programme, "other")

    tell(programme, officer=" Hers@office.example ")

    assert (_told(hers), _told(other)) == ([(NoticeKind.ACCEPTED, 7, 1)], [])


@pytest.mark.parametrize("officer", ["", "stranger@office.example", "viewer@office.example"])
def test_everybody_hears_where_the_contact_person_may_not_plan_here(programme, officer):
    users = [make_user(programme, "a"), make_user(programme, "b")]
    viewer = make_user(programme, "viewer", Role.VIEWER)

    tell(programme, officer=officer)

    assert [_told(user) for user in users] == [[(NoticeKind.ACCEPTED, 7, 1)]] * 2
    assert _told(viewer) == []


def test_who_asked_for_a_report_hears_of_it_in_whatever_role(programme):
    leader, officer = make_user(programme, "leader", Role.LEADER), make_user(programme, "a")

    tell(programme, NoticeKind.REPORT_READY, about=(About.REPORT, 3), user_id=leader.id)

    assert (_told(leader), _told(officer)) == ([(NoticeKind.REPORT_READY, 3, 1)], [])


def test_a_user_of_another_programme_hears_nothing_of_this_one(programme):
    stranger = make_user(None, "stranger")

    tell(programme, NoticeKind.REPORT_READY, about=(About.REPORT, 3), user_id=stranger.id)

    assert _told(stranger) == []


def test_nobody_is_told_of_what_she_did_herself(programme):
    she, other = make_user(programme, "she"), make_user(programme, "other")

    with access.acting(Actor("user", she.id, "She", programme_id=programme.id)):
        tell(programme)

    assert (_told(she), _told(other)) == ([], [(NoticeKind.ACCEPTED, 7, 1)])


def test_a_burst_is_one_line_until_it_is_read(programme):
    user = make_user(programme, "a")
    for _each in range(12):
        tell(programme)
    tell(programme, NoticeKind.DECLINED)
    tell(programme, about=(About.EVENT, 8))
    burst = _told(user)

    service.mark_read(user.id, _pairs(_unread(user, programme)))
    tell(programme)

    assert burst == [
        (NoticeKind.ACCEPTED, 7, 12),
        (NoticeKind.DECLINED, 7, 1),
        (NoticeKind.ACCEPTED, 8, 1),
    ]
    assert _told(user) == [*burst, (NoticeKind.ACCEPTED, 7, 1)]
    assert queries.count_unread(user.id, programme.id) == 1


def test_a_line_tells_what_its_activity_was_called_last(programme):
    user = make_user(programme, "a")
    tell(programme)

    tell(programme, values={"title": "Tập huấn khác"})

    assert [one.details["title"] for one in _unread(user, programme)] == ["Tập huấn khác"]


def test_what_happened_after_she_looked_stays_news(programme):
    user = make_user(programme, "a")
    tell(programme)
    seen = _pairs(_unread(user, programme))

    tell(programme)
    service.mark_read(user.id, seen)

    assert queries.count_unread(user.id, programme.id) == 1


def test_nobody_reads_the_news_of_another(programme):
    user, other = make_user(programme, "a"), make_user(programme, "b")
    tell(programme)

    service.mark_read(other.id, _pairs(_unread(user, programme)))

    assert queries.count_unread(user.id, programme.id) == 1


def test_the_bell_rings_for_the_programme_at_hand_alone(programme):
    user = make_user(programme, "a")
    tell(programme)

    assert queries.count_unread(user.id, None) == 0


def test_a_choice_holds_for_what_happens_from_then_on(programme):
    user = make_user(programme, "a")
    tell(programme)

    service.choose(user.id, {NoticeKind.DECLINED: NOWHERE, NoticeKind.RETURNED: MAIL_ONLY})
    tell(programme, NoticeKind.DECLINED)
    tell(programme, NoticeKind.RETURNED)

    assert [kind for kind, *_rest in _told(user)] == [NoticeKind.ACCEPTED, NoticeKind.RETURNED]
    assert [one.kind for one in _unread(user, programme)] == [NoticeKind.ACCEPTED]
    places = queries.places_of(user.id)
    assert places == {
        **words.DEFAULTS,
        NoticeKind.DECLINED: NOWHERE,
        NoticeKind.RETURNED: MAIL_ONLY,
    }


def test_a_choice_is_audited_once_and_only_where_it_changes_something(programme):
    user = make_user(programme, "a")

    service.choose(user.id, {NoticeKind.DECLINED: NOWHERE})
    service.choose(user.id, {NoticeKind.DECLINED: NOWHERE})
    service.choose(user.id, {NoticeKind.ACCEPTED: words.BOTH})
    db.session.commit()

    acts = select(AuditEntry.subject_id).where(AuditEntry.act == "notices.chosen")
    assert db.session.scalars(acts).all() == [user.id]


def test_every_kind_has_a_label_a_default_and_a_sentence(programme, english):
    titled = {"title": "Tập huấn"}
    said = [
        words.sentence(Notice(kind=kind, about_kind=About.EVENT, about_id=1, details=titled), 2)
        for kind in NoticeKind
    ]

    assert set(words.LABELS) == set(words.DEFAULTS) == set(NoticeKind)
    assert [("Tập huấn" in one) for one in said] == [True] * len(NoticeKind)
    assert len(set(said)) == len(NoticeKind)


def test_every_line_leads_to_a_page(app):
    values = {"title": "", "event_id": 5}
    notices = [Notice(about_kind=about, about_id=9, details=values) for about in About]

    assert [words.path(notice) for notice in notices] == [
        "/events/9/invitations/",
        "/events/5/invitations/rounds/9",
        "/organisations/9",
        "/reports/9",
    ]


def test_old_news_is_removed_read_or_not(programme):
    user = make_user(programme, "a")
    tell(programme)
    tell(programme, NoticeKind.DECLINED)
    tell(programme, NoticeKind.RETURNED)
    for notice in _unread(user, programme)[:2]:
        notice.told_at = clock.now() - service.KEPT - timedelta(minutes=1)
    db.session.flush()

    removed = service.tidy()

    assert removed == 2
    assert len(_told(user)) == 1


def test_telling_asks_two_questions_however_many_are_told(programme, count_queries):
    make_user(programme, "a")
    with count_queries() as alone:
        tell(programme)
    make_user(programme, "b")
    make_user(programme, "c")
    db.session.flush()

    with count_queries() as three:
        tell(programme, NoticeKind.DECLINED)

    assert alone.number == three.number == 2


def test_two_programmes_keep_their_news_apart(programme):
    other = Programme(
        **{
            column.key: getattr(programme, column.key)
            for column in Programme.__table__.columns
            if column.key not in {"id", "key"}
        },
        key="other",
    )
    db.session.add(other)
    db.session.flush()
    here, there = make_user(programme, "here"), make_user(other, "there")

    tell(programme)

    assert (len(_told(here)), len(_told(there))) == (1, 0)
