"""A workbook given back with its faults: coloured cells, a comment in each, and a list of them on a sheet of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from .files import Unreadable
from .keyed import Finding
from .writing import clean

AUTHOR = "系统检查"
LIST = "需改正"
RED, AMBER = "F8C9C4", "FBE3B5"
_LINE = Side(style="thin", color="9A9A9A")
_BORDER = Border(_LINE, _LINE, _LINE, _LINE)
HEADS, WIDTHS = ("工作表", "单元格", "项目或问题", "列", "填的是", "原因和改法"), (10, 8, 38, 18, 20, 54)


@dataclass(frozen=True)
class Mark:
    """A finding and the colour of its cell."""

    finding: Finding
    colour: str = RED


def mark_cells(file: IO[bytes], *, marks: Sequence[Mark], clean_colour: str, remark: str = "") -> bytes:
    """The same workbook with its marks; those of an earlier round are gone, their cells in `clean_colour` where one may type. `remark` stands
    over the list. Raises Unreadable when the workbook cannot be opened, or cannot be written again."""
    try:
        book = load_workbook(file)
        _forget(book, clean_colour)
        _mark(book, marks)
        _list(book, [mark.finding for mark in marks], remark)
        for sheet in book.worksheets:  # two selected sheets would both take what is typed into one of them
            sheet.sheet_view.tabSelected = sheet.title == LIST
        book.active = book[LIST]
        target = BytesIO()
        book.save(target)
    except MemoryError:
        raise
    except Exception as error:  # whatever a foreign program wrote that openpyxl does not know, or cannot write again
        raise Unreadable("这份文件的格式特殊，不能在原表上标注。请按本页的清单逐处改正。") from error
    return target.getvalue()


def _forget(book: Workbook, colour: str) -> None:
    """Marks of an earlier round: what is mended stands clean again."""
    if LIST in book.sheetnames:
        del book[LIST]
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None and cell.comment.author == AUTHOR:
                    cell.comment, cell.fill = None, PatternFill() if cell.protection.locked else PatternFill("solid", fgColor=colour)


def _mark(book: Workbook, marks: Sequence[Mark]) -> None:
    told: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    for mark in marks:
        finding = mark.finding
        if finding.sheet in book.sheetnames and finding.cell[-1:].isdigit() and finding.cell[:1].isalpha():
            told[finding.sheet, _shown_at(book[finding.sheet], finding.cell)].append(mark)
    for (sheet, address), here in told.items():
        cell = book[sheet][address]
        cell.fill = PatternFill("solid", fgColor=here[-1].colour)
        cell.comment = Comment(clean("\n".join(mark.finding.message for mark in here)), AUTHOR, width=280, height=110)


def _shown_at(sheet: Worksheet, address: str) -> str:
    """Of merged cells only the first is there to be marked."""
    return next((f"{get_column_letter(one.min_col)}{one.min_row}" for one in sheet.merged_cells.ranges if address in one), address)


def _list(book: Workbook, findings: Sequence[Finding], remark: str) -> None:
    sheet = book.create_sheet(LIST, 0)
    if remark:
        sheet.append([clean(remark)])
    sheet.append(HEADS)
    head = sheet.max_row
    for finding in findings:
        sheet.append([clean(words) for words in (finding.sheet, finding.cell, finding.label, finding.header, finding.value, finding.message)])
    for letter, width in zip("ABCDEF", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    for number, row in enumerate(sheet.iter_rows(), 1):
        lines = 1
        for cell, width in zip(row, WIDTHS, strict=True):
            cell.data_type = "s" if cell.value else cell.data_type
            cell.font, cell.alignment = Font(name="宋体", size=10, bold=number <= head), Alignment(wrap_text=number >= head, vertical="center")
            if number >= head:
                cell.border = _BORDER
                lines = max(lines, -(-2 * len(str(cell.value or "")) // (width - 1)))
            if number == head:
                cell.fill = PatternFill("solid", fgColor="EAEAEA")
        sheet.row_dimensions[number].height = 14 * lines + 4
    sheet.freeze_panes = f"A{head + 1}"
    sheet.print_title_rows = f"{head}:{head}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = "landscape", 9, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
