"""One cell of a data row → a value of its column's kind, or what is wrong with it. Dispatch by kind, nothing by field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from .amounts import BLANK, read_amount, read_sources
from .dates import read_when
from .headings import Kind
from .values import ERROR_VALUE, plain_text

_COUNTED = re.compile(r"约?(\d[\d,]*)(?:\.0+)?(?:个|户|人|户次|人次|项|座|次|余[户人个])?")
_PERCENT = re.compile(r"[≥>=约]*(-?\d+(?:\.\d+)?)%?")
_YEAR = re.compile(r"((?:19|20)\d{2})(?:\.0)?(?:年度?)?")
_NUMBERED = re.compile(r"^(?:\d{1,4}[、．]|\d{1,4}\.(?!\d)|[(（][\d一二三四五六七八九十]{1,4}[)）]|[一二三四五六七八九十]{1,3}、)\s*")


class Read(NamedTuple):
    """`value` None for a blank cell; `wrong` when it cannot be read; `doubt` what a person should look at."""

    value: Any
    wrong: str = ""
    doubt: str = ""
    in_cell_unit: str = ""


NOTHING = Read(None)


def read_cell(kind: Kind, raw: Any, *, unit: str = "万元", year: int | None = None) -> Read:
    """A cell as calamine gives it. Never raises; `unit` for amounts, `year` for dates without one."""
    if raw == "" or raw is None:
        return NOTHING
    if isinstance(raw, str) and raw[0] == "#" and ERROR_VALUE.fullmatch(raw.strip()):
        return Read(None, f"单元格是公式错误 {raw.strip()}，请改填数值或文字。")
    try:
        if kind == "amount":
            return _amount(raw, unit)
        if kind in ("date", "period"):
            when = read_when(raw, year=year)
            return Read(when, "", when.doubt) if when else NOTHING
        return _READERS[kind](raw)
    except ValidationError as error:
        return Read(None, "".join(error.messages))


def _amount(raw: Any, unit: str) -> Read:
    found = read_amount(raw, unit)
    if found is None:
        return NOTHING
    return Read(found.yuan, "", found.doubt, found.unit if found.in_cell else "")


def _text(raw: Any) -> Read:
    return Read(clean_text(raw) or None)


def clean_text(raw: Any) -> str:
    """Text without odd spaces; line breaks stay."""
    if isinstance(raw, str):
        return _clean(raw)
    return plain_text(raw).strip()


@lru_cache(maxsize=8192)
def _clean(raw: str) -> str:
    text = raw.replace("\xa0", " ").replace("\u3000", " ").replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    text = "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) != "Cc") if not text.isprintable() else text
    return re.sub(r"[ \t]*\n[ \t\n]*", "\n", text).strip()


def clean_name(text: str) -> str:
    """A name on one line, without the number some put before it ("1、", "（一）")."""
    joined = re.sub(r"\s*\n\s*", "", text)
    return _NUMBERED.sub("", joined, count=1).strip() or joined


def _sources(raw: Any) -> Read:
    return Read(clean_text(raw) or None)


def _count(raw: Any) -> Read:
    if isinstance(raw, bool | date | datetime):
        return Read(None, "这里须填个数，请填整数。")
    text = _plain(raw)
    if text in BLANK:
        return NOTHING
    found = _COUNTED.fullmatch(text)
    if not found or len(text) > 15:
        return Read(None, f"“{text[:40]}”不是个数，请填整数。")
    return Read(int(found[1].replace(",", "")))


def _percent(raw: Any) -> Read:
    text = _plain(raw)
    if text in BLANK:
        return NOTHING
    found = _PERCENT.fullmatch(text)
    if not found or len(text) > 20:
        return Read(None, f"“{text[:40]}”不是百分数，请写成 75 或 75.5%。")
    return Read(Decimal(found[1]))


def _year(raw: Any) -> Read:
    if isinstance(raw, date | datetime):
        return Read(raw.year)
    text = _plain(raw)
    if text in BLANK:
        return NOTHING
    found = _YEAR.fullmatch(text)
    return Read(int(found[1])) if found else Read(None, f"“{text[:40]}”不是年度，请写成 2026。")


def _plain(raw: Any) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", plain_text(raw)))[:200]


def _nothing(_raw: Any) -> Read:
    return NOTHING


def sources_of(text: str | None) -> tuple:
    """The amounts named inside a cell of 资金来源."""
    return read_sources(text) if text else ()


_READERS: dict[str, Callable[[Any], Read]] = {
    "text": _text, "sources": _sources, "number": _text, "mark": _text, "count": _count, "percent": _percent, "year": _year,
    "private": _nothing,
}  # fmt: skip
