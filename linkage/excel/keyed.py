"""A workbook of ours that comes back filled in: every cell found by the key of its row and the key of its column.

Row keys stand in a hidden column, column keys in a hidden row; what stood in a cell when the workbook was made lies in a
hidden sheet. Rows may be sorted or left out, columns moved, sheets renamed. What cannot be read without guessing is a
finding with sheet, cell, value, reason and repair. What is read can be kept as JSON, so that nobody has to open the file again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

from .files import Unreadable, check_workbook
from .sources import NUL, guarded
from .values import plain_text

SCHEMA = 1
KEY_ROWS = 40  # how far down the row of column keys is looked for
LONGEST = 32_767  # characters of one cell, as Excel has it
MOST_TEXT = 8_000_000  # characters of all cells together


@dataclass(frozen=True)
class KeyedForm:
    """What makes a workbook one of ours. `marks`: word where hidden row and column cross → prefix of the row keys below it.
    `typed`: heads (up to ":") of the column keys that people type into; `beside`: others that are read with them.
    """

    code: str
    version: int
    title: str
    origin: str  # where it is downloaded
    again: str  # what to do with a workbook that cannot be used
    info_sheet: str
    base_sheet: str
    other_sheets: tuple[str, ...]
    marks: Mapping[str, str]
    typed: frozenset[str]
    beside: frozenset[str]
    max_rows: int
    unpacked: int

    def is_typed(self, key: str) -> bool:
        return key.partition(":")[0] in self.typed

    def is_read(self, key: str) -> bool:
        return self.is_typed(key) or key.partition(":")[0] in self.beside


@dataclass(frozen=True)
class Finding:
    """One cell (or row) that cannot be taken over as it stands; the message says why and how to repair it."""

    sheet: str
    cell: str
    label: str
    header: str
    value: str
    message: str
    row: str = ""  # its keys, where it has any
    column: str = ""


@dataclass(frozen=True)
class TakenCell:
    """`raw` as calamine gives it; `percent` when the cell is formatted as a percentage, None when nobody can tell."""

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
        """The id behind the prefix; 0 for none."""
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
            return Finding(self.sheet, f"第 {self.number} 行", self.label, "", "", message, self.key, key)
        shown = plain_text(cell.raw)[:60] or ("公式" if cell.formula else "")
        return Finding(self.sheet, cell.address, self.label, cell.header, shown, message, self.key, key)


@dataclass
class Taken:
    """`bases`: (row key, column key) → (place, stored value) as the workbook was made; a place is whatever its maker put there."""

    info: dict[str, str]
    bases: dict[tuple[str, str], tuple[str, Any]]
    rows: list[TakenRow] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def to_json(self) -> bytes:
        kept = {
            "schema": SCHEMA, "info": self.info, "bases": [[*keys, *values] for keys, values in self.bases.items()],
            "rows": [
                [row.key, row.sheet, row.number, [[key, c.address, c.header, _plain(c.raw), c.percent, c.formula] for key, c in row.cells.items()]]
                for row in self.rows
            ],
            "findings": [list(vars(finding).values()) for finding in self.findings],
        }  # fmt: skip
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")

    @classmethod
    def from_json(cls, kept: bytes) -> Taken:
        """Raises ValueError for what another form of this program has kept."""
        found = json.loads(kept)
        if not isinstance(found, dict) or found.get("schema") != SCHEMA:
            raise ValueError("kept in another form")
        return cls(
            found["info"], {(row, column): (place, stored) for row, column, place, stored in found["bases"]},
            [
                TakenRow(key, sheet, number, {name: TakenCell(at, head, _raw(raw), *more) for name, at, head, raw, *more in cells})
                for key, sheet, number, cells in found["rows"]
            ],
            [Finding(*values) for values in found["findings"]],
        )  # fmt: skip


def _plain(raw: Any) -> Any:
    return ["at" if isinstance(raw, datetime) else "on", raw.isoformat()] if isinstance(raw, date) else raw


def _raw(kept: Any) -> Any:
    if not isinstance(kept, list):
        return kept
    return datetime.fromisoformat(kept[1]) if kept[0] == "at" else date.fromisoformat(kept[1])


# -- reading --------------------------------------------------------------------------------------------------------------


def read_keyed(file: IO[bytes], *, name: str, max_bytes: int, form: KeyedForm) -> Taken:
    """The workbook as it was filled in. Raises Unreadable when it is not one of ours, or of an older form."""
    check_workbook(file, name, max_bytes=max_bytes, max_rows=form.max_rows, unpacked=form.unpacked)
    hints = _hints(file, form)
    found = guarded(lambda: _Reader(form, hints).read(file))
    _refuse_twins(found)
    return found


class _Reader:
    def __init__(self, form: KeyedForm, hints: dict[tuple[str, str], tuple[bool, bool]] | None):
        self.form, self.hints, self.text = form, hints, 0

    def read(self, file: IO[bytes]) -> Taken:
        with CalamineWorkbook.from_filelike(file) as book:
            found = Taken(self._info(book), self._bases(book))
            for sheet, kind, grid, at in self._data_sheets(book):
                found.rows += self._rows(sheet.name, kind, grid, at, found.findings)
                found.findings += _merged(sheet, at[0])
        return found

    def _info(self, book: CalamineWorkbook) -> dict[str, str]:
        form = self.form
        foreign = f"这不是{form.origin}的{form.title}。{form.again}"
        if form.info_sheet not in book.sheet_names:
            raise Unreadable(foreign)
        cells = book.get_sheet_by_name(form.info_sheet).to_python(skip_empty_area=False)
        info = {plain_text(line[0]): plain_text(line[1]) for line in cells if len(line) > 1}
        if info.get("code") != form.code:
            raise Unreadable(foreign)
        if info.get("version") != str(form.version):
            raise Unreadable(f"这张表是旧格式（第 {info.get('version')} 版，现为第 {form.version} 版）。{form.again}")
        return info

    def _bases(self, book: CalamineWorkbook) -> dict[tuple[str, str], tuple[str, Any]]:
        form = self.form
        if form.base_sheet not in book.sheet_names:
            raise Unreadable(f"表中隐藏的原值页被删去了，分不清哪些是您改的。{form.again}")
        found: dict[tuple[str, str], tuple[str, Any]] = {}
        try:
            for line in book.get_sheet_by_name(form.base_sheet).to_python(skip_empty_area=False):
                for column, (place, stored) in json.loads(str(line[1])).items():
                    if not isinstance(place, str) or not isinstance(stored, str | int | bool | None):
                        raise ValueError(place)
                    found[plain_text(line[0]), column] = (place, stored)
        except (ValueError, TypeError, IndexError, AttributeError, RecursionError) as error:
            raise Unreadable(f"表中隐藏的原值页被改动了，分不清哪些是您改的。{form.again}") from error
        return found

    def _data_sheets(self, book: CalamineWorkbook) -> Iterator[tuple[CalamineSheet, str, list[list[Any]], tuple[int, int]]]:
        """Sheets that carry keys: (sheet, mark, cells, where row and column of keys cross)."""
        seen: dict[str, str] = {}
        for meta in book.sheets_metadata:
            if meta.name in self._hidden or meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(meta.name)
            grid = sheet.to_python(skip_empty_area=False)
            cross = self._cross(grid)
            if cross is None:
                continue
            mark, at = cross
            if mark in seen:
                raise Unreadable(f"“{seen[mark]}”和“{meta.name}”是同一张表的两份，不知以哪份为准。请删去一份后再上传。")
            seen[mark] = meta.name
            yield sheet, mark, grid, at
        if not seen:
            raise Unreadable(f"表中隐藏的标识行、标识列被删去了，认不出各行各列。{self.form.again}")

    @property
    def _hidden(self) -> tuple[str, ...]:
        return (self.form.info_sheet, self.form.base_sheet, *self.form.other_sheets)

    def _cross(self, grid: list[list[Any]]) -> tuple[str, tuple[int, int]] | None:
        for row, cells in enumerate(grid[:KEY_ROWS]):
            for column, cell in enumerate(cells):
                if type(cell) is str and cell in self.form.marks:
                    return cell, (row, column)
        return None

    def _rows(self, sheet: str, mark: str, grid: list[list[Any]], at: tuple[int, int], findings: list[Finding]) -> Iterator[TakenRow]:
        key_row, key_column = at
        keys = {column: self._text(cell).strip() for column, cell in enumerate(grid[key_row]) if column != key_column}
        keys = {column: key for column, key in keys.items() if self.form.is_read(key)}
        heads = {column: self._text(_header(grid, key_row, column)) for column in keys}
        prefix = self.form.marks[mark]
        for number, cells in enumerate(grid[key_row + 1 :], key_row + 2):
            key = self._text(cells[key_column]).strip() if key_column < len(cells) else ""
            mine = key.startswith(prefix)
            if not mine and (key or number <= key_row + 3):
                continue
            row = TakenRow(key, sheet, number)
            for column, name in keys.items():
                row.cells[name] = self._cell(sheet, get_column_letter(column + 1), number, heads[column], cells[column] if column < len(cells) else "")
            if mine:
                yield row
            elif any(plain_text(row.cells[name].raw).strip() for name in row.cells if self.form.is_typed(name)):
                findings.append(row.finding("name", "这一行不在下载的表中，认不出是哪个项目。请删去这一行；新项目请先在项目库登记，在填报页补入后重新下载。"))

    def _cell(self, sheet: str, letter: str, number: int, header: str, raw: Any) -> TakenCell:
        if not isinstance(raw, bool | int | float | date):
            raw = self._text(raw)
        address = f"{letter}{number}"
        percent, formula = (None, False) if self.hints is None else self.hints.get((sheet, address), (False, False))
        return TakenCell(address, header, raw, percent, formula)

    def _text(self, raw: Any) -> str:
        """What stands in a cell as text, counted: words of one cell can be named by any number of others."""
        text = plain_text(raw)[:LONGEST].replace(NUL, "")
        self.text += len(text)
        if self.text > MOST_TEXT:
            raise Unreadable(f"表中的文字过多，无法读取。{self.form.again}")
        return text


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


def _refuse_twins(book: Taken) -> None:
    first: dict[str, TakenRow] = {}
    for row in book.rows:
        if row.key in first:
            book.findings.append(row.finding("name", f"与第 {first[row.key].number} 行是同一个项目，只能有一行。请删去多出的一行。"))
        first.setdefault(row.key, row)
    book.rows = list(first.values())


def _hints(file: IO[bytes], form: KeyedForm) -> dict[tuple[str, str], tuple[bool, bool]] | None:
    """(sheet, cell) → (shown as a percentage, holds a formula or its error), which calamine does not tell; None when nobody can."""
    found: dict[tuple[str, str], tuple[bool, bool]] = {}
    try:
        book = load_workbook(file, read_only=True)
        for sheet in book.worksheets:
            if sheet.title in (form.info_sheet, form.base_sheet, *form.other_sheets):
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
