"""Data rows of a table: every cell read, headings and merged cells carried down, sums within the row compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from linkage.money import wan_text

from .amounts import POWERS
from .cells import clean_name, read_cell
from .found import FoundColumn, FoundRow, FoundTable, shown
from .headings import FIELDS, PARTS
from .layout import Layout, is_blank
from .lines import Line, LineKind
from .reading import CellProblem

# Cells that must be readable before a row can be taken in; others are only asked about.
BLOCKING = frozenset(
    {"name", "planned_investment_yuan", "allocated_yuan", "planned_start_on", "planned_finish_on", "project_year", *PARTS}
)
MOST_LIKELY_YUAN = Decimal(10**9)  # 10 亿元: above it the unit is probably wrong
YEAR = re.compile(r"(?<!\d)(20\d{2})(?:年|—|-)")
_NAMED_FROM = ("implementer", "township", "village", "category", "subcategory", "content")


def read_rows(layout: Layout, table: FoundTable, lines: list[Line]) -> None:
    """Fill `table.rows` from the lines of data; the headings above become the category where no column holds one."""
    merged = _merged_down(layout, table.columns)
    places = {column.field: column.index for column in table.columns if column.field and column.kind != "private"}
    blank = dict.fromkeys(places)
    headings: dict[int, str] = {}
    for line in lines:
        if line.kind == LineKind.HEADING:
            headings = {level: words for level, words in headings.items() if level < line.level}
            headings[line.level] = line.label
        elif line.kind == LineKind.DATA:
            row = FoundRow(line.number + 1, layout.grid.cells[line.number], places, dict(blank))
            row.heading = "/".join(headings[level] for level in sorted(headings))
            _read_cells(row, table, merged.get(line.number, {}), layout.grid.errors.get(line.number, {}))
            _complete(row, table)
            table.rows.append(row)


def _merged_down(layout: Layout, columns: list[FoundColumn]) -> dict[int, dict[int, Any]]:
    """Row → column → what stands in the first cell of a range merged downwards. Only words are carried, never money."""
    carried = {column.index for column in columns if column.kind in ("text", "sources")}
    found: dict[int, dict[int, Any]] = {}
    room = 10 * max(layout.until - layout.last, 1)
    for (first_row, column), (last_row, _last) in layout.grid.merged:
        if last_row <= first_row or column not in carried or first_row <= layout.last or first_row >= layout.until:
            continue
        cells = layout.grid.cells[first_row]
        value = cells[column] if column < len(cells) else ""
        for number in range(first_row + 1, min(last_row + 1, layout.until)):
            found.setdefault(number, {})[column] = value
            room -= 1
            if room < 0:
                return found
    return found


def _read_cells(row: FoundRow, table: FoundTable, merged: dict[int, Any], errors: dict[int, str]) -> None:
    cells, width, values = row.cells, len(row.cells), row.values
    for column in table.columns:
        index, kind = column.index, column.kind
        if kind == "private" or not (column.field or kind == "amount"):
            continue
        raw = cells[index] if index < width else ""
        if raw == "" and index in errors:
            raw = errors[index]
        elif merged and index in merged and is_blank(raw):
            raw = merged[index]
            if column.field == "name":
                _remark(row, column, raw, "", "与上一行合并为一个单元格：同一项目分成几行，金额没有相加，请核对。")
        if raw == "" or raw is None:
            continue
        read = read_cell(kind, raw, unit=column.unit or "万元", year=table.year)
        if column.field:
            _put(values, column.field, read.value)
        else:
            row.extra[index] = read.value
        if read.wrong or read.doubt:
            _remark(row, column, raw, read.wrong, read.doubt)
        elif kind == "amount" and read.value is not None and abs(read.value) > MOST_LIKELY_YUAN and table.is_project_list:
            _remark(row, column, raw, "", f"合 {wan_text(read.value)} 万元，超过 10 亿元，单位可能写错，请核对。")


def _put(values: dict[str, Any], field: str, value: Any) -> None:
    """The first column of a field counts; parts of one level in two columns are added."""
    standing = values.get(field)
    if standing is None:
        values[field] = value
    elif field in PARTS and value is not None:
        values[field] = standing + value


def _remark(row: FoundRow, column: FoundColumn, raw: Any, wrong: str, doubt: str) -> None:
    finding = CellProblem(column.field, f"{column.letter}{row.number}", column.header, shown(raw), wrong or doubt)
    (row.problems if wrong and column.field in BLOCKING else row.doubts).append(finding)


def _complete(row: FoundRow, table: FoundTable) -> None:
    """What follows from the whole row: its name, category and year, and whether its parts add up."""
    values = row.values
    if row.heading and not values.get("category"):
        values["category"] = row.heading.split("/")[0]
        row.derived += ("category",)
    if not table.is_project_list:
        return
    name = values.get("name")
    if name:
        values["name"] = clean_name(name)
    elif "name" in row.places:
        row.problems.append(CellProblem("name", row.cell("name"), "项目名称", "", "没有项目名称。请补上，或删去这一行。"))
    else:
        values["name"] = " ".join(dict.fromkeys(values[key].replace("\n", "") for key in _NAMED_FROM if values.get(key)))[:200] or None
        row.derived += ("name",)
    found = YEAR.search(values.get("name") or "")
    row.year = values.get("project_year") or (int(found[1]) if found else table.year)
    for finding in _within(row, table):
        row.doubts.append(finding)


def _within(row: FoundRow, table: FoundTable) -> Iterator[CellProblem]:
    """Sums inside one row: the total and its parts; settlement, fee and rest."""
    if table.main and table.amount(row) is None and not any(problem.key in table.main for problem in row.problems):
        yield _at(row, table.main[0], "没有金额，请核对。")
    parts = [row.values[key] for key in PARTS if row.values.get(key) is not None]
    wholes = [key for key in ("planned_investment_yuan", "allocated_yuan") if row.values.get(key) is not None]
    if len(parts) >= 2 and wholes and all(row.values[key] != sum(parts) for key in wholes):
        yield _at(row, wholes[0], _unequal("各来源相加", sum(parts), row.values[wholes[0]], _step(table, wholes[0])))
    ends = [row.values.get(key) for key in ("settled_yuan", "fee_yuan", "surplus_yuan")]
    planned = row.values.get("planned_investment_yuan")
    if planned is not None and None not in ends and sum(ends) != planned:
        step = _step(table, "planned_investment_yuan")
        yield _at(row, "planned_investment_yuan", _unequal("结算价、管理费与结余相加", sum(ends), planned, step))


def _step(table: FoundTable, key: str) -> Decimal:
    column = table.column(key)
    return Decimal(1).scaleb(POWERS.get(column.unit, 0) - 2) if column else Decimal(0)


def _unequal(what: str, found: Decimal, stated: Decimal, step: Decimal) -> str:
    end = "为尾差。" if abs(found - stated) <= step else "请核对。"
    return f"{what}为 {wan_text(found)} 万元，与 {wan_text(stated)} 万元差 {wan_text(abs(found - stated))} 万元，{end}"


def _at(row: FoundRow, key: str, message: str) -> CellProblem:
    header = FIELDS[key][0] if key in FIELDS else ""
    return CellProblem(key, row.cell(key), header, row.original(key)[:60], message)
