"""Places and values of a statement in words, for everything that is read rather than typed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from linkage import periods
from linkage.money import percent_text, wan_text
from reports.figures.places import SHORT, kind_of

# What a kept sentence explains: the codes of the 核实 checks.
EXPLAINED = {
    "progress_fell": "形象进度低于上期", "paid_fell": "累计支出低于上期", "paid_above": "累计支出超过安排",
    "paid_far_above": "累计支出达到安排的 10 倍以上", "paid_jump": "本期支出较大",
    "treasury_gap": "与财政口径不一致", "paid_above_work": "支出高于完成投资",
}  # fmt: skip
REFERENCES = ("step", "holder", "coordination_with")
COORDINATION_LEVELS = {"county": "县级", "prefecture": "地区"}
EMPTY = "空"


def place_label(place: str) -> str:
    if place.startswith("cell"):
        return "累计支出"
    return {"line": "项目", "": "整份报告"}.get(place) or SHORT.get(place, place)


def value_words(place: str, value: Any, names: dict[str, str] | None = None) -> str:
    """A stored value as a person reads it: 万元, %, dates in words. `names`: the words kept beside reference ids."""
    if value in (None, ""):
        return EMPTY
    if place == "line":
        return str(value)
    kind = "money" if place.startswith("cell") else kind_of(place)
    if kind == "money":
        return f"{wan_text(value)} 万元"
    if kind == "ratio":
        return percent_text(Decimal(value))
    if kind == "date":
        return periods.day_words(date.fromisoformat(value))
    if place in REFERENCES:
        return (names or {}).get(place) or "已选"
    return COORDINATION_LEVELS.get(value, value) if kind == "choice" else str(value)


def explained_words(key: str) -> str:
    """The heading of a kept sentence, by the key of its problem ("code:project:place")."""
    return EXPLAINED.get(key.split(":")[0], "核实说明")
