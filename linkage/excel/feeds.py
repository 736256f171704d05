"""A raw export of another system: one header, one line per row, columns told by their headings alone.

Such files are long and flat. They are read row by row and handed on in portions; nothing but the columns asked for leaves
this module, of account numbers only whether they look wrong. What a column may be called is data of the app (`FeedSheet`).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import PurePath
from typing import IO, Any, Literal, NamedTuple

from django.core.exceptions import ValidationError
from openpyxl.utils import get_column_letter
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from .amounts import read_amount, unit_in
from .files import Unreadable
from .sources import NUL, check_source, decoded, guarded, separator
from .values import plain_text

PORTION = 500
HEADER_WITHIN = 60  # rows
LONGEST_LINE = 300
SHOWN = 60
HAN = re.compile(r"[\u3400-\u9fff]")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]+\d{1,2}:\d{1,2}.*)?|(\d{4})(\d{2})(\d{2})(?:\d{6})?")
_SPAN = re.compile(r"(\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?)\s*(?:至|到|—+|~|－|-{1,2})\s*(\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?)")
_UNIT = re.compile(r"\((?:单位:?)?(?:人民币)?(?:元|万元|亿元|千元|百万元)\)")
_TOTAL = re.compile(r"(?:[一二三四五六七八九十]+、)?(?:合计|总计|小计|本页合计|本月合计|累计|总合计)[:：]?")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+\d{1,2}")
_PARTY, _OF_PARTY = re.compile(r"(付款|收款)(?:人|方)?"), frozenset({"账号", "账户", "账户名称", "户名", "名称", "全称", "银行", "开户行", "开户银行"})

Kind = Literal["text", "code", "date", "yuan", "account"]


@dataclass(frozen=True)
class FeedColumn:
    """`headings` as they are compared: without blanks, brackets of units, "*". `code` is text that must not lose a digit."""

    key: str
    kind: Kind
    headings: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class FeedSheet:
    """One sort of export. `needs`: groups of keys; a header holds it when of each group at least one is there."""

    code: str
    title: str
    columns: tuple[FeedColumn, ...]
    needs: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class FeedTable:
    """A sheet with such a header. `letters` and `headers` by key; `period` the days a line above the header names."""

    sheet: str
    header_row: int
    letters: dict[str, str]
    headers: dict[str, str]
    unit: str
    above: tuple[str, ...] = ()
    period: tuple[date, date] | None = None


@dataclass(frozen=True)
class FeedHead:
    """What the file is, before its rows."""

    code: str
    tables: tuple[FeedTable, ...]
    notes: tuple[str, ...]


class FeedRow(NamedTuple):
    """One line. `values` by key, blank ones missing; `problems`: key, what stands there, what is wrong; `skipped`: why it is no data."""

    table: int
    number: int
    values: dict[str, Any]
    problems: tuple[tuple[str, str, str], ...] = ()
    skipped: str = ""


def heading(words: Any) -> str:
    """A heading as it is compared."""
    plain = unicodedata.normalize("NFKC", plain_text(words)) if words not in ("", None) else ""
    return _UNIT.sub("", re.sub(r"[\s*]", "", plain))


def read_feed(file: IO[bytes], sheets: Sequence[FeedSheet], name: str, *, max_bytes: int, max_rows: int) -> Iterator[Any]:
    """First a FeedHead, then lists of up to PORTION FeedRow. Raises Unreadable when the file is none of these exports."""
    kind = check_source(file, name, max_bytes=max_bytes, max_rows=max_rows)
    found, notes, missing = [], [], []
    for title, rows in _sheets(file, kind, name, notes):
        first = list(islice(rows, HEADER_WITHIN))
        at = _header(first, sheets)
        if at is None:
            missing += _nearly(title, first, sheets)
            continue
        number, spec = at
        if found and found[0][0].code != spec.code:
            notes.append(f"工作表“{title}”是{spec.title}，与前面的表不同，没有读。请另存为一个文件上传。")
            continue
        table = _table(title, first, number, spec)
        found.append((spec, table, chain(enumerate(first[number + 1 :], number + 2), enumerate(rows, len(first) + 1))))
    if not found:
        raise Unreadable(_unknown(sheets, missing))
    yield FeedHead(found[0][0].code, tuple(table for _, table, _ in found), tuple(notes))
    count = 0
    for place, (spec, table, lines) in enumerate(found):
        portion: list[FeedRow] = []
        for row in _rows(place, spec, table, lines):
            portion.append(row)
            count += not row.skipped
            if count > max_rows:
                raise Unreadable(f"超过一次导入的上限 {max_rows} 行。请按月份或单位分几个文件导出。")
            if len(portion) == PORTION:
                yield portion
                portion = []
        if portion:
            yield portion


# -- cells ----------------------------------------------------------------------------------------------------------------


def _sheets(file: IO[bytes], kind: str, name: str, notes: list[str]) -> Iterator[tuple[str, Iterator[list[Any]]]]:
    """Name and rows of each visible sheet; the rows are made while they are read."""
    if kind == "text":
        text = decoded(file.read())[0].replace(NUL, "")
        yield PurePath(name).stem[:31], iter(csv.reader(io.StringIO(text, newline=""), delimiter=separator(text)))
        return
    data = file if kind == "xlsx" else io.BytesIO(file.read())
    book = guarded(lambda: CalamineWorkbook.from_filelike(data))
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet:
            continue
        if meta.visible != SheetVisibleEnum.Visible:
            notes.append(f"隐藏的工作表“{meta.name[:31]}”没有读。要读请先取消隐藏。")
            continue
        sheet = guarded(lambda meta=meta: book.get_sheet_by_name(meta.name))
        yield meta.name[:31], _guarded_rows(sheet)


def _guarded_rows(sheet) -> Iterator[list[Any]]:
    """All rows from the first on; the parser leaves out blank columns on the left, not blank rows above."""
    left = [""] * (guarded(lambda: sheet.start) or (0, 0))[1]
    rows = guarded(sheet.iter_rows)
    while (row := guarded(lambda: next(rows, None))) is not None:
        yield left + row if left else row


def _blank(cell: Any) -> bool:
    return cell is None or cell == "" or (type(cell) is str and not cell.strip())


# -- the header -----------------------------------------------------------------------------------------------------------


def _places(cells: Sequence[Any], spec: FeedSheet) -> dict[str, int]:
    """Key → column of a row, were it the header: of several headings for one key the one named first in `headings`; "账号"
    after 收款人 is read as 收款人账号."""
    by_heading = {words: (column.key, rank) for column in spec.columns for rank, words in enumerate(column.headings)}
    found: dict[str, int] = {}
    ranks: dict[str, int] = {}
    party = ""
    for index, cell in enumerate(cells):
        words = heading(cell)
        if not words:
            continue
        key, rank = by_heading.get(party + words if party and words in _OF_PARTY else words, ("", 0))
        if match := _PARTY.match(words):
            party = f"{match[1]}人"
        if key and (key not in ranks or rank < ranks[key]):
            found[key], ranks[key] = index, rank
    return found


def _fits(places: Mapping[str, int], spec: FeedSheet) -> bool:
    return all(any(key in places for key in group) for group in spec.needs)


def _header(first: Sequence[Sequence[Any]], sheets: Sequence[FeedSheet]) -> tuple[int, FeedSheet] | None:
    for number, cells in enumerate(first):
        fitting = [(len(places), spec) for spec in sheets if _fits(places := _places(cells, spec), spec)]
        if fitting:
            return number, max(fitting, key=lambda one: one[0])[1]
    return None


def _nearly(title: str, first: Sequence[Sequence[Any]], sheets: Sequence[FeedSheet]) -> list[str]:
    """What is missing in a header that is almost one of ours."""
    found = []
    for spec in sheets:
        labels = {column.key: column.label for column in spec.columns}
        best = max(((number, _places(cells, spec)) for number, cells in enumerate(first)), key=lambda one: len(one[1]), default=(0, {}))
        if len(best[1]) >= 5:
            lacking = ["或".join(labels[key] for key in group) for group in spec.needs if not any(key in best[1] for key in group)]
            found.append(f"工作表“{title}”第 {best[0] + 1} 行像是{spec.title}的表头，但没有{'、'.join(lacking)}列")
    return found


def _unknown(sheets: Sequence[FeedSheet], missing: list[str]) -> str:
    if missing:
        return f"{missing[0]}。请在导出时勾上这些列，重新导出后原样上传。"
    return f"没有认出{'或'.join(spec.title for spec in sheets)}的表头。请把系统导出的文件原样上传，不要删改表头。"


def _table(title: str, first: Sequence[Sequence[Any]], number: int, spec: FeedSheet) -> FeedTable:
    places = _places(first[number], spec)
    above = [plain_text(cell).strip()[:LONGEST_LINE] for cells in first[:number] for cell in cells if not _blank(cell)]
    money = [column.key for column in spec.columns if column.kind == "yuan" and column.key in places]
    headers = {key: re.sub(r"\s+", "", plain_text(first[number][index]))[:SHOWN] for key, index in places.items()}
    unit = next((unit for words in (*(headers[key] for key in money), *above) if (unit := unit_in(words))), "")
    letters = {key: get_column_letter(index + 1) for key, index in places.items()}
    return FeedTable(title, number + 1, letters, headers, unit, tuple(above[:20]), _period(above))


def _period(above: Iterable[str]) -> tuple[date, date] | None:
    for line in above:
        if found := _SPAN.search(unicodedata.normalize("NFKC", line)):
            days = [read_day(words) for words in found.groups()]
            if days[0] and days[1] and days[0] <= days[1]:
                return days[0], days[1]
    return None


# -- rows -----------------------------------------------------------------------------------------------------------------


def _rows(place: int, spec: FeedSheet, table: FeedTable, lines: Iterable[tuple[int, Sequence[Any]]]) -> Iterator[FeedRow]:
    columns = [(column, _index(table.letters[column.key])) for column in spec.columns if column.key in table.letters]
    needed = [key for group in spec.needs for key in group if key in table.letters]
    marks = {key: heading(table.headers[key]) for key in table.headers}
    for number, cells in lines:
        filled = [cell for cell in cells if not _blank(cell)]
        if not filled:
            continue
        if skipped := _skipped(cells, filled, columns, needed, marks):
            yield FeedRow(place, number, {}, (), skipped)
            continue
        values: dict[str, Any] = {}
        problems = []
        for column, index in columns:
            raw = cells[index] if index < len(cells) else ""
            if _blank(raw):
                continue
            try:
                values[column.key] = read_cell(column.kind, raw, table.unit)
            except ValidationError as error:
                problems.append((column.key, plain_text(raw)[:SHOWN], "".join(error.messages)))
        yield FeedRow(place, number, values, tuple(problems))


def _index(letters: str) -> int:
    number = 0
    for sign in letters:
        number = number * 26 + ord(sign) - 64
    return number - 1


def _skipped(cells: Sequence[Any], filled: list[Any], columns, needed: list[str], marks: dict[str, str]) -> str:
    """Why a line is no row of data; "" when it is one."""
    if any(type(cell) is str and _TOTAL.fullmatch(heading(cell)) for cell in filled[:3]):
        return "合计行，不导入。"
    own = {column.key: cells[index] for column, index in columns if index < len(cells) and not _blank(cells[index])}
    if len(own) >= 3 and all(heading(cell) == marks[key] for key, cell in own.items()):
        return "重复的表头，不导入。"
    if len(filled) <= 2 and not any(key in own for key in needed if key != "budget_name"):
        return "不是数据行，不导入。"
    return ""


def read_cell(kind: Kind, raw: Any, unit: str) -> Any:
    """One cell → str, date, Decimal 元; of an account True where Chinese signs stand in it. Raises ValidationError with the repair."""
    if kind == "yuan":
        return _yuan(raw, unit or "元")
    if kind == "date":
        if found := read_day(raw):
            return found
        raise ValidationError("不是日期，请写成 2026-11-19 的样子。")
    if kind == "account":
        return bool(HAN.search(plain_text(raw)))
    if kind == "code":
        return _code(raw)
    text = " ".join(plain_text(raw).replace("\u3000", " ").split())
    return "".join(sign for sign in text if sign.isprintable())[:LONGEST_LINE]


def _yuan(raw: Any, unit: str) -> Decimal:
    found = read_amount(raw, unit)
    if found is None:
        raise ValidationError("金额为空，请核对后重新导出。")
    return found.yuan


def _code(raw: Any) -> str:
    """Numbers that name something. A workbook keeps 15 digits of a number; what was longer has lost its end."""
    text = unicodedata.normalize("NFKC", plain_text(raw))
    text = re.sub(r"\s", "", text)
    if (isinstance(raw, float | int) and not isinstance(raw, bool) and abs(raw) >= 1e15) or _SCIENTIFIC.fullmatch(text):
        raise ValidationError("在表格里按数值保存，超过 15 位的部分已经丢失。请从系统重新导出，不要用表格软件打开后另存。")
    return text[:SHOWN]


def read_day(raw: Any) -> date | None:
    """A day as exports write it: a date cell, 2026-11-19, 2026/11/19 10:23:11, 20261119; None when it is none."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", plain_text(raw)).strip())
    if not found:
        return None
    try:
        return date(*(int(part) for part in found.groups() if part is not None))
    except ValueError:
        return None
