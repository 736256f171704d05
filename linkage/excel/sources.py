"""A file as it comes (.xlsx .xls .et .csv) → grids of cells. What it is, is seen from its content, not from its name."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import IO, Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from .biff import check_old_workbook
from .files import MAX_COLUMNS, OLE_MAGIC, SAVE_AS, ZIP_MAGIC, Overrun, Unreadable, check_package, check_size
from .formula_errors import Places, formula_errors
from .templates import INFO_SHEET, LIST_SHEET

TEXT_SUFFIXES = frozenset({".csv", ".txt", ".tsv"})
MAX_SHEETS = 60
NUL, LONGEST_NAME = "\x00", 31
_DAMAGED = "文件不完整或已损坏，无法读取。请在 WPS 或 Excel 中打开后重新保存，再上传。"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_OTHER_FILES = (b"%PDF", b"\x89PNG", b"\xff\xd8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_WEB_PAGES = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style")
_HEAD = 64 * 1024
_ROOM = 8 << 20  # bytes; with less left the parser falls over whatever it does next
_SAMPLE = 40  # lines from which the separator is told


@dataclass
class Grid:
    """One sheet, cells from A1 on; blank cells are "". `merged` ranges are 0-based ((row, column), (row, column))."""

    name: str
    cells: list[list[Any]]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    errors: Places = field(default_factory=dict)  # of formulas; their cells are blank in `cells`


@dataclass
class Source:
    """All sheets of a file that can be read, and remarks on those that were not."""

    kind: str
    grids: list[Grid] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def check_source(file: IO[bytes], name: str, *, max_bytes: int, max_rows: int) -> str:
    """"xlsx", "xls" or "text" by the content; Unreadable with the reason unless the file may be opened. Left at its start."""
    check_size(file, max_bytes)
    suffix = PurePath(name).suffix.lower()
    if suffix in (".xlsm", ".xltm", ".xlsb"):
        raise Unreadable(f"不接收带宏的工作簿。{SAVE_AS}")
    head = file.read(8)
    try:
        if head.startswith(ZIP_MAGIC):
            check_package(file, max_rows)
            return "xlsx"
        file.seek(0)
        if head == OLE_MAGIC:
            check_old_workbook(file.read(), max_rows)
            return "xls"
        _check_text(file.read(_HEAD), suffix, name)
        return "text"
    finally:
        file.seek(0)


def read_source(file: IO[bytes], name: str, *, max_bytes: int, max_rows: int) -> Source:
    """The sheets of a workbook or a text table. Raises Unreadable with the reason and what to do."""
    kind = check_source(file, name, max_bytes=max_bytes, max_rows=max_rows)
    if kind == "xlsx":
        return _workbook(file, kind, max_rows)
    data = file.read()
    file.seek(0)
    return _workbook(io.BytesIO(data), kind, max_rows) if kind == "xls" else _text_table(data, name, max_rows)


# -- workbooks ------------------------------------------------------------------------------------------------------------


def guarded(what: Callable[[], Any]) -> Any:
    """Run a call into the parser; whatever it stumbles over is Unreadable. A panic of its Rust code is no Exception."""
    try:
        return what()
    except PasswordError as error:
        raise Unreadable("文件加了打开密码，无法读取。请取消密码后保存再上传。") from error
    except MemoryError as error:
        raise Overrun from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise Unreadable(_DAMAGED) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        if "pointer is null" in str(error) or "MemoryError" in str(error) or _no_room():  # what Rust makes of a refusal to give more memory
            raise Overrun from error
        raise Unreadable(_DAMAGED) from error


def _no_room() -> bool:
    """Has this process reached its limit of memory?"""
    try:
        bytearray(_ROOM)
    except MemoryError:
        return True
    return False


def _workbook(file: IO[bytes], kind: str, max_rows: int) -> Source:
    source, errors = Source(kind), guarded(lambda: formula_errors(file)) if kind == "xlsx" else {}
    book = guarded(lambda: CalamineWorkbook.from_filelike(file))
    try:
        sheets = book.sheets_metadata
        if len(sheets) > MAX_SHEETS:
            raise Unreadable(f"文件里有 {len(sheets)} 个工作表，超过 {MAX_SHEETS} 个。请分成几个文件上传。")
        if twice := [meta.name for number, meta in enumerate(sheets) if any(meta.name == other.name for other in sheets[:number])]:
            raise Unreadable(f"文件里有几个工作表都叫“{_name(twice[0])}”，分不清是哪一个。请改成不同的名称后保存，再上传。")
        for meta in sheets:
            if meta.typ != SheetTypeEnum.WorkSheet or meta.name in (INFO_SHEET, LIST_SHEET):
                continue
            if meta.visible != SheetVisibleEnum.Visible:
                source.notes.append(f"隐藏的工作表“{_name(meta.name)}”没有读。要读请先取消隐藏。")
                continue
            name = _apart(_name(meta.name), {grid.name for grid in source.grids})
            source.grids.append(guarded(lambda meta=meta, name=name: _grid(book.get_sheet_by_name(meta.name), name, max_rows)))
            source.grids[-1].errors = errors.get(meta.name, {})
    finally:
        book.close()
    if not source.grids:
        raise Unreadable("文件里没有可见的工作表。请确认表格在可见的工作表里，再上传。")
    return source


def cells_of(sheet: CalamineSheet) -> list[list[Any]]:
    """All cells from A1 on, without the sign that workbooks can hold and databases cannot."""
    cells = sheet.to_python(skip_empty_area=False)
    for row in cells:
        for index, cell in enumerate(row):
            if type(cell) is str and NUL in cell:
                row[index] = cell.replace(NUL, "")
    return cells


def _grid(sheet: CalamineSheet, name: str, max_rows: int) -> Grid:
    cells = cells_of(sheet)
    while cells and not any(one != "" for one in cells[-1]):
        cells.pop()
    if len(cells) > max_rows + 20:
        raise Unreadable(f"工作表“{name}”第 {len(cells)} 行还有内容，超过上限 {max_rows} 行。请分成几个文件上传。")
    return Grid(name, cells, tuple(sheet.merged_cell_ranges or ()))


def _name(sheet: str) -> str:
    """A sheet's name as Excel allows it; other programs write longer ones."""
    return sheet.replace(NUL, "")[:LONGEST_NAME]


