"""One cell of a messy table → an amount in 元, exact: "248万元", "167(少数民族发展资金)", "１，２３４.５", "1亿2000万元".

The unit is the one written in the cell, else the one given by the column. Nothing is guessed silently: what was left aside
or rounded is said in `Amount.doubt`; what cannot be one amount is a ValidationError that says how to write it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError

from linkage.money import CENT, POWERS, SHORT_UNITS, plausible

from .values import ERROR_VALUE, plain_text, typed_number

LONGEST = 200  # characters; a longer text is no amount
_FINE_BELOW = 1_000  # 亿元; with twelve decimals still within what a binary number tells exactly
BLANK = frozenset({"", "-", "--", "---", "/", "\\", "无", "空", "…", "……", "*", "."})

_SIGNS = str.maketrans({"−": "-", "﹣": "-", "–": "-", "—": "-", "。": ".", "﹐": ",", "（": "(", "）": ")"})
_UNIT = r"亿元|百万元|万元|千元|元|亿|百万|万|圆"
_NUMBER = r"[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)"
_PLAIN = re.compile(_NUMBER, re.ASCII)
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?E[+-]?\d{1,2}", re.ASCII | re.IGNORECASE)  # as Excel writes long numbers into csv
_SIMPLE = re.compile(
    rf"(?P<before>(?:人民币|RMB|CNY|[￥¥$]|约|大约|共计|合计|共|计|:)*)(?P<number>{_NUMBER})(?P<unit>{_UNIT})?(?P<after>整|左右|以内|余)?"
    r"(?P<rest>[(\[【].*)?",
    re.ASCII | re.IGNORECASE,
)
_COMPOUND = re.compile(rf"(\d+)亿({_NUMBER})万元?|(\d+)万({_NUMBER})元|(\d+)亿({_NUMBER})元", re.ASCII)
_WITH_UNIT = re.compile(rf"({_NUMBER})({_UNIT})(?!/)", re.ASCII)
_BRACKETED_UNIT = re.compile(rf"[(\[【](?:单位:?)?({_UNIT})[)\]】]")
_RATE = re.compile(r"%|每|元/|万/|/[户亩人平米个]")
_CUT_SHORT = re.compile(r"[亿万千]\d")  # "12万5" as one says it: 12.5万 to most, 12万零5元 to a clerk
_SPACED_GROUPS = re.compile(r"(?<!\d)\d{1,3}(?: \d{3})+(?!\d)")
_SPLIT_DIGITS = re.compile(r"\d\s+\.?\d")
_SOURCE = re.compile(rf"([^\d+;\n,]*?(?:\d+年[^\d+;\n,]*?)?)[:(]?({_NUMBER})({_UNIT})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Amount:
    """`yuan` exact to 分; `unit` the unit it was read in; `in_cell` whether the cell itself says so.

    `remark` are the words around the number; `doubt` what a person should look at, empty when nothing.
    """

    yuan: Decimal
    unit: str
    in_cell: bool = False
    remark: str = ""
    doubt: str = ""


def read_amount(raw: Any, unit: str) -> Amount | None:
    """The amount in a cell; `unit` (a key of POWERS) where the cell does not say. Blank and "—" → None.

    Raises ValidationError when there is no amount or more than one.
    """
    if isinstance(raw, float | int) and not isinstance(raw, bool):
        return _of_number(raw, unit)
    if raw is None:
        return None
    if isinstance(raw, bool | date | time | timedelta):
        raise ValidationError("这里须填金额。单元格现在是日期或是否值，请把格式改为“常规”后重填。")
    return _of_text(str(raw), unit)


def unit_in(words: str) -> str:
    """The unit a header, title or unit line names: "计划投资（万元）", "单位：万元"; "" when it names none."""
    plain = normal(words)
    found = re.search(rf"(?:单位[:：]?\(?(?:人民币)?|[(\[【,](?:单位:?)?)({'|'.join(POWERS_BY_LENGTH)})(?![/\w])", plain)
    return found[1] if found else ""


def normal(words: str) -> str:
    """Full-width forms and odd signs as plain ones, without any white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", words).translate(_SIGNS))


POWERS_BY_LENGTH = sorted(POWERS, key=len, reverse=True)


@lru_cache(maxsize=4096)
def _of_number(raw: float, unit: str) -> Amount:
    if not math.isfinite(raw):
        raise ValidationError("单元格不是有限的数，请改填数字。")
    if unit == "亿元" and abs(raw) < _FINE_BELOW:  # ten decimals are one 分: more than `typed_number` keeps
        return _amount(Decimal(f"{raw:.12f}").normalize(), unit)
    return _amount(typed_number(float(raw)), unit)


