"""Words put together in each language: lists, and names that keep their order."""

import pytest
from flask_babel import force_locale

from coopevents import i18n


@pytest.mark.parametrize(
    ("locale", "told"), [("vi", "Ảnh, Giấy mời"), ("en", "Ảnh, Giấy mời"), ("ar", "Ảnh، Giấy mời")]
)
def test_a_list_has_the_comma_of_its_language(app, locale, told):
    with force_locale(locale):
        listed = i18n.together(["Ảnh", "Giấy mời"])

    assert listed == told


@pytest.mark.parametrize(("locale", "told"), [("vi", "05/HĐ"), ("ar", "\u206805/HĐ\u2069")])
def test_a_number_of_a_paper_keeps_its_order_where_lines_run_leftwards(app, locale, told):
    with force_locale(locale):
        shown = i18n.isolated("05/HĐ")

    assert shown == told
