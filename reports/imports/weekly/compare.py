"""A filled workbook against the report as it stands: what would change, what stands in the way; nothing is written.

A cell counts as changed when it differs from what the workbook was made with. If meanwhile another person has changed the
same cell in the browser, it is a conflict, and the person chooses field by field.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from funds.figures.paid import treasury_as_of
from linkage.checks import Problem
from linkage.excel import Unreadable
from linkage.excel.keyed import Finding, Taken, TakenCell, TakenRow
from linkage.excel.values import plain_text
from linkage.money import read_wan
from projects.models import FACT_FIELDS
from reports.actions import filling, parsing
from reports.actions.filling import Edit
from reports.checks.weekly import Standard, problems_of
from reports.figures.places import kind_of
from reports.figures.sight import own_lines
from reports.figures.statement import lines_of
from reports.models import ReportLine, WeeklyReport

from .build import may_note, notes_of
from .layout import Words
from .reading import AGAIN, FORM
from .typed import typed_text

NOTE = "note"


@dataclass(frozen=True)
class Change:
    """One cell that would change. `target` is the line's id, or the issue's for place "note"; `before` stands now, `after` would.

    verdict: saved (`message` is empty, or what to look at again), or conflict (it says who changed it; the person chooses).
    """

    finding: Finding  # where it stands in the workbook
    target: int
    place: str
    text: str
    base: Any
    before: Any
    after: Any
    verdict: str = "saved"
    message: str = ""

    @property
    def name(self) -> str:
        """The name of the choice in the form."""
        return f"{self.target}:{self.place}"


@dataclass
class Look:
    """All that the preview tells; `errors` must be mended in the workbook before anything is written."""

    changes: list[Change] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: list[ReportLine] = field(default_factory=list)
    words: Words | None = None

    @property
    def conflicts(self) -> list[Change]:
        return [change for change in self.changes if change.verdict == "conflict"]

    @property
    def ready(self) -> bool:
        return not self.errors and bool(self.changes)


def look(report: WeeklyReport, book: Taken, *, by, at: datetime) -> Look:
    """Judge what was read. Raises Unreadable for another report's workbook, WrongState and PermissionDenied for the report."""
    _refuse_other(report, book)
    lines = lines_of(report, own_lines(by, report))
    reader = _Reader(report, book, lines, by)
    reader.read()
    outcomes = filling.try_cells(report=report, edits=[edit for edit, _ in reader.edits], lines=lines, by=by, at=at)
    found = Look(errors=reader.errors, lines=lines, words=reader.words)
    for (edit, (row, key)), outcome in zip(reader.edits, outcomes, strict=True):
        finding = row.finding(key, outcome.message)
        if outcome.verdict == "error":
            found.errors.append(finding)
        elif outcome.verdict == "conflict":
            value = reader.mine.get((edit.line, edit.place))
            found.changes.append(Change(finding, edit.line, edit.place, edit.text, edit.base, outcome.value, value, "conflict", outcome.message))
        elif outcome.verdict == "saved" and outcome.value != reader.standing[edit.line, edit.place]:
            before = reader.standing[edit.line, edit.place]
            found.changes.append(Change(finding, edit.line, edit.place, edit.text, edit.base, before, outcome.value, message=outcome.message))
    found.changes += reader.note_changes
    touched = {change.target for change in found.changes if change.place != NOTE}
    projects = {line.project_id for line in lines if line.pk in touched}
    found.problems = [p for p in _problems(report, lines) if p.row in projects and p.code != "not_filled"]
    found.notes = reader.remarks(found)
    found.errors.sort(key=lambda finding: (finding.sheet, _place(finding.cell)))
    return found


def _problems(report: WeeklyReport, lines: list[ReportLine]) -> list[Problem]:
    treasury = treasury_as_of([cell.allocation_id for line in lines for cell in line.cell_list], report.period.ends_on)
    return problems_of(lines, Standard.of(report.period, treasury))


def _place(cell: str) -> tuple[int, str]:
    """Row by row, then by column."""
    digits = "".join(sign for sign in cell if sign.isdigit())
    return int(digits or 0), cell.rjust(8)


