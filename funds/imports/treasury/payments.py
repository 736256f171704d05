"""支付明细 of the treasury, as exported: what becomes of each line (features 9.1). Writing is in `funds.actions.feed`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from funds.actions import feed as writing
from funds.figures.matching import Match, Matcher
from funds.models import MatchAnswer, Voucher, VoucherChannel, VoucherKind
from linkage import periods, rules
from linkage.imports.base import GONE, Difference, Feed, ImportKind, Question, Row, Verdict, register
from linkage.models import Job, RowVerdict
from linkage.money import wan_text

from .cleaning import ALWAYS, WHERE_BOTH, WORDS, clean_payment, content, payment_key, same
from .columns import PAYMENTS
from .coverage import Coverage, seen_days
from .lines import Fate, Outcome, Standing, settle_lines
from .placing import PERMISSION, Places, own_units

CODE = "treasury_payments"
SMALL, WAN = Decimal(1_000), Decimal(10_000)  # a payment file in which nothing reaches 1,000 元 is none in 元
_STANDING = ("pk", "key", "key_line", "kind", "amount_yuan", "paid_on", "payee_masked", "purpose", "quota_no", "budget_code", "budget_project", "gone_at")


@dataclass
class Context:
    """Every look-up of one file; what stands and is found in the file is ticked off in `claimed`."""

    by: Any
    at: datetime
    places: Places
    matcher: Matcher
    coverage: Coverage
    several: dict[str, list[tuple[str, ...]]]
    standing: dict[str, list[Standing]] = field(default_factory=dict)
    twins: dict[tuple, list[tuple[int, tuple[str, ...], str]]] = field(default_factory=dict)
    settled: dict[str, Iterator[Outcome]] = field(default_factory=dict)
    claimed: set[int] = field(default_factory=set)
    found: Counter = field(default_factory=Counter)
    flags: Counter = field(default_factory=Counter)
    added: Counter = field(default_factory=Counter)


# -- what the file does not say -------------------------------------------------------------------------------------------


def questions(by, head: Mapping[str, Any], answers: Mapping[str, str]) -> list[Question]:
    """The unit where no column names it, the day where none is there, 元 or 万元 where the amounts look odd."""
    filled, found = set(head["filled"]), []
    units = own_units(by)
    if not filled & {"region", "region_code"} and len(units) > 1:
        help_words = "表里没有区划列。预算单位名称里写着县名的各行按县名，其余按这里。"
        found.append(Question("unit", "这是哪个单位的付款", choices=tuple((one.slug, one.name) for one in units), help=help_words,
                              required="agency" not in filled))  # fmt: skip
    if "paid_on" not in filled:
        found.append(Question("paid_on", "支付日期", "date", help="表里没有支付日期列（预警详情导出就没有）。整份文件都是哪一天支付的？已有的凭证不受影响。"))
    if scale := scale_question(head):
        found.append(scale)
    return found


def scale_question(head: Mapping[str, Any]) -> Question | None:
    """Amounts that look ten thousand times too small, or too large, are asked about; nothing is guessed."""
    largest = Decimal(head["largest"] or 0)
    said = {table["unit"] for table in head["tables"]} - {""}
    choices = (("1", "金额就是元，照此导入"), (str(WAN), "金额其实是万元，乘以一万"))
    if not said - {"元"} and largest and largest < SMALL and head["rows"] >= 3:
        return Question("scale", "金额单位", choices=choices, help=f"整份表里最大的一笔只有 {largest} 元，像是以万元计的。")
    if said - {"元"} and largest >= 1_000_000_000:
        choices = (("1", "单位没有错，照此导入"), (str(1 / WAN), "金额其实是元，单位行写错了"))
        return Question("scale", "金额单位", choices=choices, help=f"按表里写的单位折算，最大的一笔有 {wan_text(largest)} 万元，像是单位行写错了。")
    return None


def settle(values: dict[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    """The line with what was said for the whole file."""
    if (scale := answers.get("scale", "1")) != "1" and "amount_yuan" in values:
        values["amount_yuan"] = (values["amount_yuan"] * Decimal(scale)).quantize(Decimal("0.01"))
    if "paid_on" not in values and answers.get("paid_on"):
        values["paid_on"] = date.fromisoformat(answers["paid_on"])
        values["flags"] = [*values.get("flags", ()), "date_assumed"]
    return values


# -- look-ups -------------------------------------------------------------------------------------------------------------


def begin(by, at: datetime, head: Mapping[str, Any], answers: Mapping[str, str], lines: Callable[[], Iterator[dict]]) -> Context:
    """One pass over the file for the days it covers and keys that stand in it several times, another for what these say."""
    places, coverage = Places(by, answers.get("unit", "")), Coverage.of(head, periods.day_of(at))
    seen: set[int] = set()
    several: dict[str, list] = {}
    for values in lines():
        if (unit := usable(values, places)) is None:
            continue
        coverage.see(unit, values["paid_on"])
        key = payment_key(places.units[unit].slug, values)
        if (mark := hash(key)) in seen:
            several[key] = []
        seen.add(mark)
    if several:
        for values in lines():
            if (unit := usable(values, places)) is not None and (key := payment_key(places.units[unit].slug, values)) in several:
                several[key].append(content(values))
    return Context(by, at, places, Matcher(coverage.units), coverage, several)


def usable(values: Mapping[str, Any], places: Places) -> int | None:
    """The unit of a line that can be stored; None for a line that is an error."""
    return places.of(values)[0] if values.get("amount_yuan") and values.get("paid_on") else None


def look_up(context: Context, rows: list[Row]) -> None:
    """What stands under the keys of a portion, and lines with another key that may be the same payment. Two queries."""
    keyed = [(payment_key(context.places.units[unit].slug, row.values), unit, row) for row in rows if (unit := usable(row.values, context.places)) is not None]
    context.standing = {}
    stands = Voucher.objects.filter(channel=VoucherChannel.TREASURY, key__in={key for key, _, _ in keyed}, split_from__isnull=True)
    for pk, key, line, *said, gone in stands.order_by("key_line").values_list(*_STANDING):
        context.standing.setdefault(key, []).append(Standing(pk, line, _said(said), gone is not None))
    fresh = [(unit, row.values) for key, unit, row in keyed if key not in context.standing]
    context.twins = _twins(fresh) if fresh else {}


def _said(values: list[Any]) -> tuple[str, ...]:
    names = (*ALWAYS, *WHERE_BOTH)
    return content(dict(zip(names, values, strict=True)))


def _twins(fresh: list[tuple[int, Mapping[str, Any]]]) -> dict[tuple, list[tuple[int, tuple[str, ...], str]]]:
    """Standing lines of the same unit, day and amount that were typed by hand or came under a number of another sort."""
    rows = Voucher.objects.filter(
        unit__in={unit for unit, _ in fresh}, paid_on__in={values["paid_on"] for _, values in fresh},
        amount_yuan__in={values["amount_yuan"] for _, values in fresh}, gone_at__isnull=True, split_from__isnull=True,
    )  # fmt: skip
    found: dict[tuple, list] = {}
    for unit, channel, pk, key, _line, *said, _gone in rows.order_by("pk").values_list("unit_id", "channel", *_STANDING):
        sort = "hand" if channel == VoucherChannel.HAND else key.partition("/")[2][:1]
        kind, amount, paid_on = said[0], said[1], said[2]
        found.setdefault((unit, kind, amount, paid_on), []).append((pk, _said(said), sort))
    return found


# -- one line -------------------------------------------------------------------------------------------------------------


def check_row(row: Row, context: Context) -> Verdict:
    values = row.values
    label = label_of(values)
    unit, refused = context.places.of(values)
    problems = _unusable(row)
    if unit is None:
        problems.append(row.problem("region", refused))
    if problems or unit is None:
        context.found["refused" if refused.startswith("这是") else "error"] += 1
        return Verdict.error(*problems, label=label)
    key = payment_key(context.places.units[unit].slug, values)
    outcome = _outcome(context, key, values)
    if outcome.fate in (Fate.SAME, Fate.CONFLICT) and outcome.standing:
        context.claimed.add(outcome.standing.pk)
    if outcome.fate == Fate.SAME:
        if outcome.standing and outcome.standing.is_gone:
            return Verdict.changed({"back": outcome.standing.pk, "unit": unit}, [Difference("来源", "已不见", "重新出现")], label=label)
        return Verdict.unchanged(label=label)
    return _new(row, context, unit, key, outcome, label)


def _unusable(row: Row) -> list:
    found = []
    if not row.values.get("amount_yuan"):
        words = "金额为 0，不是付款，这一行没有导入。" if "amount_yuan" in row.values else "没有金额。请核对后重新导出。"
        found.append(row.problem("amount_yuan", words))
    if not row.values.get("paid_on"):
        found.append(row.problem("paid_on", "没有支付日期（可能还没有支付）。支付以后再导出。"))
    return found


def label_of(values: Mapping[str, Any]) -> str:
    """How a line is called: its number, else day, payee and amount."""
    number = values.get("voucher_no") or values.get("application_no")
    money = f"{values['amount_yuan']:,.2f} 元" if values.get("amount_yuan") is not None else ""
    return " ".join(filter(None, (number, str(values.get("paid_on") or ""), values.get("payee"), money)))


def _outcome(context: Context, key: str, values: Mapping[str, Any]) -> Outcome:
    numbered = "/F" not in key[-26:]
    if key not in context.several:
        return settle_lines(context.standing.get(key, ()), [content(values)], numbered=numbered)[0]
    if key not in context.settled:
        context.settled[key] = iter(settle_lines(context.standing.get(key, ()), context.several[key], numbered=numbered))
    return next(context.settled[key])


def _new(row: Row, context: Context, unit: int, key: str, outcome: Outcome, label: str) -> Verdict:
    """A line that does not stand yet: a twin's number, a contradiction, a repetition, or new with its match."""
    values = row.values
    match = context.matcher.match(unit, values)
    data = {"unit": unit, "key": key, "line": outcome.line, **placed(match), "flags": _flags(values, match)}
    if outcome.fate == Fate.CONFLICT and outcome.standing:
        data |= {"corrects": outcome.standing.pk, "line": outcome.standing.line}
        return Verdict.conflict(data, _differences(outcome.standing.content, values), label=label)
    if twin := _twin(context, unit, key, values):
        context.claimed.add(twin[0])
        source, number = "手工登记" if twin[1] == "hand" else "原来按支付申请号或指纹登记", values.get("voucher_no") or values.get("application_no") or ""
        told = [Difference("来源", source, f"财政导出 {number}".strip())]
        return Verdict.changed({"adopts": twin[0], "unit": unit, "key": key, "line": outcome.line}, told, label=label)
    if outcome.fate == Fate.TWICE:
        return Verdict.suspect(data, row.problem("amount_yuan", "与本表前面的一行完全相同（号码、日期、金额、收款方、用途）。确是两笔的才勾上。"), label=label)
    context.found["matched" if match.answer else "unmatched"] += 1
    context.found["memory"] += match.how == "memory"
    context.added[unit] += 1
    context.flags.update(values.get("flags", ()))
    return Verdict.new(data, label=label)


