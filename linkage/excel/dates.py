"""One cell of a messy table → the days it may mean: "2023.6", "2021年10月日", "2024年3-10月", "2018年6月底", 45000.

Every answer is a span (earliest, latest) with the words it rests on; a full date is a span of one day. What is no date at
all is a ValidationError that says how to write it.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError

from .amounts import BLANK
from .values import ERROR_VALUE, typed_number

LONGEST = 100
YEARS = range(1990, 2101)
_SERIALS = range(32874, 73416)  # 1990-01-01 … 2100-12-31 as Excel counts days
_EPOCH = date(1899, 12, 30)
_YEAR, _MONTH, _DAY = r"(?P<y>\d{4})", r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"
_PART = r"(?P<part>上旬|中旬|下旬|月初|月中|月底|初|中|底|末)?"
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_YEAR}(?:年|[-/.]){_MONTH}(?:月|[-/.]){_DAY}日?",
        rf"{_YEAR}年{_MONTH}月{_PART}(?:日|份)?",
        rf"{_YEAR}(?:年|[-/.]){_MONTH}月?",
        r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})",
        r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})",
        rf"{_YEAR}年?第?(?P<quarter>[一二三四1-4])季度",
        rf"{_YEAR}年?(?P<half>上半年|下半年|年初|年底|年末|初|底|末)",
        rf"{_YEAR}(?:年度|年)?",
        rf"{_MONTH}月{_DAY}日?",
        rf"{_MONTH}月{_PART}(?:日|份)?",
        rf"{_DAY}日",
    )
)
_DASH = r"(?:-+|~+|至|到)"
_MONTHS = re.compile(rf"(\d{{4}})(?:年|[./])(\d{{1,2}})月?{_DASH}(\d{{1,2}})月(?:份|底|末)?")
_SHIFTED = re.compile(r"^(?:计划|预计|拟|于|约|大约|自|从|公示)+|(?:之?前|以前|左右|前后|开工|完工|竣工|完成|开始|开)$")
_INSIDE = re.compile(r"(?<!\d)(?:\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?)")
_CLOCK = re.compile(r"[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
_HOW = "请写成 2026-11-19 或 2026年11月 的样子。"


@dataclass(frozen=True, slots=True)
class When:
    """The days a cell may mean. `words` as they stood there; `doubt` what a person should look at."""

    earliest: date
    latest: date
    words: str
    doubt: str = ""


def read_when(raw: Any, *, year: int | None = None) -> When | None:
    """The span a cell means; `year` completes a date without one (with a doubt). Blank → None. Raises ValidationError."""
    if raw is None:
        return None
    if isinstance(raw, datetime):
        return _day(raw.date(), raw.date().isoformat())
    if isinstance(raw, date):
        return _day(raw, raw.isoformat())
    if isinstance(raw, bool | time | timedelta):
        raise ValidationError(f"这里须填日期，{_HOW}")
    if isinstance(raw, float | int):
        return _of_number(raw)
    return _of_text(str(raw), year)


def _day(day: date, words: str) -> When:
    if day.year not in YEARS:
        raise ValidationError(f"“{words}”的年份不对，请核对。")
    return When(day, day, words)


def _of_number(raw: float) -> When:
    """A serial of Excel, 20230615, 202306, 2023 or 2023.6; 2023.1 may have been 2023.10."""
    number = typed_number(float(raw)) if abs(raw) < 1e9 else None
    text = f"{number:f}" if number is not None else ""
    if number is None or number < 0:
        raise ValidationError(f"“{raw:g}”不是日期，{_HOW}")
    if re.fullmatch(r"\d{4}\.1", text):
        found = _whole(text, None)
        return When(found.earliest, date(found.latest.year, 10, 31), text, f"“{text}”可能是 1 月，也可能是 10 月，请核对。")
    if int(number) in _SERIALS:
        return _day(_EPOCH + timedelta(days=int(number)), text)
    return _of_text(text, None)


@lru_cache(maxsize=4096)
def _of_text(raw: str, year: int | None) -> When | None:
    if len(raw) > LONGEST:
        raise ValidationError(f"文字有 {len(raw)} 个字，不是日期，{_HOW}")
    plain = unicodedata.normalize("NFKC", _CLOCK.sub("", raw.strip()))
    plain = re.sub(r"\s+", "", re.sub(r"[—–―−﹣~〜～]+", "-", plain)).replace("号", "日")
    if plain in BLANK:
        return None
    if ERROR_VALUE.fullmatch(plain):
        raise ValidationError(f"单元格是公式错误 {plain}，请改填日期。")
    if re.fullmatch(r"\d{5}", plain) and int(plain) in _SERIALS:
        return _day(_EPOCH + timedelta(days=int(plain)), plain)
    found = _whole(plain, year) or _span(plain, year) or _shifted(plain, year) or _several(plain)
    if found is None:
        raise ValidationError(_what_is_wrong(plain))
    return When(found.earliest, found.latest, raw.strip(), found.doubt)


def _what_is_wrong(plain: str) -> str:
    shown = plain[:40]
    if re.search(r"\d{5,}年", plain):
        return f"“{shown}”的年份多写了数字，请核对后改写。"
    if re.search(r"\d+(?:\.\d+)?个?(?:月|天|日历天|年)", plain) and not re.search(r"\d{4}", plain):
        return f"“{shown}”只有期限，没有年份或起止日期。请写起止年月。"
    return f"“{shown}”不是日期，{_HOW}"


def _whole(plain: str, year: int | None) -> When | None:
    """One date in one of the known forms. A form that fits but is no day of the calendar is refused."""
    for form in _FORMS:
        if found := form.fullmatch(plain):
            parts = {key: value for key, value in found.groupdict().items() if value}
            if "y" not in parts and year is None:
                raise ValidationError(f"“{plain[:40]}”没有年份，{_HOW}")
            if "m" not in parts and "d" in parts:
                return None
            span = _days_of(parts, plain, year)
            doubt = "" if "y" in parts else f"没有写年份，按 {year} 年读，请核对。"
            return When(*span, plain, doubt)
    return None


def _days_of(parts: dict[str, str], plain: str, given: int | None) -> tuple[date, date]:
    year = int(parts.get("y") or given or 0)
    if year not in YEARS:
        raise ValidationError(f"“{plain[:40]}”的年份不对，请核对。")
    try:
        if "d" in parts:
            day = date(year, int(parts["m"]), int(parts["d"]))
            return day, day
        first, last = _months_of(parts)
        return _tens(date(year, first, 1), date(year, last, monthrange(year, last)[1]), parts.get("part", ""))
    except ValueError:
        raise ValidationError(f"“{plain[:40]}”不是日历上的日子，请核对。") from None


def _months_of(parts: dict[str, str]) -> tuple[int, int]:
    if "m" in parts:
        month = int(parts["m"])
        if not 1 <= month <= 12:
            raise ValueError(month)
        return month, month
    if "quarter" in parts:
        quarter = _QUARTERS[parts["quarter"]]
        return quarter * 3 - 2, quarter * 3
    return {"上": (1, 6), "下": (7, 12), "年初": (1, 3), "初": (1, 3)}.get(
        half if (half := parts.get("half", "")) in ("年初", "初") else half[:1],
        (12, 12) if half else (1, 12),
    )


def _tens(first: date, last: date, part: str) -> tuple[date, date]:
    """上旬 中旬 下旬 of a month."""
    if part in ("上旬", "月初", "初"):
        return first, first.replace(day=10)
    if part in ("中旬", "月中", "中"):
        return first.replace(day=11), first.replace(day=20)
    return (first.replace(day=21), last) if part else (first, last)


def _span(plain: str, year: int | None) -> When | None:
    """ "2024年3-10月", "2022年9月19日-28日", "2023.4-2024.2"."""
    if found := _MONTHS.fullmatch(plain):
        start, end = _whole(f"{found[1]}年{found[2]}月", None), _whole(f"{found[1]}年{found[3]}月", None)
        return _ordered(start, end, plain)
    for dash in re.finditer(_DASH, plain):
        left, right = plain[: dash.start()].removeprefix("自").removeprefix("从"), plain[dash.end() :]
        if not left or not right or not re.search(r"\d{4}", left):
            continue
        try:
            start = _whole(left, year)
            if start is None or (len(left) == 4 and not re.match(r"\d{4}", right)):
                continue
            right = f"{start.earliest.month}月{right}" if re.fullmatch(r"\d{1,2}日", right) else right
            end = _whole(right, start.earliest.year)
        except ValidationError:
            continue
        if end is not None:
            return _ordered(start, end, plain)
    return None


def _ordered(start: When, end: When, plain: str) -> When:
    if end.latest < start.earliest:
        raise ValidationError(f"“{plain[:40]}”的结束早于开始，请核对。")
    return When(start.earliest, end.latest, plain)


def _shifted(plain: str, year: int | None) -> When | None:
    """ "预计2024年10月底前", "公示2022年9月19日-28日": the date without the words around it, with a doubt."""
    core = _SHIFTED.sub("", _SHIFTED.sub("", plain))
    if core == plain or not core:
        return None
    found = _whole(core, year) or _span(core, year)
    return found and When(found.earliest, found.latest, plain, f"从“{plain[:40]}”里取出的日期，请核对。")


def _several(plain: str) -> When | None:
    """ "第一批2022年3月,第二批2022年8月": from the first to the last of them, with a doubt."""
    if re.search(r"\d{5,}年", plain):
        return None
    found = [when for text in _INSIDE.findall(plain) if (when := _whole(text, None))]
    if not found:
        return None
    return When(
        min(when.earliest for when in found), max(when.latest for when in found), plain, f"“{plain[:40]}”里的日期不止一个或夹有文字，请核对。"
    )
