"""The end of a budget year: begun, computed, decided row by row, closed; opened again by two persons (features 4.10)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from funds import states
from funds.actions.events import record_event
from funds.actions.limits import resize, take
from funds.checks import check_figures
from funds.figures.closing import Obstacle, obstacles, remainders, sums_of, turn_of
from funds.models import (
    Allocation,
    Batch,
    CarryDecision,
    CarryKind,
    CountyAllocation,
    EventKind,
    TargetNode,
    YearClosing,
)
from linkage import access, audit, periods
from linkage import states as engine
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import Region, RegionKind, RuleVersion
from linkage.money import yuan_text

MONEY_RULES = ("pace_basis", "pace_method", "pace_yellow_points", "pace_red_points", "young_money_days", "carry_over_years")


@transaction.atomic
def begin_closing(*, region: Region, year: int, by, at: datetime | None = None) -> YearClosing:
    """Begin the year-end of a prefecture and compute what is left. From 1 December of the year on; once a year.

    Raises PermissionDenied without funds.close there, Refusal.
    """
    at = at or periods.now()
    closing = YearClosing(region=region, year=year, begun_by=by, begun_at=at)
    if not access.may(by, states.CLOSE_RIGHT, closing):
        raise access.Denied("年终结算由地区财政局或专班办公室主任办理。", states.CLOSE_RIGHT, target=closing)
    if region.kind != RegionKind.PREFECTURE:
        raise Refusal("年终结算按地区办理。", code="wrong_region")
    if periods.day_of(at) < date(year, 12, 1):
        raise Refusal(f"{year} 年终结算从当年 12 月 1 日起办理。", code="too_early")
    if YearClosing.objects.filter(region=region, year__gt=year).exists():
        raise Refusal("以后年度已经开始结算，不能再补以前年度。", code="date_order")
    try:
        with transaction.atomic():
            closing.save()
    except IntegrityError as error:
        raise Refusal(f"{year} 年终结算已经开始。", code="already_recorded") from error
    audit.record(by=by, verb="开始年终结算", target=closing, at=at)
    return compute(closing=closing, by=by, at=at)


@transaction.atomic
def compute(*, closing: YearClosing, by, at: datetime | None = None) -> YearClosing:
    """Compute every balance anew. A decision stays where its amounts are the same; the others are asked again."""
    at = at or periods.now()
    held = _held(closing, by, states.CLOSE_RIGHT)
    standing = {row.allocation_id: row for row in held.decisions.filter(round=held.round, event=None)}
    settled = set(held.decisions.filter(round=held.round, event__isnull=False).values_list("allocation_id", flat=True))
    fresh = []
    for found in remainders(held.region, held.year):
        old = standing.pop(found.allocation.pk, None)
        if found.allocation.pk in settled or (old and (old.arranged_yuan, old.paid_yuan) == (found.arranged_yuan, found.paid_yuan)):
            continue
        if old:
            old.delete()
        fresh.append(CarryDecision(
            closing=held, round=held.round, allocation=found.allocation, arranged_yuan=found.arranged_yuan, paid_yuan=found.paid_yuan,
            left_yuan=found.left_yuan, is_overdue=found.is_overdue, proposed=found.proposed,
        ))  # fmt: skip
    CarryDecision.objects.filter(pk__in=[row.pk for row in standing.values()]).delete()
    CarryDecision.objects.bulk_create(fresh, batch_size=500)
    YearClosing.objects.filter(pk=held.pk).update(computed_at=at)
    audit.record(by=by, verb="计算年末余额", target=held, at=at, after={"new": len(fresh), "gone": len(standing)})
    closing.refresh_from_db()
    return closing


@transaction.atomic
def decide(*, decision: CarryDecision, kind: str, reason: str = "", document_no: str = "", by, at: datetime | None = None) -> CarryDecision:
    """结转 or 结余 for one allocation, by the finance of its unit or of the prefecture.

    Other than proposed needs a reason; 结转 after two years needs a document. Raises PermissionDenied, Refusal.
    """
    at = at or periods.now()
    if not access.may(by, states.CARRY_RIGHT, decision):
        raise access.Denied("结转、结余由财政部门确认。", states.CARRY_RIGHT, target=decision)
    _held(decision.closing)
    _check(decision, kind, reason, document_no)
    rows = CarryDecision.objects.filter(pk=decision.pk, event=None, left_yuan=decision.left_yuan)
    if not rows.update(kind=kind, reason=reason.strip()[:200], document_no=document_no.strip(), decided_by=by, decided_at=at):
        raise StaleRevision("余额已重新计算，请刷新页面核对后再确认。")
    decision.refresh_from_db()
    audit.record(
        by=by, verb=f"确认{CarryKind(kind).label}", target=decision, at=at,
        after={"left_yuan": decision.left_yuan, "reason": decision.reason, "document": decision.document_no},
    )  # fmt: skip
    return decision


@transaction.atomic
def decide_as_proposed(*, closing: YearClosing, decisions: Iterable[CarryDecision], by, at: datetime | None = None) -> int:
    """Confirm the proposals of rows not decided yet, those of the person's own reach; gives how many."""
    at = at or periods.now()
    _held(closing)
    mine = [row for row in decisions if not row.kind and row.event_id is None and row.left_yuan > 0 and access.may(by, states.CARRY_RIGHT, row)]
    for row in mine:
        row.kind, row.decided_by, row.decided_at = row.proposed, by, at
    CarryDecision.objects.bulk_update(mine, ["kind", "decided_by", "decided_at"], batch_size=500)
    if mine:
        audit.record(by=by, verb="按建议确认结转结余", target=closing, at=at, after={"rows": [[row.allocation_id, row.kind, row.left_yuan] for row in mine]})
    return len(mine)


