"""Typing into a weekly report: cells, dealing out, explanations (features 5.3, 5.4).

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

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from funds.figures.paid import treasury_as_of
from issues.models import Issue
from linkage import access, audit, periods, states
from linkage.errors import Refusal, WrongState
from linkage.models import DictionaryEntry, DictionaryKind, Function, Organisation
from linkage.money import yuan_text
from projects.checks import refuse_personal_data
from projects.models import FACT_FIELDS
from reports.actions.opening import NO_TASK, add_missing_lines
from reports.actions.parsing import FIELDS, is_money, parse, worth_a_look
from reports.figures.statement import columns_of, fact_value
from reports.figures.timeliness import is_locked, unlocked
from reports.models import EDITABLE_STATES, ReportCell, ReportIssueNote, ReportLine, RowDealing, WeeklyReport


class Changed(Refusal):
    """Somebody else has written here meanwhile; `fields["standing"]` is what stands."""

    code = "conflict"

    def __init__(self, what: str, standing: str):
        super().__init__(f"他人已改过{what}，没有覆盖。")
        self.fields = {"standing": standing}


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
        ReportLine.objects.bulk_update(
            [lines[pk] for pk in {o.line for o in saved}], [*facts, "no_change", "updated_at", "updated_by"], batch_size=200
        )
        typed = [cells[o.line, _allocation(o.place)] for o in saved if o.place.startswith("cell:")]
        ReportCell.objects.bulk_update(typed, ["paid_to_date_yuan"], batch_size=500)
    return outcomes


def try_cells(*, report: WeeklyReport, edits: Iterable[Edit], lines: Iterable[ReportLine], by, at: datetime | None = None) -> list[Outcome]:
    """What `save_cells` would answer; nothing is written. `lines` (those of `lines_of`) take the values in memory, so that
    the checks can be asked about the report as it would stand. Raises what `save_cells` raises."""
    at = at or periods.now()
    _refuse_closed(report, by, at)
    if report.state not in EDITABLE_STATES:
        raise WrongState(f"“{report}”现在是“{report.get_state_display()}”，内容不能再改。")
    known = {line.pk: line for line in lines}
    cells = {(cell.line_id, cell.allocation_id): cell for line in known.values() for cell in line.cell_list}
    return _apply_all(report, list(edits), known, cells, by, at)


def _apply_all(report: WeeklyReport, edits: list[Edit], lines: dict, cells: dict, by, at: datetime) -> list[Outcome]:
    words = words_allowed(report, {edit.place for edit in edits})
    return [_apply(edit, lines.get(edit.line), cells, words, by, at) for edit in edits]


def begin_edit(report: WeeklyReport, by, at: datetime) -> None:
    """The gate of every write into a draft: right, lock, state; raises the revision."""
    _refuse_closed(report, by, at)
    changes = {} if report.first_edit_at else {"first_edit_at": at}
    states.touch(report, states=EDITABLE_STATES, **changes)
    report.first_edit_at = report.first_edit_at or at


def _refuse_closed(report: WeeklyReport, by, at: datetime) -> None:
    """Raise unless this person may type into this report at this time."""
    if not (access.may(by, "weekly.fill", report) or access.may(by, "weekly.fill_dealt", report)):
        raise PermissionDenied("您的岗位不能填报这份周调度。")
    if is_locked(report, at):
        raise WrongState(f"本期已于 {periods.moment_words(report.locks_at)} 锁定，请向地区专班办公室申请解锁。", code="locked")


def may_edit_line(by, report: WeeklyReport, line: ReportLine) -> bool:
    """The clerk edits every row, a department the rows dealt to it."""
    if access.may(by, "weekly.fill", report):
        return True
    return line.assigned_to_id is not None and line.assigned_to_id in _fills_for(by, report)


def _fills_for(by, report: WeeklyReport) -> frozenset[int | None]:
    """Departments whose dealt rows this person fills: the own one and those it acts for."""
    grants = access.grants_of(by)
    return frozenset(g.organisation_id for g in grants if "weekly.fill_dealt" in g.permissions and g.covers(report.unit.path))


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


def words_allowed(report: WeeklyReport, places: set[str]) -> dict[str, set[int]]:
    """Ids a person may choose at reference places; asked only when such a place is edited (ids are never trusted)."""
    allowed: dict[str, set[int]] = {}
    if "step" in places:
        allowed["step"] = set(steps().values_list("pk", flat=True))
    if places & {"holder", "coordination_with"}:
        allowed["holder"] = allowed["coordination_with"] = set(holders(report.unit).values_list("pk", flat=True))
    return allowed


def steps():
    return DictionaryEntry.objects.of(DictionaryKind.STEP)


def holders(unit):
    """Organisations a row may name: those of the unit and of the regions above it, implementers excepted."""
    above = [unit.path[: i + 1] for i, letter in enumerate(unit.path) if letter == "/"]
    return Organisation.objects.filter(region__path__in=above, is_active=True).exclude(functions__function=Function.IMPLEMENTER)


@transaction.atomic
def mark_rest_unchanged(*, report: WeeklyReport, by, at: datetime | None = None) -> int:
    """“其余各行本期无变化”: ticks every row nobody has touched and that one may edit; how many."""
    at = at or periods.now()
    begin_edit(report, by, at)
    rows = report.lines.filter(no_change=False, updated_at__isnull=True)
    ids = [line.pk for line in rows.select_related("report") if may_edit_line(by, report, line)]
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
    ReportCell.objects.bulk_update(changed, ["paid_to_date_yuan"], batch_size=500)
    report.lines.filter(pk__in={c.line_id for c in changed}).update(no_change=False, updated_at=at, updated_by=by)
    return len(changed)


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


@transaction.atomic
def deal_out(*, report: WeeklyReport, task, organisation: Organisation | None, by, at: datetime | None = None) -> int:
    """Rows of a task are filled by this organisation (None: by the clerk again): in this report, in the working copies of
    later periods, in every period still to be opened. How many rows of this one. Raises WrongState when it is locked."""
    at = at or periods.now()
    if not access.may(by, "weekly.deal", report):
        raise PermissionDenied("只有县级填报员可以分派。")
    if organisation is not None and organisation.region_id != report.unit_id:
        raise Refusal("只能分给本县（市、区）的部门。")
    if is_locked(report, at):
        raise WrongState("本期已锁定，不能再分派；请在以后的期次分派，或申请解锁。", code="locked")
    states.touch(report, states=EDITABLE_STATES)
    RowDealing.objects.filter(unit=report.unit, task=task).delete()
    if organisation is not None:
        RowDealing.objects.create(unit=report.unit, task=task, organisation=organisation)
    audit.record(by=by, verb="分派填报", target=report, at=at, after={"task": str(task), "organisation": str(organisation or "")})
    later = WeeklyReport.objects.filter(unit=report.unit_id, state__in=EDITABLE_STATES, period__cutoff_at__gt=report.period.cutoff_at)
    for draft in later.filter(unlocked(at)).select_related("period", "unit"):
        states.touch(draft, states=EDITABLE_STATES)
        draft.lines.filter(project__task=task).update(assigned_to=organisation)
    return report.lines.filter(project__task=task).update(assigned_to=organisation)


@transaction.atomic
def mark_done(*, report: WeeklyReport, by, at: datetime | None = None) -> int:
    """A department says its rows are filled; rows still empty stand in the way. How many rows."""
    at = at or periods.now()
    begin_edit(report, by, at)
    rows = report.lines.filter(assigned_to__in=_fills_for(by, report))
    if rows.filter(no_change=False, updated_at__isnull=True).exists():
        raise Refusal("还有没填的行：请填写，或勾选“本期无变化”。")
    return rows.update(done_at=at, done_by=by)

