"""The workbook to fill in, dressed as an office prints it: A3 or A4 across, locked where nothing may be changed.

The locks carry no password: they keep hands off by mistake, the server checks everything again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from datetime import datetime
from io import BytesIO

from django.db.models import QuerySet
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from funds.figures.paid import treasury_as_of
from issues.models import Issue
from linkage import access, periods
from linkage.excel.keyed import Taken
from linkage.excel.writing import clean
from reports.actions import gate
from reports.figures.sight import own_lines
from reports.figures.statement import lines_of
from reports.figures.timeliness import is_locked
from reports.models import EDITABLE_STATES, ReportIssueNote, WeeklyReport

from .layout import (
    BASE_SHEET,
    CODE,
    INFO_SHEET,
    ISSUE_COLUMNS,
    ISSUES,
    LIST_SHEET,
    ROWS,
    VERSION,
    BookColumn,
    BookRow,
    Words,
    columns,
    issue_rows,
    lay_over,
    rows,
)
from .limits import add_limits

TITLE_ROW, FACTS_ROW, KEY_ROW, UPPER_ROW, HEADER_ROW, FIRST_ROW = 1, 2, 3, 4, 5, 6
FIRST_COLUMN = 2  # behind the hidden row keys
FORMATS = {"money": "#,##0.00####", "sum": "#,##0.00####", "ratio": "0.##", "date": "yyyy-mm-dd", "count": "0"}
TYPED, READ, GREY, HEAD, SUM = "FFFBE6", "FFFFFF", "E4E4E4", "EAEAEA", "F2F2F2"
WIDE_A4, WIDE_A3 = 165, 153  # characters across: on A4 shrunk to fit, on A3 at full size
_LINE = Side(style="thin", color="9A9A9A")
_BORDER = Border(_LINE, _LINE, _LINE, _LINE)
HOW = (
    "周报口径（县级填报，未经审签）。淡黄色的格可以填，其余为只读；灰色的格不用填。金额填截至数据截至日的累计支出，单位万元，最多 6 位小数，"
    "填好后“本期支出”自动算出。"
    "没有变化的行在“本期无变化”选“是”。填好保存，回到填报页点“上传表”，先核对再写入。请不要增加行、改动项目编号。"
)  # fmt: skip
HOW_ISSUES = "每个未销号的问题写一句本期进展，最多 500 字；随填报表一起上传。"


def workbook(report: WeeklyReport, *, by, at: datetime, taken: Taken | None = None) -> bytes:
    """The rows and columns this person reads in the grid; what he or she may not type is locked. Ten queries.

    `taken`: a workbook that came back; its cells are laid over, still against what stood in them when it was made.
    """
    lines = lines_of(report, own_lines(by, report))
    treasury = treasury_as_of([cell.allocation_id for line in lines for cell in line.cell_list], report.period.ends_on)
    words = Words(report, lines)
    open_now = report.state in EDITABLE_STATES and not is_locked(report, at)
    body = rows(lines, treasury, words, lambda line: open_now and gate.may_edit_line(by, report, line))
    notes = list(notes_of(report, by))
    below = issue_rows(notes, open_now and may_note(by, report))
    drawn = body + below
    if taken is not None:
        lay_over(drawn, taken)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "填报表"
    lists, looks = _lists(book, words), Looks()
    _sheet(sheet, report, "衔接资金周调度填报表", HOW, ROWS, columns(lines), body, lists, looks)
    if notes:
        _sheet(book.create_sheet("问题整改进展"), report, "问题整改进展", HOW_ISSUES, ISSUES, ISSUE_COLUMNS, below, lists, looks)
    _hidden(book, report, drawn, by, at)
    book.calculation.fullCalcOnLoad = True
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def notes_of(report: WeeklyReport, user) -> QuerySet[ReportIssueNote]:
    """Open issues of the unit in this person's sight, with the week's word on them."""
    notes = report.issue_notes.filter(issue__in=Issue.objects.visible_to(user))
    return notes.select_related("issue__project").order_by("issue__due_on", "issue_id")


def may_note(user, report: WeeklyReport) -> bool:
    return access.may(user, "weekly.fill", report) or access.may(user, "weekly.fill_dealt", report)


class Looks:
    """How cells look; each kind is worked out once, because a workbook has thousands of cells."""

    def __init__(self) -> None:
        self._made: dict[tuple, StyleArray] = {}

    def dress(self, cell: Cell, column: BookColumn, colour: str, *, locked: bool = True, bold: bool = False) -> None:
        key = (column.kind, column.typed, column.key == "no", colour, locked, bold)
        if key not in self._made:
            _dress(cell, column, colour, locked, bold)
            self._made[key] = copy(cell._style)
        cell._style = copy(self._made[key])


def _dress(cell: Cell, column: BookColumn, colour: str, locked: bool, bold: bool) -> None:
    cell.font, cell.border = Font(name="仿宋", size=10, bold=bold), _BORDER
    cell.fill = PatternFill("solid", fgColor=colour)
    cell.protection = Protection(locked=locked)
    number = column.kind in ("money", "sum", "ratio", "count")
    across = "right" if number else "center" if column.kind in ("date", "tick") or column.key == "no" else "left"
    cell.alignment = Alignment(horizontal=across, vertical="center", wrap_text=not number and column.kind != "hidden")
    cell.number_format = FORMATS.get(column.kind, "@" if column.typed else "General")


# -- one sheet --------------------------------------------------------------------------------------------------------


def _sheet(
    sheet: Worksheet, report: WeeklyReport, title: str, how: str, mark: str, shape: Sequence[BookColumn], body: Sequence[BookRow],
    lists: dict[str, str], looks: Looks,
) -> None:  # fmt: skip
    pinned = 3 if mark == ROWS else 2
    last = FIRST_COLUMN + len(shape) - 1
    first_part = [column for column in shape if column.part == shape[0].part]
    _headings(sheet, report, title, how, pinned, FIRST_COLUMN + len(first_part) - 1)
    _keys(sheet, mark, shape)
    _header(sheet, shape)
    for offset, row in enumerate(body):
        _row(sheet, FIRST_ROW + offset, row, shape, looks)
    end = FIRST_ROW + len(body) - 1
    if mark == ROWS and body:
        _totals(sheet, shape, end, report.period.ends_on.year, looks)
        add_limits(sheet, shape, FIRST_COLUMN, FIRST_ROW, end, lists)
    _page(sheet, shape, last, max(end, FIRST_ROW), pinned)


def _headings(sheet: Worksheet, report: WeeklyReport, title: str, how: str, pinned: int, last: int) -> None:
    """Words over the table; those over the pinned columns are short, because they are printed again on every page."""
    facts = f"单位：万元　　数据截至 {periods.moment_words(report.period.cutoff_at)}"
    middle = FIRST_COLUMN + pinned
    texts = (
        (TITLE_ROW, FIRST_COLUMN, last, f"{report.unit}{title}　{report.period.title}", Font(name="宋体", size=16, bold=True), "center", 32),
        (FACTS_ROW, FIRST_COLUMN, middle - 1, facts, Font(name="宋体", size=10), "left", 46),
        (FACTS_ROW, middle, last, how, Font(name="仿宋", size=10, color="555555"), "left", 46),
    )
    for number, first, end, text, font, across, height in texts:
        cell = sheet.cell(number, first, clean(text))
        cell.font, cell.alignment = font, Alignment(horizontal=across, vertical="center", wrap_text=True)
        sheet.merge_cells(start_row=number, end_row=number, start_column=first, end_column=end)
        sheet.row_dimensions[number].height = height


def _keys(sheet: Worksheet, mark: str, shape: Sequence[BookColumn]) -> None:
    sheet.cell(KEY_ROW, 1, mark)
    for number, column in enumerate(shape, FIRST_COLUMN):
        sheet.cell(KEY_ROW, number, column.key)
    sheet.row_dimensions[KEY_ROW].hidden = True
    sheet.column_dimensions["A"].hidden = True


def _header(sheet: Worksheet, shape: Sequence[BookColumn]) -> None:
    start = 0
    while start < len(shape):
        stop = start
        while shape[start].group and stop + 1 < len(shape) and shape[stop + 1].group == shape[start].group:
            stop += 1
        group, first = shape[start].group, FIRST_COLUMN + start
        _head(sheet, UPPER_ROW, first, group or shape[start].header)
        for number in range(start, stop + 1):
            _head(sheet, HEADER_ROW, FIRST_COLUMN + number, shape[number].header if group else "")
            if number > start:
                _head(sheet, UPPER_ROW, FIRST_COLUMN + number, "")
        if group:
            sheet.merge_cells(start_row=UPPER_ROW, end_row=UPPER_ROW, start_column=first, end_column=FIRST_COLUMN + stop)
        else:
            sheet.merge_cells(start_row=UPPER_ROW, end_row=HEADER_ROW, start_column=first, end_column=first)
        start = stop + 1
    sheet.row_dimensions[HEADER_ROW].height = 30
    for number, column in enumerate(shape, FIRST_COLUMN):
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width, dimension.hidden = column.width, column.kind == "hidden"


def _head(sheet: Worksheet, row: int, column: int, words: str) -> None:
    cell = sheet.cell(row, column, clean(words) or None)
    cell.font, cell.fill, cell.border = Font(name="宋体", size=10, bold=True), PatternFill("solid", fgColor=HEAD), _BORDER
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _row(sheet: Worksheet, number: int, row: BookRow, shape: Sequence[BookColumn], looks: Looks) -> None:
    sheet.cell(number, 1, row.key)
    letters = {column.key: get_column_letter(index) for index, column in enumerate(shape, FIRST_COLUMN)}
    for index, column in enumerate(shape, FIRST_COLUMN):
        cell = sheet.cell(number, index)
        open_here = row.editable and column.key in row.places
        value = row.values.get(column.key)
        if column.kind == "sum" and f"amount:{column.key.split(':')[1]}" in row.values:
            level = column.key.split(":")[1]
            paid, before = (f"{letters[f'{name}:{level}']}{number}" for name in ("paid", "before"))
            value = f'=IF(ISNUMBER({paid}),{paid}-N({before}),"")'  # a text such as 12.5万元 is read when it comes back
        elif isinstance(value, str):
            value = clean(value)
        if value not in (None, ""):
            cell.value = value
        looks.dress(cell, column, _fill(row, column, open_here), locked=not open_here)
        if isinstance(value, str) and value and column.kind != "sum":
            cell.data_type = "s"
            if value.startswith(("=", "+", "-", "@")):
                cell.quotePrefix = True
    sheet.row_dimensions[number].height = _height(row, shape)


def _fill(row: BookRow, column: BookColumn, open_here: bool) -> str:
    if row.style:
        return SUM
    if open_here:
        return TYPED
    return GREY if column.typed and column.key not in row.places else READ


def _height(row: BookRow, shape: Sequence[BookColumn]) -> float:
    """Wrapped texts get their height: not every reader works it out by itself."""
    lines = 1
    for column in shape:
        text = row.values.get(column.key)
        if isinstance(text, str) and text and column.kind != "hidden" and not row.style:
            lines = max(lines, sum(-(-2 * len(part) // max(int(column.width) - 1, 1)) or 1 for part in text.split("\n")))
    return min(14 * lines + 4, 300)


def _totals(sheet: Worksheet, shape: Sequence[BookColumn], end: int, year: int, looks: Looks) -> None:
    """One row per part of the money: this year's, carried over, issued in advance; they are never added up."""
    letters = {column.key: get_column_letter(index) for index, column in enumerate(shape, FIRST_COLUMN)}
    years = {sheet[f"{letters[c.key]}{row}"].value for c in shape if c.kind == "hidden" for row in range(FIRST_ROW, end + 1)} - {None}
    parts = (
        ("本年合计", f'"={year}"', True), ("结转合计", f'"<{year}"', any(y < year for y in years)),
        ("提前下达合计", f'">{year}"', any(y > year for y in years)),
    )  # fmt: skip
    number = end
    for label, criterion, wanted in parts:
        if not wanted:
            continue
        number += 1
        sheet.cell(number, 1, "total")
        for index, column in enumerate(shape, FIRST_COLUMN):
            cell = sheet.cell(number, index)
            looks.dress(cell, column, SUM, bold=True)
            level = column.key.partition(":")[2]
            if column.key == "name":
                cell.value = label
            elif level and column.kind in ("money", "sum") and f"year:{level}" in letters:
                own, of = letters[column.key], letters[f"year:{level}"]
                cell.value = f"=SUMIF({of}{FIRST_ROW}:{of}{end},{criterion},{own}{FIRST_ROW}:{own}{end})"


