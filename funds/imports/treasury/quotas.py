"""指标 (budget documents) of the treasury, as exported (domain.md §6.2): kept as they are, compared with ours on a page of its own."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from funds.actions import quotas as writing
from funds.checks import TREASURY_FLAGS
from funds.models import BudgetLine
from linkage import periods, rules
from linkage.figures.names import squeeze
from linkage.imports.base import GONE, Difference, Feed, ImportKind, Question, Row, Verdict, register
from linkage.models import Job, RowVerdict

from .cleaning import without_numbers
from .columns import QUOTAS
from .lines import Fate, Outcome, Standing, settle_lines
from .payments import scale_question, settle
from .placing import PERMISSION, Places, own_units

CODE = "treasury_quotas"
LONGEST = {"region": 60, "region_code": 20, "detail_no": 60, "document_no": 80, "upper_document_no": 80, "level_words": 40, "fund_words": 80,
           "agency": 120, "budget_project": 200, "summary": 200}  # fmt: skip
_LEVELS = (("central_yuan", "中央"), ("province_yuan", "省级"), ("prefecture_yuan", "市级"), ("county_yuan", "县级"))
SAID = ("amount_yuan", "document_no", "upper_document_no", "level_words", "fund_words", "agency", "budget_project", "summary")
WORDS = dict(zip(SAID, ("指标金额（元）", "指标文号", "上级指标文号", "预算级次", "资金性质", "预算单位", "支出项目", "指标摘要"), strict=True))


def clean(read: dict[str, Any], today: date) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """What is kept of a line. The level is the one named, else the one whose column holds the whole amount."""
    values = {key: without_numbers(read[key], "quota_no")[:most] for key, most in LONGEST.items() if read.get(key)}
    for key in ("amount_yuan", "issued_on"):
        if read.get(key) is not None:
            values[key] = read[key]
    year = str(read.get("fund_year", ""))[:4]
    if year.isdecimal() and len(year) == 4:
        values["fund_year"] = int(year)
    if "level_words" not in values and (parts := [words for key, words in _LEVELS if read.get(key)]):
        values["level_words"] = "、".join(parts)[:40]
    flags = ["future"] if values.get("issued_on") and values["issued_on"] > today else []
    if flags:
        values["flags"] = flags
    return values, [("issued_on", TREASURY_FLAGS[flag][1].replace("付款", "下达")) for flag in flags]


def questions(by, head: Mapping[str, Any], answers: Mapping[str, str]) -> list[Question]:
    """The unit where no column names it; 元 or 万元 where the amounts look odd."""
    found, units = [], own_units(by)
    if not set(head["filled"]) & {"region", "region_code", "agency"} and len(units) > 1:
        found.append(Question("unit", "这是哪个单位的指标", choices=tuple((one.slug, one.name) for one in units)))
    if scale := scale_question(head):
        found.append(scale)
    return found


def quota_key(unit_slug: str, values: Mapping[str, Any]) -> str:
    """指标明细号, else a fingerprint of what the line says."""
    if number := values.get("detail_no"):
        return f"{unit_slug}/N{number}"[:80]
    parts = [str(values.get(key, "")) for key in SAID]
    return f"{unit_slug}/F{hashlib.sha256(chr(31).join(map(squeeze, parts)).encode()).hexdigest()[:24]}"


def content(values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{values[key]:.2f}" if key == "amount_yuan" else squeeze(values.get(key)) for key in SAID)


@dataclass
class Context:
    """Every look-up of one file; a file of budget lines is short: all that stands of its units is read at once."""

    at: datetime
    places: Places
    several: dict[str, list[tuple[str, ...]]]
    standing: dict[str, list[Standing]]
    units: set[int]
    labels: dict[int, str]
    settled: dict[str, Iterator[Outcome]] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    rows: Counter = field(default_factory=Counter)
    added: Counter = field(default_factory=Counter)


def begin(by, at: datetime, head: Mapping[str, Any], answers: Mapping[str, str], lines: Callable[[], Iterator[dict]]) -> Context:
    places, several, years = Places(by, answers.get("unit", "")), {}, set()
    units: set[int] = set()
    for values in lines():
        unit = places.of(values)[0]
        if unit is None or values.get("amount_yuan") is None:
            continue
        units.add(unit)
        years.add(values.get("fund_year"))
        several.setdefault(quota_key(places.units[unit].slug, values), []).append(content(values))
    standing: dict[str, list[Standing]] = {}
    labels: dict[int, str] = {}
    for row in BudgetLine.objects.filter(region__in=units, superseded_by__isnull=True).order_by("key_line"):
        standing.setdefault(row.key, []).append(Standing(row.pk, row.key_line, content(vars(row)), row.gone_at is not None))
        if row.gone_at is None and row.fund_year in years:
            labels[row.pk] = f"{row.document_no} {row.budget_project or row.summary} {row.amount_yuan:,.2f} 元"
    return Context(at, places, several, standing, units, labels)


def check_row(row: Row, context: Context) -> Verdict:
    values = row.values
    label = " ".join(filter(None, (values.get("document_no"), values.get("budget_project") or values.get("summary"))))
    unit, refused = context.places.of(values)
    if unit is None:
        return Verdict.error(row.problem("region", refused.replace("付款", "指标")), label=label)
    if values.get("amount_yuan") is None:
        return Verdict.error(row.problem("amount_yuan", "没有指标金额。请核对后重新导出。"), label=label)
    key = quota_key(context.places.units[unit].slug, values)
    if key not in context.settled:
        context.settled[key] = iter(settle_lines(context.standing.get(key, ()), context.several[key], numbered="/N" in key))
    outcome = next(context.settled[key])
    context.rows[unit] += 1
    if outcome.standing:
        context.claimed.add(outcome.standing.pk)
    if outcome.fate == Fate.SAME and outcome.standing:
        if outcome.standing.is_gone:
            return Verdict.changed({"back": outcome.standing.pk}, [Difference("来源", "已不见", "重新出现")], label=label)
        return Verdict.unchanged(label=label)
    data = {"unit": unit, "key": key, "line": outcome.line}
    if outcome.fate == Fate.CONFLICT and outcome.standing:
        told = [Difference(WORDS[name], a, b) for name, a, b in zip(SAID, outcome.standing.content, content(values), strict=True) if a != b]
        return Verdict.conflict(data | {"corrects": outcome.standing.pk, "line": outcome.standing.line}, told, label=label)
    if outcome.fate == Fate.TWICE:
        return Verdict.suspect(data, row.problem("amount_yuan", "与本表前面的一行完全相同。确是两笔的才写入。"), label=label)
    context.added[unit] += 1
    return Verdict.new(data, label=label)


def missing(context: Context) -> list[tuple[Row, Verdict, bool]]:
    """Standing lines of these units and years that the file does not hold; proposed as gone when they are few."""
    gone = [(pk, label) for pk, label in sorted(context.labels.items()) if pk not in context.claimed]
    few = len(gone) * 100 <= rules.get("treasury_gone_percent", on=periods.day_of(context.at)) * len(context.labels)
    rows = enumerate(gone, 1)
    return [(Row(number, {"unit": ""}, sheet=GONE, free=True), Verdict(RowVerdict.GONE, {"gone": pk}, label), few) for number, (pk, label) in rows]


def summary(context: Context) -> dict[str, Any]:
    return {"found": {}, "flags": {}, "units": []}


def close(context: Context, job: Job, *, by, at: datetime) -> None:
    writing.record_quota_feed(job=job, rows=context.rows, added=context.added, by=by, at=at)


register(
    ImportKind(
        code=CODE, title="指标", permission=PERMISSION, fields=lambda by: (), begin=lambda by, at, rows: None, check_row=check_row,
        apply_rows=writing.write_quotas, look_up=lambda context, rows: None, undo=writing.undo_quotas, order=71, start="treasury",
        result_url="/funds/treasury/documents/",
        feed=Feed(sheet=QUOTAS, clean=clean, questions=questions, settle=settle, begin=begin, missing=missing, summary=summary, close=close,
                  page="treasury-upload"),
        help="财政预算管理一体化系统导出的指标（预算下达），原样上传；与本系统的下达批次逐份对照。",
    )
)  # fmt: skip
