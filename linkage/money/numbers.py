"""What a person wrote as a number: read, kept within limits, rounded half up. Never a float."""

from __future__ import annotations

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any

from django.core.exceptions import ValidationError

BIGINT_MAX = 9_223_372_036_854_775_807
INTEGER_MAX = 2_147_483_647
DIGITS = 60  # working precision of the helpers: nothing the fields accept comes near it

NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_SIGNS = str.maketrans({"−": "-", "﹣": "-", "–": "-", "。": "."})  # what NFKC leaves alone


def plain_text(text: str) -> str:
    """Full-width digits, signs and points as plain ones."""
    return unicodedata.normalize("NFKC", text).translate(_SIGNS).strip()


def decimal(value: Any) -> Decimal:
    """A finite Decimal from Decimal, int or plain text; ``ValidationError`` for all else, floats and bools included."""
    if isinstance(value, bool | float) or not isinstance(value, Decimal | int | str):
        raise ValidationError("请用十进制数填写，不能用浮点数或其他类型。", code="not_decimal")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValidationError("“%(value)s”不是数字。", code="not_a_number", params={"value": value}) from None
    if not number.is_finite():
        raise ValidationError("“%(value)s”不是数字。", code="not_a_number", params={"value": value})
    if number.adjusted() > DIGITS // 2:
        raise ValidationError("数字过大，请核对单位。", code="too_large")
    return number


def rounded(value: Decimal, step: Decimal) -> Decimal:
    with localcontext(prec=DIGITS):
        return value.quantize(step, rounding=ROUND_HALF_UP)


def scaled(value: Any, places: int, limit: int, too_precise: str) -> int:
    """The whole number kept for a value with so many places; ``ValidationError`` for more places or beyond the limit."""
    number = decimal(value)
    with localcontext(prec=DIGITS):
        found = number.scaleb(places)
        if found != found.to_integral_value():
            raise ValidationError(too_precise, code="too_precise")
    return in_range(int(found), limit)


def number_in(text: str, *, said: str = "") -> Decimal | None:
    """The number a person wrote, None for blank; full-width forms and thousands separators understood. `said`: all that
    stands in the cell, for the message, where `text` is only the part before its unit."""
    plain = plain_text(text)
    if not plain:
        return None
    if NUMBER.fullmatch(plain):
        return decimal(plain)
    if _GROUPED.fullmatch(plain):
        return decimal(plain.replace(",", ""))
    raise ValidationError(what_is_wrong(plain), code="not_a_number", params={"value": (said or text).strip()})


def what_is_wrong(plain: str) -> str:
    if plain.endswith(("元", "万")):
        return "“%(value)s”带有单位，请只写以万元计的数字，如 18.25。"
    if "," in plain and NUMBER.fullmatch(plain.replace(",", "")):
        return "“%(value)s”的千分位逗号位置不对，请写成 1,234.56 或 1234.56。"
    if "%" in plain:
        return "“%(value)s”是百分数，这里请写以万元计的金额，如 18.25。"
    return "“%(value)s”不是数字，请写以万元计的金额，如 18.25；没有请留空。"


def in_range(stored: int, limit: int) -> int:
    if abs(stored) > limit:
        raise ValidationError("数字过大，请核对单位。", code="too_large")
    return stored


def cents_to_yuan(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
