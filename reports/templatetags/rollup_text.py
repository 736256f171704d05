"""Frozen snapshots keep amounts as 元 text; these filters print them."""

from decimal import Decimal

from django import template

from linkage import money

register = template.Library()


@register.filter
def amount_of(cell: dict | None, name: str) -> str:
    """One amount of a level → 万元 with two decimals; no money, or not reported, is — and never zero."""
    amount = (cell or {}).get(name)
    return "—" if amount is None else money.wan_text(Decimal(amount), 2)


@register.filter
def pace_of(cell: dict | None) -> str:
    """累计支出 ÷ 下达 of one level, one decimal; — without money or statement."""
    if not cell or cell.get("paid") is None:
        return "—"
    return money.percent_text(money.ratio(Decimal(cell["paid"]), Decimal(cell["issued"])))


@register.filter
def counted(counts: dict | None, name: str) -> str:
    """A number of projects; — where nobody has stated any."""
    return str(counts[name]) if counts and name in counts else "—"
