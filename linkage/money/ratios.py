"""Ratios, percentages, percentage points: calculated unrounded, rounded once when shown."""

from __future__ import annotations

from decimal import Decimal

from linkage.money.amounts import NOTHING
from linkage.money.numbers import INTEGER_MAX, decimal, rounded, scaled

BASIS_POINT = Decimal("0.0001")
PLACES = 4  # of a stored ratio, in basis points
TOO_PRECISE = "比率最多 4 位小数（百分数最多 2 位小数）。"


def ratio(numerator: Decimal | int | None, denominator: Decimal | int | None) -> Decimal | None:
    """numerator ÷ denominator, unrounded, to be rounded once when shown. None when there is nothing to divide by."""
    if numerator is None or denominator is None or denominator == 0:
        return None
    return Decimal(numerator) / Decimal(denominator)


def stored_ratio(value: Decimal | None) -> Decimal | None:
    """A computed ratio rounded half up to the four decimals a ``RatioField`` keeps."""
    return None if value is None else rounded(value, BASIS_POINT)


def percent(value: Decimal, digits: int = 1) -> Decimal:
    """A ratio as the percentage that is shown, rounded half up."""
    return rounded(decimal(value) * 100, Decimal(1).scaleb(-digits))


def percent_text(value: Decimal | None, digits: int = 1) -> str:
    """0.3333 → "33.3%"; None → "—"."""
    return NOTHING if value is None else f"{percent(value, digits):f}%"


def points(a: Decimal | None, b: Decimal | None, digits: int = 1) -> Decimal | None:
    """a − b in percentage points: the difference of the *displayed* values, so that a reader can check it (4.3)."""
    if a is None or b is None:
        return None
    return percent(a, digits) - percent(b, digits)


def points_text(a: Decimal | None, b: Decimal | None, digits: int = 1) -> str:
    """points() as text, signed: "+3.1 个百分点", "-0.4 个百分点", "0.0 个百分点"; "—" when either is missing."""
    gap = points(a, b, digits)
    if gap is None:
        return NOTHING
    return f"{gap:+f} 个百分点" if gap else f"{abs(gap):f} 个百分点"


def points_words(a: Decimal | None, b: Decimal | None, digits: int = 1) -> str:
    """points() in words for a sentence: "高 3.1 个百分点", "低 0.4 个百分点", "持平"; "—" when either is missing."""
    gap = points(a, b, digits)
    if gap is None:
        return NOTHING
    return f"{'高' if gap > 0 else '低'} {abs(gap):f} 个百分点" if gap else "持平"


def exact_ratio(value: Decimal) -> Decimal:
    """A ratio somebody wrote, with exactly the four decimals a ``RatioField`` keeps; more are a ``ValidationError``."""
    return Decimal(scaled(value, PLACES, INTEGER_MAX, TOO_PRECISE)).scaleb(-PLACES)
