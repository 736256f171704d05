"""Where the tables of a sheet are: titles and unit lines above, a header of one to three levels, rows below.

Rows and columns are counted from 0 here; addresses for people are made in `tables`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .amounts import POWERS, normal, unit_in
from .headings import header_key, lookup, plain_heading, propose
from .sources import Grid
from .values import plain_text

LONGEST_HEADING = 60
_NUMERIC = re.compile(r"[-+]?[\d.,]+%?")
_UNIT_LINE = re.compile(r"单位[:：]?\(?(?:人民币)?(?:亿元|百万元|万元|千元|元)")
_UNIT_WORDS = re.compile(r"[(（]?\s*(?:金额)?单位\s*[:：]?\s*(?:人民币)?(?:亿元|百万元|万元|千元|元)\s*[)）]?")
_SIDE_LINE = re.compile(
    r"^(?:(?:填报|编制|制表|报送|填表|公示|统计|截至|截止|发布)[^:]{0,6}|日期|时间|单位|金额单位):"
    r"|^截[至止]|^附件|^\d{4}年\d{1,2}月(?:\d{1,2}日)?$"
)
MORE_LEVELS = 2
_KNOWN_WITHIN = 200  # rows among which a header pointed out before is looked for


@dataclass
class Layout:
    """One table. `words` and `groups` per column: the header's lowest level, and what stands above it."""

    grid: Grid
    first: int
    last: int
    words: list[str]
    groups: list[str]
    above: list[str] = field(default_factory=list)
    until: int = 0

    @property
    def width(self) -> int:
        return len(self.words)

    def heading(self, column: int) -> str:
        """The header of a column as people read it, "本批衔接资金/中央"."""
        return "/".join(filter(None, (self.groups[column], self.words[column])))

    @property
    def key(self) -> str:
        """The same for all tables with the same header, as `FoundTable.key`."""
        return header_key(plain_heading(one_line(words)) for column in range(self.width) if (words := self.heading(column)))

    @property
    def title(self) -> str:
        """The words above the header that are no unit line, date or address."""
        lines = [_UNIT_WORDS.sub("", line).strip() for line in self.above if not _SIDE_LINE.match(normal(line))]
        return " ".join([line for line in lines if len(line) > 3][:3])[:200]

    @property
    def unit(self) -> str:
        """The unit named above the header, "" when none is."""
        for line in self.above:
            if unit := unit_in(line):
                return unit
        return next((normal(line) for line in self.above if normal(line) in POWERS), "")


def is_blank(cell: Any) -> bool:
    return cell == "" or cell is None or (isinstance(cell, str) and (cell.isspace() or not cell))


def one_line(header: str) -> str:
    """A header without the line breaks inside its cell."""
    return " ".join(re.sub(r"\s*\n\s*", "", header).split())


def find_layouts(
    grid: Grid, more: Mapping[str, tuple[str, float]] | None = None, header_rows: Sequence[int] = (), known: Sequence[str] = ()
) -> list[Layout]:
    """All tables of a sheet from top to bottom; `header_rows` (from 0) are its headers whatever stands there.

    `known` are keys of headers that people have pointed out before, the latest first: one of them is a header even where
    the words of this reader would not find it.
    """
    spans = _spans(grid)
    starts = [number for number in sorted(header_rows) if number < len(grid.cells)]
    if not header_rows:
        starts = _header_rows(grid, spans, more) or _plain_header(grid)
        starts = _known_rows(grid, spans, more, starts, known) or starts
    found: list[Layout] = []
    for start in starts:
        if found and start <= found[-1].last:
            continue
        layout = _layout(grid, start, spans, more)
        top = _top_of(grid, layout.first, found[-1].last + 1 if found else 0)
        layout.above = _lines_above(grid, top, layout.first)
        if found:
            found[-1].until = top
        layout.until = len(grid.cells)
        found.append(layout)
    return found


