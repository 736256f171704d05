"""支出进度 as Excel: both bases by unit and level, every rate with numerator and denominator, and the comparison."""

from __future__ import annotations

from collections.abc import Iterator

from funds.figures import pacing
from funds.figures.measures import FORMULAS, Measures, Row, measures
from funds.filters import pace_question, task_asked
from linkage import exports, periods, rounding
from linkage.excel import Column, Marked, Sheet
from projects.figures.rates import BASIS
from projects.models import Project

PACE_COLUMNS = [
    Column("label", "县（市、区）／层级", width=18), Column("issued_yuan", "金额", "wan", group="下达到县"),
    Column("young_yuan", "其中新到", "wan", group="下达到县"), Column("arranged_yuan", "已安排", "wan", group="分配"),
    Column("arranged_ratio", "分配进度", "percent", group="分配"), Column("treasury_yuan", "支出", "wan", group="财政口径"),
    Column("treasury_ratio", "进度", "percent", group="财政口径"), Column("county_yuan", "支出", "wan", group="周报口径"),
    Column("county_ratio", "进度", "percent", group="周报口径"), Column("target_ratio", "目标", "percent"),
    Column("deviation", "偏差（百分点）", "number", 11, places=1), Column("pace", "状态", width=10),
]  # fmt: skip
RATE_COLUMNS = [
    Column("label", "县（市、区）", width=16), Column("granted_yuan", "核拨", "wan", group="拨付"), Column("granted_ratio", "拨付率", "percent", group="拨付"),
    *(
        column for name, word in (("started", "开工"), ("finished", "完工"), ("accepted", "验收"))
        for column in (Column(f"{name}_of", f"{word}项目", "int", group=f"{word}率"), Column(f"{name}_all", "应统计", "int", group=f"{word}率"),
                       Column(f"{name}_ratio", f"{word}率", "percent", group=f"{word}率"))
    ),
    Column("invested_yuan", "完成投资", "wan", group="投资"), Column("to_invest_yuan", "计划投资", "wan", group="投资"),
    Column("invested_ratio", "投资完成率", "percent", 11, group="投资"), Column("retention_yuan", "质保金", "wan", group="理论最高支出进度"),
    Column("surplus_yuan", "结余和无法支出", "wan", 14, group="理论最高支出进度"), Column("stopped_yuan", "停工", "wan", group="理论最高支出进度"),
    Column("ceiling_ratio", "理论最高", "percent", 11, group="理论最高支出进度"),
]  # fmt: skip
CHANGE_COLUMNS = [
    Column("label", "县（市、区）", width=16), Column("ratio", "支出进度", "percent"), Column("settled_ratio", "不含新到", "percent"),
    Column("county_settled_ratio", "周报口径不含新到", "percent", 14), Column("ratio_before", "上周", "percent"),
    Column("ratio_last_year", "去年同日", "percent"),
]  # fmt: skip


def pace_row(line: pacing.Line, label: str) -> dict:
    return {
        "label": label, "issued_yuan": line.amounts.issued_yuan, "young_yuan": line.young_yuan, "arranged_yuan": line.amounts.arranged_yuan,
        "arranged_ratio": line.arranged_ratio, "treasury_yuan": line.amounts.treasury_yuan, "treasury_ratio": line.treasury_ratio,
        "county_yuan": line.county_paid_yuan, "county_ratio": line.county_ratio,
        "target_ratio": line.target.ratio if line.amounts.issued_yuan else None, "deviation": line.deviation, "pace": line.pace.label,
    }  # fmt: skip


def _pace_rows(found: Measures, table: pacing.PaceTable, task) -> Iterator[Marked | dict]:
    for row in found.units:
        yield Marked(pace_row(row.line, row.line.unit.name))
        for level in table.levels_of(row.line.unit, task):
            yield pace_row(level, f"　{level.level_words}")
    yield Marked(pace_row(found.total.line, "合计（中央＋省级）"))
    for level in table.levels_of(None, task):
        yield pace_row(level, f"　{level.level_words}")


