"""Printed invitations: numbers, copies, what they say, and how they look on paper."""

import json
from datetime import date, time
from uuid import uuid4

import pypdfium2
import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import HostBodyName
from coopevents.changes import service as changes
from coopevents.changes.foreseeing import foresee
from coopevents.channels.queries import list_standing
from coopevents.db import db
from coopevents.directory import queries as directory
from coopevents.directory.models import Channel
from coopevents.errors import DomainError, InputError
from coopevents.events.effects import NewTime, Postponement
from coopevents.events.models import EventState
from coopevents.letters import codes, queries, service, typesetting, wording
from coopevents.letters.models import Letter, LetterCopy
from coopevents.letters.service import LetterPlan
from coopevents.lifecycle import changing
from tests.browsing import hidden, post
from tests.channels.making import invite_all, standing_of
from tests.event_factories import sessions_of
from tests.factories import make_contact_point, make_organisation


def _issue(event, number="12", *, partner="", dated_on=date(2026, 5, 5), submission=None):
    return service.issue(event, LetterPlan(number, partner, dated_on, submission or uuid4()))


def _text(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def _postpone(event):
    (session,) = sessions_of(event)
    change = Postponement("Bão", (NewTime(session.id, date(2026, 7, 8), time(7, 30), time(11)),))
    shown = changes.confirmed(event, change, foresee(event, change).fingerprint)
    done = changing.change_event(event, change, shown, uuid4(), "vi")
    db.session.flush()
    return done


def test_a_letter_bears_the_symbol_of_the_body_that_leads_and_the_kind_of_a_letter(event):
    letter = _issue(event, partner="7")

    assert letter.symbol == "12/GM-HLHPN-LMHTX"
    assert letter.partner_symbol == "7/GM-LMHTX"


def test_a_letter_says_what_is_planned_in_vietnamese_whatever_the_pages_speak(event, english):
    event.answer_by = date(2026, 6, 3)

    said = _issue(event).said

    assert said["dated"] == "Phú Thọ, ngày 05 tháng 5 năm 2026"
    hosts = "Hội Liên hiệp Phụ nữ tỉnh Phú Thọ và Liên minh Hợp tác xã tỉnh Phú Thọ"
    assert said["invites"] == f"{hosts} trân trọng kính mời:"
    assert said["lines"] == [
        {"label": "Nội dung:", "value": "Tập huấn: Tập huấn quản trị hợp tác xã."},
        {
            "label": "Thời gian:",
            "value": "07 giờ 30 - 11 giờ 00 (sáng), thứ Tư, ngày 10 tháng 6 năm 2026.",
        },
        {"label": "Địa điểm:", "value": "Hội trường Liên minh Hợp tác xã."},
    ]
    assert said["confirm"] == (
        "chậm nhất ngày 03 tháng 6 năm 2026, với Lê Thị Mẫu, điện thoại 0210 000 0000,"
        " thư điện tử office@coop.example."
    )
    assert [signer["prefix"] for signer in said["signers"]] == ["TM. BAN THƯỜNG VỤ"] * 2


def test_the_same_form_sent_twice_is_one_letter(event):
    submission = uuid4()

    first, second = (_issue(event, submission=submission) for _time in range(2))

    assert first is second


def test_a_number_another_letter_of_the_year_has_is_refused(programme, event):
    _issue(event)

    with pytest.raises(InputError) as refusal:
        _issue(event)

    assert list(refusal.value.fields) == ["number"]
    assert db.session.scalars(select(Letter.symbol)).all() == ["12/GM-HLHPN-LMHTX"]


def test_numbers_begin_anew_each_year(event):
    _issue(event)

    assert _issue(event, dated_on=date(2027, 1, 4)).year == 2027


@pytest.mark.parametrize("state", [EventState.DRAFT, EventState.POSTPONED])
def test_no_letter_is_issued_while_there_is_no_day_to_say(event, state):
    event.state = state

    with pytest.raises(DomainError):
        _issue(event)


def test_a_day_far_off_is_refused_at_its_place(event):
    with pytest.raises(InputError) as refusal:
        _issue(event, dated_on=date(2062, 5, 5))

    assert list(refusal.value.fields) == ["dated_on"]


def test_each_invitee_gets_a_page_of_her_own_with_her_code(event):
    letter = _issue(event)
    standings = list_standing(event)

    pages = _text(service.print_copies(letter, standings))

    links = codes.links_of([one.invitation for one in standings])
    assert len(pages) == len(standings) == 4
    for page, one in zip(pages, standings, strict=True):
        assert f"{one.name}, {one.commune[0].lower()}{one.commune[1:]}" in page
        assert links[one.invitation.id].code in page
        assert "Số: 12/GM-HLHPN-LMHTX" in page
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in page
        assert "Độc lập - Tự do - Hạnh phúc" in page
        assert "GIẤY MỜI" in page
        assert "02 đại biểu do Quý đơn vị cử." in page
        assert "localhost/c" in page
        assert "Nơi nhận:" in page


@pytest.mark.parametrize("sentences", [8, 9, 10, 80])
def test_a_letter_stays_on_one_page_with_much_to_say(event, sentences):
    event.description = "Phổ biến Luật Hợp tác xã và các văn bản hướng dẫn thi hành. " * sentences
    letter = _issue(event, partner="7")

    assert len(_text(service.print_copies(letter, list_standing(event)[:1]))) == 1


def test_printing_again_is_the_same_letter(event):
    letter = _issue(event)
    one = standing_of(event, "HTX Rau")

    first = _text(service.print_copies(letter, [one]))
    second = _text(service.print_copies(letter, [one]))

    assert first == second
    assert len(db.session.scalars(select(LetterCopy)).all()) == 1


@pytest.mark.case(14)
def test_after_a_postponement_the_old_number_is_kept_and_the_new_letter_names_it(event):
    old = _issue(event)
    told, new_one = standing_of(event, "HTX Rau"), standing_of(event, "HTX Mía")
    service.print_copies(old, [told])
    invitation_id = told.invitation.id
    kept_before = queries.latest_copies([invitation_id])[invitation_id].letter.symbol

    _postpone(event)
    kept_after = queries.latest_copies([invitation_id])[invitation_id].letter.symbol
    with pytest.raises(DomainError):
        service.print_copies(old, [told])
    new = _issue(event, "31", dated_on=date(2026, 5, 6))
    pages = _text(service.print_copies(new, [told, new_one]))

    assert kept_before == kept_after == "12/GM-HLHPN-LMHTX"
    assert "thay thế Giấy mời số 12/GM-HLHPN-LMHTX ngày 05 tháng 5 năm 2026" in pages[0]
    assert "thay thế" not in pages[1]
    assert "ngày 08 tháng 7 năm 2026" in pages[0]
    assert [copy.replaces_id for copy in db.session.scalars(select(LetterCopy))] == [
        None,
        old.id,
        None,
    ]


@pytest.mark.case(14)
def test_whoever_may_hold_a_printed_letter_is_told_of_a_change_though_nobody_noted_it(event):
    printed = standing_of(event, "HTX Rau")
    service.print_copies(_issue(event), [printed])

    change = _postpone(event)

    assert [one["name"] for one in change.consequences["by_hand"]] == ["HTX Rau"]


def test_the_code_of_a_letter_goes_on_after_a_postponement(client, event):
    invitation = standing_of(event, "HTX Rau").invitation
    before = codes.links_of([invitation])

    _postpone(event)

    assert codes.links_of([invitation]) == before


def test_a_letter_is_outdated_once_the_place_is_another(event):
    letter = _issue(event)
    before = queries.is_outdated(letter)
    event.place = "Nhà văn hóa xã"
    db.session.flush()

    assert (before, queries.is_outdated(letter)) == (False, True)


def test_who_else_came_onto_the_list_gets_the_same_letter(programme, event):
    letter = _issue(event)
    service.print_copies(letter, list_standing(event))
    make_organisation(programme, name="HTX Sắn", email=None)
    invite_all(programme, event)

    (page,) = _text(service.print_copies(letter, [standing_of(event, "HTX Sắn")]))

    assert "Số: 12/GM-HLHPN-LMHTX" in page


def test_more_letters_than_are_set_while_somebody_waits_are_refused(event, monkeypatch):
    monkeypatch.setattr(service, "MOST", 3)

    with pytest.raises(InputError):
        service.print_copies(_issue(event), list_standing(event))

    assert db.session.scalars(select(LetterCopy)).all() == []


def test_a_hundred_labels_are_five_sheets(event, four):
    standing = standing_of(event, "HTX Rau")

    assert len(_text(service.print_labels(event, [standing] * 100))) == 5


def test_a_label_names_the_head_and_the_address_of_the_register(programme, event, four):
    *_others, by_letter = four
    head = directory.head_of(by_letter.id, date(2026, 5, 5)).holder.full_name
    make_contact_point(by_letter, Channel.PAPER, "Khu 3, xã Phù Ninh, tỉnh Phú Thọ")

    (sheet,) = _text(service.print_labels(event, [standing_of(event, "HTX Rau")]))

    assert sheet == f"Kính gửi: HTX Rau {head} Khu 3, xã Phù Ninh, tỉnh Phú Thọ"


def test_every_vietnamese_letter_is_in_the_font(event):
    letters_of_the_language = "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
    event.description = " ".join(letters_of_the_language + letters_of_the_language.upper())
    letter = _issue(event)

    (page,) = _text(service.print_copies(letter, [standing_of(event, "HTX Rau")]))

    assert set(event.description) - set(page) == set()


def test_what_was_typed_is_text_and_never_markup(programme, four):
    event = invite_all(programme)
    event.description = '#panic("x") *đậm* $x$ [link] \\ "'
    letter = _issue(event)

    (page,) = _text(service.print_copies(letter, [standing_of(event, "HTX Rau")]))

    assert '#panic("x") *đậm* $x$ [link] \\ "' in page


def test_no_template_fetches_anything():
    sources = [path.read_text() for path in typesetting.TEMPLATES.glob("*.typ")]

    assert sources
    assert [source for source in sources if "@preview" in source or "http" in source] == []


def test_a_paper_that_cannot_be_set_writes_nothing(event, monkeypatch):
    letter = _issue(event)
    monkeypatch.setattr(typesetting, "FONTS", typesetting.TEMPLATES / "missing.typ")
    monkeypatch.setattr(typesetting, "TEMPLATES", typesetting.TEMPLATES / "missing")

    with pytest.raises(DomainError) as refusal:
        service.print_copies(letter, list_standing(event))

    assert refusal.value.status == 500
    assert db.session.scalars(select(LetterCopy)).all() == []


def test_a_body_that_signs_nothing_leaves_its_place_blank(event):
    body = db.session.scalars(select(HostBodyName).where(HostBodyName.abbreviation == "LMHTX"))
    for name in body:
        name.signers = []
    db.session.flush()
    letter = _issue(event)

    assert len(_text(service.print_copies(letter, list_standing(event)[:1]))) == 1


def test_what_a_letter_says_is_plain_json(event):
    said = wording.compose(event, ["12/GM"], date(2026, 5, 5))

    assert json.loads(json.dumps(said)) == said


def _page(officer, event):
    return officer.get(f"/events/{event.id}/letters/?set=all").text


def test_an_officer_issues_and_prints(officer, event):
    base = f"/events/{event.id}/letters"
    form = officer.get(f"{base}/new").text
    fields = {"number": "12", "partner_number": "", "dated_on": "2026-05-05"}
    issued = post(officer, form, f"{base}/new", submission=hidden(form, "submission"), **fields)
    letter = db.session.scalars(select(Letter)).one()
    ids = [one.invitation.id for one in list_standing(event)]

    page = _page(officer, event)
    printed = post(
        officer,
        page,
        f"{base}/{letter.id}/print",
        submission=hidden(page, "submission"),
        channel="paper",
        invitation_ids=ids,
    )

    assert issued.status_code == 303
    assert printed.content_type == "application/pdf"
    assert "giay-moi-12-gm-hlhpn-lmhtx.pdf" in printed.headers["Content-Disposition"]
    assert len(_text(printed.data)) == 4


@pytest.mark.parametrize(
    ("number", "day"), [("", "2026-05-05"), ("12/GM", "2026-05-05"), ("12", ""), ("12", "x")]
)
def test_a_half_filled_letter_is_shown_again(officer, event, number, day):
    base = f"/events/{event.id}/letters"
    form = officer.get(f"{base}/new").text

    answer = post(
        officer,
        form,
        f"{base}/new",
        submission=hidden(form, "submission"),
        number=number,
        dated_on=day,
    )

    assert answer.status_code == 422
    assert db.session.scalars(select(Letter)).all() == []


@pytest.mark.parametrize(
    ("set_", "names"),
    [
        ("paper", ["HTX Rau"]),
        ("no_email", ["HTX Chè", "HTX Mía", "HTX Rau"]),
        ("all", ["HTX Bưởi", "HTX Chè", "HTX Mía", "HTX Rau"]),
    ],
)
def test_the_list_shows_the_set_that_is_asked_for(officer, event, set_, names):
    page = officer.get(f"/events/{event.id}/letters/?set={set_}").text

    all_names = ["HTX Bưởi", "HTX Chè", "HTX Mía", "HTX Rau"]
    assert [name for name in all_names if f'aria-label="{name}"' in page] == names


@pytest.mark.parametrize("ids", [[], [999_999], ["x"], [2**70]])
def test_nobody_or_a_stranger_ticked_prints_nothing(officer, event, ids):
    letter = _issue(event)
    page = _page(officer, event)

    answer = post(
        officer,
        page,
        f"/events/{event.id}/letters/{letter.id}/print",
        submission=hidden(page, "submission"),
        channel="paper",
        invitation_ids=ids,
    )

    assert answer.status_code in {404, 422}
    assert db.session.scalars(select(LetterCopy)).all() == []


def test_posted_is_noted_and_taken_back(officer, event):
    one = standing_of(event, "HTX Rau")
    page = _page(officer, event)
    note = {
        "submission": hidden(page, "submission"),
        "channel": "paper",
        "back": "letters",
        "invitation_ids": [one.invitation.id],
    }
    noted = post(officer, page, f"/events/{event.id}/channels/told", **note)
    again = post(officer, page, f"/events/{event.id}/channels/told", **note)
    told = standing_of(event, "HTX Rau")

    path = f"/events/{event.id}/channels/notes/{told.deliveries[0].id}/take-back"
    post(officer, page, path, submission=str(uuid4()), back="letters")

    assert (noted.status_code, again.status_code) == (303, 303)
    assert (len(told.deliveries), told.is_told) == (1, True)
    after = standing_of(event, "HTX Rau")
    assert (len(after.deliveries), after.is_told) == (2, False)


def test_nothing_is_printed_once_the_activity_has_begun(event):
    letter = _issue(event)

    with time_machine.travel("2026-08-20T03:00:00Z"), pytest.raises(DomainError):
        service.print_copies(letter, list_standing(event))
