"""周调度汇总表 as an office prints it: 汇总, 项目明细, 问题清单 of one period (features 5.7, 10.5).

Only signed statements go out. Those who see the whole prefecture get the roll-up sheet; lead departments and counties get
the rows that they may read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery

from funds.models import Level
from linkage import access, exports, money, periods
from linkage.access import scope
from linkage.audit import plain
from linkage.excel import Column, Sheet
from projects.models import Method, Project
from reports.actions.rollup import prefecture
from reports.figures.rollup import APART, carried_words, corrected_since, snapshot, standing_words, stands_before
from reports.figures.sight import readable_content, sees_all_rows
from reports.figures.statement import totals
from reports.models import Period, ReportVersion, RollUp, Section, WeeklyReport

BASIS = "周报口径（县级上报）"
METHOD_WORDS = dict(Method.choices)
SECTION_WORDS = {"current": "本年", "carryover": "结转", "advance": "提前下达"}


def build(call: exports.Call) -> list[Sheet]:
    period = Period.objects.get(key=call.params["period"])
    versions = readable_versions(call.by, period)
    notes = _measured_anew(period, versions)
    sheets = [_details(period, versions, notes), _troubles(period, versions)]
    region = prefecture()
    if access.sees_whole(call.by, region.path):
        newest = RollUp.objects.visible_to(call.by).filter(period=period).first()
        content = newest.content if newest else plain(snapshot(period, region, call.at))
        sheets.insert(0, _summary(period, content, _pinned(newest)))
    return sheets


def _pinned(rollup: RollUp | None) -> list[str]:
    """What ties the paper to the system: version, hash of the content, and head of the audit chain when it was compiled."""
    if rollup is None:
        return ["尚未形成汇总版本，为导出时的数据。"]
    words = f"周汇总第 {rollup.number} 版，{periods.moment_words(rollup.compiled_at)} 汇总，校验码 {rollup.sha256}"
    return [f"{words}；汇总时的审计链头 {rollup.audit_head}。" if rollup.audit_head else f"{words}。"]


def versions_in_sight(user, period: Period):
    """The newest signed version of each report of the period that lies in the user's regions, in display order."""
    newest = ReportVersion.objects.filter(report=OuterRef("pk")).order_by("-number").values("pk")[:1]
    reports = WeeklyReport.objects.filter(scope(user, WeeklyReport.SCOPE), period=period).annotate(newest=Subquery(newest))
    rows = ReportVersion.objects.filter(pk__in=reports.values("newest")).select_related("report__unit")
    return rows.order_by("report__unit__display_order")


def readable_versions(user, period: Period) -> list[ReportVersion]:
    """The versions in sight, each cut down to the rows that the user reads. Three queries."""
    versions = list(versions_in_sight(user, period))
    seen: set[int] | None = None
    for version in versions:
        if not sees_all_rows(user, version.report):
            seen = set(Project.objects.visible_to(user).order_by().values_list("pk", flat=True)) if seen is None else seen
            version.content = readable_content(version.content, seen)
            version.totals = totals(version.content)
    return versions


def _measured_anew(period: Period, versions: list[ReportVersion]) -> list[str]:
    """本期 of the rows against what stands before now, as in the roll-up; names the units whose earlier figures were corrected."""
    corrected = corrected_since([version.pk for version in versions])
    moved = [version for version in versions if version.pk in corrected]
    before = stands_before(period, [version.content for version in moved])
    for version in moved:
        for line in version.content["lines"]:
            for cell in line["cells"]:
                cell["previous_yuan"] = money.yuan_text(before.get(cell["allocation"], Decimal(0)))
    names = "、".join(version.content["unit"]["name"] for version in moved)
    return [f"{names}更正了以前各期，本期支出按更正后的上期计算，与当时审签的报告可能不同。"] if names else []


def _lines(versions: list[ReportVersion]) -> Iterator[tuple[str, dict[str, Any]]]:
    for version in versions:
        for line in version.content["lines"]:
            yield version.content["unit"]["name"], line


