"""One cell of a filled template → one value of the program, or a ValidationError that says how to write it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from linkage.money import MoneyField, PercentField, from_wan, plausible

from .templates import Field

ERROR_VALUE = re.compile(r"#(?:REF!|DIV/0!|N/A|NAME\?|VALUE!|NUM!|NULL!|GETTING_DATA)", re.IGNORECASE)
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+0?0:00(?::00)?)?|(\d{4})(\d{2})(\d{2})"
)
_FINEST = Decimal("1e-8")
_YES, _NO = frozenset({"是", "√", "y", "yes", "true", "1"}), frozenset({"否", "×", "n", "no", "false", "0"})


def read_value(column: Field, raw: Any) -> Any:
    """The cell as calamine gives it → the program's value; blank → None. Raises ValidationError."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, str):
        raw = raw.replace("\xa0", " ").replace("\u3000", " ").strip()
        if raw.startswith("#") and ERROR_VALUE.fullmatch(raw):
            raise ValidationError(f"单元格是公式错误 {raw}，请改填数值。")
        if not raw:
            return None
    return _READERS[column.kind](raw, column)


def plain_text(raw: Any) -> str:
    """What a person sees in the cell: whole floats without ".0", dates as ISO, everything else as it stands."""
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else f"{typed_number(raw):f}"
    if isinstance(raw, datetime):
        return raw.date().isoformat() if (raw.hour, raw.minute, raw.second) == (0, 0, 0) else f"{raw:%Y-%m-%d %H:%M}"
    return raw.isoformat() if isinstance(raw, date) else str(raw)


def typed_number(raw: float) -> Decimal:
    """The decimal a person typed, to 15 digits as Excel shows them and 8 decimals; a formula's 182.50000000000003 becomes 182.5."""
    if abs(raw) >= 1e15:
        return Decimal(repr(raw))
    return Decimal(f"{raw:.15g}").quantize(_FINEST).normalize()


def _text(raw: Any, column: Field) -> str:
    text = plain_text(raw).strip()
    if "\n" in text:
        text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
    if column.max_length and len(text) > column.max_length:
        raise ValidationError(f"共 {len(text)} 字，最多 {column.max_length} 字，请精简。")
    return text


def _number_text(raw: Any) -> str:
    if isinstance(raw, bool | date):
        raise ValidationError("这里须填数字。单元格现在是日期或是否值，请把格式改为“常规”后重填。")
    return f"{typed_number(float(raw)):f}" if isinstance(raw, int | float) else str(raw)


def _wan(raw: Any, _column: Field) -> Decimal | None:
    return plausible(from_wan(_number_text(raw)))


def _yuan(raw: Any, _column: Field) -> Decimal | None:
    text = unicodedata.normalize("NFKC", _number_text(raw)).replace(",", "").strip()
    if not re.fullmatch(r"[+-]?\d+(\.\d*)?", text):
        raise ValidationError(f"“{text}”不是数字，请写以元计的金额，如 182500.00。")
    return plausible(MoneyField().to_python(text))


def _percent(raw: Any, _column: Field) -> Decimal | None:
    return PercentField().to_python(_number_text(raw))


def _int(raw: Any, _column: Field) -> int:
    text = unicodedata.normalize("NFKC", _number_text(raw)).replace(",", "").strip()
    if not re.fullmatch(r"[+-]?\d{1,15}", text):
        raise ValidationError(f"“{text}”不是整数，请填整数。")
    return int(text)


def _date(raw: Any, _column: Field) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    text = unicodedata.normalize("NFKC", plain_text(raw)).strip()
    match = _DATE.fullmatch(text)
    try:
        if match:
            return date(*(int(part) for part in match.groups() if part is not None))
    except ValueError:
        pass
    raise ValidationError(f"“{text}”不是日期，请写成 2026-11-19 的样子。")


def _choice(raw: Any, column: Field) -> str:
    text = plain_text(raw)
    if column.choices and text not in column.choices:
        word = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
        meant = next((choice for other, choice in column.also if other == word), None)
        if meant is not None:
            return meant
        shown = "、".join(column.choices[:12]) + ("……" if len(column.choices) > 12 else "")
        raise ValidationError(f"“{text}”不在可选项中，请从下拉中选：{shown}。")
    return text


def _bool(raw: Any, _column: Field) -> bool:
    word = plain_text(raw).lower()
    if word in _YES or word in _NO:
        return word in _YES
    raise ValidationError(f"“{word}”不明确，请填“是”或“否”。")


_READERS: dict[str, Callable[[Any, Field], Any]] = {
    "text": _text, "wan": _wan, "yuan": _yuan, "percent": _percent, "int": _int, "date": _date, "choice": _choice,
    "bool": _bool,
}  # fmt: skip
