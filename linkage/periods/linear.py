"""序时: how far the year has gone, the linear target that spending is held against."""

from __future__ import annotations

import calendar as gregorian
from datetime import date
from decimal import ROUND_HALF_UP, Decimal


def month_ratio(as_of: date) -> Decimal:
    """序时 as finance prints it: month of the last counted day ÷ 12, three decimals, 0..1 (November → 0.917)."""
    return (Decimal(as_of.month) / 12).quantize(Decimal("0.001"), ROUND_HALF_UP)


def day_ratio(as_of: date) -> Decimal:
    """序时 by day, for reference: day of the year ÷ days of the year, four decimals, 0..1."""
    days = 366 if gregorian.isleap(as_of.year) else 365
    return (Decimal(as_of.timetuple().tm_yday) / days).quantize(Decimal("0.0001"), ROUND_HALF_UP)
