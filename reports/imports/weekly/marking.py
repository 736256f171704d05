"""The uploaded workbook given back with its faults: red cells, a comment in each, and a list of them on a sheet of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from io import BytesIO
from typing import IO

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from linkage.errors import Refusal
from linkage.excel.writing import clean

from .build import TYPED
from .compare import Look
from .reading import Finding

AUTHOR = "系统检查"
LIST = "需改正"
RED, AMBER = "F8C9C4", "FBE3B5"


def marked(file: IO[bytes], look: Look) -> bytes:
    """The same workbook, bad cells red and conflicts amber, each with a comment. Raises Refusal when it cannot be written."""
    try:
        book = load_workbook(file)
    except Exception as error:  # whatever a foreign program wrote that openpyxl does not know
        raise Refusal("这份文件的格式特殊，不能在原表上标注。请按本页的清单逐处改正。") from error
    conflicts = [change.finding for change in look.conflicts]
    _forget_marks(book)
    for findings, colour in ((look.errors, RED), (conflicts, AMBER)):
        _mark(book, findings, colour)
    _list(book, [*look.errors, *conflicts])
    for sheet in book.worksheets:  # two selected sheets would both take what is typed into one of them
        sheet.sheet_view.tabSelected = sheet.title == LIST
    book.active = book[LIST]
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _forget_marks(book: Workbook) -> None:
    """Marks of an earlier round: what is mended stands clean again."""
    if LIST in book.sheetnames:
        del book[LIST]
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None and cell.comment.author == AUTHOR:
                    cell.comment, cell.fill = None, PatternFill("solid", fgColor=TYPED)


def _mark(book: Workbook, findings: Sequence[Finding], colour: str) -> None:
    told: dict[tuple[str, str], list[str]] = defaultdict(list)
    for finding in findings:
        if finding.sheet in book.sheetnames and finding.cell[-1:].isdigit() and finding.cell[:1].isalpha():
            told[finding.sheet, _shown_at(book[finding.sheet], finding.cell)].append(finding.message)
    for (sheet, address), messages in told.items():
        cell = book[sheet][address]
        cell.fill = PatternFill("solid", fgColor=colour)
        cell.comment = Comment(clean("\n".join(messages)), AUTHOR, width=280, height=110)


def _shown_at(sheet: Worksheet, address: str) -> str:
    """Of merged cells only the first is there to be marked."""
    return next((f"{get_column_letter(one.min_col)}{one.min_row}" for one in sheet.merged_cells.ranges if address in one), address)


def _list(book: Workbook, findings: Sequence[Finding]) -> None:
    sheet = book.create_sheet(LIST, 0)
    sheet.append(["工作表", "单元格", "项目或问题", "列", "填的是", "原因和改法"])
    for finding in findings:
        sheet.append([clean(words) for words in (finding.sheet, finding.cell, finding.label, finding.header, finding.value, finding.message)])
    for letter, width in zip("ABCDEF", (12, 9, 60, 24, 22, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.data_type = "s" if cell.value else cell.data_type
            cell.font, cell.alignment = Font(name="宋体", size=10, bold=cell.row == 1), Alignment(wrap_text=True, vertical="center")
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = "landscape", 9, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