def _refuse_other(report: WeeklyReport, book: Taken) -> None:
    """A workbook belongs to one unit and one period."""
    if book.info.get("report") != report.key:
        made_for = f"{book.info.get('unit', '')} {book.info.get('period', '')}".strip() or "另一份报告"
        raise Unreadable(f"这是“{made_for}”的填报表，这里是“{report.unit} {report.period.title}”。请到那一期上传，或在本页重新下载。")


class _Reader:
    """Cell after cell of the workbook into edits, notes and findings."""

    def __init__(self, report: WeeklyReport, book: Taken, lines: list[ReportLine], by):
        self.report, self.book, self.by = report, book, by
        self.words = Words(report, lines)
        self.lines = {line.pk: line for line in lines}
        self.cells = {(line.pk, f"cell:{cell.allocation_id}"): cell for line in lines for cell in line.cell_list}
        self.issues = {note.issue_id: note for note in notes_of(report, by)}
        self.errors: list[Finding] = list(book.findings)
        self.edits: list[tuple[Edit, tuple[TakenRow, str]]] = []
        self.note_changes: list[Change] = []
        self.mine: dict[tuple[int, str], Any] = {}
        self.standing: dict[tuple[int, str], Any] = {}
        self._ignored: list[str] = []

    def read(self) -> None:
        for row in self.book.rows:
            if row.key.startswith("issue:"):
                self._issue(row, row.target)
            elif row.target in self.lines:
                self._line(row, self.lines[row.target])
            elif self._changed_cells(row):
                self.errors.append(row.finding("name", f"这一行已不在本期报告中，或不在您的范围内，不能写入。{AGAIN}"))

    # -- rows of projects

    def _line(self, row: TakenRow, line: ReportLine) -> None:
        code = row.cells.get("code")
        if code is not None and plain_text(code.raw).strip() != line.project.code:
            was = f"{line.project.code} {line.project.name}"
            self.errors.append(row.finding("code", f"这一行原是 {was}：项目编号被改动，或排序时没有带上隐藏的 A 列。请改回，或重新下载。"))
            return
        changed = self._changed_cells(row)
        self._typed_differences(row)
        ticked = any(key == "no_change" and text == "1" for key, _, text in changed)
        others = [key for key, place, _ in changed if place != "no_change"]
        if ticked and others:
            named = "、".join(row.cells[key].header for key in others[:3])
            self.errors.append(row.finding("no_change", f"本行改了{named}，又选了“本期无变化”。请清空“本期无变化”，或改回原值。"))
            changed = [one for one in changed if one[1] != "no_change"]  # the row's other faults are told at the same time
        for key, place, text in changed:
            edit = Edit(line.pk, place, text, self.book.bases[row.key, key][1])
            self.edits.append((edit, (row, key)))
            self.standing[line.pk, place] = filling.stored(line, place, self.cells.get((line.pk, place)))

    def _changed_cells(self, row: TakenRow) -> list[tuple[str, str, str]]:
        """(column key, place, text) of the cells that differ from what the workbook was made with; findings on the way."""
        found = []
        for key, cell in row.cells.items():
            base = self.book.bases.get((row.key, key))
            if base is None:
                self._not_asked(row, key)
                continue
            place, stored = base
            kind = "money" if place.startswith("cell:") else "tick" if place == "no_change" else "text" if place == NOTE else _kind(place)
            try:
                text = typed_text(kind, cell, self.words)
                if not self._same(row, place, kind, text, stored):
                    found.append((key, place, text))
            except ValidationError as error:
                self.errors.append(row.finding(key, "".join(error.messages)))
        return found

    def _same(self, row: TakenRow, place: str, kind: str, text: str, stored: Any) -> bool:
        if kind in ("text", "step", "organisation", "choice"):
            self.mine[row.target, place] = text
            return _plain(text) == _plain("" if stored is None else str(stored))
        try:
            value = filling.as_stored(place, parsing.parse(place, text, {}))
        except ValidationError:
            return False
        self.mine[row.target, place] = value
        return value == stored

    def _not_asked(self, row: TakenRow, key: str) -> None:
        """A cell that nobody is asked for must stay empty: what is typed there would be lost without a word."""
        if FORM.is_typed(key) and plain_text(row.cells[key].raw).strip():
            self.errors.append(row.finding(key, "这一格不用填：该项目没有这一级资金，或该实施方式不填这一栏。请清空。"))

    def _typed_differences(self, row: TakenRow) -> None:
        """本期支出 is computed; a number typed over it would be lost."""
        for key, cell in row.cells.items():
            name, _, level = key.partition(":")
            if name != "delta" or cell.formula or cell.percent is None or plain_text(cell.raw).strip() == "":
                continue
            try:
                typed, paid, before = (self._amount(row.cells.get(f"{part}:{level}")) for part in ("delta", "paid", "before"))
            except ValidationError:
                continue  # told at its own cell
            if typed != paid - before:
                self.errors.append(row.finding(key, "“本期支出”由本期累计减上期累计算出，不从表里读。请改“本期累计支出”。"))

    def _amount(self, cell: TakenCell | None) -> Decimal:
        return (cell and read_wan(typed_text("money", cell, self.words))[0]) or Decimal(0)

    # -- issues

    def _issue(self, row: TakenRow, target: int) -> None:
        note, changed = self.issues.get(target), self._changed_cells(row)
        if not changed:
            return
        text, base = changed[0][2], str(self.book.bases[row.key, NOTE][1] or "")
        if note is None:
            self.errors.append(row.finding("name", f"这个问题已不在本期报告中，或不在您的范围内，不能写入。{AGAIN}"))
        elif not may_note(self.by, self.report):
            self.errors.append(row.finding(NOTE, "您的岗位不能填整改进展。"))
        elif error := _fault(text):
            self.errors.append(row.finding(NOTE, error))
        elif _plain(note.text) != _plain(text):
            conflict = _plain(note.text) != _plain(base)
            verdict, message = ("conflict", "他人已改为其他内容，请选择保留哪一个。") if conflict else ("saved", "")
            self.note_changes.append(Change(row.finding(NOTE, message), target, NOTE, text, note.text, note.text, text, verdict, message))

    # -- what is worth a word

    def remarks(self, found: Look) -> list[str]:
        said = []
        present = {row.key.partition(":")[2].partition("/")[0] for row in self.book.rows if row.key.startswith("line:")}
        given = {key.partition(":")[2].partition("/")[0] for key, _ in self.book.bases if key.startswith("line:")}
        missing = [line.project.name for pk, line in self.lines.items() if str(pk) in given - present]
        if missing:
            said.append(f"表中少了 {len(missing)} 行，这些行保持不变：{'、'.join(missing[:5])}{'等' if len(missing) > 5 else ''}。")
        later = [line.project.name for pk, line in self.lines.items() if str(pk) not in given]
        if later:
            said.append(f"下载之后新列入 {len(later)} 个项目，不在表中：{'、'.join(later[:5])}。请在填报页填写，或重新下载。")
        gone = {column for key, column in self.book.bases if key.startswith("line:")} - {key for row in self.book.rows for key in row.cells}
        if gone and present:
            said.append(f"表中少了 {len(gone)} 列，这些列保持不变。")
        touched = {change.target for change in found.changes if change.place not in (NOTE, "no_change")}
        unticked = [line.project.name for pk, line in self.lines.items() if pk in touched and self._was_ticked(pk)]
        if unticked:
            said.append(f"{'、'.join(unticked[:5])}原来勾了“本期无变化”，随本次修改取消。")
        return said

    def _was_ticked(self, pk: int) -> bool:
        return bool(self.book.bases.get((f"line:{pk}", "no_change"), ("", False))[1])


def _kind(place: str) -> str:
    return kind_of(place) if place in _FACTS else "text"


_FACTS = frozenset(FACT_FIELDS)


def _plain(text: str) -> str:
    """Text as it is compared: the way a line break or a space is written is no change."""
    return "\n".join(part.strip() for part in unicodedata.normalize("NFC", text).replace("\r\n", "\n").split("\n")).strip()


def _fault(text: str) -> str:
    try:
        parsing.parse("problem", text, {})
    except ValidationError as error:
        return "".join(error.messages)
    return ""