def _known_rows(
    grid: Grid, spans: dict[tuple[int, int], int], more: Mapping[str, tuple[str, float]] | None, starts: list[int], known: Sequence[str]
) -> list[int]:
    """Rows whose header was pointed out before; none where the reader finds that header by itself."""
    if not known:
        return []
    at: dict[str, list[int]] = {}
    for number, cells in enumerate(grid.cells[:_KNOWN_WITHIN]):
        if len(_texts(cells) or ()) >= 2:
            layout = _layout(grid, number, spans, more)
            at.setdefault(layout.key, []).append(layout.first)
    latest = next((key for key in known if key in at), "")
    found = {_layout(grid, start, spans, more).first for start in starts}
    return [] if not latest or set(at[latest]) & found else sorted(set(at[latest]))


def _lines_above(grid: Grid, top: int, header: int) -> list[str]:
    return [plain_text(one).strip()[:300] for row in grid.cells[top:header] for one in row if not is_blank(one)][:30]


def same_words(layout: Layout, cells: list[Any]) -> bool:
    """Is this row a level of the header once more, as at the top of a printed page?"""
    return any(cells == layout.grid.cells[number] for number in range(layout.first, layout.last + 1))


# -- header rows ----------------------------------------------------------------------------------------------------------


def _texts(cells: list[Any]) -> list[tuple[int, str]] | None:
    """Filled cells of a row that may be a header; None when a number, a date or a long text stands among them."""
    found = []
    for index, cell in enumerate(cells):
        if cell == "" or cell is None:
            continue
        if not isinstance(cell, str) or len(cell) > LONGEST_HEADING or _NUMERIC.fullmatch(cell):
            return None
        if not cell.isspace():
            found.append((index, cell))
    return found


def _known(words: str, more: Mapping[str, tuple[str, float]] | None) -> bool:
    return lookup(words)[1] > 0.6 or bool(more and plain_heading(words) in more)


def _header_rows(grid: Grid, spans: dict[tuple[int, int], int], more: Mapping[str, tuple[str, float]] | None) -> list[int]:
    """Rows most of whose cells are known headers. Repetitions of the first are left to `same_words`."""
    found: list[int] = []
    for number, cells in enumerate(grid.cells):
        texts = _texts(cells)
        if not texts or len(texts) < 2:
            continue
        if found and any(cells == one for one in grid.cells[found[-1] : min(found[-1] + MORE_LEVELS + 1, number)]):
            continue
        known = sum(_known(words, more) for _index, words in texts)
        if known >= 2 and (known * 2 >= len(texts) or known >= 5):
            if found and number - found[-1] <= MORE_LEVELS and _below(grid, found[-1], number, spans, more):
                continue
            found.append(number)
    return found


def _plain_header(grid: Grid) -> list[int]:
    """Nothing known: the first row of several words with rows of the same width below it, for a person to map."""
    for number, cells in enumerate(grid.cells[:60]):
        texts = _texts(cells)
        below = grid.cells[number + 1] if number + 1 < len(grid.cells) else []
        if texts and len(texts) >= 2 and sum(not is_blank(cell) for cell in below) >= 2:
            return [number]
    return []


def _top_of(grid: Grid, header: int, above: int) -> int:
    """The first of the title and unit lines that belong to a header; rows of the table before it end there."""
    if above == 0:
        return 0
    top = header
    for number in range(header - 1, max(above, header - 8) - 1, -1):
        texts = _texts(grid.cells[number])
        filled = [plain_text(one) for one in grid.cells[number] if not is_blank(one)]
        if filled and (texts is None or len(filled) > 3 or re.search(r"[合总小]\s*计", "".join(filled))):
            break
        top = number
    return top


# -- levels of a header ---------------------------------------------------------------------------------------------------


def _spans(grid: Grid) -> dict[tuple[int, int], int]:
    """Top left cell of each range merged sideways → its last column."""
    return {(first_row, first): last for (first_row, first), (_last_row, last) in grid.merged if last > first}


