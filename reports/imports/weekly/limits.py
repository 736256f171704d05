"""What Excel itself says while somebody types: lists, ranges, lengths. Pasting goes past it; the server checks again."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from .layout import BookColumn

_ARGUMENTS = {
    "money": ({"type": "decimal", "operator": "greaterThanOrEqual", "formula1": "0"}, "请填数字，单位万元，不能为负，不带“万元”等字。"),
    "ratio": ({"type": "decimal", "operator": "between", "formula1": "0", "formula2": "100"}, "请填 0 到 100 之间的数，如 60 表示 60%。"),
    "count": ({"type": "whole", "operator": "between", "formula1": "0", "formula2": "99999999"}, "请填整数。"),
    "date": (
        {"type": "date", "operator": "between", "formula1": "DATE(2000,1,1)", "formula2": "DATE(2099,12,31)"}, "请填日期，如 2026-11-03。",
    ),
    "text": ({"type": "textLength", "operator": "lessThanOrEqual", "formula1": "500"}, "最多 500 字。"),
}  # fmt: skip


def add_limits(sheet: Worksheet, shape: Sequence[BookColumn], first_column: int, first: int, last: int, lists: dict[str, str]) -> None:
    """One rule per typed column over its rows."""
    for number, column in enumerate(shape, first_column):
        if not column.typed:
            continue
        if column.kind in lists:
            arguments, words = {"type": "list", "formula1": lists[column.kind]}, "请从下拉中选择。"
        elif column.kind in _ARGUMENTS:
            arguments, words = _ARGUMENTS[column.kind]
        else:
            continue
        rule = DataValidation(
            **arguments, allow_blank=True, showErrorMessage=True, errorTitle="填写有误", error=f"{column.group}{column.header}：{words}"[:220]
        )
        letter = get_column_letter(number)
        rule.add(f"{letter}{first}:{letter}{last}")
        sheet.add_data_validation(rule)
