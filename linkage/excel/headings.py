"""Words of a header → a field of ours, with how sure we are. The words are data: heading_words.csv beside this module.

A row of the data is `words,field,confidence`; words are compared after `plain_heading`; `*` stands for any characters. A caller
may hand in further words (later from the database) which go before the file's.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from rapidfuzz import fuzz, process

from .amounts import POWERS, levels_in, normal, unit_in

Kind = Literal[
    "text", "amount", "date", "period", "count", "percent", "year", "sources", "number", "mark", "private"
]
WORDS_FILE = Path(__file__).with_name("heading_words.csv")
SURE = 0.8  # below: shown to the person as a question
_ALIKE = 85  # similarity of two headers, of 100, from which one may be a slip of the other

# field → (label, kind). "mark" columns only tell what kind of table this is; "private" ones are never read.
FIELDS: dict[str, tuple[str, Kind]] = {
    "number": ("序号", "number"), "code": ("项目编号", "text"), "name": ("项目名称", "text"), "unit": ("县（市、区）", "text"),
    "township": ("乡镇", "text"), "village": ("村", "text"), "method": ("实施方式", "text"), "task": ("资金任务", "text"),
    "category": ("项目类别", "text"), "subcategory": ("小类", "text"), "construction_nature": ("建设性质", "text"),
    "content": ("建设内容", "text"), "site": ("建设地点", "text"), "implementer": ("实施单位", "text"),
    "department": ("主管部门", "text"), "responsible": ("责任人", "text"), "period": ("实施期限", "period"),
    "planned_start_on": ("计划开工", "date"), "planned_finish_on": ("计划完工", "date"), "started_on": ("开工日期", "date"),
    "finished_on": ("完工日期", "date"), "accepted_on": ("验收日期", "date"), "bid_on": ("开标日期", "date"),
    "signed_on": ("合同签订日期", "date"), "settled_on": ("结算日期", "date"), "paid_on": ("拨付日期", "date"),
    "planned_investment_yuan": ("计划投资", "amount"), "allocated_yuan": ("计划投资（安排资金）", "amount"),
    "central_yuan": ("中央资金", "amount"), "province_yuan": ("省级资金", "amount"), "prefecture_yuan": ("市级资金", "amount"),
    "county_yuan": ("县级资金", "amount"), "special_yuan": ("专项资金", "amount"), "self_yuan": ("自筹资金", "amount"),
    "other_yuan": ("其他资金", "amount"), "funding_source": ("资金来源", "sources"), "document": ("依据文件", "text"),
    "bid_yuan": ("中标价", "amount"), "settled_yuan": ("结算价", "amount"), "fee_yuan": ("管理费", "amount"),
    "surplus_yuan": ("结余", "amount"), "paid_yuan": ("已支付", "amount"), "labour_yuan": ("劳务报酬", "amount"),
    "benefit_yuan": ("预计效益", "amount"), "standard": ("补助标准", "text"), "project_year": ("项目年度", "year"),
    "batch": ("批次", "text"), "stage": ("阶段", "text"), "progress": ("进度", "text"), "households": ("户数", "count"),
    "people": ("人数", "count"), "beneficiaries": ("受益对象", "text"), "goals": ("绩效目标", "text"),
    "linkage": ("联农带农机制", "text"), "participation": ("群众参与", "text"), "inspection": ("验收结果", "text"),
    "note": ("备注", "text"), "count": ("项目个数", "count"), "share": ("占比", "percent"), "rate": ("比率", "percent"),
    "indicator": ("绩效指标", "mark"), "voucher": ("支付明细", "mark"), "quota": ("指标明细", "mark"), "person": ("人员", "mark"),
    "matter": ("审批事项", "text"), "filed_on": ("申请日期", "date"), "received_on": ("受理日期", "date"), "answered_on": ("办结日期", "date"),
    "private": ("身份证号、银行账号", "private"),
}  # fmt: skip
PARTS = ("central_yuan", "province_yuan", "prefecture_yuan", "county_yuan", "special_yuan", "self_yuan", "other_yuan")
_OF_LEVEL = {"中央": "central_yuan", "省": "province_yuan", "市": "prefecture_yuan", "县": "county_yuan"}
_OF_TIME = {
    "开工": "planned_start_on", "开始": "planned_start_on", "起": "planned_start_on", "启动": "planned_start_on",
    "完工": "planned_finish_on", "竣工": "planned_finish_on", "结束": "planned_finish_on", "完成": "planned_finish_on",
    "止": "planned_finish_on", "验收": "accepted_on",
}  # fmt: skip
LEVEL_OF = {field: level for level, field in _OF_LEVEL.items()}
_SUM_WORDS = ("合计", "小计", "总计", "共计", "总额")
_MEASURE = re.compile(rf"[(\[【](?:单位:?)?(?:人民币)?(?:{'|'.join(POWERS)}|%|个|户|人|项|亩|公里)[)\]】]")
_TAIL_UNIT = re.compile(r"[,:]?(?:亿元|百万元|万元|千元|元)$")
_BRACKETS = re.compile(r"[(\[【][^()\[\]【】]*[)\]】]?")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a header seems to say. `field` "" when nothing is known; `confidence` 0..1; `unit` "" when not named."""

    field: str
    confidence: float
    unit: str = ""
    kind: Kind = "text"


