"""Fund documents (批次): recorded, corrected, and cut by the body that issued them (features 4.1)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from funds.actions.allocation import allocate_to_county
from funds.actions.events import record_event
from funds.actions.limits import check_seen, resize
from funds.actions.years import require_open
from funds.models import Batch, EventKind, Level
from linkage import access, audit, periods
from linkage.errors import Refusal, StaleRevision
from linkage.models import FundTask, Region, RegionKind
from linkage.money import wan_text, yuan

ALREADY_RECORDED = "这份文件（文号、层级、任务相同）已经登记过，请在批次列表中查看。"
AMENDABLE = ("document_no", "title", "tracking_code", "issued_on", "received_on", "note", "fund_year")


@transaction.atomic
def record_batch(
    *, level: str, task: FundTask, fund_year: int, document_no: str, region: Region, amount_yuan: Decimal, issued_on: date,
    received_on: date | None = None, title: str = "", tracking_code: str = "", note: str = "", by, at: datetime | None = None,
) -> Batch:  # fmt: skip
    """Record a fund document that arrived at `region` with `amount_yuan` 元.

    A document of a reporting unit itself (县级资金) is at once 下达到县 in full: no second step is asked for.
    Raises PermissionDenied without batch.edit there, Refusal for a repeated document, a future date, a wrong region.
    """
    at = at or periods.now()
    batch = Batch(
        level=level, task=task, fund_year=fund_year, document_no=document_no.strip(), region=region,
        amount_yuan=yuan(amount_yuan), issued_on=issued_on, received_on=received_on, title=title.strip(),
        tracking_code=tracking_code.strip(), note=note.strip(),
    )  # fmt: skip
    _require(by, batch)
    _check(batch, at)
    try:
        with transaction.atomic():
            batch.save()
    except IntegrityError as error:
        raise Refusal(ALREADY_RECORDED, code="already_recorded") from error
    audit.record(by=by, verb="登记资金批次", target=batch, at=at, after=_words(batch))
    if region.is_reporting:
        allocate_to_county(batch=batch, unit=region, amount_yuan=batch.amount_yuan, issued_on=issued_on, by=by, at=at)
    return batch


@transaction.atomic
def amend(*, batch: Batch, changes: dict, by, at: datetime | None = None) -> Batch:
    """Correct how a document was typed: words, dates, and the amount (`amount_yuan`, never below what is given on;
    `seen_yuan` is the one the person saw).

    Raises Refusal when more is allocated than the new amount, StaleRevision when the amount changed meanwhile.
    """
    at = at or periods.now()
    _require(by, batch)
    before, had = _words(batch), batch.amount_yuan
    changes = dict(changes)
    check_seen(batch.amount_yuan, changes.pop("seen_yuan", None))
    amount = yuan(changes.pop("amount_yuan", batch.amount_yuan))
    unknown = set(changes) - set(AMENDABLE)
    if unknown:
        raise ValueError(f"not amendable: {sorted(unknown)}")
    if amount != batch.amount_yuan:
        _resize_or_refuse(batch, amount)
    for name, value in changes.items():
        setattr(batch, name, value.strip() if isinstance(value, str) else value)
    _check(batch, at)
    try:
        with transaction.atomic():
            batch.save(update_fields=list(changes))
    except IntegrityError as error:
        raise Refusal(ALREADY_RECORDED, code="already_recorded") from error
    audit.record(by=by, verb="更正资金批次", target=batch, at=at, before=before, after=_words(batch))
    if amount != had:  # what was typed wrongly was never so: the correction holds from the first day
        record_event(
            kind=EventKind.CORRECTION, region=batch.region, batch=batch, moved=[(batch, amount - had)], amount_yuan=abs(amount - had),
            effective_on=batch.issued_on, document_no=batch.document_no, reason="登记金额有误", by=by, at=at,
        )  # fmt: skip
    return batch


@transaction.atomic
def reduce_by_higher_body(
    *, batch: Batch, amount_yuan: Decimal, document_no: str, reason: str = "", effective_on: date | None = None, by, at: datetime | None = None
) -> Batch:
    """The issuing body cuts the document to `amount_yuan` 元 as of a day (today); to nothing is 上级收回. What is already given
    on stays and is flagged 超分配, to be worked off by adjusting the shares."""
    at = at or periods.now()
    _require(by, batch)
    amount = yuan(amount_yuan)
    if not document_no.strip():
        raise Refusal("请写明核减或收回的依据文号。", code="document_needed")
    if amount < 0 or amount >= batch.amount_yuan:
        raise Refusal(f"核减后的金额须小于现下达金额 {wan_text(batch.amount_yuan)} 万元。", code="not_a_reduction")
    had = batch.amount_yuan
    if not resize(batch, amount, expected_yuan=had, may_exceed=True):
        raise StaleRevision("批次金额刚被他人改动，请核对最新金额后再办理。")
    record_event(
        kind=EventKind.REDUCTION if amount else EventKind.WITHDRAWAL, region=batch.region, batch=batch, moved=[(batch, amount - had)],
        amount_yuan=had - amount, effective_on=effective_on or periods.day_of(at), document_no=document_no, reason=reason, by=by, at=at,
    )  # fmt: skip
    return batch


def _resize_or_refuse(batch: Batch, amount: Decimal) -> None:
    seen = batch.amount_yuan
    if resize(batch, amount, expected_yuan=seen, may_exceed=False):
        return
    if batch.amount_yuan != seen:
        raise StaleRevision("批次金额刚被他人改动，请核对最新金额后再改。")
    raise Refusal(
        f"已分配到县 {wan_text(batch.allocated_yuan)} 万元，下达金额不能改为 {wan_text(amount)} 万元。"
        "如系上级核减或收回，请用“上级核减”登记。", code="below_allocated",
    )  # fmt: skip


def _require(by, batch: Batch) -> None:
    if not access.may(by, "batch.edit", batch):
        raise access.Denied("您的岗位不能登记这个地区的资金批次。", "batch.edit", target=batch)


def _check(batch: Batch, at: datetime) -> None:
    """What would make the document untrue in itself."""
    if not batch.document_no:
        raise Refusal("请填写文号。", code="document_needed")
    if batch.amount_yuan < 0:
        raise Refusal("下达金额不能为负数。", code="negative")
    if batch.issued_on > periods.day_of(at):
        raise Refusal("发文日期不能晚于今天。", code="future_date")
    if batch.received_on and batch.received_on < batch.issued_on:
        raise Refusal("收到日期不能早于发文日期。", code="date_order")
    require_open(batch.region, batch.issued_on, at=at, fund_year=batch.fund_year)
    if batch.region.kind == RegionKind.TOWNSHIP or (batch.level == Level.COUNTY) != batch.region.is_reporting:
        raise Refusal("县级资金登记到县（市、区）或地区本级，中央、省级、地区资金登记到地区。", code="wrong_region")


def _words(batch: Batch) -> dict:
    names = ("level", "document_no", "title", "tracking_code", "fund_year", "amount_yuan", "issued_on", "received_on", "note")
    return {name: getattr(batch, name) for name in names} | {"task": str(batch.task), "region": batch.region.name}

