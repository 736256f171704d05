"""How amounts and ratios are printed in templates (linkage/templatetags/figures.py)."""

from datetime import date
from decimal import Decimal

import pytest
from django.template import Context, Template

from linkage import periods

D = Decimal


def rendered(expression, **context):
    return Template("{% load figures %}{{ " + expression + " }}").render(Context(context))


@pytest.mark.parametrize(
    ("expression", "value", "text"),
    [
        ("x|wan", D("12345678.91"), "1,234.57"),
        ("x|wan:6", D("12345678.91"), "1,234.567891"),
        ("x|wan:0", D("12345678.91"), "1,235"),
        ("x|wan", D("0"), "0.00"),
        ("x|wan", None, "—"),
        ("x|wan", "", "—"),
        ("x|wan_exact", D("12345678.91"), "1,234.567891"),
        ("x|wan_exact", D("182500"), "18.25"),
        ("x|wan_input", D("12345678.91"), "1234.567891"),
        ("x|wan_input", None, ""),
        ("x|yuan", D("182500"), "182,500.00"),
        ("x|yuan", None, "—"),
        ("x|pct", D("0.74249"), "74.2%"),
        ("x|pct:2", D("0.74249"), "74.25%"),
        ("x|pct", None, "—"),
    ],
)
def test_one_number(expression, value, text):
    assert rendered(expression, x=value) == text


@pytest.mark.parametrize(
    ("a", "b", "signed"),
    [
        (D("0.74249"), D("0.91667"), "-17.5 个百分点"),
        (D("0.4202"), D("0.3334"), "+8.7 个百分点"),
        (D("0.5"), D("0.5"), "0.0 个百分点"),
        (None, D("0.5"), "—"),
        (D("0.5"), None, "—"),
    ],
)
def test_two_ratios(a, b, signed):
    assert rendered("a|pp:b", a=a, b=b) == signed


@pytest.mark.parametrize(("year", "said"), [(2026, "11月16日 00:00"), (2025, "2025年11月16日 00:00")])
def test_what_happened_in_another_year_says_which(year, said):
    with periods.clock(periods.moment(date(2026, 12, 31), 10)):
        at = periods.moment(date(year, 11, 16))
        assert Template("{% load components %}{{ at|happened }}").render(Context({"at": at})) == said
