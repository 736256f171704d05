"""整改台账 as an office prints it (features 8.1, 10.5)."""

from __future__ import annotations

from collections.abc import Iterator

from issues.figures import as_ledger
from issues.filters import IssueFilter
from issues.models import Issue
from linkage import exports, periods
from linkage.excel import Column, Marked, Sheet

KIND = "issues"
COLUMNS = [
    Column("no", "序号", "int", 6), Column("code", "编号", width=17), Column("unit", "责任地区", width=11), Column("title", "问题", width=30),
    Column("description", "情况", width=34), Column("project", "项目", width=24), Column("origin", "来源", width=16), Column("severity", "程度", width=7),
    Column("lead", "牵头整改单位", width=18), Column("measures", "整改措施", width=34), Column("responsible", "责任人", width=9),
    Column("raised_on", "发现日期", "date"), Column("due_on", "完成时限", "date"), Column("progress", "最新进展", width=34),
    Column("state", "状态", width=16), Column("closed_on", "销号日期", "date"), Column("closed_by", "销号人", width=9),
]  # fmt: skip


def _rows(call: exports.Call):
    today = periods.day_of(call.at)
    return IssueFilter(call.query, Issue.objects.visible_to(call.by), user=call.by, on=today).qs


def _lines(call: exports.Call) -> Iterator[dict | Marked]:
    """Grouped by state as on the page, each group under its heading, overdue ones marked in words."""
    today, state, number = periods.day_of(call.at), None, 0
    rows = as_ledger(_rows(call), on=today).select_related("unit", "project", "lead", "closed_by").prefetch_related("notes")
    for issue in rows.iterator(500):
        if issue.state != state:
            state = issue.state
            yield Marked({"no": issue.get_state_display()}, "group")
        number += 1
        yield _line(number, issue, today)


def _line(number: int, issue: Issue, today) -> dict:
    notes = list(issue.notes.all())
    late = issue.state != "closed" and issue.due_on < today
    return {
        "no": number, "code": issue.code, "unit": issue.unit.name, "title": issue.title, "description": issue.description,
        "project": str(issue.project or ""), "origin": issue.origin_words, "severity": issue.get_severity_display(),
        "lead": str(issue.lead or ""), "measures": issue.measures, "responsible": issue.responsible, "raised_on": issue.raised_on,
        "due_on": issue.due_on, "progress": notes[-1].text if notes else "",
        "state": f"{issue.get_state_display()}{'（逾期）' if late else ''}",
        "closed_on": issue.closed_at and periods.day_of(issue.closed_at), "closed_by": str(issue.closed_by or ""),
    }  # fmt: skip


def build(call: exports.Call) -> list[Sheet]:
    as_of = periods.day_of(call.at)
    return [Sheet(title="衔接资金监管问题整改台账", name="整改台账", as_of=as_of, columns=COLUMNS, rows=_lines(call), frozen_columns=4)]


def count(call: exports.Call) -> int:
    return _rows(call).count()


exports.register(exports.ExportKind(KIND, "整改台账", build=build, count=count, permission="export.run", stem=lambda call: "整改台账"))