def _summary(period: Period, content: dict[str, Any], pinned: list[str]) -> Sheet:
    columns = [Column("no", "序号", "int", 6), Column("name", "单位", width=11), Column("state", "上报情况", width=14)]
    levels = [level for level in Level.values if level in content["totals"]["levels"]]
    for level in levels:
        group = Level(level).label
        columns += [
            Column(f"{level}_issued", "下达到县", "wan", 10.5, total=True, group=group),
            Column(f"{level}_paid", "累计支出", "wan", 10.5, total=True, group=group),
            Column(f"{level}_delta", "本期支出", "wan", 10.5, total=True, group=group), Column(f"{level}_ratio", "支出进度", "percent", 8, group=group),
        ]  # fmt: skip
    apart = [part for part in APART if Decimal(content["totals"].get(part, {}).get("arranged") or 0)]
    for part in apart:
        columns += [
            Column(f"{part}_paid", "累计支出", "wan", 10.5, total=True, group=APART[part]),
            Column(f"{part}_delta", "本期支出", "wan", 10.5, total=True, group=APART[part]),
        ]  # fmt: skip
    columns += [
        Column("projects", "项目", "int", 6, total=True, group="项目（个）"), Column("started", "开工", "int", 6, total=True, group="项目（个）"),
        Column("finished", "完工", "int", 6, total=True, group="项目（个）"), Column("accepted", "验收", "int", 6, total=True, group="项目（个）"),
    ]  # fmt: skip
    notes = ["各层级为本年资金，支出进度＝累计支出÷下达到县；以前年度结转、提前下达的资金另列，不计入进度。"]
    if said := carried_words(content):
        notes.append(said)
    notes += pinned
    return Sheet(
        title=f"{content['region']}衔接资金周调度汇总表（{period.title.split('（')[0]}）", name="汇总", unit_line="单位：万元", as_of=period.cutoff_at,
        basis=BASIS, columns=columns, rows=[_summary_row(number, row, levels, apart) for number, row in enumerate(content["units"], 1)],
        totals=lambda sums: _unstated(content["totals"], levels, apart) | {
            f"{level}_ratio": money.ratio(_amount(content["totals"]["levels"][level]["paid"]), sums[f"{level}_issued"]) for level in levels
        },
        footnotes=notes, frozen_columns=2,
    )  # fmt: skip


def _unstated(totals: dict[str, Any], levels: list[str], apart: list[str]) -> dict[str, str]:
    """Totals of columns in which nobody has stated anything: no zero is printed there."""
    columns = {f"{level}_{name}": totals["levels"][level][name] for level in levels for name in ("paid", "delta")}
    columns |= {f"{part}_{name}": totals[part][name] for part in apart for name in ("paid", "delta")}
    return {key: money.NOTHING for key, amount in columns.items() if amount is None}


def _summary_row(number: int, row: dict[str, Any], levels: list[str], apart: list[str]) -> dict[str, Any]:
    cells: dict[str, Any] = {"no": number, "name": row["name"], "state": standing_words(row)} | (row["counts"] or {})
    for part in apart:
        cells |= {f"{part}_paid": _amount(row[part]["paid"]), f"{part}_delta": _amount(row[part]["delta"])}
    for level in levels:
        amounts = row["levels"].get(level, {})
        issued, paid, delta = (_amount(amounts.get(name)) for name in ("issued", "paid", "delta"))
        cells |= {f"{level}_issued": issued, f"{level}_paid": paid, f"{level}_delta": delta, f"{level}_ratio": money.ratio(paid, issued)}
    return cells


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _details(period: Period, versions: list[ReportVersion], notes: list[str]) -> Sheet:
    rows = [_detail_row(number, unit, line, period.ends_on.year) for number, (unit, line) in enumerate(_lines(versions), 1)]
    columns = [
        Column("no", "序号", "int", 6), Column("unit", "单位", width=10), Column("section", "部分", width=6), Column("name", "项目名称", width=28),
        Column("task", "资金任务", width=10), Column("method", "实施方式", width=12), Column("implementer", "实施单位", width=16),
        *_money_columns(rows),
        Column("progress", "形象进度", "percent", 9), Column("started_on", "开工", "date", 11), Column("finished_on", "完工", "date", 11),
        Column("accepted_on", "验收", "date", 11), Column("step", "当前环节", width=12), Column("holder", "承办单位", width=14),
        Column("problem", "存在问题", width=24), Column("measures", "下步措施", width=24),
    ]  # fmt: skip
    return Sheet(
        title=f"衔接资金周调度项目明细表（{period.title.split('（')[0]}）", name="项目明细", unit_line="单位：万元", as_of=period.cutoff_at, basis=BASIS,
        columns=columns, rows=rows, frozen_columns=4, footnotes=["按资金年度分列：本年资金、以前年度结转、提前下达分别合计，不相加。", *notes],
    )  # fmt: skip