def _apart(name: str, taken: set[str]) -> str:
    """Long names may be alike as far as they go here: rows are found again by the name of their sheet."""
    number, own = 1, name
    while own in taken:
        number += 1
        own = f"{name[: LONGEST_NAME - 4]}（{number}）"
    return own


# -- text tables ----------------------------------------------------------------------------------------------------------


def _check_text(head: bytes, suffix: str, name: str) -> None:
    """Refuse what is neither workbook nor text table, from its first bytes."""
    if not head.startswith(UTF16_MARKS) and (b"\x00" in head or head.startswith(_OTHER_FILES)):
        raise Unreadable(f"这个文件不是表格。{SAVE_AS}")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower().startswith(_WEB_PAGES):
        raise Unreadable(f"这是网页或 XML 存成的表格，不是 Excel 工作簿。{SAVE_AS}")
    if suffix not in TEXT_SUFFIXES:
        raise Unreadable(f"“{name[:60]}”不是 Excel 工作簿。若是逗号分隔的文字表格，请把扩展名改为 .csv；否则{SAVE_AS}")


def _text_table(data: bytes, name: str, max_rows: int) -> Source:
    text, encoding = decoded(data)
    cells = list(_lines(text.replace(NUL, ""), max_rows))
    if not cells:
        raise Unreadable("文件里没有内容。请确认保存的是填好的表。")
    return Source(f"csv（{encoding}）", [Grid(_name(PurePath(name).stem), cells)])


def decoded(data: bytes) -> tuple[str, str]:
    """UTF-8 with or without mark, UTF-16 with mark, else GB18030; anything else is no text."""
    if data.startswith(UTF16_MARKS):
        return _decode(data, "utf-16"), "UTF-16"
    if b"\x00" in data:
        raise Unreadable(f"这个文件不是表格。{SAVE_AS}")
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3 and error.start > 3:
            raise Unreadable("文件末尾不完整（可能没有传完）。请重新保存后上传。") from error
    return _decode(data, "gb18030"), "GB18030"


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"认不出文件的文字编码。{SAVE_AS}") from error


def _lines(text: str, max_rows: int) -> Iterator[list[str]]:
    """Rows up to the last filled one. Blank rows are handed on only when a filled one follows."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text))
    blank = number = 0
    try:
        for cells in reader:
            if not any(cell and not cell.isspace() for cell in cells):
                blank += 1
                continue
            number += blank + 1
            if number > max_rows + 20:
                raise Unreadable(f"表中第 {number} 行还有内容，超过上限 {max_rows} 行。请删去多余的行，或分成几个文件。")
            for _each in range(blank):
                yield []
            blank = 0
            if len(cells) > MAX_COLUMNS and any(cell.strip() for cell in cells[MAX_COLUMNS:]):
                raise Unreadable(f"第 {number} 行超过 {MAX_COLUMNS} 列。请删去表格右侧多余的内容后再上传。")
            yield cells[:MAX_COLUMNS]
    except csv.Error as error:
        raise Unreadable(f"第 {number + blank + 1} 行读不下去，可能少了一个引号。请在 WPS 或 Excel 中打开后另存为 .xlsx 再上传。") from error


def separator(text: str) -> str:
    """Comma, tab or semicolon: the one that splits the first lines into most columns."""
    sample = text[: 64 * 1024].splitlines()[:_SAMPLE]
    return max((",", "\t", ";"), key=lambda sign: sum(line.count(sign) for line in sample))
