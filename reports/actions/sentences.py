"""Sentences beside the cells of a weekly report: explanations of 核实 problems, the week's 整改进展 (features 5.4).

As with cells, each says which text the person saw: with another standing there nothing is written over.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from issues.models import Issue
from linkage import periods
from linkage.errors import Refusal
from projects.checks import refuse_personal_data
from reports.actions.gate import begin_edit, may_edit_line
from reports.models import ReportIssueNote, ReportLine, WeeklyReport


class Changed(Refusal):
    """Somebody else has written here meanwhile; `fields["standing"]` is what stands."""

    code = "conflict"

    def __init__(self, what: str, standing: str):
        super().__init__(f"他人已改过{what}，没有覆盖。")
        self.fields = {"standing": standing}


@transaction.atomic
def explain(*, report: WeeklyReport, key: str, text: str, by, base: str | None = None, at: datetime | None = None) -> None:
    """The sentence a 核实 problem of one row wants. An empty text takes it away. A department explains the rows dealt to it.

    `base`: the sentence the person saw; with another standing there, Changed.
    """
    if len(text) > 300:
        raise Refusal("说明最多 300 字。")
    refuse_personal_data(text)
    begin_edit(report, by, at or periods.now())
    line = _row_of(report, key)
    if line is None:
        raise Refusal("这条提示不在本期报告中，请刷新页面。")
    if not may_edit_line(by, report, line):
        raise PermissionDenied("这一行不由您的部门填报。")
    kept = WeeklyReport.objects.select_for_update().get(pk=report.pk).explanations
    standing = kept.get(key, "")
    if base is not None and standing not in (base.strip(), text.strip()):
        raise Changed("这条说明", standing)
    kept = {k: v for k, v in kept.items() if k != key} | ({key: text.strip()} if text.strip() else {})
    WeeklyReport.objects.filter(pk=report.pk).update(explanations=kept)
    report.explanations = kept


def _row_of(report: WeeklyReport, key: str) -> ReportLine | None:
    """The row a problem speaks of; `key` is that of a Problem: code:project:place. Whoever reads a statement relies on it."""
    project = [*key.split(":"), ""][1]
    if not project.isascii() or not project.isdigit() or len(project) > 18:
        return None
    return report.lines.filter(project=int(project)).first()


@transaction.atomic
def note_issue(*, report: WeeklyReport, issue_id: int, text: str, by, base: str | None = None, at: datetime | None = None) -> None:
    """The week's 整改进展 on one open issue of the unit. `base`: the text the person saw; with another standing there, Changed."""
    if len(text) > 500:
        raise Refusal("整改进展最多 500 字。")
    refuse_personal_data(text)
    begin_edit(report, by, at or periods.now())
    notes = ReportIssueNote.objects.filter(report=report, issue=issue_id, issue__in=Issue.objects.visible_to(by))
    standing = notes.values_list("text", flat=True).first()
    if standing is None:
        raise Refusal("这个问题不在本期报告中，请刷新页面。")
    if base is not None and standing.strip() not in (base.strip(), text.strip()):
        raise Changed("整改进展", standing)
    notes.update(text=text.strip())
