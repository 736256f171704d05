"""Simple templates: one header at a known row, drop-downs from a hidden list, the template's name and version inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from linkage.money import to_wan

from .writing import clean

FieldKind = Literal["text", "wan", "yuan", "percent", "int", "date", "choice", "bool"]
INFO_SHEET, LIST_SHEET = "_模板信息", "_选项"
TITLE_ROW, NOTE_ROW, HEADER_ROW, FIRST_ROW = 1, 2, 3, 4
DRESSED_ROWS = 500  # rows that carry formats and drop-downs; more may be filled in
WIDTHS = {"text": 22, "wan": 14, "yuan": 16, "percent": 12, "int": 10, "date": 14, "choice": 18, "bool": 8}
FORMATS = {"wan": "#,##0.00####", "yuan": "#,##0.00", "percent": "General", "int": "0", "date": "yyyy-mm-dd"}
HOW = {
    "wan": "万元，数字，最多 6 位小数", "yuan": "元，数字，最多 2 位小数", "percent": "百分数，如 75 表示 75%",
    "int": "整数", "date": "日期，如 2026-11-19", "choice": "从下拉中选", "bool": "是或否",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One column of a template. Read values: text str, wan/yuan Decimal 元, percent Decimal 0..1, int, date, choice str, bool.

    `choices` are the words of the drop-down; `also` other words for them, as (word without blanks, choice) pairs: tables
    from outside say 呼玛 for 呼玛县. `max_length` bounds text. A blank cell reads as None.
    """

    key: str
    header: str
    kind: FieldKind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    help: str = ""
    width: float | None = None
    max_length: int | None = None

    @property
    def how(self) -> str:
        """How to fill it in, in words."""
        bound = f"最多 {self.max_length} 字" if self.max_length else ""
        return "；".join(filter(None, [HOW.get(self.kind, ""), bound, self.help])) or "文字"


@dataclass(frozen=True)
class Template:
    """`code` and `version` are written into the file and compared when it comes back."""

    code: str
    version: int
    title: str
    fields: tuple[Field, ...]
    notes: str = ""


def build_template(template: Template, rows: Iterable[Mapping[str, Any]] = ()) -> bytes:
    """The workbook to fill in; `rows` (by field key, program values) stand in it already."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = clean(template.title)[:31]
    _head(sheet, template)
    lists = book.create_sheet(LIST_SHEET)
    for number, column in enumerate(template.fields, 1):
        _column(sheet, lists, number, column)
    for offset, values in enumerate(rows):
        _filled_row(sheet, template, FIRST_ROW + offset, values)
    info = book.create_sheet(INFO_SHEET)
    info.append(["code", template.code])
    info.append(["version", template.version])
    lists.sheet_state = info.sheet_state = "veryHidden"
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _head(sheet: Worksheet, template: Template) -> None:
    width = len(template.fields)
    sheet.cell(TITLE_ROW, 1, clean(template.title)).font = Font(name="宋体", size=16, bold=True)
    sheet.cell(TITLE_ROW, 1).alignment = Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[TITLE_ROW].height = 30
    words = template.notes or "带 * 的列必填。请勿改动第 3 行表头；从第 4 行起填写，一行一条；没有的留空。"
    sheet.cell(NOTE_ROW, 1, clean(words)).font = Font(name="仿宋", size=10, color="555555")
    sheet.cell(NOTE_ROW, 1).alignment = Alignment(wrap_text=True, vertical="center")
    sheet.row_dimensions[NOTE_ROW].height = 32
    if width > 1:
        for row in (TITLE_ROW, NOTE_ROW):
            sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=width)
    sheet.freeze_panes = f"A{FIRST_ROW}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"


def _column(sheet: Worksheet, lists: Worksheet, number: int, column: Field) -> None:
    letter, thin = get_column_letter(number), Side(style="thin", color="999999")
    head = sheet.cell(HEADER_ROW, number, header_words(column))
    head.font, head.fill = Font(name="宋体", size=10, bold=True), PatternFill("solid", fgColor="EAEAEA")
    head.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    head.border = Border(thin, thin, thin, thin)
    how = "\n".join(filter(None, ["必填。" if column.required else "", HOW.get(column.kind, ""), column.help]))
    if how:
        head.comment = Comment(clean(how), "模板", width=260, height=110)
    sheet.column_dimensions[letter].width = column.width or WIDTHS[column.kind]
    for row in range(FIRST_ROW, FIRST_ROW + DRESSED_ROWS):
        sheet.cell(row, number).number_format = FORMATS.get(column.kind, "@")
    _drop_down(sheet, lists, number, column)


def _drop_down(sheet: Worksheet, lists: Worksheet, number: int, column: Field) -> None:
    choices = ("是", "否") if column.kind == "bool" else column.choices
    if not choices:
        return
    letter = get_column_letter(number)
    for row, words in enumerate(choices, 1):
        lists.cell(row, number, clean(words)).data_type = "s"
    rule = DataValidation(
        type="list", formula1=f"'{LIST_SHEET}'!${letter}$1:${letter}${len(choices)}", allow_blank=True,
        showErrorMessage=True, errorTitle="请从下拉中选择", error=f"{column.header}须是下拉中的一项。",
    )  # fmt: skip
    rule.add(f"{letter}{FIRST_ROW}:{letter}{FIRST_ROW + DRESSED_ROWS - 1}")
    sheet.add_data_validation(rule)


def _filled_row(sheet: Worksheet, template: Template, row: int, values: Mapping[str, Any]) -> None:
    for number, column in enumerate(template.fields, 1):
        value = values.get(column.key)
        if value is None:
            continue
        if column.kind == "bool":
            value = "是" if value else "否"
        elif column.kind == "wan":
            value = to_wan(value)
        elif column.kind == "percent":
            value = Decimal(value) * 100
        cell = sheet.cell(row, number, clean(value) if isinstance(value, str) else value)
        cell.number_format = FORMATS.get(column.kind, "@")
        if isinstance(value, str):
            cell.data_type, cell.quotePrefix = "s", True


def header_words(column: Field) -> str:
    """The header as printed: "* 项目名称", "投资（万元）" — the unit once, the star where a value is needed."""
    unit = {"wan": "（万元）", "yuan": "（元）", "percent": "（%）"}.get(column.kind, "")
    return f"{'* ' if column.required else ''}{column.header}{unit if unit not in column.header else ''}"
