"""One cell of the workbook → the text a person would have typed in the grid. What is unclear is a ValidationError."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from linkage.excel import Field
from linkage.excel.keyed import TakenCell
from linkage.excel.values import plain_text, read_value

from .layout import Words

_EPOCH, _FIRST_SERIAL, _LAST_SERIAL = date(1899, 12, 30), 36_526, 73_050  # 2000 to 2099 as Excel counts days
_SHORT_DAY = re.compile(r"(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?", re.ASCII)
_DATE, _TEXT, _TICK = Field("", "", "date"), Field("", "", "text"), Field("", "", "bool")


def typed_text(kind: str, cell: TakenCell, words: Words) -> str:
    """The text of a cell by the kind of its column; blank → ""."""
    raw = cell.raw.strip() if isinstance(cell.raw, str) else cell.raw
    if raw is None or raw == "":
        if cell.formula:
            raise ValidationError("公式没有算出结果，或结果是 #REF! 之类的错误。请在 WPS 或 Excel 中打开并保存一次，或改填数值。")
        return ""
    read_value(_TEXT, raw)  # a formula's error is told as such, whatever the column
    return _READERS[kind](raw, cell, words)


def _number(raw: Any) -> str:
    """A number as text, without the traces of binary fractions; dates and ticks are no numbers."""
    if isinstance(raw, bool | date):
        raise ValidationError("这里须填数字，现在是日期或是否值。请把单元格格式改为“常规”后重填。")
    return plain_text(raw) if isinstance(raw, int | float) else unicodedata.normalize("NFKC", str(raw)).strip()


def _money(raw: Any, cell: TakenCell, words: Words) -> str:
    """万元; a text may carry its unit, as in the grid."""
    return _number(raw)


def _ratio(raw: Any, cell: TakenCell, words: Words) -> str:
    text = _number(raw)
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        return text
    if cell.percent:
        return plain_text(float(Decimal(text) * 100))
    if 0 < raw < 1 or (raw == 1 and cell.percent is None):
        raise ValidationError(f"分不清“{text}”是 {text}% 还是 {plain_text(raw * 100.0)}%。请填 0 到 100 之间的数，60% 填 60。")
    return text


def _count(raw: Any, cell: TakenCell, words: Words) -> str:
    return _number(raw).replace(",", "")


def _day(raw: Any, cell: TakenCell, words: Words) -> str:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and float(raw).is_integer() and _FIRST_SERIAL <= raw <= _LAST_SERIAL:
        return (_EPOCH + timedelta(days=int(raw))).isoformat()
    if isinstance(raw, str) and (short := _SHORT_DAY.fullmatch(unicodedata.normalize("NFKC", raw).strip())):
        raw = f"{words.year}-{short[1]}-{short[2]}"  # as in the grid: of the report's own year
    if isinstance(raw, date | str):
        return read_value(_DATE, raw).isoformat()
    raise ValidationError(f"“{plain_text(raw)}”不是日期，请写成 2026-11-03 的样子。")


def _listed(kind: str):
    def read(raw: Any, cell: TakenCell, words: Words) -> str:
        word = unicodedata.normalize("NFKC", plain_text(raw)).strip()
        found = words.value(kind, plain_text(raw).strip()) or words.value(kind, word)
        if found is None:
            raise ValidationError(f"列表中没有“{word[:40]}”。请从下拉中选择。")
        return found

    return read


def _tick(raw: Any, cell: TakenCell, words: Words) -> str:
    return "1" if plain_text(raw).strip() == "无变化" or read_value(_TICK, raw) else "0"


def _text(raw: Any, cell: TakenCell, words: Words) -> str:
    return read_value(_TEXT, raw)


_READERS = {
    "money": _money, "ratio": _ratio, "count": _count, "date": _day, "text": _text, "tick": _tick,
    "step": _listed("step"), "organisation": _listed("organisation"), "choice": _listed("choice"),
}  # fmt: skip
