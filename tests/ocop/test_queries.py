"""The list of certificates as of a day: states, order, search, pages."""

from datetime import date

import pytest

from coopevents.errors import InputError
from coopevents.ocop import queries
from coopevents.ocop.queries import CertificateState
from tests.factories import make_certificate, make_organisation

DAY = date(2026, 6, 10)


def products(programme, **asked) -> list[str]:
    page = queries.list_certificates(programme.register, DAY, **asked)
    return [line.certificate.product for line in page.items]


@pytest.fixture
def four(programme):
    organisation = make_organisation(programme, name="HTX Chè Yên Kỳ")
    for product, issued_on, withdrawn_on in (
        ("Chè", date(2025, 1, 1), None),
        ("Gạo", date(2023, 9, 8), None),  # ends on 08/09/2026: the ninetieth day from DAY
        ("Mật ong", date(2023, 9, 9), None),
        ("Bánh", date(2023, 6, 10), None),  # ends on the very day
        ("Tương", date(2024, 1, 1), DAY),
        ("Nem", date(2024, 1, 1), date(2026, 6, 11)),
        ("Mới", date(2026, 6, 11), None),
    ):
        make_certificate(
            organisation, product=product, issued_on=issued_on, withdrawn_on=withdrawn_on
        )
    return organisation


def test_each_state_lists_its_own_the_next_to_end_or_the_last_to_have_ended_first(programme, four):
    listed = {state: products(programme, state=state) for state in CertificateState}

    assert listed == {
        CertificateState.VALID: ["Gạo", "Mật ong", "Nem", "Chè"],
        CertificateState.EXPIRING: ["Gạo"],
        CertificateState.EXPIRED: ["Bánh"],
        CertificateState.WITHDRAWN: ["Tương"],
    }
    assert queries.count_by_state(programme.register, DAY) == {
        state: len(each) for state, each in listed.items()
    }


def test_what_is_not_issued_yet_is_not_listed(programme, four):
    assert products(programme) == ["Bánh", "Gạo", "Mật ong", "Tương", "Nem", "Chè"]


@pytest.mark.parametrize(
    ("q", "found"),
    [("mat ong", ["Mật ong"]), ("GẠO", ["Gạo"]), ("yen ky nothing", []), ("nem", ["Nem"])],
)
def test_a_product_is_found_whatever_its_marks(programme, four, q, found):
    assert products(programme, q=q) == found


def test_a_certificate_is_found_by_its_holder(programme, four):
    make_certificate(make_organisation(programme), product="Khác", issued_on=date(2025, 1, 1))

    assert "Khác" not in products(programme, q="che yen")
    assert len(products(programme, q="che yen")) == 6


@pytest.mark.parametrize("state", [None, CertificateState.VALID, CertificateState.EXPIRED])
def test_a_page_goes_on_where_the_one_before_ended(programme, four, state):
    whole = products(programme, state=state, limit=None)
    told, after = [], None

    while True:
        page = queries.list_certificates(programme.register, DAY, state=state, after=after, limit=2)
        told += [line.certificate.product for line in page.items]
        after = page.next
        if after is None:
            break

    assert told == whole


def test_a_list_is_not_continued_from_nowhere(programme):
    with pytest.raises(InputError):
        queries.list_certificates(programme.register, DAY, after="x")


def test_a_longer_list_takes_no_more_questions(programme, count_queries):
    numbers = []
    for _number in range(3):
        make_certificate(make_organisation(programme), issued_on=date(2025, 1, 1))
        with count_queries() as asked:
            page = queries.list_certificates(programme.register, DAY)
        numbers.append((len(page.items), asked.number))

    assert numbers == [(1, 2), (2, 2), (3, 2)]
