"""Reading a filled workbook back: every cell that may have been typed, found by the keys of its row and column.

Rows may be sorted or left out, columns moved, sheets renamed. What cannot be read without guessing is a finding with sheet,
cell, value, reason and repair.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

from linkage.excel import Unreadable, check_workbook
from linkage.excel.sources import guarded
from linkage.excel.values import plain_text
from projects.models import FACT_FIELDS

from .layout import BASE_SHEET, CODE, INFO_SHEET, ISSUES, LIST_SHEET, ROWS, VERSION, is_typed

MAX_ROWS = 3_000  # no unit has a tenth of it
UNPACKED = 40 * 1024 * 1024  # bytes; ours with 300 rows have a tenth, and the person waits while it is read
KEY_ROWS = 40  # how far down the row of column keys is looked for
AGAIN = "请在填报页点“下载表”重新下载，把改动填进新表后再上传。"
_CELL = re.compile(r"cell:[0-9]{1,18}")
_HIDDEN = (INFO_SHEET, LIST_SHEET, BASE_SHEET)


@dataclass(frozen=True)
class Finding:
    """One cell (or row) that cannot be taken over as it stands; the message says why and how to repair it."""

    sheet: str
    cell: str
    label: str
    header: str
    value: str
    message: str


@dataclass(frozen=True)
class TakenCell:
    """`raw` as calamine gives it; `percent` when the cell is formatted as a percentage."""

    address: str
    header: str
    raw: Any
    percent: bool | None = False
    formula: bool = False


@dataclass
class TakenRow:
    """One row by its key ("line:12", "line:12/345", "issue:7"); `cells` by column key."""

    key: str
    sheet: str
    number: int
    cells: dict[str, TakenCell] = field(default_factory=dict)

    @property
    def target(self) -> int:
        """The id of the line or issue; 0 for none."""
        number = self.key.partition(":")[2].partition("/")[0]
        return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0

    @property
    def label(self) -> str:
        """What a person calls this row."""
        for key in ("name", "code"):
            if key in self.cells and (words := plain_text(self.cells[key].raw).strip()):
                return words[:60]
        return f"第 {self.number} 行"

    def finding(self, key: str, message: str) -> Finding:
        cell = self.cells.get(key)
        if cell is None:
            return Finding(self.sheet, f"第 {self.number} 行", self.label, "", "", message)
        shown = plain_text(cell.raw)[:60] or ("公式" if cell.formula else "")
        return Finding(self.sheet, cell.address, self.label, cell.header, shown, message)


@dataclass
class Book:
    """`bases`: (row key, column key) → (place, stored value) as the workbook was made."""

    info: dict[str, str]
    bases: dict[tuple[str, str], tuple[str, Any]]
    rows: list[TakenRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_book(file: IO[bytes], name: str, *, max_bytes: int) -> Book:
    """The workbook as it was filled in. Raises Unreadable when it is not one of ours, or of an older form."""
    check_workbook(file, name, max_bytes=max_bytes, max_rows=MAX_ROWS, unpacked=UNPACKED)
    hints = _hints(file)
    found = guarded(lambda: _read(file, hints))
    _refuse_twins(found)
    return found


def _read(file: IO[bytes], hints: dict | None) -> Book:
    with CalamineWorkbook.from_filelike(file) as book:
        found = Book(_info(book), _bases(book))
        for sheet, kind, grid, at in _data_sheets(book):
            found.rows += _rows(sheet.name, kind, grid, at, hints, found.findings)
            found.findings += _merged(sheet, at[0])
    return found


def _info(book: CalamineWorkbook) -> dict[str, str]:
    if INFO_SHEET not in book.sheet_names:
        raise Unreadable(f"这不是从填报页下载的填报表。{AGAIN}")
    cells = book.get_sheet_by_name(INFO_SHEET).to_python(skip_empty_area=False)
    info = {plain_text(line[0]): plain_text(line[1]) for line in cells if len(line) > 1}
    if info.get("code") != CODE:
        raise Unreadable(f"这不是从填报页下载的填报表。{AGAIN}")
    if info.get("version") != str(VERSION):
        raise Unreadable(f"这张表是旧格式（第 {info.get('version')} 版，现为第 {VERSION} 版）。{AGAIN}")
    return info


def _bases(book: CalamineWorkbook) -> dict[tuple[str, str], tuple[str, Any]]:
    if BASE_SHEET not in book.sheet_names:
        raise Unreadable(f"表中隐藏的原值页被删去了，分不清哪些是您改的。{AGAIN}")
    found: dict[tuple[str, str], tuple[str, Any]] = {}
    try:
        for line in book.get_sheet_by_name(BASE_SHEET).to_python(skip_empty_area=False):
            for column, (place, stored) in json.loads(line[1]).items():
                if not _is_place(plain_text(line[0]), column, place) or not isinstance(stored, str | int | bool | None):
                    raise ValueError(place)
                found[plain_text(line[0]), column] = (place, stored)
    except (ValueError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise Unreadable(f"表中隐藏的原值页被改动了，分不清哪些是您改的。{AGAIN}") from error
    return found


def _is_place(key: str, column: str, place: Any) -> bool:
    """Is this a place that a workbook of ours names in such a row?"""
    if key.startswith("issue:"):
        return column == place == "note"
    return isinstance(place, str) and (place == "no_change" or place in FACT_FIELDS or _CELL.fullmatch(place) is not None)


def _data_sheets(book: CalamineWorkbook) -> Iterator[tuple[CalamineSheet, str, list[list[Any]], tuple[int, int]]]:
    """Sheets that carry keys: (sheet, kind, cells, where row and column of keys cross)."""
    seen: dict[str, str] = {}
    for meta in book.sheets_metadata:
        if meta.name in _HIDDEN or meta.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_name(meta.name)
        grid = sheet.to_python(skip_empty_area=False)
        cross = _cross(grid)
        if cross is None:
            continue
        kind, at = cross
        if kind in seen:
            raise Unreadable(f"“{seen[kind]}”和“{meta.name}”是同一张表的两份，不知以哪份为准。请删去一份后再上传。")
        seen[kind] = meta.name
        yield sheet, kind, grid, at
    if ROWS not in seen and ISSUES not in seen:
        raise Unreadable(f"表中隐藏的标识行、标识列被删去了，认不出各行各列。{AGAIN}")


def _cross(grid: list[list[Any]]) -> tuple[str, tuple[int, int]] | None:
    for row, cells in enumerate(grid[:KEY_ROWS]):
        for column, cell in enumerate(cells):
            if cell in (ROWS, ISSUES):
                return cell, (row, column)
    return None


def _rows(
    sheet: str, kind: str, grid: list[list[Any]], at: tuple[int, int], hints: dict | None, findings: list[Finding]
) -> Iterator[TakenRow]:  # fmt: skip
    key_row, key_column = at
    keys = {column: plain_text(cell) for column, cell in enumerate(grid[key_row]) if column != key_column and plain_text(cell).strip()}
    heads = {column: _header(grid, key_row, column) for column in keys}
    prefix = "line:" if kind == ROWS else "issue:"
    for number, cells in enumerate(grid[key_row + 1 :], key_row + 2):
        key = plain_text(cells[key_column]).strip() if key_column < len(cells) else ""
        row = TakenRow(key, sheet, number)
        for column, name in keys.items():
            raw = cells[column] if column < len(cells) else ""
            address = f"{get_column_letter(column + 1)}{number}"
            percent, formula = (None, False) if hints is None else hints.get((sheet, address), (False, False))
            row.cells[name] = TakenCell(address, heads[column], raw, percent, formula)
        if key.startswith(prefix):
            yield row
        elif not key and number > key_row + 3 and any(plain_text(row.cells[name].raw).strip() for name in row.cells if is_typed(name)):
            findings.append(row.finding("name", "这一行不在下载的表中，认不出是哪个项目。请删去这一行；新项目请先在项目库登记，在填报页补入后重新下载。"))


def _merged(sheet: CalamineSheet, key_row: int) -> list[Finding]:
    """Only the first cell of a merged range has a value; the others would read as emptied."""
    return [
        Finding(
            sheet.name, f"{get_column_letter(column + 1)}{row + 1}", f"第 {row + 1} 行至第 {last + 1} 行", "", "",
            "这里合并了单元格，分不清各行的值。请取消合并，每格填完整。",
        )
        for (row, column), (last, _) in sheet.merged_cell_ranges or () if row > key_row + 2
    ]  # fmt: skip


def _header(grid: list[list[Any]], key_row: int, column: int) -> str:
    """The words of the two header rows under the row of keys: "中央资金 本期累计支出"."""
    upper, lower = (plain_text(line[column]).strip() if column < len(line) else "" for line in [*grid[key_row + 1 : key_row + 3], [], []][:2])
    if not upper:
        line = grid[key_row + 1] if key_row + 1 < len(grid) else []
        upper = next((words for at in range(min(column, len(line) - 1), -1, -1) if (words := plain_text(line[at]).strip())), "") if lower else ""
    return f"{upper} {lower}".replace("（万元）", "").replace("（%）", "").strip()


def _refuse_twins(book: Book) -> None:
    first: dict[str, TakenRow] = {}
    for row in book.rows:
        if row.key in first:
            book.findings.append(row.finding("name", f"与第 {first[row.key].number} 行是同一个项目，只能有一行。请删去多出的一行。"))
        first.setdefault(row.key, row)
    book.rows = list(first.values())


def _hints(file: IO[bytes]) -> dict[tuple[str, str], tuple[bool, bool]] | None:
    """(sheet, cell) → (shown as a percentage, holds a formula or its error), which calamine does not tell; None when nobody can."""
    found: dict[tuple[str, str], tuple[bool, bool]] = {}
    try:
        book = load_workbook(file, read_only=True)
        for sheet in book.worksheets:
            if sheet.title in _HIDDEN:
                continue
            sheet.reset_dimensions()
            for row in sheet.iter_rows():
                for cell in row:
                    formula, percent = cell.data_type in ("f", "e"), "%" in (getattr(cell, "number_format", "") or "")
                    if formula or percent:
                        found[sheet.title, cell.coordinate] = (percent, formula)
        book.close()
    except Exception:  # whatever a foreign program wrote that openpyxl does not know: the values are read by calamine
        return None
    finally:
        file.seek(0)
    return found