def _page(sheet: Worksheet, shape: Sequence[BookColumn], last: int, end: int, pinned: int) -> None:
    _paper(sheet, shape, pinned)
    sheet.page_setup.orientation, sheet.page_setup.pageOrder = "landscape", "overThenDown"
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.6, 0.7
    sheet.print_options.horizontalCentered = True
    sheet.print_title_rows = f"{UPPER_ROW}:{HEADER_ROW}"
    sheet.oddFooter.left.text, sheet.oddFooter.center.text = "填报人：　　　　　　审核人：", "第 &P 页 共 &N 页"
    sheet.freeze_panes = sheet.cell(FIRST_ROW, FIRST_COLUMN + pinned).coordinate
    sheet.sheet_view.showGridLines = False
    lock = sheet.protection
    lock.sheet = True
    # False means allowed: columns and rows may be widened and filtered, so that the sheet stays pleasant to work in.
    lock.formatColumns = lock.formatRows = lock.formatCells = lock.autoFilter = lock.sort = False
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{get_column_letter(last)}{end}"  # from A, so that keys are sorted along


def _paper(sheet: Worksheet, shape: Sequence[BookColumn], pinned: int) -> None:
    """A4 when all fits beside each other; else A3 with facts, money and words on pages of their own beside the names."""
    width = sum(column.width for column in shape if column.kind != "hidden")
    if width <= WIDE_A4:
        sheet.page_setup.paperSize, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 9, 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        return
    names, pages = sum(column.width for column in shape[:pinned]), [0.0]
    for number, column in enumerate(shape):
        if number and column.part != shape[number - 1].part:
            sheet.col_breaks.append(Break(FIRST_COLUMN + number - 1))
            pages.append(names)
        pages[-1] += 0 if column.kind == "hidden" else column.width
    sheet.page_setup.paperSize, sheet.page_setup.scale = 8, max(40, min(100, int(100 * WIDE_A3 / max(pages))))
    sheet.print_title_cols = f"{get_column_letter(FIRST_COLUMN)}:{get_column_letter(FIRST_COLUMN + pinned - 1)}"


