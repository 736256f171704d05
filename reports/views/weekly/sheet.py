"""The working copy as the grid shows it: plain data for one script block, short keys because every row carries them.

Nothing here decides anything: values are those of the lines, problems those of the checks, what a row is asked for those of
its 实施方式.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from funds.models import Level
from linkage import periods
from linkage.checks import Problem, Severity
from linkage.money import yuan_text
from projects.models import Method, ProgressFacts
from reports.checks.weekly import is_filled, sentence_length
from reports.figures.places import SHORT, SLOTS, kind_of, slots_of
from reports.figures.statement import columns_of, fact_value
from reports.models import ReportCell, ReportLine, Section
from reports.views.weekly.words import explained_words


def columns() -> dict[str, Any]:
    """What the script must know about the fields: label, kind, places per 实施方式, choices."""
    return {
        "fields": {name: [SHORT[name], kind_of(name)] for name in SHORT},
        "slots": [name for name, _ in SLOTS],
        "methods": {method: [label, slots_of(method)] for method, label in Method.choices},
        "levels": dict(Level.choices),
        "sections": {part.value: part.label for part in (Section.CURRENT, Section.CARRYOVER)},  # rows; money may also be of the next year
        "coordination_level": dict(ProgressFacts._meta.get_field("coordination_level").choices or ()),
    }


def rows(lines: Sequence[ReportLine], treasury: dict[int, Decimal], may_edit: Callable[[ReportLine], bool]) -> dict[str, Any]:
    """The rows with the names their ids stand for. `treasury`: allocation id → 元 by 财政口径, where known."""
    tasks: dict[int, str] = {}
    organisations: dict[int, str] = {}
    steps: dict[int, str] = {}
    for line in lines:
        tasks[line.project.task_id] = str(line.project.task)
        for organisation in (line.assigned_to, line.holder, line.coordination_with):
            if organisation is not None:
                organisations[organisation.pk] = str(organisation)
        if line.step is not None:
            steps[line.step.pk] = str(line.step)
    return {
        "rows": [_row(line, treasury, may_edit(line)) for line in lines],
        "tasks": tasks, "organisations": organisations, "steps": steps,
    }  # fmt: skip


def _row(line: ReportLine, treasury: dict[int, Decimal], editable: bool) -> dict[str, Any]:
    project, asked = line.project, columns_of(line.project.method)
    values = {name: value for name in asked if (value := fact_value(line, name)) is not None}
    previous = {name: line.previous[name] for name in asked if line.previous.get(name) is not None}
    return {
        "id": line.pk, "project": project.pk, "code": project.code, "name": project.name, "by": str(project.implementer or ""),
        "task": project.task_id, "method": project.method, "section": line.section, "year": project.project_year,
        "to": line.assigned_to_id, "v": values, "p": previous, "same": line.no_change, "filled": is_filled(line),
        "c": [_cell(cell, treasury) for cell in line.cell_list], "edit": editable, "saved": _saved_words(line),
    }  # fmt: skip


def _cell(cell: ReportCell, treasury: dict[int, Decimal]) -> list[Any]:
    """[allocation, level, cumulative, last cumulative, arranged, treasury, document, fund year], amounts in 元 as text."""
    batch = cell.allocation.county_allocation.batch
    return [
        cell.allocation_id, batch.level, yuan_text(cell.paid_to_date_yuan), yuan_text(cell.previous_yuan),
        yuan_text(cell.allocation.amount_yuan), yuan_text(treasury.get(cell.allocation_id)), batch.document_no, batch.fund_year,
    ]  # fmt: skip


def _saved_words(line: ReportLine) -> str:
    if line.updated_at is None:
        return ""
    at = periods.local(line.updated_at)
    return f"{line.updated_by or '系统'} {at.month}-{at.day} {at:%H:%M}"


def problem_rows(problems: Sequence[Problem], explanations: dict[str, str], projects: set[int]) -> list[dict[str, Any]]:
    """The problems of these projects with the sentences already given."""
    return [
        {
            "key": p.key, "severity": p.severity.value, "row": p.row, "label": p.row_label, "place": p.place,
            "message": p.message, "repair": p.repair, "said": explanations.get(p.key, ""), "need": sentence_length(p),
        }
        for p in problems if p.row is None or p.row in projects
    ]  # fmt: skip


def since_signed(problems: Sequence[Problem], explanations: dict[str, str], lines: Sequence[ReportLine]) -> list[Problem]:
    """What a signed report shows: what was explained then, in the words of the statement; and what the data say otherwise
    since then (a voucher that came later, an amount that was moved) as a hint, for there is nothing to press."""
    names = {str(line.project_id): line.project.name for line in lines}
    found = []
    for key in explanations:
        code, project, place = [*key.split(":", 2), "", ""][:3]
        if project in names:
            found.append(Problem(code, Severity.EXPLAIN, f"{explained_words(key)}（上报时已说明）", "", place, int(project), names[project]))
    for problem in problems:
        if problem.severity is Severity.HINT:
            found.append(problem)
        elif problem.key not in explanations:
            words = f"上报以后的新情况：{problem.message}"
            found.append(replace(problem, severity=Severity.HINT, message=words, repair="不影响已上报的内容；须更正的，申请解锁或在下期如实填报"))
    return found


def clock_words(at: datetime) -> str:
    return f"{periods.local(at):%H:%M:%S}"
