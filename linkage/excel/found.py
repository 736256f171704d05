"""What the reader of messy tables hands back, and what a person may decide beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from openpyxl.utils import get_column_letter

from .amounts import SourceAmount
from .cells import clean_text, sources_of
from .headings import Kind, header_key, plain_heading
from .kinds import WORDS, What
from .lines import Line
from .reading import CellProblem
from .sums import TotalCheck
from .values import plain_text

UnitFrom = Literal["", "header", "line", "cell", "chosen", "guess"]


@dataclass(frozen=True)
class Choice:
    """What a person says about a column: its field ("" = leave it out) and, for money, its unit ("" = as found)."""

    field: str
    unit: str = ""


@dataclass(frozen=True)
class Profile:
    """A mapping made on the page or saved for later. Columns by letter ("C") or by `FoundColumn.key`; the letter wins.

    `unit` where the file names none. `sheet` and `header_row` (from 1) say that a header stands there whatever the reader
    thinks. `key` limits the mapping to tables with that header; with neither it holds for all tables found.
    """

    columns: Mapping[str, Choice] = field(default_factory=dict)
    unit: str = ""
    sheet: str = ""
    header_row: int = 0
    key: str = ""

    def choice(self, letter: str, key: str) -> Choice | None:
        """What the person said about a column, None when nothing."""
        return self.columns.get(letter) or self.columns.get(key)


@dataclass
class FoundColumn:
    """One column. `field` "" when not known. `confidence` 0..1; `doubt` the question to the person, "" when sure."""

    index: int
    header: str
    field: str
    kind: Kind
    unit: str = ""
    unit_from: UnitFrom = ""
    confidence: float = 1.0
    doubt: str = ""

    @property
    def letter(self) -> str:
        return get_column_letter(self.index + 1)

    @property
    def key(self) -> str:
        """The header as a saved profile remembers it."""
        return plain_heading(self.header)


@dataclass(slots=True)
class FoundRow:
    """One line of data. `values` by field, blank → None: text, Decimal 元, int, Decimal percent, `When`, year.

    `problems` must be repaired, `doubts` looked at. `heading` is the class heading above; `derived` the fields that no
    cell of their own holds; `year` the year named in the name, else the table's. `extra` holds amounts of columns
    without a field, by index.
    """

    number: int
    cells: list[Any]
    places: Mapping[str, int]
    values: dict[str, Any]
    problems: list[CellProblem] = field(default_factory=list)
    doubts: list[CellProblem] = field(default_factory=list)
    heading: str = ""
    year: int | None = None
    derived: tuple[str, ...] = ()
    extra: dict[int, Any] = field(default_factory=dict)

    def cell(self, key: str) -> str:
        """The address of a field in this row, "C7"; the row's own number for a field without a column."""
        return f"{get_column_letter(self.places[key] + 1)}{self.number}" if key in self.places else f"第{self.number}行"

    def original(self, key: str) -> str:
        """The words of a field as they stand in the file, "" when blank or without a column."""
        place = self.places.get(key, -1)
        return plain_text(self.cells[place]) if 0 <= place < len(self.cells) and self.cells[place] is not None else ""

    @property
    def sources(self) -> tuple[SourceAmount, ...]:
        """Amounts named in the words of 资金来源: "中央衔接资金212万元+历年结余98万元"."""
        return sources_of(self.values.get("funding_source"))

    def first_day(self, key: str) -> date | None:
        """The earliest day a date may mean."""
        when = self.values.get(key)
        return when.earliest if when else None

    def last_day(self, key: str) -> date | None:
        """The latest day a date may mean."""
        when = self.values.get(key)
        return when.latest if when else None


@dataclass
class FoundTable:
    """One table of a sheet. Row numbers from 1. `what` says whether it lists projects; `notes` are for the person.

    `main` are the fields whose sum is the money of a row: one total column, or the parts where there is none.
    """

    sheet: str
    title: str
    header_rows: tuple[int, int]
    columns: list[FoundColumn]
    what: What
    rows: list[FoundRow] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    totals: list[TotalCheck] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    main: tuple[str, ...] = ()
    unit: str = ""
    year: int | None = None
    levels: tuple[str, ...] = ()
    as_of: date | None = None

    @property
    def is_project_list(self) -> bool:
        return self.what == What.PROJECTS

    @property
    def name(self) -> str:
        """What this table is, in words: 项目表, 分类汇总表 …"""
        return WORDS[self.what][0]

    @property
    def reason(self) -> str:
        """Why it is no list of projects and what to do, "" when it is one."""
        return WORDS[self.what][1]

    @property
    def signature(self) -> str:
        """The same for all files with the same header: finds the saved profile."""
        return "|".join(column.key for column in self.columns)

    @property
    def key(self) -> str:
        """The signature as a short word for the database and for forms."""
        return header_key(column.key for column in self.columns)

    @property
    def unsure(self) -> list[FoundColumn]:
        """Columns about which the person should be asked."""
        return [column for column in self.columns if column.doubt]

    def column(self, key: str) -> FoundColumn | None:
        return next((column for column in self.columns if column.field == key), None)

    def amount(self, row: FoundRow) -> Decimal | None:
        """The money of a row in 元, None when it has none."""
        values = [value for key in self.main if (value := row.values.get(key)) is not None]
        return sum(values, Decimal(0)) if values else None

    def total(self) -> Decimal | None:
        """The money of all rows in 元; None when no row has any."""
        amounts = [amount for row in self.rows if (amount := self.amount(row)) is not None]
        return sum(amounts, Decimal(0)) if amounts else None

    def value(self, row: FoundRow, column: FoundColumn) -> Any:
        """What a row holds in a column, also in money columns without a field."""
        return row.values.get(column.field) if column.field else row.extra.get(column.index)


@dataclass
class Reading:
    """A whole file. `kind` "xlsx", "xls", "csv（GB18030）"; `tables` in their order; `notes` on the file."""

    kind: str
    tables: list[FoundTable]
    notes: list[str] = field(default_factory=list)

    @property
    def project_tables(self) -> list[FoundTable]:
        return [table for table in self.tables if table.is_project_list]


def shown(raw: Any) -> str:
    """What stands in a cell, short enough for a message."""
    return clean_text(raw)[:60]