def labelled(found: Measures) -> Iterator[tuple[str, Row, bool]]:
    """(label, row, is it a sum): units, the sum over several, then tasks."""
    for row in found.units:
        yield row.line.unit.name, row, False
    if len(found.units) != 1:
        yield "合计", found.total, True
    for row in found.tasks:
        yield row.line.task.name, row, False


def _rate_row(label: str, row: Row) -> dict:
    rates, ceiling, line = row.rates, row.ceiling, row.line
    counts = {
        f"{name}_{part}": value for name in ("started", "finished", "accepted") for rate in [getattr(rates, name)]
        for part, value in (("of", rate.numerator), ("all", rate.denominator), ("ratio", rate.ratio))
    }  # fmt: skip
    return counts | {
        "label": label, "granted_yuan": line.granted_yuan, "granted_ratio": line.granted_ratio, "invested_yuan": rates.invested_yuan,
        "to_invest_yuan": rates.to_invest_yuan, "invested_ratio": rates.invested_ratio, "retention_yuan": ceiling.retention_yuan,
        "surplus_yuan": ceiling.surplus_yuan, "stopped_yuan": ceiling.stopped_yuan, "ceiling_ratio": row.ceiling_ratio,
    }  # fmt: skip


def _change_row(label: str, row: Row) -> dict:
    line = row.line
    return {
        "label": label, "ratio": line.ratio, "settled_ratio": line.settled_ratio, "county_settled_ratio": line.settled_county_ratio,
        "ratio_before": line.ratio_before, "ratio_last_year": row.last_year_ratio,
    }  # fmt: skip


PACE_SUMS = ("amounts.issued_yuan", "young_yuan", "amounts.arranged_yuan", "amounts.treasury_yuan", "county_paid_yuan")


def pace_tail(lines: list[pacing.Line]) -> list[str]:
    """The note on rounding below the table of units, where it is needed."""
    tail = rounding.note(lines, PACE_SUMS)
    return [tail] if tail else []


def build_pace(call: exports.Call) -> list[Sheet]:
    asked, _ = pace_question(call.query)
    task, sight = task_asked(call.query), pacing.Sight.of(call.by)
    table = pacing.pace(sight=sight, **asked)
    found = measures(table, user=call.by, sight=sight, projects=Project.objects.visible_to(call.by), task=task)
    settings = table.settings
    common = {"unit_line": "单位：万元", "as_of": settings.as_of, "frozen_columns": 1}
    title = f"{settings.year}年衔接资金{f'（{task.short_name}）' if task else ''}"
    marked = [(label, row, is_sum) for label, row, is_sum in labelled(found)]
    return [
        Sheet(
            title=f"{title}支出进度表", name="支出进度", columns=PACE_COLUMNS, rows=_pace_rows(found, table, task), basis=f"按{settings.basis.label}判定",
            footnotes=[f"{settings.rule_words}。", f"新到资金：下达未满 {settings.young_days} 天。偏差为所示进度与目标之差。",
                       *pace_tail([row.line for row in found.units])], **common,
        ),
        Sheet(
            title=f"{title}项目实施进度表", name="各项进度", columns=RATE_COLUMNS, basis="中央＋省级",
            rows=(Marked(_rate_row(label, row)) if is_sum else _rate_row(label, row) for label, row, is_sum in marked),
            footnotes=[*(f"{formula}。" for name, formula in FORMULAS.items() if name not in ("spending", "arranged")), f"{BASIS}。"], **common,
        ),
        Sheet(
            title=f"{title}支出进度比较表", name="比较", columns=CHANGE_COLUMNS, basis=settings.basis.label,
            rows=(Marked(_change_row(label, row)) if is_sum else _change_row(label, row) for label, row, is_sum in marked),
            footnotes=[f"上周为截至 {periods.day_words(settings.before)}，去年同日为截至 {periods.day_words(found.before_day)}。"], **common,
        ),
    ]  # fmt: skip


exports.register(exports.ExportKind("fund-pace", "支出进度", build=build_pace, permission="export.run", stem=lambda call: "支出进度"))