def placed(match: Match) -> dict[str, Any]:
    """Allocation and project of a match, as they are written."""
    if match.answer != MatchAnswer.ALLOCATION or match.candidate is None:
        return {}
    return {"allocation": match.candidate.allocation, "project": match.candidate.project}


def _flags(values: Mapping[str, Any], match: Match) -> list[str]:
    flags = list(values.get("flags", ()))
    if match.candidate is None:
        flags.append({MatchAnswer.NONE: "not_ours", MatchAnswer.SPLIT: "to_split"}.get(match.answer, "unmatched"))
    elif values["paid_on"] < match.candidate.decided_on:
        flags.append("before_decided")
    return flags


def _twin(context: Context, unit: int, key: str, values: Mapping[str, Any]) -> tuple[int, str] | None:
    own, mine = key.partition("/")[2][:1], content(values)
    for pk, said, sort in context.twins.get((unit, values["kind"], values["amount_yuan"], values["paid_on"]), ()):
        if sort != own and pk not in context.claimed and (sort == "hand" or same(said, mine)):
            return pk, sort
    return None


def _differences(before: tuple[str, ...], values: Mapping[str, Any]) -> list[Difference]:
    names, now = (*ALWAYS, *WHERE_BOTH), content(values)
    told = [(name, a, b) for name, a, b in zip(names, before, now, strict=True) if a != b and ((a and b) or name in ALWAYS)]
    found = [Difference(WORDS[name], _word(name, a), _word(name, b)) for name, a, b in told]
    old, new = Decimal(before[1] or 0), values["amount_yuan"]
    if old and new and (old / new in (WAN, 1 / WAN)):
        found.append(Difference("请核对", "", "两次的金额正好相差一万倍，可能是元和万元弄混了"))
    return found