@lru_cache(maxsize=4096)
def _of_text(raw: str, unit: str) -> Amount | None:
    if len(raw) > LONGEST:
        raise ValidationError(f"文字有 {len(raw)} 个字，不是金额。请只写一个数，说明移到备注列。")
    spaced = unicodedata.normalize("NFKC", raw).translate(_SIGNS).strip()
    spaced = _SPACED_GROUPS.sub(lambda groups: groups[0].replace(" ", ""), spaced)
    plain = re.sub(r"\s+", "", spaced)
    if plain in BLANK:
        return None
    shown = plain[:40]
    if ERROR_VALUE.fullmatch(plain):
        raise ValidationError(f"单元格是公式错误 {plain}，请改填数值。")
    if _SPLIT_DIGITS.search(spaced):
        raise ValidationError(f"“{' '.join(spaced.split())[:40]}”里有隔开的几个数，分不清哪个是金额。请只留一个数。")
    if _PLAIN.fullmatch(plain) or _SCIENTIFIC.fullmatch(plain):
        return _amount(_number(plain), unit)
    if found := _COMPOUND.fullmatch(plain):
        return _compound(found)
    if found := _SIMPLE.fullmatch(plain):
        return _simple(found, unit)
    return _wordy(plain, shown)


def _compound(found: re.Match) -> Amount:
    """ "1亿2000万元", "3万5000元": both parts together."""
    high, low = [part for part in found.groups() if part is not None]
    upper, lower = (8, 4) if found[1] else (4, 0) if found[3] else (8, 0)
    return _amount(_number(high).scaleb(upper) + _number(low).scaleb(lower), "元", in_cell=True)


def _simple(found: re.Match, unit: str) -> Amount:
    own = _full_unit(found["unit"])
    rest = found["rest"] or ""
    if not own and (bracketed := _BRACKETED_UNIT.fullmatch(rest)):
        own, rest = _full_unit(bracketed[1]), ""
    rough = "约" in found["before"] or found["after"] in ("左右", "以内", "余")
    doubt = "金额写的是约数，请核对。" if rough else ""
    return _amount(_number(found["number"]), own or unit, bool(own), rest.strip("()[]【】"), doubt)


def _wordy(plain: str, shown: str) -> Amount:
    """ "省级资金17.2万元": words around exactly one number with its unit; everything else is refused with the reason."""
    if _RATE.search(plain):
        raise ValidationError(f"“{shown}”是比例或补助标准，不是金额。请填总额，标准写到建设内容。")
    if _CUT_SHORT.search(plain):
        raise ValidationError(f"“{shown}”省略了单位，分不清是多少。请写成 12.5万元 的样子。")
    found = _WITH_UNIT.findall(plain)
    if len(found) == 1:
        number, own = found[0]
        remark = plain.replace(number + own, "", 1).strip("()[]:,;")
        return _amount(_number(number), _full_unit(own), True, remark, f"从“{shown}”里取出的金额，请核对。")
    if len(found) > 1:
        raise ValidationError(f"“{shown}”里有 {len(found)} 个金额，分不清哪个是合计。请只留合计，分项写到备注列。")
    if re.fullmatch(r"\([\d,.]+\)", plain):
        raise ValidationError(f"“{shown}”分不清是负数还是编号。负数请写成 -500 的样子。")
    if "," in plain and _PLAIN.fullmatch(plain.replace(",", "")):
        raise ValidationError(f"“{shown}”的逗号位置不对，请写成 1,234.56 或 1234.56。")
    raise ValidationError(f"“{shown}”不是金额，请只写数字，如 18.25；没有请留空。")


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _full_unit(word: str | None) -> str:
    return (SHORT_UNITS | {"圆": "元"}).get(word or "", word or "")


def _amount(number: Decimal, unit: str, in_cell: bool = False, remark: str = "", doubt: str = "") -> Amount:
    if number.adjusted() > 15:
        raise ValidationError("数字过大，请核对单位。")
    exact = number.scaleb(POWERS[unit])
    cents = exact.quantize(CENT, rounding=ROUND_HALF_UP)
    if cents != exact:
        doubt += f"{number:f} {unit}不是整数分，已四舍五入为 {cents:f} 元。"
    if cents < 0:
        doubt += "金额是负数，请核对。"
    return Amount(plausible(cents), unit, in_cell, remark, doubt)


# -- where the money comes from -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceAmount:
    """One part of a cell such as "中央衔接资金212万元+历年结余98万元"."""

    words: str
    yuan: Decimal


def read_sources(raw: Any) -> tuple[SourceAmount, ...]:
    """All amounts with their own unit in a cell of 资金来源, in their order; none → ()."""
    text = plain_text(raw)
    if not any(sign in text for sign in ("元", "万", "亿")) or len(text) > LONGEST:
        return ()
    plain = normal(text)
    try:
        return tuple(
            SourceAmount(words.strip("():").removeprefix("其中").strip(":"), _amount(_number(number), _full_unit(unit)).yuan)
            for words, number, unit in _SOURCE.findall(plain)
        )
    except ValidationError:
        return ()


_LEVELS = {
    "中央": re.compile(r"中央"),
    "省": re.compile(r"省级|省财政|省本级|自治区(?:级|财政|资金|衔接)|^省$|^自治区$"),
    "市": re.compile(r"(?:市|州|盟|地区)(?:级|财政|本级)|地级|^市$|^州$|^地区$"),
    "县": re.compile(r"(?:县|旗|(?<!自治)(?<!地)区)(?:级|财政|本级)|^[县区旗]$"),
}


def levels_in(words: str) -> tuple[str, ...]:
    """Levels of government named as givers of money: 中央 省 市 县, in this order."""
    return tuple(level for level, marks in _LEVELS.items() if marks.search(words))
