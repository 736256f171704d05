"""The columns and rows of the workbook: those of the grid, each with a key that stays with it when it is moved or sorted.

Row keys stand in a hidden column, column keys in a hidden row, so order and words may change. What stood in a cell when the
workbook was made lies in a hidden sheet: what differs from it was changed by the person, everything else was not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from funds.models import Level
from linkage.excel.keyed import Taken
from linkage.excel.values import typed_number
from linkage.money import to_wan, yuan_text
from projects.models import ProgressFacts
from reports.actions import naming
from reports.figures.places import SHORT, SLOTS, kind_of
from reports.figures.statement import COMMON_COLUMNS, columns_of, fact_value
from reports.models import ReportCell, ReportIssueNote, ReportLine, Section, WeeklyReport

CODE, VERSION = "weekly_book", 1
ROWS, ISSUES = "_key:rows", "_key:issues"  # where the hidden row and column cross
INFO_SHEET, LIST_SHEET, BASE_SHEET = "_表信息", "_选项", "_原值"
SHOWN_MONEY = (("amount", "安排"), ("before", "上期累计"), ("treasury", "财政口径"))
WITH_PREVIOUS = ("physical_ratio", "completed_investment_yuan")
WIDTHS = {"money": 11, "ratio": 8, "date": 11, "count": 8, "step": 12, "organisation": 16, "choice": 8, "text": 24, "tick": 8}
LEVELS_OF_COORDINATION = dict(ProgressFacts._meta.get_field("coordination_level").choices or ())


@dataclass(frozen=True)
class BookColumn:
    """`typed`: read when the workbook comes back. Others are for reading: kinds plain, sum, hidden."""

    key: str
    header: str
    kind: str = "plain"
    group: str = ""
    width: float = 10
    typed: bool = False
    part: str = "facts"  # facts, money, words: what is printed on one page beside the names


@dataclass
class BookRow:
    """`values` as they stand in the cells; `places` of those that may be typed, with the stored value in `bases`."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    bases: dict[str, Any] = field(default_factory=dict)
    editable: bool = False
    style: str = ""


class Words:
    """Words of the lists and the ids behind them; a name borne twice carries its region. Two queries."""

    def __init__(self, report: WeeklyReport, lines: Sequence[ReportLine]):
        self.year = report.period.ends_on.year
        bodies = list(naming.holders(report.unit).select_related("region").order_by("-region__path", "pk"))
        names = [str(body) for body in bodies]
        self.choices: dict[str, dict[str, str]] = {
            "step": {str(entry): str(entry.pk) for entry in naming.steps()},
            "organisation": {
                (name if names.count(name) == 1 else f"{name}（{body.region.name}）"): str(body.pk) for name, body in zip(names, bodies, strict=True)
            },
            "choice": {label: value for value, label in LEVELS_OF_COORDINATION.items()},
            "tick": {"是": "1"},
        }
        self._known = {kind: {value: word for word, value in words.items()} for kind, words in self.choices.items()}
        for line in lines:  # an entry that was closed meanwhile still has its word
            for kind, entry in (("step", line.step), ("organisation", line.holder), ("organisation", line.coordination_with)):
                if entry is not None:
                    self._known[kind].setdefault(str(entry.pk), str(entry))

    def word(self, kind: str, value: Any) -> str:
        return self._known[kind].get(str(value), "")

    def value(self, kind: str, word: str) -> str | None:
        """The id as text; None for a word that is not in the list."""
        if word in self.choices[kind]:
            return self.choices[kind][word]
        return next((value for value, known in self._known[kind].items() if known == word), None)


def columns(lines: Sequence[ReportLine]) -> list[BookColumn]:
    """The columns for these rows: fields that none of them is asked for, and levels without money, are left out."""
    asked = {name for line in lines for name in columns_of(line.project.method)}
    ordered = [name for _, names in SLOTS for name in names if name in asked]
    found = [
        BookColumn("no", "序号", width=5), BookColumn("code", "项目编号", width=13.5), BookColumn("name", "项目名称（实施单位）", width=32),
        BookColumn("task", "资金任务"), BookColumn("method", "实施方式", width=14),
    ]  # fmt: skip
    if any(line.assigned_to_id for line in lines):
        found.append(BookColumn("to", "填报部门", width=12))
    for name in ordered:
        if name in WITH_PREVIOUS:
            found.append(BookColumn(f"before:{name}", "上期", kind_of(name), group=SHORT[name], width=WIDTHS[kind_of(name)] - 1))
        found.append(_typed(name, group=SHORT[name] if name in WITH_PREVIOUS else ""))
    used = {cell.allocation.county_allocation.batch.level for line in lines for cell in line.cell_list}
    for level in (level for level in Level if level.value in used):
        found += _money(level)
    found += [_typed(name, part="words") for name in COMMON_COLUMNS]
    return [*found, BookColumn("no_change", "本期无变化", "tick", width=8, typed=True, part="words")]


def _typed(name: str, group: str = "", part: str = "facts") -> BookColumn:
    kind = kind_of(name)
    unit = {"money": "（万元）", "ratio": "（%）"}.get(kind, "")
    return BookColumn(name, f"{'本期' if group else SHORT[name]}{unit}", kind, group, WIDTHS[kind], typed=True, part=part)


