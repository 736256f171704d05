"""Do the totals of a table add up? Every total, subtotal and heading with amounts is compared, each cell by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from .lines import Line, LineKind

Verdict = Literal["ok", "rounding", "differs"]
_SUMS = (LineKind.TOTAL, LineKind.SUBTOTAL, LineKind.HEADING)


@dataclass(frozen=True, slots=True)
class TotalCheck:
    """One cell of a total row. `stated` and `computed` in 元 (or a number, for counts); `rows` the lines added, from 1."""

    cell: str
    header: str
    label: str
    stated: Decimal
    computed: Decimal
    verdict: Verdict
    rows: tuple[int, int]
    message: str

    @property
    def difference(self) -> Decimal:
        return self.stated - self.computed


@dataclass(frozen=True)
class Summed:
    """A column that is added up: its header, where it stands, and the smallest step in which it is written (in 元)."""

    index: int
    header: str
    letter: str
    step: Decimal
    words: Callable[[Decimal], str]


def check_sums(lines: list[Line], columns: list[Summed], value_at: Callable[[int, int], Decimal | None]) -> list[TotalCheck]:
    """All checks in the order of the rows. What a row adds up is the range that fits best: all rows, those above or below."""
    data = [line.number for line in lines if line.kind == LineKind.DATA]
    found: list[TotalCheck] = []
    for place, line in enumerate(lines):
        if line.kind not in _SUMS:
            continue
        stated = {column: value for column in columns if (value := value_at(line.number, column.index)) is not None}
        if stated:
            found += _best(line, stated, _ranges(lines, place, data), value_at)
    return found


def _ranges(lines: list[Line], place: int, data: list[int]) -> list[list[int]]:
    """Candidates, the likeliest first: a total adds all rows, a subtotal those above it, a heading those below it."""
    whole = data
    above = _until(reversed(lines[:place]), lines[place])
    below = _until(iter(lines[place + 1 :]), lines[place])
    order = {
        LineKind.TOTAL: [whole, above, below], LineKind.SUBTOTAL: [above, below, whole], LineKind.HEADING: [below],
    }[lines[place].kind]  # fmt: skip
    return [one for one in order if one] or [[]]


def _until(lines: Iterable[Line], own: Line) -> list[int]:
    """Data rows up to the next row that sums at the same or a higher level."""
    numbers = []
    for line in lines:
        if line.kind == LineKind.DATA:
            numbers.append(line.number)
        elif line.kind == LineKind.HEADING and own.kind == LineKind.HEADING and line.level > own.level:
            continue
        elif line.kind in _SUMS:
            break
    return sorted(numbers)


def _best(
    line: Line, stated: dict[Summed, Decimal], ranges: list[list[int]], value_at: Callable[[int, int], Decimal | None]
) -> list[TotalCheck]:
    attempts = [[_check(line, column, value, rows, value_at) for column, value in stated.items()] for rows in ranges]
    return max(attempts, key=lambda checks: sum({"ok": 2, "rounding": 1, "differs": 0}[one.verdict] for one in checks))


def _check(
    line: Line, column: Summed, stated: Decimal, rows: list[int], value_at: Callable[[int, int], Decimal | None]
) -> TotalCheck:
    values = [value for row in rows if (value := value_at(row, column.index)) is not None]
    computed = sum(values, Decimal(0))
    gap = stated - computed
    verdict: Verdict = "ok" if not gap else "rounding" if abs(gap) <= column.step else "differs"
    cell = f"{column.letter}{line.number + 1}"
    extent = (rows[0] + 1, rows[-1] + 1) if rows else (0, 0)
    message = "" if verdict == "ok" else _words(cell, line, column, stated, computed, extent, verdict)
    return TotalCheck(cell, column.header, line.label, stated, computed, verdict, extent, message)


def _words(
    cell: str, line: Line, column: Summed, stated: Decimal, computed: Decimal, extent: tuple[int, int], verdict: Verdict
) -> str:
    where = f"第 {extent[0]}—{extent[1]} 行" if extent != (0, 0) else "表中各行"
    end = "为四舍五入尾差，不影响导入。" if verdict == "rounding" else "请核对是合计写错、漏行还是某行金额有误。"
    return (
        f"{cell}“{line.label}”的“{column.header}”写 {column.words(stated)}，{where}相加为 {column.words(computed)}，"
        f"差 {column.words(stated - computed)}，{end}"
    )