def _layout(grid: Grid, start: int, spans: dict[tuple[int, int], int], more: Mapping[str, tuple[str, float]] | None) -> Layout:
    first = start
    if start and _is_group_row(grid, start - 1):
        first = start - 1
    last = first
    while last + 1 < len(grid.cells) and last - first < MORE_LEVELS and (last + 1 <= start or _below(grid, first, last + 1, spans, more)):
        last += 1
    levels = [_spread(grid, number, spans, number < last) for number in range(first, last + 1)]
    width = max((len(level) for level in levels), default=0)
    words, groups = [], []
    for column in range(width):
        stack = [level[column] if column < len(level) else "" for level in levels]
        stack = [text for index, text in enumerate(stack) if text and text not in stack[:index]]
        words.append(stack[-1] if stack else "")
        groups.append("/".join(stack[:-1]))
    return Layout(grid, first, last, words, groups)


def _spread(grid: Grid, number: int, spans: dict[tuple[int, int], int], is_group: bool) -> list[str]:
    """The words of one level per column; a group's word over all columns that it spans.

    Where merging is not told (csv), a word reaches over the blanks to its right under which something stands.
    """
    cells = grid.cells[number]
    width = max(len(cells), len(grid.cells[number + 1]) if is_group and number + 1 < len(grid.cells) else 0)
    level = [plain_text(cells[index]).strip() if index < len(cells) else "" for index in range(width)]
    if not is_group:
        return level
    below = grid.cells[number + 1]
    spread, current, until = [], "", -1
    for column, text in enumerate(level):
        if text:
            current, until = text, spans.get((number, column), width if not grid.merged else column)
        open_below = column < len(below) and not is_blank(below[column])
        reaches = bool(current) and column <= until and (open_below or (number, column) in spans or bool(grid.merged))
        spread.append(text or (current if reaches else ""))
    return spread


def _is_group_row(grid: Grid, number: int) -> bool:
    """A row of group words above the row that was recognised: several columns, none of them a title or unit line."""
    texts = _texts(grid.cells[number])
    if not texts or texts[0][0] == 0 or len(texts) > 8:
        return False
    below = grid.cells[number + 1]
    return all(
        not _UNIT_LINE.search(normal(words)) and not _SIDE_LINE.match(normal(words)) and normal(words) not in POWERS
        and index < len(below) and not is_blank(below[index]) and (lookup(words)[0] or "资金" in words or "投资" in words)
        for index, words in texts
    )  # fmt: skip


def _below(grid: Grid, first: int, number: int, spans: dict[tuple[int, int], int], more: Mapping[str, tuple[str, float]] | None) -> bool:
    """Does this row continue the header: only words, each below a blank or a spanning word of the levels above?"""
    texts = _texts(grid.cells[number])
    if not texts:
        return False
    known = 0
    for column, words in texts:
        group = _group_above(grid, first, number, column, spans)
        if group is None:
            return False
        known += bool(propose(words, group, more).field)
    return known * 2 >= len(texts)


def _group_above(grid: Grid, first: int, number: int, column: int, spans: dict[tuple[int, int], int]) -> str | None:
    """The spanning word above a cell, "" above a blank without any, None when the cell stands below a closed header."""
    for row in range(number - 1, first - 1, -1):
        cells = grid.cells[row]
        own = plain_text(cells[column]).strip() if column < len(cells) else ""
        if own:
            right = cells[column + 1] if column + 1 < len(cells) else ""
            spans_on = (row, column) in spans if grid.merged else is_blank(right)
            return own if spans_on or _takes_parts(own) else None
        for left in range(min(column, len(cells)) - 1, -1, -1):
            if not is_blank(cells[left]):
                if grid.merged and spans.get((row, left), left) < column:
                    break
                return plain_text(cells[left]).strip()
    return None


def _takes_parts(words: str) -> bool:
    """A header about money may have a single column below it, so that nothing spans."""
    return lookup(words)[0] in ("funding_source", "planned_investment_yuan", "allocated_yuan")
