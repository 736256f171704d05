"""The uploaded workbook given back with its faults; where it cannot be written again, a fresh one with what the person typed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import IO

from openpyxl import load_workbook

from linkage.excel import Unreadable
from linkage.excel.keyed import Finding, Taken
from linkage.excel.marking import AMBER, Mark, mark_cells
from reports.models import WeeklyReport

from .build import KEY_ROW, TYPED, workbook
from .compare import Look
from .layout import ISSUES, ROWS
from .reading import apart

FRESH = "原文件的格式特殊，不能在原表上标注：这是重新生成的填报表，已带入您填的内容；计算公式、自己加的列和颜色请看原文件。"


def marked(file: IO[bytes], look: Look, book: Taken, *, report: WeeklyReport, by, at: datetime) -> bytes:
    """The same workbook, bad cells red and conflicts amber, each with a comment."""
    marks = [Mark(finding) for finding in look.errors] + [Mark(change.finding, AMBER) for change in look.conflicts]
    try:
        return apart("mark", file, marks=marks, clean_colour=TYPED)
    except Unreadable:
        fresh = workbook(report, by=by, at=at, taken=book)
        marks = [replace(mark, finding=finding) for mark, finding in zip(marks, _found_again(fresh, (m.finding for m in marks)), strict=True)]
        return mark_cells(BytesIO(fresh), marks=marks, clean_colour=TYPED, remark=FRESH)


def _found_again(content: bytes, findings: Iterable[Finding]) -> list[Finding]:
    """The findings where their cells stand in a workbook of our own making; without a cell where it has none of that key."""
    places: dict[tuple[str, str], tuple[str, str]] = {}
    for sheet in load_workbook(BytesIO(content)).worksheets:
        if sheet.cell(KEY_ROW, 1).value not in (ROWS, ISSUES):
            continue
        keys = {cell.column: str(cell.value) for cell in sheet[KEY_ROW][1:] if cell.value}
        for row in sheet.iter_rows(min_row=KEY_ROW + 3):
            places |= {(str(row[0].value), keys[cell.column]): (sheet.title, cell.coordinate) for cell in row[1:] if row[0].value and cell.column in keys}
    found = []
    for finding in findings:
        sheet, cell = places.get((finding.row, finding.column), (finding.sheet, "—"))
        found.append(replace(finding, sheet=sheet, cell=cell))
    return found
