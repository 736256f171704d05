"""支出均衡度 as Excel."""

from __future__ import annotations

from collections.abc import Iterator

from funds.figures.evenness import EvenLine, even_lines
from funds.figures.sums import Sight
from funds.filters import pace_question
from linkage import exports
from linkage.excel import Column, Sheet

EVENNESS = "fund-evenness"
FORMULA = "均衡度＝1－½×Σ｜各月支出占比－各月均衡占比｜；均衡占比＝各月资金在县的金额×天数÷全年合计。1 为完全均衡。"
LIMITS = "按财政支付日期计算；一次性付款多的县天然偏低，期初数没有分月，不计入。"


def columns(year: int) -> list[Column]:
    return [
        Column("label", "县（市、区）", width=14), Column("value", f"{year}年均衡度", "number", 11), Column("same_day", "去年同日", "number", 10),
        Column("last_year", "去年全年", "number", 10), Column("spent_yuan", "已支付", "wan"), Column("december", "12月占比", "percent"),
        Column("silence", "最长无支付（天）", "int", 11), Column("since", "自", "date"), Column("until", "至", "date"),
        *(Column(f"m{number}", f"{number}月", "percent", group="各月支出占比") for number in range(1, 13)),
    ]  # fmt: skip


def _rows(lines: list[EvenLine]) -> Iterator[dict]:
    for line in [*lines[1:], lines[0]]:
        silence = line.now.silence
        yield {
            "label": line.unit.name if line.unit else "合计", "value": line.now.value, "same_day": line.same_day.value, "last_year": line.last_year.value,
            "spent_yuan": line.now.spent_yuan, "december": line.now.december_ratio, "silence": silence.days if silence else None,
            "since": silence.first if silence else None, "until": silence.last if silence else None,
        } | {f"m{number}": share for number, share in enumerate(line.now.shares, 1)}  # fmt: skip


def build(call: exports.Call) -> list[Sheet]:
    asked, _ = pace_question(call.query)
    lines = even_lines(year=asked["year"], as_of=asked["as_of"], sight=Sight.of(call.by))
    return [
        Sheet(
            title=f"{asked['year']}年衔接资金支出均衡度表", columns=columns(asked["year"]), rows=_rows(lines), unit_line="单位：万元", as_of=lines[0].now.as_of,
            basis="财政口径，中央＋省级", frozen_columns=1, footnotes=[FORMULA, LIMITS],
        )
    ]  # fmt: skip


exports.register(exports.ExportKind(EVENNESS, "支出均衡度", build=build, permission="export.run", stem=lambda call: "支出均衡度"))