@transaction.atomic
def close(*, closing: YearClosing, revision: int | None = None, by, at: datetime | None = None) -> YearClosing:
    """Carry out the decisions and close the books: 结余 goes back to its document, 结转 is written down per unit, next year's
    nodes and rules are laid out as drafts. Raises Refusal naming everything in the way."""
    at = at or periods.now()
    held = _held(closing, by, states.CLOSE_RIGHT)
    bars = [*(obstacle for obstacle in obstacles(held, at) if obstacle.is_bar), *_books_wrong()]
    if bars:
        raise Refusal("还不能结账：" + "".join(_words(bar, number) for number, bar in enumerate(bars, 1)), code="problems")
    rows = list(
        held.decisions.filter(round=held.round, event=None).select_related("allocation__project__unit").order_by("allocation__county_allocation_id", "pk")
    )
    for row in rows:
        if row.kind == CarryKind.SURPLUS:
            _give_back(held, row, by, at)
    _carry(held, [row for row in rows if row.kind == CarryKind.CARRY], by, at)
    _drafts_of_next_year(held, by, at)
    totals, sha256 = _frozen(held)
    changes = {"closed_by": by, "closed_at": at, "totals": totals, "sha256": sha256, "asked_by": None}
    engine.move(held, states.CLOSE, by=by, at=at, revision=revision, changes=changes)
    closing.refresh_from_db()
    return closing


@transaction.atomic
def ask_reopen(*, closing: YearClosing, reason: str, by, at: datetime | None = None) -> YearClosing:
    """The first person; the books stay closed until another agrees. Only the newest closed year."""
    if YearClosing.objects.filter(region=closing.region, year__gt=closing.year, state__in=states.LOCKED).exists():
        raise WrongState("以后年度也已结账，请先重新开账以后年度。")
    return engine.move(closing, states.ASK_REOPEN, by=by, at=at, reason=reason, changes={"asked_by": by})


@transaction.atomic
def reopen(*, closing: YearClosing, by, at: datetime | None = None) -> YearClosing:
    """The second person. What the closing moved stays moved; the next round computes what is left now."""
    changes = {"round": closing.round + 1, "computed_at": None}
    return engine.move(closing, states.REOPEN, by=by, at=at, changes=changes)


@transaction.atomic
def keep_closed(*, closing: YearClosing, reason: str, by, at: datetime | None = None) -> YearClosing:
    """The second person does not agree."""
    return engine.move(closing, states.KEEP_CLOSED, by=by, at=at, reason=reason, changes={"asked_by": None})


def _held(closing: YearClosing, by=None, permission: str = "") -> YearClosing:
    """The closing as it stands, locked and being prepared."""
    held = YearClosing.objects.select_for_update(of=("self",)).select_related("region").get(pk=closing.pk)
    if permission and not access.may(by, permission, held):
        raise access.Denied("年终结算由地区财政局或专班办公室主任办理。", permission, target=held)
    if held.state != states.PREPARING:
        raise WrongState(f"“{held}”现在是“{held.get_state_display()}”，不能再改。")
    return held


def _check(decision: CarryDecision, kind: str, reason: str, document_no: str) -> None:
    if kind not in CarryKind.values:
        raise Refusal("请选择结转或结余。", code="kind_needed")
    if decision.left_yuan <= 0:
        raise Refusal("这笔资金的支出超过安排，没有可以结转的余额；请先核对数据。", code="nothing_left")
    if kind == CarryKind.CARRY and decision.is_overdue and not document_no.strip():
        raise Refusal("连续两年未用完的资金按结余处理（预算法第42条）；确需继续结转的，请写明依据文号。", code="document_needed")
    if kind != decision.proposed and not reason.strip():
        raise Refusal(f"建议处理为“{CarryKind(decision.proposed).label}”，改为“{CarryKind(kind).label}”须写明说明。", code="reason_needed")


