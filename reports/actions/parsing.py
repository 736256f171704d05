"""What a person typed into one cell of a weekly report → the value that is stored, or a ValidationError that says how to write it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from linkage.money import MoneyField, RatioField, plausible, read_wan
from linkage.personal import refuse_personal
from projects.models import ProgressFacts

FIELDS = {f.name: f for f in ProgressFacts._meta.local_fields}
FIRST_YEAR, LAST_YEAR = 1991, 2099  # as the grid's script reads days: what lies outside is a slip


def parse(place: str, text: str, words: dict[str, set[int]]) -> Any:
    """Typed text → value. Money in 万元 with up to six decimals or with its unit, ratios in percent, dates ISO or 2026.11.3 / 2026年11月3日."""
    text = (text or "").strip()
    if place == "no_change":
        return text.lower() in ("1", "true", "on", "是")
    field = FIELDS.get(place)
    if is_money(place):
        return _not_negative(plausible(read_wan(text)[0]))
    if isinstance(field, RatioField):
        return _percent(text)
    kind = field.get_internal_type() if field is not None else ""
    if kind == "ForeignKey":
        return _reference(text, words[place])
    if kind == "DateField":
        return _date(text)
    if kind == "PositiveIntegerField":
        return _count(text)
    if field is not None and field.choices and text and text not in dict(field.choices):
        raise ValidationError("请从列表中选择。")
    if len(text) > 500:
        raise ValidationError("最多 500 字。")
    refuse_personal(text)
    return text


def is_money(place: str) -> bool:
    return place.startswith("cell:") or isinstance(FIELDS.get(place), MoneyField)


def worth_a_look(place: str, text: str) -> str:
    """What the person should look at again about a text that `parse` has taken: a unit that was converted."""
    return read_wan(text or "")[1] if is_money(place) else ""


def _not_negative(amount: Decimal | None) -> Decimal | None:
    if amount is not None and amount < 0:
        raise ValidationError("累计数不能为负数。")
    return amount


def _percent(text: str) -> Decimal | None:
    if not text:
        return None
    plain = text.rstrip("%％").strip()
    try:
        value = Decimal(plain)
    except ArithmeticError:
        raise ValidationError(f"“{text}”不是百分数，请填 0 到 100 之间的数，如 60。") from None
    if not value.is_finite() or not 0 <= value <= 100 or value.as_tuple().exponent < -2:  # type: ignore[operator]
        raise ValidationError("请填 0 到 100 之间的数，最多两位小数。")
    return (value / 100).quantize(Decimal("0.0001"))


def _date(text: str) -> date | None:
    if not text:
        return None
    plain = text.replace("年", "-").replace("月", "-").replace("日", "").replace(".", "-").replace("/", "-")
    try:
        year, month, day = (int(part) for part in plain.split("-"))
        found = date(year, month, day)
    except (ValueError, OverflowError):
        raise ValidationError(f"“{text}”不是日期，请写成 2026-11-03。") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValidationError(f"“{text}”的年份不对，请核对。")
    return found


def _count(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 8:
        raise ValidationError(f"“{text}”不是整数。")
    return int(text)


def _reference(text: str, allowed: set[int]) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or int(text) not in allowed:
        raise ValidationError("请从列表中选择。")
    return int(text)