def _money(level: Level) -> list[BookColumn]:
    group = f"{level.label}资金（万元）"
    return [
        BookColumn(f"year:{level}", "资金年度", "hidden", group, part="money"),
        *(BookColumn(f"{key}:{level}", words, "money", group, 10.5, part="money") for key, words in SHOWN_MONEY),
        BookColumn(f"paid:{level}", "本期累计支出", "money", group, 12, typed=True, part="money"),
        BookColumn(f"delta:{level}", "本期支出", "sum", group, 10.5, part="money"),
    ]  # fmt: skip


ISSUE_COLUMNS = [
    BookColumn("code", "问题编号", width=16), BookColumn("name", "问题", width=40), BookColumn("project", "项目", width=28),
    BookColumn("due", "整改时限", "date", width=12), BookColumn("note", "本期整改进展", "text", width=60, typed=True),
]  # fmt: skip


def rows(lines: Sequence[ReportLine], treasury: dict[int, Decimal], words: Words, may_edit) -> list[BookRow]:
    """The rows in the order of the grid; money of one level from several documents stands in rows of its own below."""
    found: list[BookRow] = []
    several, number = len({line.section for line in lines}) > 1, 0
    for section in Section:
        part = [line for line in lines if line.section == section.value]
        if part and several:
            found.append(BookRow("part", {"name": f"{section.label}（{len(part)} 个项目）"}, style="part"))
        for line in part:
            number += 1
            found += _of_line(line, number, treasury, words, may_edit(line))
    return found


def _of_line(line: ReportLine, number: int, treasury: dict[int, Decimal], words: Words, editable: bool) -> list[BookRow]:
    project = line.project
    row = BookRow(f"line:{line.pk}", {
        "no": number, "code": project.code, "name": f"{project.name}（{project.implementer}）" if project.implementer else project.name,
        "task": str(project.task), "method": project.get_method_display(), "to": str(line.assigned_to or ""),
    }, editable=editable)  # fmt: skip
    for name in columns_of(project.method):
        _put(row, name, name, kind_of(name), fact_value(line, name), words)
        if name in WITH_PREVIOUS and line.previous.get(name) is not None:
            row.values[f"before:{name}"] = shown(kind_of(name), line.previous[name], words)
    _put(row, "no_change", "no_change", "tick", line.no_change, words)
    below: list[BookRow] = []
    for level, cells in _by_level(line).items():
        for cell in cells:
            target = row
            if len(cells) > 1:
                batch = cell.allocation.county_allocation.batch
                target = BookRow(f"line:{line.pk}/{cell.allocation_id}", {"name": f"　其中：{batch.document_no}", "code": project.code}, editable=editable)
                below.append(target)
            _put_money(target, level, cell, treasury, words)
    return [row, *below]


def _by_level(line: ReportLine) -> dict[str, list[ReportCell]]:
    found: dict[str, list[ReportCell]] = {}
    for cell in line.cell_list:
        found.setdefault(cell.allocation.county_allocation.batch.level, []).append(cell)
    return found


def _put_money(row: BookRow, level: str, cell: ReportCell, treasury: dict[int, Decimal], words: Words) -> None:
    _put(row, f"paid:{level}", f"cell:{cell.allocation_id}", "money", yuan_text(cell.paid_to_date_yuan), words)
    row.values[f"year:{level}"] = cell.allocation.county_allocation.batch.fund_year
    for key, amount in (("amount", cell.allocation.amount_yuan), ("before", cell.previous_yuan), ("treasury", treasury.get(cell.allocation_id))):
        row.values[f"{key}:{level}"] = None if amount is None else to_wan(amount)


def _put(row: BookRow, key: str, place: str, kind: str, stored: Any, words: Words) -> None:
    row.places[key], row.bases[key] = place, stored
    row.values[key] = shown(kind, stored, words)


def issue_rows(notes: Sequence[ReportIssueNote], editable: bool) -> list[BookRow]:
    return [
        BookRow(
            f"issue:{note.issue_id}",
            {
                "code": note.issue.code, "name": note.issue.title, "project": note.issue.project.name if note.issue.project else "",
                "due": note.issue.due_on, "note": note.text,
            },
            {"note": "note"}, {"note": note.text}, editable,
        )
        for note in notes
    ]  # fmt: skip


def lay_over(drawn: Sequence[BookRow], taken: Taken) -> None:
    """What a person typed into a workbook, and what stood in it when it was made, over the rows of a fresh one."""
    filled = {row.key: row for row in taken.rows}
    for row in drawn:
        cells = filled[row.key].cells if row.key in filled else {}
        for key in row.places.keys() & cells.keys():
            if (row.key, key) in taken.bases:
                cell = cells[key]
                shown_as_percent = cell.percent and isinstance(cell.raw, float)
                row.values[key] = typed_number(cell.raw * 100) if shown_as_percent else cell.raw
                row.bases[key] = taken.bases[row.key, key][1]


def shown(kind: str, stored: Any, words: Words) -> Any:
    """A stored value as it stands in a cell: 万元, percent, a date, the word of a list."""
    if stored in (None, "", False):
        return None
    if kind == "money":
        return to_wan(stored)
    if kind == "ratio":
        return Decimal(stored) * 100
    if kind == "date":
        return date.fromisoformat(stored)
    if kind == "tick":
        return "是"
    return words.word(kind, stored) if kind in ("step", "organisation", "choice") else stored