def _books_wrong() -> list[Obstacle]:
    """Every money identity is proved before the books are closed: it takes its time, so not when the page is read."""
    problems = check_figures()
    return [Obstacle(f"资金恒等式有 {len(problems)} 处不符：{problems[0].row_label} {problems[0].message}")] if problems else []


def _words(bar: Obstacle, number: int) -> str:
    return f"{number}. {bar.words}"


def _give_back(closing: YearClosing, row: CarryDecision, by, at: datetime) -> None:
    """结余收回: off the project, off the county's share, back into what the document has to give, on the first day of the new year:
    the figures of the closed year stay as they were."""
    allocation = Allocation.objects.select_related("project").get(pk=row.allocation_id)
    share = CountyAllocation.objects.select_related("batch__region", "unit").get(pk=allocation.county_allocation_id)
    batch, left = Batch.objects.select_for_update(of=("self",)).get(pk=share.batch_id), row.left_yuan
    take(batch, -left, "")
    take(share, -left, "")
    if not resize(share, share.amount_yuan - left, expected_yuan=share.amount_yuan, may_exceed=True):
        raise StaleRevision("分县资金刚被他人改动，请重新结账。")
    if not Allocation.objects.filter(pk=allocation.pk, amount_yuan=allocation.amount_yuan).update(amount_yuan=allocation.amount_yuan - left):
        raise StaleRevision("项目资金刚被他人改动，请重新结账。")
    allocation.refresh_from_db(fields=["amount_yuan"])
    row.event = record_event(
        kind=EventKind.SURPLUS, region=batch.region, batch=batch, moved=[(allocation, -left), (share, -left)], amount_yuan=left,
        effective_on=turn_of(closing.year), document_no=row.document_no, reason=row.reason or f"{closing.year} 年终结余收回", by=by, at=at,
    )  # fmt: skip
    row.save(update_fields=["event"])


def _carry(closing: YearClosing, rows: list[CarryDecision], by, at: datetime) -> None:
    """指标结转: one event per unit; nothing moves, the money may be spent in the next year."""
    by_unit: dict[Region, list[CarryDecision]] = {}
    for row in rows:
        by_unit.setdefault(row.allocation.project.unit, []).append(row)
    for unit, some in sorted(by_unit.items(), key=lambda found: found[0].display_order):
        event = record_event(
            kind=EventKind.CARRY, region=unit, batch=None, moved=[], amount_yuan=sum((row.left_yuan for row in some), Decimal("0.00")),
            effective_on=turn_of(closing.year), reason=f"{closing.year} 年结转 {len(some)} 笔", by=by, at=at,
        )  # fmt: skip
        CarryDecision.objects.filter(pk__in=[row.pk for row in some]).update(event=event)


def _drafts_of_next_year(closing: YearClosing, by, at: datetime) -> None:
    """Nodes of the same days and the money rules of the present values, all 待核对: nobody is judged by them before they are confirmed."""
    coming = closing.year + 1
    if not TargetNode.objects.filter(fund_year=coming).exists():
        TargetNode.objects.bulk_create(
            TargetNode(
                fund_year=coming, measure=node.measure, level=node.level, task=node.task, region=node.region,
                due_on=_a_year_on(node.due_on), target_ratio=node.target_ratio, denominator=node.denominator,
            )
            for node in TargetNode.objects.filter(fund_year=closing.year)
        )  # fmt: skip
    first = date(coming, 1, 1)
    for code in MONEY_RULES:
        newest = RuleVersion.objects.filter(code=code, effective_from__lte=first).order_by("-effective_from").first()
        if newest and newest.effective_from < first:
            RuleVersion.objects.create(
                code=code, value=newest.value, effective_from=first, reason=f"{closing.year} 年终结转，沿用上年取值，待核对", author=by, created_at=at
            )


def _a_year_on(day: date) -> date:
    """The same day of the next year; 29 February becomes the 28th."""
    return date(day.year + 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


def _frozen(closing: YearClosing) -> tuple[dict, str]:
    """The sums and the hash of every row as they stand when the books are closed."""
    rows = closing.decisions.filter(round=closing.round).order_by("allocation_id")
    content = [
        [row.allocation_id, yuan_text(row.arranged_yuan), yuan_text(row.paid_yuan), yuan_text(row.left_yuan), row.kind, row.document_no] for row in rows
    ]
    sums = {name: yuan_text(value) if isinstance(value, Decimal) else value for name, value in sums_of(rows).items()}
    return sums, hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
