"""Reading tables as counties keep them: any header, any unit, several tables and sheets. Pure: no database, no clock.

`read_tables` is the way in. Exact templates of ours are read by `reading.read_table` instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import IO, Any

from django.core.exceptions import ValidationError

from linkage.money import wan_text

from .amounts import levels_in, normal, read_amount
from .cells import read_cell
from .columns import columns_of, main_fields, roles_of, settle_units, step_of
from .dates import read_when
from .files import Unreadable
from .found import FoundColumn, FoundTable, Profile, Reading
from .headings import LEVEL_OF
from .kinds import What, what_is
from .layout import Layout, find_layouts, same_words
from .lines import Line, LineKind, read_lines
from .rows import YEAR, read_rows
from .sources import Grid, read_source
from .sums import Summed, check_sums

_SHEET_LONG = 31
_AS_OF = re.compile(r"(?:截[至止]|日期|时间)[^\d]{0,8}(\d{4}[年.\-/]\d{1,2}(?:[月.\-/]\d{1,2}日?|月)?)")
_STATED_COUNT = re.compile(r"(?<![\d.])(\d{1,4})个项目|项目(?:共计?)?(\d{1,4})个")
_STATED_MONEY = re.compile(r"(?:合计|共计?|总计|资金|投资|规模|安排)[^\d,;。]{0,10}?(\d[\d,]*(?:\.\d+)?)(万元|亿元|元)")
_DECIMALS = re.compile(r"\.(\d+)")


def read_tables(
    file: IO[bytes], name: str, *, max_bytes: int, max_rows: int, profile: Profile | Sequence[Profile] | None = None,
    known: Sequence[str] = (), more_words: Mapping[str, tuple[str, float]] | None = None,
) -> Reading:  # fmt: skip
    """All tables of a workbook or text table. `name` tells a .csv; nothing else depends on it.

    `profile` is a person's mapping, or one per sort of header; `known` are keys of headers pointed out before, the latest
    first; `more_words` are further plain headings → (field, confidence), before those of the data file. Raises Unreadable
    when the file as a whole cannot be used, nothing else.
    """
    source = read_source(file, name, max_bytes=max_bytes, max_rows=max_rows)
    tables: list[FoundTable] = []
    notes = list(source.notes)
    profiles = [profile] if isinstance(profile, Profile) else list(profile or ())
    known = [*_pointed_out(source.grids, profiles, more_words), *known]
    for grid in source.grids:
        if not grid.cells:
            continue
        found = _tables_of(grid, profiles, more_words, known)
        tables += found
        if not found:
            notes.append(f"工作表“{grid.name}”里没有认出表头，没有读。表头须有“项目名称”等列名，写在数据上方。")
    if not tables:
        raise Unreadable("文件里没有认出表格。请确认有表头（如“项目名称”“计划投资”）且数据在表头下方，再上传。")
    rows = sum(len(table.rows) for table in tables)
    if rows > max_rows:
        raise Unreadable(f"共 {rows} 行，超过一次导入的上限 {max_rows} 行。请分成几个文件上传。")
    return Reading(source.kind, tables, notes)


def _rows_said(grid: Grid, profiles: list[Profile]) -> list[int]:
    """Where people say that the headers of this sheet are, from 0."""
    return [one.header_row - 1 for one in profiles if one.header_row and one.sheet in ("", grid.name)]


def _pointed_out(grids: list[Grid], profiles: list[Profile], more_words: Mapping[str, tuple[str, float]] | None) -> list[str]:
    """Keys of the headers that are said to be at a certain row: other sheets may have the same one."""
    return [
        layout.key
        for grid in grids if grid.cells and (rows := _rows_said(grid, profiles)) for layout in find_layouts(grid, more_words, rows)
    ]  # fmt: skip


def _tables_of(
    grid: Grid, profiles: list[Profile] | None, more_words: Mapping[str, tuple[str, float]] | None, known: Sequence[str] = ()
) -> list[FoundTable]:
    profiles = profiles or []
    layouts = find_layouts(grid, more_words, _rows_said(grid, profiles), known)
    return [_table(layout, _profile_for(layout, profiles), more_words) for layout in layouts]


def _profile_for(layout: Layout, profiles: list[Profile]) -> Profile | None:
    """The mapping said for exactly this table, else for its header, else for every table of its sheet."""
    here = [one for one in profiles if one.header_row and one.sheet in ("", layout.grid.name)]
    own = next((one for one in here if layout.first < one.header_row <= layout.last + 1), None)
    alike = next((one for one in profiles if one.key and one.key == layout.key), None)
    return own or alike or next((one for one in profiles if not one.key and one.sheet in ("", layout.grid.name)), None)


def _table(layout: Layout, profile: Profile | None, more_words: Mapping[str, tuple[str, float]] | None) -> FoundTable:
    columns = columns_of(layout, more_words, profile)
    _forget_private(layout, columns)
    lines = read_lines(layout, roles_of(columns), _number_at(layout))
    settle_units(columns, layout, (line.number for line in lines if line.kind == LineKind.DATA), profile)
    fields = [column.field for column in columns if column.field]
    what = what_is(fields, any(column.kind == "amount" for column in columns))
    if profile and any(choice.field == "name" for choice in profile.columns.values()) and "name" in fields:
        what = What.PROJECTS
    table = FoundTable(
        layout.grid.name[:_SHEET_LONG], layout.title, (layout.first + 1, layout.last + 1), columns, what, lines=lines,
        main=main_fields(columns),
    )  # fmt: skip
    table.year, table.as_of = _year(table, layout, lines), _as_of(layout)
    read_rows(layout, table, lines)
    table.totals = check_sums(lines, _summed(layout, columns, lines), _value_at(layout, columns))
    table.unit = _unit(table)
    table.levels = _levels(table)
    table.notes = _notes(table, layout)
    return table


def _forget_private(layout: Layout, columns: list[FoundColumn]) -> None:
    """Identity and bank numbers leave the grid before anything looks at it."""
    for index in [column.index for column in columns if column.kind == "private"]:
        for cells in layout.grid.cells[layout.last + 1 : layout.until]:
            if index < len(cells) and not same_words(layout, cells):
                cells[index] = ""


# -- numbers for sums -----------------------------------------------------------------------------------------------------


def _number_at(layout: Layout) -> Callable[[int, int], Decimal | None]:
    """The number in a cell as it stands, for comparing rows before units are known."""

    def number(row: int, column: int) -> Decimal | None:
        cells = layout.grid.cells[row]
        return read_cell("amount", cells[column], unit="元").value if column < len(cells) else None

    return number


def _value_at(layout: Layout, columns: list[FoundColumn]) -> Callable[[int, int], Decimal | None]:
    by_index = {column.index: column for column in columns}

    def value(row: int, index: int) -> Decimal | None:
        cells, column = layout.grid.cells[row], by_index[index]
        raw = cells[index] if index < len(cells) else ""
        found = read_cell(column.kind, raw, unit=column.unit or "万元").value
        return Decimal(found) if found is not None else None

    return value


def _summed(layout: Layout, columns: list[FoundColumn], lines: list[Line]) -> list[Summed]:
    found = []
    numbers = [line.number for line in lines]
    for column in columns:
        if column.kind == "count":
            found.append(Summed(column.index, column.header, column.letter, Decimal(0), lambda value: f"{value:f}"))
        elif column.kind == "amount":
            step = step_of(column, _decimals(layout, column.index, numbers))
            found.append(Summed(column.index, column.header, column.letter, step, lambda value: f"{wan_text(value)} 万元"))
    return found


def _decimals(layout: Layout, index: int, numbers: list[int]) -> int:
    """The most decimals written in a column, at most 6."""
    most = 0
    for number in numbers[:2000]:
        cells = layout.grid.cells[number]
        raw = cells[index] if index < len(cells) else ""
        if isinstance(raw, float):
            raw = "" if raw.is_integer() else f"{raw:.8g}"
        if isinstance(raw, str) and (found := _DECIMALS.search(raw)):
            most = max(most, len(found[1].rstrip("0")))
    return min(most, 6)


# -- what the table says of itself ------------------------------------------------------------------------------------------


def _year(table: FoundTable, layout: Layout, lines: list[Line]) -> int | None:
    """One year for the whole table: its year column, its title, or a year that most names begin with."""
    column = table.column("project_year")
    numbers = [line.number for line in lines if line.kind == LineKind.DATA]
    if column:
        years = {read_cell("year", cell).value for cell in _cells(layout, column.index, numbers)} - {None}
        if len(years) == 1:
            return years.pop()
    if found := YEAR.search(normal(layout.title)):
        return int(found[1])
    if column := table.column("name"):
        found_years = [int(found[1]) for cell in _cells(layout, column.index, numbers) if (found := YEAR.search(str(cell)[:80]))]
        if found_years and len(set(found_years)) == 1 and len(found_years) * 2 >= len(numbers):
            return found_years[0]
    return None


def _cells(layout: Layout, index: int, numbers: list[int]) -> list[Any]:
    rows = (layout.grid.cells[number] for number in numbers)
    return [cells[index] for cells in rows if index < len(cells) and cells[index] != ""]


def _as_of(layout: Layout) -> date | None:
    """The day a line above the header names with 截至 or 日期."""
    for line in layout.above:
        if found := _AS_OF.search(normal(line)):
            try:
                when = read_when(found[1])
            except ValidationError:
                continue
            return when.latest if when else None
    return None


def _unit(table: FoundTable) -> str:
    """The unit of the money of a row, "" when it was only guessed."""
    columns = [column for key in table.main if (column := table.column(key))] or [
        column for column in table.columns if column.kind == "amount"
    ]
    return columns[0].unit if columns and columns[0].unit_from != "guess" else ""


def _levels(table: FoundTable) -> tuple[str, ...]:
    """Levels the money comes from: columns that hold some, else the header or title, else every cell of 资金来源."""
    held = [LEVEL_OF[key] for key in LEVEL_OF if any(row.values.get(key) for row in table.rows)]
    if held:
        return tuple(held)
    column = table.column(table.main[0]) if table.main else None
    for words in ([column.header] if column else []) + [table.title]:
        if levels := levels_in(normal(words)):
            return levels
    named = [levels_in(normal(row.values.get("funding_source") or "")) for row in table.rows]
    return tuple(dict.fromkeys(level for levels in named for level in levels)) if named and all(named) else ()


# -- notes ----------------------------------------------------------------------------------------------------------------


def _notes(table: FoundTable, layout: Layout) -> list[str]:
    """What a person should know before anything is taken in."""
    notes = [column.doubt for column in table.columns if column.doubt]
    if private := [column.header for column in table.columns if column.kind == "private"]:
        notes.append(f"“{'、'.join(private)}”是身份证号或银行账号一类的个人信息，没有读入，请从表中删去。")
    notes += [check.message for check in table.totals if check.verdict != "ok"]
    if not table.rows:
        notes.append(f"第 {table.header_rows[1]} 行表头以下没有数据行。")
    if table.is_project_list:
        notes += _project_notes(table, layout)
    return notes


def _project_notes(table: FoundTable, layout: Layout) -> list[str]:
    notes = []
    if not table.main and table.rows:
        notes.append("表中没有计划投资或安排资金的列，金额须另行补填。")
    if table.column("name") is None:
        notes.append("没有“项目名称”列，名称由单位、类别等拼成，请核对。")
    above = normal("".join(layout.above))
    if found := _STATED_COUNT.search(above):
        stated = int(found[1] or found[2])
        if stated != len(table.rows):
            notes.append(f"表头上方写 {stated} 个项目，表内读到 {len(table.rows)} 个，请核对是否截断或漏行。")
    total = table.total()
    if total is not None and (found := _STATED_MONEY.search(above)):
        stated_money = _money(found)
        if stated_money is not None and stated_money != total:
            notes.append(f"表头上方写 {wan_text(stated_money)} 万元，表内合计 {wan_text(total)} 万元，请核对。")
    return notes


def _money(found: re.Match) -> Decimal | None:
    try:
        amount = read_amount(found[1] + found[2], "元")
    except ValidationError:
        return None
    return amount.yuan if amount else None
