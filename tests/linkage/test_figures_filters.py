"""How amounts and ratios are printed in templates (linkage/templatetags/figures.py)."""

from decimal import Decimal

import pytest
from django.template import Context, Template

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
