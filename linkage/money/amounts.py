"""Amounts in 元, and 万元 as people write and read them."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext

from django.core.exceptions import ValidationError

from linkage.money.numbers import (
    BIGINT_MAX,
    DIGITS,
    cents_to_yuan,
    decimal,
    in_range,
    number_in,
    plain_text,
    rounded,
    what_is_wrong,
)

CENT = Decimal("0.01")
NOTHING = "—"  # printed where there is no number
MOST_YUAN = Decimal(10**11)  # 1,000 亿元: no one amount comes near; 90,000 of them still sum up within a BIGINT

POWERS = {"元": 0, "千元": 3, "万元": 4, "百万元": 6, "亿元": 8}  # unit → power of ten of one 元
SHORT_UNITS = {"万": "万元", "百万": "百万元", "亿": "亿元"}
_WITH_UNIT = re.compile(r"(.*?)\s*(千元|百万元?|万元?|亿元?|元)", re.DOTALL)
_WHOLE_CENTS = re.compile(r"(-?)(\d{1,20})\.(\d\d)", re.ASCII)


def yuan(value: Decimal | int | str) -> Decimal:
    """An amount in 元 rounded half up to 分. Refuses floats and whatever is no number with a ``ValidationError``."""
    number = decimal(value)
    return number if number.as_tuple().exponent == -2 else rounded(number, CENT)


def from_wan(value: Decimal | int | str | None) -> Decimal | None:
    """Read 万元 as a person writes them and return 元; blank is None.

    Accepts thousands separators, full-width digits, signs and points. More than six decimals would be less than one 分
    and is refused, never rounded. Every refusal is a ``ValidationError`` that says how to write the amount.
    """
    if value is None:
        return None
    number = number_in(value) if isinstance(value, str) else decimal(value)
    if number is None:
        return None
    with localcontext(prec=DIGITS):
        cents = number.scaleb(6)
        if cents != cents.to_integral_value():
            raise ValidationError("金额以万元计最多写 6 位小数（精确到分），请改写。", code="too_precise")
        return cents_to_yuan(in_range(int(cents), BIGINT_MAX))


def read_wan(text: str) -> tuple[Decimal | None, str]:
    """Read an amount for a place in 万元 where a person may also write the unit; (元 or None for blank, what to look at).

    As `from_wan`, and "12.5万", "12.5万元". Another unit ("125000元", "0.3亿元") is converted, never taken as 万元; the second
    value then says so in words. What is finer than 分 is refused.
    """
    plain = plain_text(text)
    found = _WITH_UNIT.fullmatch(plain)
    if not found:
        return from_wan(text), ""
    number = number_in(found[1], said=text)
    if number is None:
        raise ValidationError(what_is_wrong(plain), code="not_a_number", params={"value": text.strip()})
    power = POWERS[SHORT_UNITS.get(found[2], found[2])]
    with localcontext(prec=DIGITS):
        cents = number.scaleb(power + 2)
        if cents != cents.to_integral_value():
            raise ValidationError("“%(value)s”精确到了分以下，请核对。", code="too_precise", params={"value": text.strip()})
    amount = cents_to_yuan(in_range(int(cents), BIGINT_MAX))
    return amount, "" if power == POWERS["万元"] else f"“{text.strip()}”已折算为 {wan_text(amount)} 万元，请核对。"


def plausible(amount_yuan: Decimal | None) -> Decimal | None:
    """An amount that came from a person or a sheet, refused beyond MOST_YUAN: sums over a slip would break every figure."""
    if amount_yuan is not None and abs(amount_yuan) > MOST_YUAN:
        raise ValidationError("数字过大，请核对单位。", code="too_large")
    return amount_yuan


def to_wan(amount_yuan: Decimal | int | str) -> Decimal:
    """元 as 万元, exact: two to six decimals, no superfluous zeros after the second."""
    with localcontext(prec=DIGITS):
        cents, places = int(yuan(amount_yuan).scaleb(2)), 6
        while places > 2 and cents % 10 == 0:
            cents, places = cents // 10, places - 1
        return Decimal(cents).scaleb(-places)


def wan_text(amount_yuan: Decimal | int | str | None, digits: int | None = None) -> str:
    """万元 for reading, "1,234.50"; exact unless `digits` asks for that many decimals, rounded half up. None → "—"."""
    if amount_yuan is None:
        return NOTHING
    if digits is None and type(amount_yuan) is Decimal and (whole_cents := _WHOLE_CENTS.fullmatch(f"{amount_yuan:f}")):
        return _exact_text(*whole_cents.groups())  # as amounts are stored: long lists have a hundred thousand of them
    wan = to_wan(amount_yuan)
    return f"{wan if digits is None else rounded(wan, Decimal(1).scaleb(-digits)):,f}"


def _exact_text(sign: str, yuan_digits: str, cent_digits: str) -> str:
    whole, rest = divmod(int(yuan_digits + cent_digits), 10**6)
    decimals = f"{rest:06d}"
    return f"{sign if whole or rest else ''}{whole:,}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def wan_input(amount_yuan: Decimal | int | str | None) -> str:
    """万元 for an input box, "1234.50": exact, without separators; None → empty."""
    return "" if amount_yuan is None else f"{to_wan(amount_yuan):f}"


def yuan_text(amount_yuan: Decimal | int | str | None) -> str | None:
    """元 for the API and for files, "182500.00"; None stays None."""
    return None if amount_yuan is None else f"{yuan(amount_yuan):f}"
