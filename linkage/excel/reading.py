"""Reading a filled template back. Every finding names sheet, cell, what is wrong and how to repair it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from django.core.exceptions import ValidationError
from openpyxl.utils import get_column_letter
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

from .files import Unreadable
from .formula_errors import formula_errors, put_errors
from .sources import cells_of, guarded
from .templates import FIRST_ROW, HEADER_ROW, INFO_SHEET, LIST_SHEET, Field, Template, header_words
from .values import plain_text, read_value

PORTION = 500  # rows handed on at once


@dataclass(frozen=True)
class CellProblem:
    """One cell that cannot be used as it stands. `cell` "C7"; `value` what stands there; `message` reason and repair."""

    key: str
    cell: str
    header: str
    value: str
    message: str


@dataclass
class TableRow:
    """One filled row. `values` by field key (blank → None); keys with a problem are missing from it."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict, repr=False)

    def cell(self, key: str) -> str:
        """The address of a field in this row, "C7"; the row's own number for a field that has no column."""
        return f"{self.letters[key]}{self.number}" if key in self.letters else f"第{self.number}行"


@dataclass(frozen=True)
class Table:
    """`notes` are remarks on the file as a whole that stop nothing."""

    sheet: str
    rows: list[TableRow]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Head:
    """What is known of a template before its rows: sheet, remarks, the letter of each column by field key, how many rows."""

    sheet: str
    notes: tuple[str, ...]
    letters: dict[str, str]
    rows: int


def read_table(file: IO[bytes], template: Template, *, max_rows: int) -> Table:
    """All filled rows of a template. Raises Unreadable when the file as a whole is not this template.

    Ask `check_workbook` first. Columns are found by their header, so their order does not matter; wholly blank rows are
    skipped. A template of an older version is read with a note as long as its columns fit.
    """
    head, *portions = read_portions(file, template, max_rows=max_rows)
    return Table(head.sheet, [row for portion in portions for row in portion], head.notes)


def read_portions(file: IO[bytes], template: Template, *, max_rows: int) -> Iterator[Any]:
    """The same in portions, for long files: a Head, then lists of up to PORTION rows."""
    sheet, grid, places, notes = guarded(lambda: _opened(file, template))
    filled = [number for number, cells in enumerate(grid[FIRST_ROW - 1 :], FIRST_ROW) if _filled(cells)]
    if not filled:
        raise Unreadable(f"工作表“{sheet}”第 {FIRST_ROW} 行以下没有内容。请从第 {FIRST_ROW} 行起填写后再上传。")
    if len(filled) > max_rows:
        raise Unreadable(f"共 {len(filled)} 行，超过一次导入的上限 {max_rows} 行。请分成几个文件上传。")
    letters = {key: get_column_letter(index + 1) for key, index in places.items()}
    yield Head(sheet, notes, letters, len(filled))
    for start in range(0, len(filled), PORTION):
        yield [_row(template, places, letters, number, grid[number - 1]) for number in filled[start : start + PORTION]]


def _opened(file: IO[bytes], template: Template) -> tuple[str, list[list[Any]], dict[str, int], tuple[str, ...]]:
    """Name and cells of the data sheet, where its columns are, remarks."""
    with CalamineWorkbook.from_filelike(file) as book:
        notes = _check_origin(book, template)
        sheet = _data_sheet(book)
        grid = cells_of(sheet)
        put_errors(grid, formula_errors(file).get(sheet.name, {}))
        places = _places(grid, template, sheet.name)
        _refuse_merged(sheet, len(grid))
    return sheet.name, grid, places, notes


def _check_origin(book: CalamineWorkbook, template: Template) -> tuple[str, ...]:
    """Compare the name and version written into the template; without them the header alone decides."""
    if INFO_SHEET not in book.sheet_names:
        return ("文件里没有模板信息，已按表头识别。",)
    cells = book.get_sheet_by_name(INFO_SHEET).to_python(skip_empty_area=False)
    info = {plain_text(line[0]): plain_text(line[1]) for line in cells if len(line) > 1}
    if info.get("code") != template.code:
        raise Unreadable(f"这不是“{template.title}”的模板。请在本页下载模板，填写后再上传。")
    if info.get("version") != str(template.version):
        return (
            f"模板是旧版（第 {info.get('version')} 版，现为第 {template.version} 版），已按表头识别；建议下载新模板。",
        )
    return ()


