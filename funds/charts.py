"""Options for ECharts, as plain data (json_script); every chart has its numbers in a table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from funds.figures.evenness import EvenLine
from funds.figures.waiting.links import SHORT, Link
from funds.figures.waiting.table import Sum
from linkage.money import to_wan

# From far to near: cool for what is not yet at the project, warm for what waits for a payment, grey for residuals.
COLOURS: dict[str, str] = {
    Link.ISSUE: "#16324f", Link.COUNTY: "#1f4e8c", Link.MATCHING: "#4b7bb5", Link.PROCEDURE: "#7b5ea7", Link.START: "#3d8a8a",
    Link.CONSTRUCTION: "#7fae6b", Link.CLAIM: "#c9a227", Link.REVIEW: "#c9772b", Link.TREASURY: "#a8442f", Link.RETENTION: "#8a94a3",
    Link.SURPLUS: "#b3bac4", Link.UNSPENDABLE: "#5c6470",
}  # fmt: skip


def waiting_option(sums: Sequence[Sum], links: Sequence[Link]) -> dict[str, Any]:
    """One bar per line, stacked by link, in 万元; the first line on top."""
    lines = list(reversed(sums))
    return {
        "animation": False, "grid": {"left": 8, "right": 24, "top": 56, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}}, "legend": {"top": 0, "left": 0, "itemWidth": 12, "itemHeight": 10},
        "xAxis": {"type": "value"}, "yAxis": {"type": "category", "data": [line.label for line in lines], "axisLabel": {"interval": 0}},
        "series": [
            {
                "name": SHORT.get(link, link.label), "type": "bar", "stack": "links", "color": COLOURS[link], "barMaxWidth": 22,
                "data": [_wan(line.yuan(link)) for line in lines],
            }
            for link in links
        ],
    }  # fmt: skip


def _wan(amount_yuan: Decimal) -> float:
    return float(round(to_wan(amount_yuan), 2))


def evenness_option(line: EvenLine) -> dict[str, Any]:
    """Share of each month in the spending: this year and last year as bars, the even share as a line, in percent."""
    year = line.now.year
    return {
        "animation": False, "grid": {"left": 44, "right": 16, "top": 36, "bottom": 28}, "tooltip": {"trigger": "axis"},
        "legend": {"top": 0, "left": 0, "itemWidth": 14}, "xAxis": {"type": "category", "data": [f"{number}月" for number in range(1, 13)]},
        "yAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "series": [
            {"name": f"{year}年", "type": "bar", "data": _percents(line.now.shares), "color": "#1f4e8c"},
            {"name": f"{year - 1}年", "type": "bar", "data": _percents(line.last_year.shares), "color": "#b3bac4"},
            {"name": "均衡", "type": "line", "data": _percents(line.now.even_shares), "color": "#a15c00", "symbol": "none", "lineStyle": {"type": "dashed"}},
        ],
    }  # fmt: skip


def _percents(ratios: Sequence[Decimal | None]) -> list[float | None]:
    return [None if ratio is None else float(round(ratio * 100, 1)) for ratio in ratios]
