"""The verdict on one pair of amounts: pure, no query."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from linkage.money import points, ratio


class Basis(models.TextChoices):
    """Which kind of paid money a figure uses; never both at once."""

    TREASURY = "treasury", "财政口径"
    COUNTY = "county", "周报口径"


class Pace(models.TextChoices):
    OK = "normal", "正常"
    LAG = "lag", "滞后"
    SEVERE = "severe", "严重滞后"
    NONE = "none", "无任务"
    FAULT = "fault", "数据待核"


def pace_of(
    paid_yuan: Decimal | None, issued_yuan: Decimal, target_ratio: Decimal, *, yellow_points: int, red_points: int
) -> Pace:
    """Compare money paid with the target.

    Amounts in 元, target_ratio in 0..1. The gap is the difference of the displayed values (one decimal): up to
    `yellow_points` percentage points below the target is OK, beyond `red_points` SEVERE. Nothing issued or nothing known
    → NONE. Paid above issued → FAULT: a data fault to show, not good pace and no crash. Features 4.3; 二(三)1 周调度.
    """
    if paid_yuan is None:
        return Pace.NONE
    if paid_yuan > issued_yuan or paid_yuan < 0:
        return Pace.FAULT
    deviation = points(ratio(paid_yuan, issued_yuan), target_ratio)
    if deviation is None:
        return Pace.NONE
    if deviation >= -yellow_points:
        return Pace.OK
    return Pace.LAG if deviation >= -red_points else Pace.SEVERE
