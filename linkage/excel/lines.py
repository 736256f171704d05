"""What each row below a header is: a line of data, a heading ("一、产业类"), a subtotal, a total, an 其中, a note, a repetition."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .amounts import normal
from .layout import Layout, is_blank, same_words
from .values import plain_text


class LineKind(StrEnum):
    DATA = "data"
    HEADING = "heading"  # a class of the rows below it, perhaps with their sum
    SUBTOTAL = "subtotal"
    TOTAL = "total"
    PART = "part"  # 其中: contained in another row
    NUMBERS = "numbers"  # 1 2 3 4 … below the header
    NOTE = "note"
    REPEATED = "repeated"


@dataclass(slots=True)
class Line:
    """One filled row, `number` from 0; `label` the words that made it what it is; `level` the depth of its numbering."""

    number: int
    kind: LineKind
    label: str = ""
    level: int = 0


@dataclass(frozen=True)
class Roles:
    """Column indexes by what they mean for telling rows apart."""

    number: int | None
    name: int | None
    labels: tuple[int, ...]
    summed: tuple[int, ...]
    figures: tuple[int, ...] = ()
    regional: tuple[int, ...] = ()


_TOTAL = re.compile(r"^(?:.{0,16}?)(合计|总计|共计|总合计|小计)(?:数|金额|资金)?(?:\(.*\))?:?$")
_WHOLE = re.compile(r"^全[省州市县区旗盟](?:区|域)?(?:合计)?$|^全地区(?:合计)?$")
_PART = re.compile(r"^(?:\(?\d?\)?、?)其中[:：]?")
_NOTE = re.compile(
    r"^(?:注|备注|说明|附注|填表|填报|制表|审核|复核|单位负责|负责人|分管|联系|经办|主管领导|打印|监督电话|公示期|审批|盖章)"
    r"[^:]{0,12}:|^注\d?[:.、]"
)
_LEVELS = (
    (1, re.compile(r"^(?:[一二三四五六七八九十]{1,3}(?:、|$|\.|,)|第[一二三四五六七八九十]+[部类批章])")),
    (2, re.compile(r"^\([一二三四五六七八九十]{1,3}\)")),
    (3, re.compile(r"^\d{1,4}(?:、|$|\.(?!\d)|\.0$)")),
    (4, re.compile(r"^(?:\(\d{1,4}\)|[①-⑳])")),
)
_NUMERAL = re.compile(r"[(（]?[一二三四五六七八九十]{1,3}[)）、.．]?")
_DRESSING = re.compile(
    r"^(?:[(（][一二三四五六七八九十]{1,3}[)）]|[一二三四五六七八九十]{1,3}[、.．])\s*|\s*[(（]共?\s*\d+\s*个?[^()（）]{0,6}[)）][:：]?$"
)
_CLASS = re.compile(r"类(?:项目)?(?:\(.*\))?:?$|\(.*\d+个.*\)$|项目\d+个$")


def read_lines(layout: Layout, roles: Roles, amount_at: Callable[[int, int], Any]) -> list[Line]:
    """Every filled row of a table in its order. `amount_at(row, column)` gives the number in a cell or None."""
    lines = []
    for number in range(layout.last + 1, layout.until):
        cells = layout.grid.cells[number]
        filled = [index for index, cell in enumerate(cells) if cell != "" and not is_blank(cell)]
        if filled and not (filled == [roles.number] and _is_number(cells[filled[0]])):  # numbers written ahead are no rows
            lines.append(_line(layout, roles, number, cells, filled))
    _mark_headings(layout, roles, lines, amount_at)
    _mark_unnumbered_sums(layout, roles, lines, amount_at)
    return lines


def _line(layout: Layout, roles: Roles, number: int, cells: list[Any], filled: list[int]) -> Line:
    if same_words(layout, cells):
        return Line(number, LineKind.REPEATED)
    if number <= layout.last + 2 and _is_numbering(cells, filled):
        return Line(number, LineKind.NUMBERS)
    words = {index: cells[index] for index in roles.labels if index < len(cells) and isinstance(cells[index], str)}
    name = "" if roles.name is None or roles.name >= len(cells) else cells[roles.name]
    for index, text in words.items():
        if len(text) > 60 or (index != roles.name and not is_blank(name)):
            continue
        if kind := _kind_of_label(plain := normal(text), index in roles.regional):
            return Line(number, kind, plain)
    first = cells[filled[0]]
    if len(filled) <= 4 and isinstance(first, str) and _NOTE.match(normal(first[:80])):
        return Line(number, LineKind.NOTE, first.strip())
    return Line(number, LineKind.DATA, "", _level(cells, roles))


def _kind_of_label(plain: str, regional: bool) -> LineKind | None:
    if "计" in plain and (found := _TOTAL.match(plain)):
        return LineKind.SUBTOTAL if found[1] == "小计" else LineKind.TOTAL
    if plain.startswith("全") and regional and _WHOLE.match(plain):
        return LineKind.TOTAL
    return LineKind.PART if "其中" in plain and _PART.match(plain) else None


def _is_number(cell: Any) -> bool:
    return not isinstance(cell, str) or cell.strip().isdecimal()


def _is_numbering(cells: list[Any], filled: list[int]) -> bool:
    """ "1 2 3 4 5", "栏次 1 2 3", "甲 乙 1 2" below the header."""
    texts = [plain_text(cells[index]).strip("()（）列 ") for index in filled]
    digits = [text for text in texts if text.isdecimal()]
    return len(digits) >= 3 and len(texts) - len(digits) <= 3 and all(
        int(after) - int(before) == 1 for before, after in zip(digits, digits[1:], strict=False)
    ) and all(len(text) <= 2 for text in texts)  # fmt: skip


def _level(cells: list[Any], roles: Roles) -> int:
    """Depth of the numbering of a row: 一、 1, （一） 2, 1 3, （1） 4; 0 without one."""
    for index in (roles.number, roles.name, *roles.labels[:2]):
        if index is None or index >= len(cells) or is_blank(cells[index]):
            continue
        if isinstance(cells[index], float | int):
            return 3 if index == roles.number else 0
        plain = normal(str(cells[index])[:20])
        for level, form in _LEVELS:
            if form.match(plain):
                return level
        if index == roles.number:
            return 3
    return 0


# -- headings -------------------------------------------------------------------------------------------------------------


def _mark_headings(layout: Layout, roles: Roles, lines: list[Line], amount_at: Callable[[int, int], Any]) -> None:
    """Rows with Chinese numerals or alone in their row, above rows of a deeper level, describe what follows."""
    data = [line for line in lines if line.kind == LineKind.DATA]
    for here, line in enumerate(data):
        cells = layout.grid.cells[line.number]
        if _words_in(cells, roles) > 1:
            continue
        if (line.level in (1, 2) and _has_members(data[here:], roles, amount_at)) or _alone(layout, cells, roles, line):
            line.kind, line.label = LineKind.HEADING, _label_of(cells, roles)


def _has_members(data: list[Line], roles: Roles, amount_at: Callable[[int, int], Any]) -> bool:
    """Do the rows below a numeral belong to it: numbered deeper, or unnumbered and it has no money but their sum?"""
    own, *after = data
    if not after or 0 < after[0].level <= own.level:
        return False
    if after[0].level:
        return True
    end = next((place for place, line in enumerate(after) if 0 < line.level <= own.level), len(after))
    return _is_sum(own, after[:end], roles, amount_at, blank=True)


def _is_sum(own: Line, members: list[Line], roles: Roles, amount_at: Callable[[int, int], Any], blank: bool = False) -> bool:
    """Is the money of a row that of the rows below it? `blank`: what is said of a row without money."""
    found = {column: value for column in roles.summed if (value := amount_at(own.number, column)) is not None}
    if not found:
        return blank
    return all(
        value == sum(part for line in members if (part := amount_at(line.number, column)) is not None) for column, value in found.items()
    )


def _alone(layout: Layout, cells: list[Any], roles: Roles, line: Line) -> bool:
    """One word alone in a wide row, not standing as a name beside a number of its own."""
    filled = [index for index, cell in enumerate(cells) if not is_blank(cell)]
    if len(filled) != 1 or layout.width < 3 or not isinstance(cells[filled[0]], str):
        return False
    if filled[0] != roles.name:
        return True
    return line.level in (1, 2) or bool(_CLASS.search(normal(cells[filled[0]])))


def _label_of(cells: list[Any], roles: Roles) -> str:
    """The words of a heading without its numeral and the number of its rows, "一、产业类（12个）" → "产业类"."""
    words = {index: plain_text(cells[index]).strip() for index in roles.labels if index < len(cells) and not is_blank(cells[index])}
    if len(words) > 1 and _NUMERAL.fullmatch(words.get(roles.number, "")):
        del words[roles.number]
    text = "".join(words.values()) or next((plain_text(cell).strip() for cell in cells if not is_blank(cell)), "")
    return _DRESSING.sub("", text).strip() or text


def _words_in(cells: list[Any], roles: Roles) -> int:
    """How many cells hold words, besides the number and the figures. A heading has one, a project more."""
    apart = (roles.number, *roles.figures)
    return sum(index not in apart and not is_blank(cell) and not isinstance(cell, float) for index, cell in enumerate(cells))


def _mark_unnumbered_sums(layout: Layout, roles: Roles, lines: list[Line], amount_at: Callable[[int, int], Any]) -> None:
    """ "产业发展类 | 4197" without number above numbered rows: a heading when it is the sum of the rows up to the next such."""
    data = [line for line in lines if line.kind == LineKind.DATA]
    if roles.number is None or not roles.summed or sum(line.level == 3 for line in data) * 2 < len(data):
        return
    open_at = [place for place, line in enumerate(data) if line.level == 0 and _words_in(layout.grid.cells[line.number], roles) == 1]
    for place, following in zip(open_at, [*open_at[1:], len(data)], strict=False):
        line = data[place]
        if following - place > 1 and _is_sum(line, data[place + 1 : following], roles, amount_at):
            line.kind, line.label = LineKind.HEADING, _label_of(layout.grid.cells[line.number], roles)