# -- the hidden sheets ------------------------------------------------------------------------------------------------


def _lists(book: Workbook, words: Words) -> dict[str, str]:
    """The drop-downs; gives kind → range."""
    sheet, ranges = book.create_sheet(LIST_SHEET), {}
    for number, (kind, choices) in enumerate(words.choices.items(), 1):
        letter = get_column_letter(number)
        for row, word in enumerate(choices, 1):
            sheet.cell(row, number, clean(word)).data_type = "s"
        if choices:
            ranges[kind] = f"'{LIST_SHEET}'!${letter}$1:${letter}${len(choices)}"
    sheet.sheet_state = "veryHidden"
    return ranges


def _hidden(book: Workbook, report: WeeklyReport, body: Sequence[BookRow], by, at: datetime) -> None:
    info = book.create_sheet(INFO_SHEET)
    facts = {
        "code": CODE, "version": VERSION, "report": report.key, "unit": str(report.unit), "period": report.period.title, "revision": report.revision,
        "by": str(by), "at": f"{periods.local(at):%Y-%m-%d %H:%M}",
    }  # fmt: skip
    for name, value in facts.items():
        info.append([name, clean(value)])
    base = book.create_sheet(BASE_SHEET)
    for number, row in enumerate((row for row in body if row.places), 1):
        was = {key: [place, row.bases[key]] for key, place in row.places.items()}
        base.cell(number, 1, row.key)
        base.cell(number, 2, json.dumps(was, ensure_ascii=False)).data_type = "s"
    info.sheet_state = base.sheet_state = "veryHidden"
