"""Dressed sheets by xlsxwriter: title, 截至 and unit, header, rows, totals, footnotes, ready to print on one page's width.

Text stays text: nothing a row contains can become a formula, a link or a number. Large sheets are written row by row,
so everything here goes strictly from top to bottom.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache
from io import BytesIO
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from linkage import periods, rounding

from .list_sheet import ListSheet
from .sheet import Column, Marked, Sheet, sheet_names

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SONG, FANG = "宋体", "仿宋"
CELL_LIMIT = 32_767  # characters Excel keeps in one cell
TALLEST_ROW = 409  # points, Excel's own limit
A4, A3 = 9, 8  # Excel's numbers of the papers
WIDEST_ON_A4 = 205  # characters over all columns: printed on A4 landscape they are still about 7 points high, else A3
SHORT = 12  # characters; columns of short words stand centred, as in printed tables
LINE_HEIGHT, AIR = 14, 4  # points
LARGE_ROWS = 2_000  # progress is told every so many rows

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMERIC = frozenset({"wan", "yuan", "percent", "number", "int"})
_NUMBERS = (int, Decimal, float)
_DAY_ZERO = date(1899, 12, 30)  # Excel counts days from here, for every day after February 1900
_WIDE = re.compile("[\u2e80-\U0010ffff]+")


def to_bytes(sheets: list[Sheet]) -> bytes:
    """The workbook in memory, for files of up to some thousand rows."""
    target = BytesIO()
    write(target, sheets)
    return target.getvalue()


def write(
    target: IO[bytes] | str,
    sheets: list[Sheet],
    *,
    constant_memory: bool = False,
    on_rows: Callable[[int], None] | None = None,
) -> int:
    """Write a workbook; gives the number of data rows. `on_rows(written so far)` is called every 2,000 rows."""
    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "constant_memory": constant_memory, "in_memory": not constant_memory,
    }  # fmt: skip
    written = 0
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": clean(sheets[0].title)[:250], "created": _naive(periods.now())})
        looks = Looks(book)
        for sheet, name in zip(sheets, sheet_names(sheets), strict=True):
            out = book.add_worksheet(name, ListSheet if constant_memory else None)
            written = _SheetWriter(out, sheet, looks, on_rows, written).write()
    return written


def clean(value: Any) -> str:
    """Text as a cell can hold it: no control characters, no broken characters, at most 32,767 characters."""
    text = str(value)
    if text.isprintable() and len(text) <= CELL_LIMIT:
        return text
    text = _UNPRINTABLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return text if len(text) <= CELL_LIMIT else text[: CELL_LIMIT - 1] + "…"


class Looks:
    """The formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook):
        self.book = book
        self._made: dict[tuple, Format] = {}

    def get(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format({"font_name": SONG, "valign": "vcenter", **properties})
        return self._made[key]

    def cell(self, column: Column, style: str = "", quoted: bool = False) -> Format:
        """How a cell of this column looks; `quoted` keeps it text even when somebody edits it."""
        look: dict[str, Any] = {"font_name": FANG, "font_size": 10, "border": 1}
        if column.kind in _NUMERIC:
            look |= {"align": "right", "num_format": _number_format(column)}
        elif column.kind in ("date", "datetime"):
            look |= {"align": "center", "num_format": "yyyy-mm-dd" if column.kind == "date" else "yyyy-mm-dd hh:mm"}
        else:
            align = "center" if column.kind == "text" and column.characters <= SHORT else "left"
            look |= {"align": align, "text_wrap": True, "num_format": "@"}
        if column.key == "no":
            look |= {"align": "center"}
        if style:
            look |= {"bold": True, "bg_color": "#F2F2F2"}
        return self.get(**look, **({"quote_prefix": True} if quoted else {}))


def _number_format(column: Column) -> str:
    decimals = f".{'0' * column.decimals}" if column.decimals else ""
    return f"0{decimals}%" if column.kind == "percent" else f"#,##0{decimals}"


Put = Callable[[int, Any], None]  # writes a value into one column of the row of that number


@dataclass
class _SheetWriter:
    out: Worksheet
    sheet: Sheet
    looks: Looks
    on_rows: Callable[[int], None] | None
    written: int
    row: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    tails: dict[str, Decimal] = field(default_factory=dict)  # what rounding adds to each sum of 万元
    cells_of: dict[str, list[Put]] = field(default_factory=dict)

    def write(self) -> int:
        self._page()
        for number, column in enumerate(self.sheet.columns):
            self.out.set_column(number, number, column.characters)
        self._title()
        self._as_of_and_unit()
        self._header()
        first = self.row
        self._rows()
        self._totals()
        self._footnotes()
        self.out.ignore_errors({"number_stored_as_text": xl_range(first, 0, max(self.row, first + 1), self.last)})
        return self.written

    @property
    def last(self) -> int:
        return len(self.sheet.columns) - 1

    @cached_property
    def wrapped(self) -> list[tuple[int, float]]:
        """Columns whose text may take several lines, with their width."""
        return [(n, column.characters) for n, column in enumerate(self.sheet.columns) if column.kind == "text"]

    def _page(self) -> None:
        self.out.set_landscape()
        self.out.set_paper(A4 if sum(column.characters for column in self.sheet.columns) <= WIDEST_ON_A4 else A3)
        self.out.fit_to_pages(1, 0)
        if self.sheet.frozen_columns:
            self.out.repeat_columns(0, self.sheet.frozen_columns - 1)
        self.out.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.7)
        self.out.center_horizontally()
        self.out.set_footer('&C&"宋体"&9第 &P 页 共 &N 页')
        self.out.hide_gridlines(1)

    def _line(self, first: int, last: int, text: str, look: Format) -> None:
        """One text over several columns of the present row."""
        self.out.write_string(self.row, first, clean(text), look)
        for column in range(first + 1, last + 1):
            self.out.write_blank(self.row, column, None, look)
        if last > first:
            self.out.merge.append([self.row, first, self.row, last])

    def _title(self) -> None:
        self.out.set_row(self.row, 30)
        self._line(0, self.last, self.sheet.title, self.looks.get(bold=True, font_size=16, align="center"))
        self.row += 1

    def _as_of_and_unit(self) -> None:
        left = "　".join(
            filter(None, [self.sheet.as_of_words, f"口径：{self.sheet.basis}" if self.sheet.basis else ""])
        )
        right = self.sheet.unit_line
        if not left and not right:
            return
        split = self._split(right)
        if not right or not left or split == 0:
            align = "left" if left else "right"
            self._line(0, self.last, "　".join(filter(None, [left, right])), self.looks.get(font_size=10, align=align))
        else:
            self._line(0, split - 1, left, self.looks.get(font_size=10, align="left"))
            self._line(split, self.last, right, self.looks.get(font_size=10, align="right"))
        self.row += 1

    def _split(self, right: str) -> int:
        """The first column of the unit at the right: as few columns as its words need."""
        room, column = 0.0, len(self.sheet.columns)
        while column > 0 and room < _width_of(right) + 2:
            column -= 1
            room += self.sheet.columns[column].characters
        return column

    def _header(self) -> None:
        look = self.looks.get(bold=True, font_size=10, align="center", text_wrap=True, border=1, bg_color="#EAEAEA")
        columns, first = self.sheet.columns, self.row
        depth = 2 if self.sheet.has_groups else 1
        if depth == 2:
            self._upper_header(look)
        lines = max(_lines(column.header, column.characters - 1) for column in columns)
        self.out.set_row(self.row, 15 * max(lines, 1) + 4)
        for number, column in enumerate(columns):
            if column.group or depth == 1:
                self.out.write_string(self.row, number, clean(column.header), look)
            else:
                self.out.write_blank(self.row, number, None, look)
        self.row += 1
        self.out.freeze_panes(self.row, self.sheet.frozen_columns)
        self.out.repeat_rows(first, self.row - 1)

    def _upper_header(self, look: Format) -> None:
        columns = self.sheet.columns
        self.out.set_row(self.row, 19)
        start = 0
        while start <= self.last:
            stop = start
            while columns[start].group and stop < self.last and columns[stop + 1].group == columns[start].group:
                stop += 1
            self._line(start, stop, columns[start].group or columns[start].header, look)
            if not columns[start].group:
                self.out.merge.append([self.row, start, self.row + 1, start])
            start = stop + 1
        self.row += 1

    def _rows(self) -> None:
        columns = self.sheet.columns
        summed = [(number, column.key) for number, column in enumerate(columns) if column.total]
        self.sums = {key: Decimal(0) for _, key in summed}
        steps = {column.key: Decimal(1).scaleb(4 - column.decimals) for column in columns if column.total and column.kind == "wan"}
        self.tails = dict.fromkeys(steps, Decimal(0))
        for item in self.sheet.rows:
            if isinstance(item, Marked):
                self._marked_row(item)
            else:
                values = self._values(item)
                for number, key in summed:
                    if values[number] is not None:
                        self.sums[key] += (amount := _exact(values[number]))
                        if key in steps:
                            self.tails[key] += amount.quantize(steps[key], rounding=ROUND_HALF_UP) - amount
                self._one_row(values, "")
            self.written += 1
            if self.on_rows and self.written % LARGE_ROWS == 0:
                self.on_rows(self.written)

    def _values(self, item: Any) -> list[Any]:
        if isinstance(item, dict | Mapping):
            return [item.get(column.key) for column in self.sheet.columns]
        return [getattr(item, column.key) for column in self.sheet.columns]

    def _marked_row(self, item: Marked) -> None:
        values = self._values(item.values)
        if item.style == "group":
            first = self.sheet.columns[0]
            words = Column("words", first.header, width=SHORT + 1)  # to the left, over all columns
            self.out.set_row(self.row, LINE_HEIGHT + AIR)
            self._line(0, self.last, str(values[0] or ""), self.looks.cell(words, item.style))
            self.row += 1
        else:
            self._one_row(values, item.style)

    def _one_row(self, values: list[Any], style: str) -> None:
        self._height(values)
        if style not in self.cells_of:
            self.cells_of[style] = [self._cells(number, column, style) for number, column in enumerate(self.sheet.columns)]
        row = self.row
        for put, value in zip(self.cells_of[style], values, strict=True):
            put(row, value)
        if self.out.constant_memory:
            self._forget(row - 1)
        self.row += 1

    def _forget(self, row: int) -> None:
        """The height of a row that is on disk already; xlsxwriter keeps them all, forty megabytes for a hundred thousand rows."""
        self.out.row_info.pop(row, None)
        self.out.row_sizes.pop(row, None)

    def _height(self, values: list[Any]) -> None:
        """Give every row its height: not every reader works it out by itself when it opens the file."""
        lines = 1
        for number, room in self.wrapped:
            value = values[number]
            if value and (len(text := value if type(value) is str else str(value)) * 2 >= room or "\n" in text):
                lines = max(lines, _lines(text[:CELL_LIMIT], room))
        self.out.set_row(self.row, min(LINE_HEIGHT * lines + AIR, TALLEST_ROW))

    def _cells(self, number: int, column: Column, style: str) -> Put:
        """What puts values into one column, with all that is the same for every row worked out before the first."""
        look, numeric, in_wan = self.looks.cell(column, style), column.kind in _NUMERIC, column.kind == "wan"
        blank, string, amount_of = self.out.write_blank, self.out.write_string, self.out.write_number

        def put(row: int, value: Any) -> None:
            if value is None or value == "":
                blank(row, number, None, look)
            elif numeric and isinstance(value, _NUMBERS):
                amount_of(row, number, float(_exact(value).scaleb(-4) if in_wan else value), look)
            elif isinstance(value, datetime):
                self.out.write_datetime(row, number, _naive(value), look)
            elif isinstance(value, date):
                amount_of(row, number, (value - _DAY_ZERO).days, look)
            elif (text := clean(value)).startswith(_FORMULA_STARTS):
                string(row, number, text, self.looks.cell(column, style, quoted=True))
            else:
                string(row, number, text, look)

        return put

    def _totals(self) -> None:
        if not self.sheet.has_totals:
            return
        extra = self.sheet.totals(self.sums) if callable(self.sheet.totals) else self.sheet.totals
        values: dict[str, Any] = {**self.sums, **extra}
        label = next((column.key for column in self.sheet.columns if column.kind == "text"), None)
        if label is not None and label not in values:
            values[label] = self.sheet.total_label
        self._one_row(self._values(values), "total")

    def _footnotes(self) -> None:
        room = sum(column.characters for column in self.sheet.columns)
        look = self.looks.get(font_name=FANG, font_size=10, align="left", text_wrap=True)
        for note in (*self.sheet.footnotes, *([rounding.NOTE] if self._has_tail() else [])):
            self.out.set_row(self.row, 15 * _lines(note, room - 1) + 2)
            self._line(0, self.last, note, look)
            self.row += 1

    def _has_tail(self) -> bool:
        """Does a total differ from the sum of the values as they are shown above it?"""
        places = {column.key: column.decimals for column in self.sheet.columns}
        return any(rounding.shown(self.sums[key], places[key]) - self.sums[key] != tail for key, tail in self.tails.items())


def _exact(value: Any) -> Decimal:
    """A number as Decimal; whatever is no number counts nothing."""
    if isinstance(value, Decimal):
        return value
    return Decimal(str(value)) if isinstance(value, int | float) else Decimal(0)


def _naive(at: datetime) -> datetime:
    """Excel knows no time zones: the Beijing reading of the clock."""
    return periods.local(at).replace(tzinfo=None)


def _width_of(text: str) -> float:
    """Width in Latin characters; a Chinese one takes two."""
    return 2 * len(text) - len(_WIDE.sub("", text))


@lru_cache(maxsize=4096)  # names come back row after row
def _lines(text: str, room: float) -> int:
    return sum(max(1, math.ceil(_width_of(part) / max(room, 1))) for part in str(text).split("\n"))
