"""Typing into a weekly report: single cells, and acts on many rows (features 5.4).

Keystrokes are not audited; hand-in stores the difference. Every write first raises the report's revision where its state
still allows editing. Each edit says which value the person saw (`base`): if another now stands there, the edit is not
made and the answer shows whose value stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from funds.figures.paid import treasury_as_of
from linkage import bulk, periods
from linkage.errors import WrongState
from linkage.money import yuan_text
from projects.models import FACT_FIELDS
from reports.actions.gate import begin_edit, may_edit_line, refuse_closed
from reports.actions.naming import words_allowed
from reports.actions.opening import add_missing_lines
from reports.actions.parsing import FIELDS, is_money, parse, worth_a_look
from reports.figures.statement import columns_of, fact_value
from reports.models import EDITABLE_STATES, NO_TASK, ReportCell, ReportLine, WeeklyReport


@dataclass(frozen=True)
class Edit:
    """One typed cell. `place` is a fact field, "no_change" or "cell:<allocation id>"; `text` as typed (万元, %, ISO date, id);
    `base` is the stored value the person saw, in the form of `stored()`, or the word "any"."""

    line: int
    place: str
    text: str
    base: Any = "any"


@dataclass(frozen=True)
class Outcome:
    """What became of an edit: saved, unchanged, conflict or error. `value` is what now stands there; `message` says what is
    wrong, or, of what was saved, what the person should look at again."""

    line: int
    place: str
    verdict: str
    value: Any = None
    message: str = ""


def save_cells(*, report: WeeklyReport, edits: Iterable[Edit], by, at: datetime | None = None) -> list[Outcome]:
    """Save what can be saved, answer for each edit. Raises WrongState when the report is closed to editing.

    Seven queries whatever the number of edits.
    """
    at = at or periods.now()
    edits = list(edits)
    with transaction.atomic():
        begin_edit(report, by, at)
        lines = {line.pk: line for line in report.lines.select_related("project", "updated_by").filter(pk__in={e.line for e in edits})}
        cells = {(c.line_id, c.allocation_id): c for c in ReportCell.objects.filter(line__in=lines)}
        outcomes = _apply_all(report, edits, lines, cells, by, at)
        saved = [o for o in outcomes if o.verdict == "saved"]
        facts = {o.place for o in saved} & set(FACT_FIELDS)
        bulk.write([lines[pk] for pk in {o.line for o in saved}], [*facts, "no_change", "updated_at", "updated_by"])
        bulk.write([cells[o.line, _allocation(o.place)] for o in saved if o.place.startswith("cell:")], ["paid_to_date_yuan"])
    return outcomes


def try_cells(*, report: WeeklyReport, edits: Iterable[Edit], lines: Iterable[ReportLine], by, at: datetime | None = None) -> list[Outcome]:
    """What `save_cells` would answer; nothing is written. `lines` (those of `lines_of`) take the values in memory, so that
    the checks can be asked about the report as it would stand. Raises what `save_cells` raises."""
    at = at or periods.now()
    refuse_closed(report, by, at)
    if report.state not in EDITABLE_STATES:
        raise WrongState(f"“{report}”现在是“{report.get_state_display()}”，内容不能再改。")
    known = {line.pk: line for line in lines}
    cells = {(cell.line_id, cell.allocation_id): cell for line in known.values() for cell in line.cell_list}
    return _apply_all(report, list(edits), known, cells, by, at)


def _apply_all(report: WeeklyReport, edits: list[Edit], lines: dict, cells: dict, by, at: datetime) -> list[Outcome]:
    words = words_allowed(report, {edit.place for edit in edits})
    return [_apply(edit, lines.get(edit.line), cells, words, by, at) for edit in edits]


def _apply(edit: Edit, line: ReportLine | None, cells: dict, words: dict, by, at: datetime) -> Outcome:
    if line is None:
        return Outcome(edit.line, edit.place, "error", message="这一行不在本报告中，请刷新页面。")
    if not may_edit_line(by, line.report, line):
        return Outcome(edit.line, edit.place, "error", message="这一行分给了其他部门填报。")
    cell = cells.get((line.pk, _allocation(edit.place)))
    if edit.place.startswith("cell:") and cell is None:
        return Outcome(edit.line, edit.place, "error", message="这一格不在本报告中，请刷新页面。")
    if not edit.place.startswith("cell:") and edit.place != "no_change" and edit.place not in columns_of(line.project.method):
        return Outcome(edit.line, edit.place, "error", message="该实施方式的项目不填这一栏。")
    standing = stored(line, edit.place, cell)
    try:
        value = parse(edit.place, edit.text, words)
    except ValidationError as error:
        return Outcome(edit.line, edit.place, "error", standing, "".join(error.messages))
    if edit.base != "any" and edit.base != standing:
        if standing == as_stored(edit.place, value):
            return Outcome(edit.line, edit.place, "unchanged", standing)
        who = f"{line.updated_by} {periods.local(line.updated_at):%H:%M}" if line.updated_at and line.updated_by else "他人"
        return Outcome(edit.line, edit.place, "conflict", standing, f"{who} 已改为其他值，请选择保留哪一个。")
    _write(line, edit.place, cell, value)
    unticked = edit.place == "no_change" and not value and _says_what_was_said(line, cells)
    line.updated_at, line.updated_by = (None, None) if unticked else (at, by)
    return Outcome(edit.line, edit.place, "saved", stored(line, edit.place, cell), worth_a_look(edit.place, edit.text))


def _says_what_was_said(line: ReportLine, cells: dict) -> bool:
    """Taking the tick away from a row in which nothing was changed leaves it unfilled again."""
    money = all(cell.paid_to_date_yuan == cell.previous_yuan for (pk, _), cell in cells.items() if pk == line.pk)
    return money and all(fact_value(line, name) == line.previous.get(name) for name in columns_of(line.project.method))


def _allocation(place: str) -> int | None:
    head, _, tail = place.partition(":")
    return int(tail) if head == "cell" and tail.isascii() and tail.isdigit() else None


def stored(line: ReportLine, place: str, cell: ReportCell | None) -> Any:
    """The value that stands at a place, as JSON carries it."""
    if place.startswith("cell:"):
        return yuan_text(cell.paid_to_date_yuan) if cell else None
    return line.no_change if place == "no_change" else fact_value(line, place)


def as_stored(place: str, value: Any) -> Any:
    """A parsed value in the form of `stored()`."""
    if is_money(place):
        return yuan_text(value)
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else (value if value != "" else None)


def _write(line: ReportLine, place: str, cell: ReportCell | None, value: Any) -> None:
    if place == "no_change":
        line.no_change = value
        return
    line.no_change = False
    if cell is not None and place.startswith("cell:"):
        cell.paid_to_date_yuan = value
    else:
        setattr(line, FIELDS[place].attname, value)


@transaction.atomic
def mark_rest_unchanged(*, report: WeeklyReport, by, at: datetime | None = None) -> int:
    """“其余各行本期无变化”: ticks every row nobody has touched and that one may edit; how many."""
    at = at or periods.now()
    begin_edit(report, by, at)
    rows = report.lines.filter(no_change=False, updated_at__isnull=True)
    ids = [line.pk for line in rows.only("assigned_to") if may_edit_line(by, report, line)]
    return report.lines.filter(pk__in=ids).update(no_change=True, updated_at=at, updated_by=by)


@transaction.atomic
def take_treasury(*, report: WeeklyReport, by, line: int | None = None, at: datetime | None = None) -> int:
    """“按财政数带入”: the cumulative figure becomes the treasury's, for one row or all that have one; how many cells."""
    at = at or periods.now()
    begin_edit(report, by, at)
    cells = ReportCell.objects.filter(line__report=report).select_related("line__report")
    cells = [c for c in (cells.filter(line=line) if line else cells) if may_edit_line(by, report, c.line)]
    paid = treasury_as_of([c.allocation_id for c in cells], report.period.ends_on)
    changed = [c for c in cells if c.allocation_id in paid and c.paid_to_date_yuan != paid[c.allocation_id]]
    for cell in changed:
        cell.paid_to_date_yuan = paid[cell.allocation_id]
    bulk.write(changed, ["paid_to_date_yuan"])
    report.lines.filter(pk__in={c.line_id for c in changed}).update(no_change=False, updated_at=at, updated_by=by)
    return len(changed)


@transaction.atomic
def sync_lines(*, report: WeeklyReport, by, at: datetime | None = None) -> int:
    """Add projects and allocations that came after the period was opened; gives the number of rows now.

    A unit that had no task when the period opened (免报) reports from here on.
    """
    begin_edit(report, by, at or periods.now())
    rows = add_missing_lines([report])[report.pk]
    if rows and WeeklyReport.objects.filter(pk=report.pk, is_exempt=True, exempt_reason=NO_TASK).update(
        is_exempt=False, exempt_reason=""
    ):
        report.is_exempt, report.exempt_reason = False, ""
    return rows