def _word(name: str, said: str) -> str:
    return str(VoucherKind(said).label) if name == "kind" and said else said


# -- what the file does not hold, and the end -----------------------------------------------------------------------------


def missing(context: Context) -> list[tuple[Row, Verdict, bool]]:
    """Standing lines of the days and units the file covers that it does not hold. A few are proposed as gone; many must be
    confirmed by the person, because the file may be a part of the export only."""
    rows, covered = [], 0
    for pk, unit, number, application, paid_on, payee, amount in seen_days(context.coverage):
        covered += 1
        if pk not in context.claimed:
            label = label_of({"voucher_no": number, "application_no": application, "paid_on": paid_on, "payee": payee, "amount_yuan": amount})
            rows.append((pk, unit, label))
    few = len(rows) * 100 <= rules.get("treasury_gone_percent", on=periods.day_of(context.at)) * covered
    return [
        (Row(number, {"unit": context.places.units[unit].name}, sheet=GONE, free=True), Verdict(RowVerdict.GONE, {"gone": pk}, label), few)
        for number, (pk, unit, label) in enumerate(rows, 1)
    ]  # fmt: skip


def summary(context: Context) -> dict[str, Any]:
    """For the preview: matched and unmatched among the new lines, flags, and per unit the days covered."""
    return {
        "found": dict(context.found), "flags": dict(context.flags),
        "units": [
            {"unit": context.places.units[pk].name, "slug": context.places.units[pk].slug, "first": first.isoformat(), "last": last.isoformat(),
             "rows": count, "added": context.added[pk]}
            for pk, (first, last, count) in context.coverage.by_unit()
        ],
    }  # fmt: skip


def close(context: Context, job: Job, *, by, at: datetime) -> None:
    writing.record_feed(job=job, kind="payments", coverage=context.coverage.by_unit(), added=context.added, by=by, at=at)


register(
    ImportKind(
        code=CODE, title="支付明细", permission=PERMISSION, fields=lambda by: (), begin=lambda by, at, rows: None, check_row=check_row,
        apply_rows=writing.write_payments, look_up=look_up, undo=writing.undo_payments, order=70, start="treasury", result_url="/funds/treasury/",
        written_url="/funds/treasury/unmatched/",
        feed=Feed(sheet=PAYMENTS, clean=clean_payment, questions=questions, settle=settle, begin=begin, missing=missing, summary=summary, close=close,
                  page="treasury-upload"),
        help="财政预算管理一体化系统导出的支付明细，原样上传；收款人脱敏，账号不保存。",
    )
)  # fmt: skip
