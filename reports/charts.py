"""Options for ECharts, as plain data (json_script); every chart has its numbers in a table beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reports.figures.dashboard import Trend


def trend_option(trend: Trend, year: int) -> dict[str, Any]:
    """Cumulative pace in percent, this year against last year and the target's steps."""
    return {
        "animation": False, "grid": {"left": 44, "right": 16, "top": 36, "bottom": 28}, "tooltip": {"trigger": "axis"},
        "legend": {"top": 0, "left": 0, "itemWidth": 18, "data": [f"{year}年", f"{year - 1}年", "目标"]},
        "xAxis": {"type": "category", "data": trend.months, "boundaryGap": False},
        "yAxis": {"type": "value", "max": 100, "axisLabel": {"formatter": "{value}%"}},
        "series": [
            {"name": f"{year}年", "type": "line", "data": _percents(trend.this_year), "lineStyle": {"width": 3}, "symbolSize": 6, "color": "#1f4e8c"},
            {"name": f"{year - 1}年", "type": "line", "data": _percents(trend.last_year), "lineStyle": {"type": "dashed"}, "symbol": "none",
             "color": "#8a94a3"},
            {"name": "目标", "type": "line", "step": "end", "data": _percents(trend.target), "symbol": "none", "color": "#a15c00"},
        ],
    }  # fmt: skip


def _percents(ratios: list[Decimal | None]) -> list[float | None]:
    return [None if ratio is None else float(round(ratio * 100, 1)) for ratio in ratios]
