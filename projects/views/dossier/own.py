"""The tabs that projects fills itself: 概况, 进度."""

from __future__ import annotations

from datetime import date
from typing import Any

from linkage import money
from linkage.money import MoneyField, RatioField
from projects.models import METHOD_COLUMNS, Progress, Project

from .tabs import OVERVIEW, Shown, Tab

LATEST_ROWS = 26  # half a year of weeks on the progress tab
SITUATION = ("claimed_unpaid_yuan", "step", "holder", "problem", "measures", "measures_due_on", "coordination")


def overview(user, shown: Shown) -> dict[str, Any]:
    """The record of the project and what the newest statement says."""
    project, latest = shown.project, shown.latest
    items = [
        ("项目编号", project.code), ("填报单位", project.unit.name), ("涉及地区", "、".join(region.name for region in project.spans.all())),
        ("资金任务", project.task.name), ("项目类别", str(project.category or "")), ("实施方式", project.get_method_display()),
        ("项目年度", f"{project.project_year}年"), ("计划投资", f"{money.wan_text(project.planned_investment_yuan)} 万元"),
        ("建设地点", project.site), ("计划工期", _span(project.planned_start_on, project.planned_finish_on)), ("建设内容", project.content),
    ]  # fmt: skip
    stated = facts_of(project, latest) if latest else []
    return {"items": items, "stated": [(label, value) for label, value in stated if value]}


def _span(start: date | None, finish: date | None) -> str:
    if not start and not finish:
        return ""
    return f"{start:%Y-%m-%d}" + (f" 至 {finish:%Y-%m-%d}" if finish else " 起") if start else f"{finish:%Y-%m-%d} 前"


def facts_of(project: Project, row: Progress) -> list[tuple[str, str]]:
    """What one statement says, in the columns of the method: (label, text)."""
    names = (*METHOD_COLUMNS[project.method], *SITUATION)
    return [(str(Progress._meta.get_field(name).verbose_name), _text(row, name)) for name in names]


def _text(row: Progress, name: str) -> str:
    value, column = getattr(row, name), Progress._meta.get_field(name)
    if value is None or value == "":
        return ""
    if isinstance(column, MoneyField):
        return f"{money.wan_text(value)} 万元"
    return money.percent_text(value) if isinstance(column, RatioField) else str(value)


def progress(user, shown: Shown) -> dict[str, Any]:
    """The standing statements, newest first, in the columns of the method."""
    found = list(shown.project.progress.live().select_related("step", "holder").order_by("-as_of")[:LATEST_ROWS])
    names = METHOD_COLUMNS[shown.project.method]
    return {
        "columns": [str(Progress._meta.get_field(name).verbose_name) for name in names],
        "statements": [(row, [_text(row, name) for name in names]) for row in found],
        "ratios": [row.physical_ratio for row in reversed(found)] if "physical_ratio" in names else [],
    }


OVERVIEW_TAB = Tab(OVERVIEW, "概况", 10, "projects/dossier/_overview.html", overview)
PROGRESS_TAB = Tab("progress", "进度", 50, "projects/dossier/_progress.html", progress)