def plain_heading(words: str) -> str:
    """A header as it is compared: no white space, stars, units, 其中 or closing colon."""
    plain = normal(words).replace("*", "").replace("★", "").strip(":、.,")
    plain = re.sub(r"^其中:?(?=.)", "", plain)
    plain = _MEASURE.sub("", plain)
    return _TAIL_UNIT.sub("", plain) or plain


def header_key(headings: Iterable[str]) -> str:
    """One short key for all tables with these plain headings, as saved mappings remember it."""
    return hashlib.sha256("|".join(headings).encode()).hexdigest()


def propose(words: str, group: str = "", more: Mapping[str, tuple[str, float]] | None = None) -> Guess:
    """The field a header means, `group` being the header above it. `more`: further plain words → (field, confidence)."""
    found = more and more.get(plain_heading(words))
    return Guess(*found, unit=unit_in(words), kind=FIELDS[found[0]][1]) if found else _propose(words, group)


@lru_cache(maxsize=8192)
def _propose(words: str, group: str) -> Guess:
    unit = unit_in(words) or unit_in(group) or _tail_unit(words)
    field, confidence = _in_group(words, group) if group else ("", 0.0)
    if not field:
        field, confidence = lookup(words)
    if not field and group:
        field, confidence = lookup(group + words)
        if not field and unit:
            field, confidence = lookup(group)
            confidence = min(confidence, 0.7)
    if not field:
        return Guess("", 0.0, unit, "amount" if unit else "text")
    return Guess(field, confidence, unit if FIELDS[field][1] in ("amount", "sources") else "", FIELDS[field][1])


def _tail_unit(words: str) -> str:
    found = _TAIL_UNIT.search(normal(words))
    return found[0].strip(",:") if found and len(normal(words)) > len(found[0]) else ""


def _in_group(words: str, group: str) -> tuple[str, float]:
    """Below a header about money, 中央 means the money of that level and 合计 the group's own sum; below one about time, 开工 a day."""
    field, _confidence = lookup(group)
    if (field and FIELDS[field][1] == "period") or "时间" in group:
        return _OF_TIME.get(plain_heading(words), ""), 0.9
    if not (field and FIELDS[field][1] in ("amount", "sources")) and "资金" not in group and "投资" not in group:
        return "", 0.0
    plain = plain_heading(words)
    if plain in _SUM_WORDS:
        return (field if field and FIELDS[field][1] == "amount" else "allocated_yuan"), 0.95
    levels = levels_in(plain)
    if len(levels) == 1:
        return _OF_LEVEL[levels[0]], 1.0
    if plain in ("其他", "其它"):
        return "other_yuan", 1.0
    return "", 0.0


@lru_cache(maxsize=8192)
def lookup(words: str) -> tuple[str, float]:
    """(field, confidence) for one header: the same words, the same without brackets, a pattern, or nearly the same words."""
    exact, patterns = _known()
    plain = plain_heading(words)
    if not plain or len(plain) > 60:
        return "", 0.0
    bare = _BRACKETS.sub("", plain)
    for candidate in (plain, bare):
        if candidate in exact:
            return exact[candidate]
    for pattern, field, confidence in patterns:
        if pattern.fullmatch(bare or plain):
            return field, confidence
    if len(bare) >= 4 and (alike := process.extractOne(bare, exact.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE)):
        return exact[alike[0]][0], 0.6
    return "", 0.0


@cache
def _known() -> tuple[dict[str, tuple[str, float]], list[tuple[re.Pattern, str, float]]]:
    """The data file: exact words, and patterns with the longest first."""
    exact: dict[str, tuple[str, float]] = {}
    patterns = []
    with WORDS_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            entry = row["field"], float(row["confidence"])
            if "*" in row["words"]:
                patterns.append((row["words"], *entry))
            else:
                exact.setdefault(plain_heading(row["words"]), entry)
    patterns.sort(key=lambda one: -len(one[0]))
    return exact, [(re.compile(".*".join(map(re.escape, words.split("*")))), field, sure) for words, field, sure in patterns]