def _data_sheet(book: CalamineWorkbook) -> CalamineSheet:
    for meta in book.sheets_metadata:
        if meta.name not in (INFO_SHEET, LIST_SHEET) and meta.typ == SheetTypeEnum.WorkSheet:
            return book.get_sheet_by_name(meta.name)
    raise Unreadable("文件里没有工作表。请用本页下载的模板填写后再上传。")


def _places(grid: list[list[Any]], template: Template, sheet: str) -> dict[str, int]:
    """Field key → column index by the header row. Every wrong header is named at once."""
    if len(grid) < HEADER_ROW:
        raise Unreadable(f"工作表“{sheet}”第 {HEADER_ROW} 行没有表头。请用本页下载的模板填写。")
    found = {
        _header_key(plain_text(cell)): index
        for index, cell in enumerate(grid[HEADER_ROW - 1])
        if plain_text(cell).strip()
    }
    wanted = {_header_key(header_words(column)): column.key for column in template.fields}
    missing = [column.header for column in template.fields if _header_key(header_words(column)) not in found]
    extra = [
        f"{get_column_letter(index + 1)}{HEADER_ROW}“{words}”" for words, index in found.items() if words not in wanted
    ]
    twice = [f"{'、'.join(places)}“{column.header}”" for column in template.fields if len(places := _heads(grid, column)) > 1]
    complaints = []
    if twice:
        complaints.append(f"重复列：{'、'.join(twice)}，不知以哪一列为准")
    if missing:
        complaints.append(f"缺少列：{'、'.join(missing)}")
    if extra:
        complaints.append(f"多出列：{'、'.join(extra[:10])}")
    if complaints:
        raise Unreadable(
            f"工作表“{sheet}”第 {HEADER_ROW} 行表头与模板不符，{'；'.join(complaints)}。请按模板的表头调整后再上传。"
        )
    return {wanted[words]: index for words, index in found.items()}


def _heads(grid: list[list[Any]], column: Field) -> list[str]:
    """The cells that hold the header of this field."""
    words = _header_key(header_words(column))
    return [f"{get_column_letter(index + 1)}{HEADER_ROW}" for index, cell in enumerate(grid[HEADER_ROW - 1]) if _header_key(plain_text(cell)) == words]


def _header_key(words: str) -> str:
    return re.sub(r"[\s*]|\((?:万元|元|%)\)", "", unicodedata.normalize("NFKC", words))


def _refuse_merged(sheet: CalamineSheet, height: int) -> None:
    for (first_row, first_column), (last_row, _last_column) in sheet.merged_cell_ranges or ():
        if last_row >= FIRST_ROW - 1 and first_row < height and last_row >= first_row:
            where = f"{get_column_letter(first_column + 1)}{first_row + 1}"
            raise Unreadable(f"工作表“{sheet.name}”从 {where} 起有合并单元格。请取消合并、每行填完整后再上传。")


def _filled(cells: list[Any]) -> bool:
    return any(plain_text(cell).strip() for cell in cells if cell != "")


def _row(template: Template, places: dict[str, int], letters: dict[str, str], number: int, cells: list[Any]) -> TableRow:
    row = TableRow(number, letters=letters)
    for column in template.fields:
        raw = cells[places[column.key]] if places[column.key] < len(cells) else ""
        try:
            value = read_value(column, raw)
            if value is None and column.required:
                raise ValidationError("必填，请填写。")
            row.values[column.key] = value
        except ValidationError as error:
            shown = plain_text(raw)[:60]
            row.problems.append(
                CellProblem(column.key, row.cell(column.key), column.header, shown, "".join(error.messages))
            )
    return row
