"""Filters that print amounts and ratios: ``{% load figures %}``. All give "—" where there is no number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template

from linkage import money

register = template.Library()


def _given(value: Any) -> Any:
    """A missing template variable arrives as an empty string."""
    return None if value == "" else value


@register.filter
def wan(amount_yuan: Decimal | None, digits: int = 2) -> str:
    """元 → 万元 with thousands separators and two decimals, or as many as asked for: ``{{ paid_yuan|wan:6 }}``."""
    return money.wan_text(_given(amount_yuan), digits)


@register.filter
def wan_exact(amount_yuan: Decimal | None) -> str:
    """元 → 万元 with as many decimals as the amount has, two to six."""
    return money.wan_text(_given(amount_yuan))


@register.filter
def plain_number(value: Decimal | None) -> str:
    """A quantity without superfluous zeros: 1200, 98.5; "—" for None."""
    number = _given(value)
    return money.NOTHING if number is None else f"{number.normalize():,f}"


@register.filter
def wan_input(amount_yuan: Decimal | None) -> str:
    """元 → 万元 for the value of an input: exact, no separators, empty for None."""
    return money.wan_input(_given(amount_yuan))


@register.filter
def yuan(amount_yuan: Decimal | None) -> str:
    """元 with thousands separators and two decimals: "182,500.00"."""
    amount = _given(amount_yuan)
    return money.NOTHING if amount is None else f"{money.yuan(amount):,f}"


@register.filter
def pct(ratio: Decimal | None, digits: int = 1) -> str:
    """A ratio as percentage: "33.3%"; documents use ``pct:2``."""
    return money.percent_text(_given(ratio), digits)


@register.filter
def pp(ratio: Decimal | None, other: Decimal | None) -> str:
    """ratio − other in percentage points, of the displayed values: ``{{ pace|pp:target }}`` → "+3.1 个百分点"."""
    return money.points_text(_given(ratio), _given(other))
