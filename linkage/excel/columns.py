"""The columns of a table: what each means, which unit its money is in, and what a person should be asked about."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from statistics import median
from typing import Any

from django.core.exceptions import ValidationError

from .amounts import BLANK, POWERS, normal, read_amount
from .found import Choice, FoundColumn, Profile
from .headings import FIELDS, PARTS, SURE, plain_heading, propose
from .layout import Layout, is_blank, one_line
from .lines import Roles

_SAMPLE = 200
_LABELS = ("number", "name", "category", "subcategory", "unit", "township", "village", "task", "implementer", "department", "batch")
_REPEATABLE = ("rate", "share", "indicator", "voucher", "quota", "person", "private", "note")
# 元 per unit a project may plausibly cost: numbers above are read as 元 where no unit is named.
_MOST_WAN = 20_000


def columns_of(layout: Layout, more: Mapping[str, tuple[str, float]] | None, profile: Profile | None) -> list[FoundColumn]:
    """One column per header word, proposed from its words or taken from the profile. Each field stands once."""
    columns = []
    for index in range(layout.width):
        header = layout.heading(index)
        if header:
            columns.append(_column(layout, index, header, more, profile))
    _once(columns)
    _lone_money(columns)
    return columns


def _column(
    layout: Layout, index: int, header: str, more: Mapping[str, tuple[str, float]] | None, profile: Profile | None
) -> FoundColumn:
    guess = propose(layout.words[index], layout.groups[index], more)
    column = FoundColumn(
        index, one_line(header), guess.field, guess.kind, guess.unit, "header" if guess.unit else "", guess.confidence
    )
    chosen = profile.choice(column.letter, plain_heading(column.header)) if profile else None
    if chosen is not None:
        _apply(column, chosen)
    elif column.field and column.confidence < SURE:
        column.doubt = f"“{column.header}”按“{FIELDS[column.field][0]}”读，请核对。"
    return column


def _apply(column: FoundColumn, chosen: Choice) -> None:
    column.field, column.confidence = chosen.field, 1.0
    column.kind = FIELDS[chosen.field][1] if chosen.field else "text"
    if chosen.unit:
        column.unit, column.unit_from = chosen.unit, "chosen"


def _once(columns: list[FoundColumn]) -> None:
    """Of two columns for one field the surer keeps it; the other is left without a field, with a question.

    Parts of the same level below one upper header (省级衔接资金, 省级财政资金) are added up.
    """
    best: dict[str, FoundColumn] = {}
    for column in sorted(columns, key=lambda one: -one.confidence):
        if not column.field or column.field in _REPEATABLE:
            continue
        if column.field not in best:
            best[column.field] = column
            continue
        kept = best[column.field]
        if column.field in PARTS and "/" in column.header and column.header.split("/")[:-1] == kept.header.split("/")[:-1]:
            column.doubt = f"“{column.header}”与“{kept.header}”都算作“{FIELDS[column.field][0]}”，已相加，请核对。"
            continue
        column.doubt = f"“{column.header}”与“{kept.header}”都像“{FIELDS[column.field][0]}”，按后者读；这一列没有读入，请核对。"
        column.field, column.confidence = "", 0.0


def _lone_money(columns: list[FoundColumn]) -> None:
    """Beside names, the only column with a unit of money is probably the money, whatever it is called."""
    loose = [column for column in columns if column.kind == "amount" and not column.field and not column.doubt]
    if len(loose) == 1 and not main_fields(columns) and any(column.field == "name" for column in columns):
        loose[0].field, loose[0].confidence = "allocated_yuan", 0.6
        loose[0].doubt = f"“{loose[0].header}”按“{FIELDS['allocated_yuan'][0]}”读，请核对。"


def roles_of(columns: list[FoundColumn]) -> Roles:
    by_field = {column.field: column.index for column in columns if column.field}
    labels = [by_field[field] for field in _LABELS if field in by_field]
    loose = [column.index for column in columns if not column.field and column.kind == "text" and column.index < 4]
    return Roles(
        number=by_field.get("number"), name=by_field.get("name"), labels=tuple(sorted({*labels, *loose})),
        summed=tuple(column.index for column in columns if column.kind == "amount"),
        figures=tuple(column.index for column in columns if column.kind in ("amount", "count", "percent")),
        regional=tuple(by_field[field] for field in ("unit", "township") if field in by_field),
    )  # fmt: skip


# -- units ----------------------------------------------------------------------------------------------------------------


def settle_units(columns: list[FoundColumn], layout: Layout, rows: Iterable[int], profile: Profile | None) -> None:
    """Give every money column its unit: header, person, unit line, cells, else a guess that is asked about.

    A column whose cells are mostly no amounts loses its field, with a question.
    """
    numbers = list(rows)[:_SAMPLE]
    line_unit = layout.unit
    for column in columns:
        if column.kind != "amount":
            continue
        cells = [layout.grid.cells[number][column.index] for number in numbers if column.index < len(layout.grid.cells[number])]
        cells = [cell for cell in cells if not is_blank(cell)]
        readable, own = _look(cells)
        if not column.unit and sum(not _has_digit(cell) for cell in cells) * 2 > len(cells):
            _demote(column)
            continue
        if column.unit:
            continue
        if profile and profile.unit:
            column.unit, column.unit_from = profile.unit, "chosen"
        elif line_unit:
            column.unit, column.unit_from = line_unit, "line"
        elif own and len(own) == readable and len(set(own)) == 1:
            column.unit, column.unit_from = own[0], "cell"
        else:
            _guess_unit(column, cells)


def _look(cells: list[Any]) -> tuple[int, list[str]]:
    """How many cells are amounts, and the units that stand in them."""
    readable, own = 0, []
    for cell in cells:
        try:
            found = read_amount(cell, "万元")
        except ValidationError:
            continue
        readable += 1
        if found and found.in_cell:
            own.append(found.unit)
    return readable, own


def _has_digit(cell: Any) -> bool:
    return not isinstance(cell, str) or any(sign.isdigit() for sign in cell) or normal(cell) in BLANK


def _demote(column: FoundColumn) -> None:
    words = FIELDS[column.field][0] if column.field else "金额"
    column.doubt = f"“{column.header}”像是“{words}”，但里面大多不是金额，没有按金额读。请核对。"
    column.field, column.kind, column.confidence = "", "text", 0.0


def _guess_unit(column: FoundColumn, cells: list[Any]) -> None:
    numbers = [abs(float(cell)) for cell in cells if _is_number(cell)]
    column.unit = "元" if numbers and median(numbers) >= _MOST_WAN else "万元"
    column.unit_from = "guess"
    if numbers:
        column.doubt = f"“{column.header}”没有写明单位，按{column.unit}读（{min(numbers):g}—{max(numbers):g}），请核对。"


def _is_number(cell: Any) -> bool:
    if isinstance(cell, bool):
        return False
    try:
        return math.isfinite(float(cell))
    except (TypeError, ValueError, OverflowError):
        return False


def main_fields(columns: list[FoundColumn]) -> tuple[str, ...]:
    """The field that holds the money of a row; without one, the parts that add up to it."""
    fields = {column.field for column in columns}
    for field in ("planned_investment_yuan", "allocated_yuan"):
        if field in fields:
            return (field,)
    return tuple(field for field in PARTS if field in fields)


def step_of(column: FoundColumn, decimals: int) -> Decimal:
    """The smallest step in which a column is written, in 元; 0 when it holds whole numbers only."""
    return Decimal(1).scaleb(POWERS.get(column.unit, 0) - decimals) if decimals else Decimal(0)
