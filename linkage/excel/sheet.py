"""What a printed sheet consists of. Values are those of the program: Decimal 元, ratios 0..1, dates, aware moments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from linkage import periods

Kind = Literal["text", "wan", "yuan", "percent", "number", "int", "date", "datetime"]
WIDTHS: dict[str, float] = {
    "text": 16, "wan": 12, "yuan": 16, "percent": 9, "number": 10, "int": 8, "date": 11.5, "datetime": 17,
}  # fmt: skip
PLACES = {"wan": 2, "yuan": 2, "percent": 1, "number": 2, "int": 0}

_FORBIDDEN_IN_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
NAME_LENGTH = 31  # Excel's own limit for a sheet's name


@dataclass(frozen=True)
class Column:
    """One column. `key` is looked up in each row (mapping key or attribute).

    kind: text; wan (value in 元, written in 万元); yuan; percent (value 0..1); number; int; date; datetime.
    width in characters, None for the kind's own. `total` sums the column exactly into the last row. Neighbours with the
    same `group` stand under one upper header. `places` are the decimals shown; the cell keeps all of them.
    """

    key: str
    header: str
    kind: Kind = "text"
    width: float | None = None
    total: bool = False
    group: str = ""
    places: int | None = None

    @property
    def characters(self) -> float:
        return self.width or WIDTHS[self.kind]

    @property
    def decimals(self) -> int:
        return PLACES.get(self.kind, 0) if self.places is None else self.places


@dataclass(frozen=True)
class Marked:
    """A row that is not summed: a subtotal (bold, shaded) or the heading of a group (its text in the first column)."""

    values: Any
    style: Literal["subtotal", "group"] = "subtotal"


Totals = Mapping[str, Any] | Callable[[Mapping[str, Decimal]], Mapping[str, Any]]


@dataclass(frozen=True)
class Sheet:
    """One sheet. `rows` may be a generator: mappings, objects or `Marked`, in the order printed.

    `unit_line` "单位：万元"; `as_of` a moment, a day or words, printed as 截至; `basis` the 口径 in words. `totals` adds
    values to the last row that are no sums (a rate): a mapping, or a function of the sums by key. `name` is the tab.
    """

    title: str
    columns: list[Column]
    rows: Iterable[Any] = ()
    unit_line: str = ""
    as_of: datetime | date | str | None = None
    basis: str = ""
    footnotes: tuple[str, ...] | list[str] = ()
    name: str = ""
    total_label: str = "合计"
    totals: Totals = field(default_factory=dict)
    frozen_columns: int = 0

    @property
    def as_of_words(self) -> str:
        """ "截至 2026年11月19日 24:00", empty without as_of."""
        if self.as_of is None or self.as_of == "":
            return ""
        if isinstance(self.as_of, datetime):
            return f"截至 {periods.moment_words(self.as_of)}"
        if isinstance(self.as_of, date):
            return f"截至 {periods.day_words(self.as_of)}"
        return self.as_of if self.as_of.startswith("截至") else f"截至 {self.as_of}"

    @property
    def has_groups(self) -> bool:
        return any(column.group for column in self.columns)

    @property
    def has_totals(self) -> bool:
        return any(column.total for column in self.columns)


def sheet_names(sheets: list[Sheet]) -> list[str]:
    """Tab names Excel accepts: without forbidden signs, at most 31 characters, each once (case does not count)."""
    names: list[str] = []
    taken: set[str] = {"history", "历史记录"}
    for sheet in sheets:
        wanted = _FORBIDDEN_IN_NAME.sub(" ", sheet.name or sheet.title).strip().strip("'").strip() or "表"
        name, number = wanted[:NAME_LENGTH].rstrip("' "), 2
        while name.lower() in taken:
            suffix = f"（{number}）"
            name, number = f"{wanted[: NAME_LENGTH - len(suffix)]}{suffix}", number + 1
        taken.add(name.lower())
        names.append(name)
    return names
