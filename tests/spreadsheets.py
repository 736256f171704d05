"""Sheets as counties send them, built for tests: title, unit and date lines, merged two-level headers, subtotals, blank tails."""

import csv
import io
import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import xlsxwriter
import xlwt

TABLES = Path(__file__).parent / "data" / "tables"
_PART = re.compile(r"中央|省级|市级资金|县级|自筹|其他资金|中彩")
_WAN = re.compile(r"\s*\((?:万元)\)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass
class Page:
    """One sheet: rows of cells and merged ranges ((row, column), (row, column)), counted from 0."""

    rows: list = field(default_factory=list)
    merged: list = field(default_factory=list)
    name: str = "Sheet1"


def real(name):
    """The rows of a real table as text, without byte order mark."""
    with (TABLES / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def typed(text):
    """A cell as somebody who typed it into Excel left it: a number where it is one."""
    return float(text) if _NUMBER.fullmatch(text) else text


def dressed(rows, header_rows=1, title="财政衔接推进乡村振兴补助资金安排情况公示表"):
    """The same table under title, unit and date lines, its header merged, with footnote and blank tail."""
    header, unit = rows[0], ""
    if header_rows == 1 and any("(万元)" in cell for cell in header) and not any("亿元" in cell for cell in header):
        header, unit = [_WAN.sub("", cell) for cell in header], "单位：万元"
    width = len(header)
    page = Page([["附件1"], [title], [], ["填报单位：某县乡村振兴局", *[""] * (width - 2), unit]])
    page.merged.append(((1, 0), (1, width - 1)))
    if header_rows == 1:
        _two_levels(page, header)
    else:
        _real_levels(page, rows[:header_rows])
    page.rows += [[typed(cell) for cell in row] for row in rows[header_rows:]]
    page.rows += [[], ["注：本表由县乡村振兴局会同财政局填报。"], [" "] * width, ["　"], [""] * width]
    return page


def _two_levels(page, header):
    """Neighbouring parts under one upper header; every other header merged over both rows."""
    top = len(page.rows)
    parts = [index for index, cell in enumerate(header) if _PART.search(cell)]
    grouped = parts if len(parts) >= 2 and parts[-1] - parts[0] == len(parts) - 1 else []
    upper, lower = list(header), [""] * len(header)
    for index in grouped:
        upper[index], lower[index] = ("资金来源" if index == grouped[0] else ""), header[index]
    page.rows += [upper, lower] if grouped else [upper]
    if grouped:
        page.merged.append(((top, grouped[0]), (top, grouped[-1])))
        page.merged += [((top, index), (top + 1, index)) for index in range(len(header)) if index not in grouped]


def _real_levels(page, levels):
    """A real header of two rows, merged as its sheet shows it: a word over the blanks to its right, or down."""
    top = len(page.rows)
    page.rows += [list(row) for row in levels]
    column = 0
    while column < len(levels[0]):
        last = column
        while last + 1 < len(levels[0]) and not levels[0][last + 1] and levels[1][last + 1]:
            last += 1
        page.merged.append(((top, column), (top + (last == column), last)))
        column = last + 1


def with_subtotals(rows, amount, group):
    """Rows sorted into classes: heading "一、…", 小计 below each class, 合计 at the end. `amount`, `group` column indexes."""
    width, found, numerals = len(rows[0]), [rows[0]], "一二三四五六七八九十"
    classes = list(dict.fromkeys(row[group] for row in rows[1:]))
    for number, words in enumerate(classes):
        members = [row for row in rows[1:] if row[group] == words]
        found.append([f"{numerals[number]}、{words}", *[""] * (width - 1)])
        found += [[*row[:group], "", *row[group + 1 :]] for row in members]
        found.append(_sum("小计", members, amount, width))
    found.append(_sum("合 计", rows[1:], amount, width))
    return found


def _sum(label, rows, amount, width):
    row = [label, *[""] * (width - 1)]
    row[amount] = str(sum(Decimal(one[amount]) for one in rows if one[amount]))
    return row


# -- files ----------------------------------------------------------------------------------------------------------------


def as_csv(rows, encoding="utf-8", separator=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows([f"{cell:.15g}" if isinstance(cell, float) else cell for cell in row] for row in rows)
    return text.getvalue().encode(encoding)


def as_xlsx(*pages):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    for page in pages:
        sheet = book.add_worksheet(page.name)
        for (first_row, first), (last_row, last) in page.merged:
            sheet.merge_range(first_row, first, last_row, last, "")
        for number, row in enumerate(page.rows):
            for index, cell in enumerate(row):
                if isinstance(cell, str):
                    if cell:
                        sheet.write_string(number, index, cell)
                elif cell is not None:
                    sheet.write(number, index, cell)
    book.close()
    return target.getvalue()


def as_xls(*pages):
    book = xlwt.Workbook(encoding="utf-8")
    for page in pages:
        sheet = book.add_sheet(page.name, cell_overwrite_ok=True)
        for number, row in enumerate(page.rows):
            for index, cell in enumerate(row):
                if cell not in ("", None):
                    sheet.write(number, index, cell)
        for (first_row, first), (last_row, last) in page.merged:
            sheet.merge(first_row, last_row, first, last)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
