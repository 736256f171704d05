"""Moving a contract through its table: rounds that fail, award, signing, settlement (features 2.9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from linkage import periods
from linkage.errors import Refusal
from linkage.states import move
from projects.actions.contract import (
    Shares,
    Term,
    checked_shares,
    checked_terms,
    create_contract,
    fits,
    refuse_future,
    shares_of,
    write_shares,
    write_terms,
)
from projects.checks import refuse_personal_data
from projects.models import Contract, Project, RoundResult, TenderRound
from projects.states import contract as states

NO_PRICE = {"bid_price_yuan": None, "price_yuan": None, "shared_yuan": Decimal(0), "contractor": "", "awarded_on": None}


def _last_round(contract: Contract) -> TenderRound:
    return contract.rounds.order_by("-number")[0]


def _not_before(code: str, label: str, day: date, earlier_label: str, earlier: date | None) -> None:
    if earlier and day < earlier:
        raise Refusal(f"{label}不能早于{earlier_label}（{earlier:%Y-%m-%d}）。", code=code)


def _end_round(last: TenderRound, result: str, on: date, reason: str = "", document: str = "") -> None:
    _not_before("result_before_notice", "结果日期", on, "公告日期", last.announced_on)
    last.result, last.result_on, last.reason, last.document = result, on, reason.strip(), document.strip() or last.document
    last.save(update_fields=["result", "result_on", "reason", "document"])


@transaction.atomic
def award(
    *, contract: Contract, bid_price_yuan: Decimal, contractor: str, awarded_on: date, by, revision: int | None = None, shares: Shares | None = None,
    document: str = "", at: datetime | None = None,
) -> Contract:  # fmt: skip
    """The open round ends with a price and a bidder; `shares` say what each project bears, of one project it follows.

    Raises PermissionDenied, Refusal (no price, no name, shares that do not add up), StaleRevision, WrongState.
    """
    at = at or periods.now()
    if not contractor.strip():
        raise Refusal("请填写中标（成交）单位的全称。", code="contractor_needed")
    if bid_price_yuan <= 0:
        raise Refusal("中标价须大于零。", code="price_positive")
    refuse_personal_data(contractor, document)
    refuse_future(at, awarded_on=awarded_on)
    standing = shares_of(contract)
    given = dict.fromkeys(standing, bid_price_yuan) if len(standing) == 1 else dict(shares or standing)
    if given.keys() != standing.keys():
        raise Refusal("请为合同的每个项目填写份额。", code="shares_projects")
    checked_shares(given, bid_price_yuan)
    changes = {
        "bid_price_yuan": bid_price_yuan, "price_yuan": bid_price_yuan, "shared_yuan": bid_price_yuan, "contractor": contractor.strip(),
        "awarded_on": awarded_on, "updated_at": at,
    }  # fmt: skip
    last = _last_round(contract)
    move(contract, states.AWARD, by=by, at=at, revision=revision, document=document, changes=changes)
    _end_round(last, RoundResult.AWARDED, awarded_on, document=document)
    write_shares(contract, given)
    return contract


@transaction.atomic
def fail(*, contract: Contract, reason: str, result_on: date, by, revision: int | None = None, document: str = "", at: datetime | None = None) -> Contract:
    """流标: too few bidders, or nobody fits."""
    return _without_result(contract, states.FAIL, RoundResult.FAILED, reason, result_on, by, revision, document, at)


@transaction.atomic
def void(*, contract: Contract, reason: str, result_on: date, by, revision: int | None = None, document: str = "", at: datetime | None = None) -> Contract:
    """废标: the round, or an award already made, does not hold. Price, bidder and shares fall; the round and the trail keep them."""
    return _without_result(contract, states.VOID, RoundResult.VOIDED, reason, result_on, by, revision, document, at)


def _without_result(contract, transition, result, reason, result_on, by, revision, document, at) -> Contract:
    at = at or periods.now()
    refuse_personal_data(reason)
    refuse_future(at, result_on=result_on)
    last = _last_round(contract)
    move(contract, transition, by=by, at=at, revision=revision, reason=reason, document=document, changes=NO_PRICE | {"updated_at": at})
    _end_round(last, result, result_on, reason, document)
    write_shares(contract, dict.fromkeys(shares_of(contract), Decimal(0)))
    return contract


@transaction.atomic
def retender(
    *, contract: Contract, announced_on: date, method: str, by, revision: int | None = None, control_price_yuan: Decimal | None = None,
    document: str = "", at: datetime | None = None,
) -> Contract:  # fmt: skip
    """The next round, perhaps in another way or with another 控制价 (None keeps it)."""
    at = at or periods.now()
    refuse_future(at, announced_on=announced_on)
    last = _last_round(contract)
    _not_before("notice_before_result", "公告日期", announced_on, "上一次的结果日期", last.result_on)
    changes = {"method": method, "updated_at": at} | ({"control_price_yuan": control_price_yuan} if control_price_yuan is not None else {})
    fits(contract, **changes)
    move(contract, states.RETENDER, by=by, at=at, revision=revision, document=document, changes=changes)
    TenderRound.objects.create(contract=contract, number=last.number + 1, method=method, announced_on=announced_on, document=document)
    return contract


@transaction.atomic
def sign(
    *, contract: Contract, signed_on: date, by, revision: int | None = None, number: str = "", start_on: date | None = None,
    finish_on: date | None = None, terms: Sequence[Term] = (), at: datetime | None = None,
) -> Contract:  # fmt: skip
    """The contract is signed: number, day, term, and the terms of payment when given."""
    at = at or periods.now()
    refuse_future(at, signed_on=signed_on)
    refuse_personal_data(number)
    _not_before("signed_before_award", "签约日期", signed_on, "中标日期", contract.awarded_on)
    changes = {"signed_on": signed_on, "number": number.strip(), "start_on": start_on, "finish_on": finish_on, "updated_at": at}
    if terms:
        changes["terms_ratio"] = checked_terms(terms)
    fits(contract, **changes)
    move(contract, states.SIGN, by=by, at=at, revision=revision, changes=changes)
    if terms:
        write_terms(contract, terms)
    return contract


@transaction.atomic
def perform(*, contract: Contract, by, revision: int | None = None, at: datetime | None = None) -> Contract:
    """开工 or delivery has begun."""
    at = at or periods.now()
    return move(contract, states.PERFORM, by=by, at=at, revision=revision, changes={"updated_at": at})


@transaction.atomic
def settle(
    *, contract: Contract, settled_yuan: Decimal, settled_on: date, document: str, by, revision: int | None = None, at: datetime | None = None
) -> Contract:
    """结算审定: the audited amount with its document; it may lie above the price, which is shown and asked about."""
    at = at or periods.now()
    refuse_future(at, settled_on=settled_on)
    _not_before("settled_before_signed", "审定日期", settled_on, "签约日期", contract.signed_on)
    if settled_yuan < 0:
        raise Refusal("结算审定价不能为负数。", code="settled_negative")
    changes = {"settled_yuan": settled_yuan, "settled_on": settled_on, "updated_at": at}
    return move(contract, states.SETTLE, by=by, at=at, revision=revision, document=document, changes=changes)


@transaction.atomic
def finalise(
    *, contract: Contract, final_yuan: Decimal, final_on: date, document: str, by, revision: int | None = None, at: datetime | None = None
) -> Contract:
    """竣工财务决算 with its document."""
    at = at or periods.now()
    refuse_future(at, final_on=final_on)
    _not_before("final_before_settled", "决算日期", final_on, "审定日期", contract.settled_on)
    if final_yuan < 0:
        raise Refusal("决算金额不能为负数。", code="final_negative")
    changes = {"final_yuan": final_yuan, "final_on": final_on, "updated_at": at}
    return move(contract, states.FINALISE, by=by, at=at, revision=revision, document=document, changes=changes)


@transaction.atomic
def terminate(*, contract: Contract, reason: str, document: str, by, revision: int | None = None, at: datetime | None = None) -> Contract:
    """解除合同 with reason and document; price and shares stay as agreed."""
    at = at or periods.now()
    refuse_personal_data(reason)
    return move(contract, states.TERMINATE, by=by, at=at, revision=revision, reason=reason, document=document, changes={"updated_at": at})


@transaction.atomic
def register_signed(
    *, unit, name: str, kind: str, method: str, projects: Sequence[Project], announced_on: date, bid_price_yuan: Decimal, contractor: str,
    awarded_on: date, signed_on: date, by, shares: Shares | None = None, control_price_yuan: Decimal | None = None, agency: str = "", number: str = "",
    start_on: date | None = None, finish_on: date | None = None, at: datetime | None = None,
) -> Contract:  # fmt: skip
    """A contract that was signed before it came into the system: registered, awarded and signed in one act."""
    contract = create_contract(
        unit=unit, name=name, kind=kind, method=method, projects=projects, announced_on=announced_on, control_price_yuan=control_price_yuan,
        agency=agency, by=by, at=at,
    )  # fmt: skip
    award(contract=contract, bid_price_yuan=bid_price_yuan, contractor=contractor, awarded_on=awarded_on, shares=shares, by=by, at=at)
    return sign(contract=contract, signed_on=signed_on, number=number, start_on=start_on, finish_on=finish_on, by=by, at=at)