def _money_columns(rows: list[dict[str, Any]]) -> list[Column]:
    """This year's money always; carry-over and money issued in advance in columns of their own where a row has any."""
    columns = [Column("arranged", "安排资金", "wan", 10.5, total=True, group="本年资金")]
    columns += [Column(level, f"{words}支出", "wan", 10.5, total=True, group="本年资金") for level, words in Level.choices]
    columns.append(Column("delta", "本期支出", "wan", 10.5, total=True, group="本年资金"))
    for part, words in APART.items():
        if any(f"{part}_arranged" in row for row in rows):
            columns += [
                Column(f"{part}_{name}", label, "wan", 10.5, total=True, group=words)
                for name, label in (("arranged", "安排资金"), ("paid", "累计支出"), ("delta", "本期支出"))
            ]
    return columns


def _detail_row(number: int, unit: str, line: dict[str, Any], year: int) -> dict[str, Any]:
    facts, words = line["facts"], line["words"]
    row: dict[str, Any] = {
        "no": number, "unit": unit, "section": SECTION_WORDS[line["section"]], "name": line["name"], "task": line["task_name"],
        "method": METHOD_WORDS[line["method"]], "implementer": line["implementer"], "progress": _amount(facts["physical_ratio"]),
        "started_on": _day(facts["started_on"] or facts["contract_signed_on"]), "finished_on": _day(facts["finished_on"] or facts["installed_on"]),
        "accepted_on": _day(facts["accepted_on"]), "step": words["step"], "holder": words["holder"], "problem": facts["problem"], "measures": facts["measures"],
    }  # fmt: skip
    for cell in line["cells"]:
        paid, section = Decimal(cell["paid_to_date_yuan"]), Section.of(cell["fund_year"], year)
        is_current = section is Section.CURRENT
        names = (cell["level"], "arranged", "delta") if is_current else (f"{section}_paid", f"{section}_arranged", f"{section}_delta")
        for name, amount in zip(names, (paid, Decimal(cell["amount_yuan"]), paid - Decimal(cell["previous_yuan"])), strict=True):
            row[name] = row.get(name, Decimal(0)) + amount
    return row


def _day(text: str | None):
    return date.fromisoformat(text) if text else None


def _troubles(period: Period, versions: list[ReportVersion]) -> Sheet:
    columns = [
        Column("no", "序号", "int", 6), Column("unit", "单位", width=10), Column("name", "项目名称", width=32), Column("problem", "存在问题", width=30),
        Column("measures", "下步措施", width=30), Column("due_on", "时限", "date", 11), Column("step", "当前环节", width=12),
        Column("holder", "承办单位", width=14), Column("coordination", "需协调事项", width=26), Column("level", "协调层级", width=8),
    ]  # fmt: skip
    levels = {"county": "县级", "prefecture": "地区", "": ""}
    found = [
        {"unit": version.content["unit"]["name"]} | row | {"due_on": _day(row["due_on"]), "level": levels[row["level"]]}
        for version in versions for row in version.totals["problems"]
    ]  # fmt: skip
    return Sheet(
        title=f"衔接资金周调度问题清单（{period.title.split('（')[0]}）", name="问题清单", as_of=period.cutoff_at, basis=BASIS, columns=columns,
        rows=[{"no": number} | row for number, row in enumerate(found, 1)], frozen_columns=3,
    )  # fmt: skip


exports.register(
    exports.ExportKind(
        "weekly-summary", "周调度汇总表", build=build, permission="export.run", stem=lambda call: f"周调度汇总表_{call.params['period']}"
    )
)
