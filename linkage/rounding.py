"""The one rule of rounded totals: a total is the rounded exact sum, never the sum of rounded values.

The values shown above it may then add up to another last digit. Where they do, and only there, the table says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter
from typing import Any

NOTE = "合计数与各项之和的尾差由四舍五入造成。"
PLACES = 2  # decimals of 万元 in tables


def shown(amount_yuan: Decimal, places: int = PLACES) -> Decimal:
    """元 as the table shows it in 万元: rounded half up to so many decimals of 万元 (two of them: to 100 元)."""
    return amount_yuan.quantize(Decimal(1).scaleb(4 - places), rounding=ROUND_HALF_UP)


def differs(amounts_yuan: Iterable[Decimal], places: int = PLACES) -> bool:
    """Do the values as they are shown add up to something else than the total as it is shown?"""
    amounts = list(amounts_yuan)
    return sum((shown(amount, places) for amount in amounts), Decimal(0)) != shown(sum(amounts, Decimal(0)), places)


def note(rows: Iterable[Any], names: Iterable[str], places: int = PLACES) -> str:
    """NOTE when one of the named columns of these rows (mappings or objects, names may be dotted) has such a difference, else "".

    Amounts are 元, as Decimal or as text; what is missing counts nothing. Rows marked `is_total` are no parts.
    """
    parts = [row for row in rows if not _value(row, "is_total")]
    columns = ([_value(row, name) for row in parts] for name in names)
    return NOTE if any(differs((Decimal(value) for value in column if value is not None), places) for column in columns) else ""


def _value(row: Any, name: str) -> Any:
    if isinstance(row, Mapping):
        return row.get(name)
    try:
        return attrgetter(name)(row)
    except AttributeError:
        if name == "is_total":
            return None
        raise
