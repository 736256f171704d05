"""Writing contracts: register, put right, share out, terms of payment, changes (features 2.9). The moves stand in contract_moves.py."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import CheckConstraint, F

from linkage import access, audit, counters, money, periods
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import Region
from projects.checks import refuse_personal_data
from projects.models import (
    RUNNING_STAGES,
    Contract,
    ContractChange,
    ContractShare,
    ContractTransition,
    PaymentTerm,
    Project,
    TenderRound,
    TermKind,
)
from projects.states import contract as states

KIND = "contract"
CODE_MARK = "HT"
EDITABLE = ("name", "number", "kind", "agency", "contractor", "control_price_yuan", "start_on", "finish_on")
TEXTS = ("name", "number", "agency", "contractor")
LABELS: dict[str, str] = {field.name: str(field.verbose_name) for field in Contract._meta.concrete_fields}
# Fields that a constraint compares with each other; one that spans an excluded field is not validated.
CONSTRAINED = [frozenset(rule.condition.referenced_base_fields) for rule in Contract._meta.constraints if isinstance(rule, CheckConstraint)]
STALE = "您打开页面之后别人已改过这份合同，请核对最新内容后再保存；您填的内容还在。"
Shares = Mapping[int, Decimal]


@dataclass(frozen=True)
class Term:
    """One term of payment as a person gives it; `ratio` between 0 and 1."""

    kind: str
    ratio: Decimal
    condition: str


# -- tools of all contract actions ------------------------------------------------------------------------------------------


def need_edit(contract: Contract, by) -> None:
    if not access.may(by, states.EDIT, contract):
        raise PermissionDenied("您的岗位可以查看这份合同，但不能修改。")


def refuse_future(at: datetime, **days: date | None) -> None:
    """What has happened lies not after today. Keywords are field names of a contract or a round."""
    today = periods.day_of(at)
    names = LABELS | {"announced_on": "公告日期", "result_on": "开标（结果）日期", "decided_on": "批准日期"}
    for name, day in days.items():
        if day is not None and day > today:
            raise Refusal(f"{names[name]}不能晚于今天。", code="in_future")


def fits(contract: Contract, **values: Any) -> None:
    """Would the row with these values keep every constraint? Raises Refusal with their words; writes nothing.

    Of a row that stands, only the constraints that speak of a changed field are asked: each is a query.
    """
    wished = copy.copy(contract)
    for name, value in values.items():
        setattr(wished, name, value)
    asked = [fields for fields in CONSTRAINED if not values or fields & values.keys()]
    others = {field.name for field in Contract._meta.fields}
    try:
        wished.clean_fields(exclude=others - values.keys() if values else ["code"])
        wished.validate_constraints(exclude=others.difference(*asked))
    except ValidationError as error:
        raise Refusal("；".join(error.messages), code="invalid") from None


def write(contract: Contract, revision: int, *, allowed: Sequence[str], at: datetime, **values: Any) -> None:
    """One conditional UPDATE on revision and state; every child write goes through it first."""
    rows = Contract.objects.filter(pk=contract.pk, revision=revision, state__in=allowed)
    if not rows.update(revision=F("revision") + 1, updated_at=at, **values):
        contract.refresh_from_db()
        if contract.state not in allowed:
            raise WrongState(f"合同“{contract}”现在是“{contract.get_state_display()}”，内容不能再改。")
        raise StaleRevision(STALE)
    contract.refresh_from_db()


def checked_shares(shares: Shares, total_yuan: Decimal) -> None:
    """Shares are not negative and add up to the price exactly; else Refusal with the difference."""
    if any(share < 0 for share in shares.values()):
        raise Refusal("份额不能为负数。", code="share_negative")
    if gap := total_yuan - sum(shares.values(), Decimal(0)):
        words = f"还差 {money.wan_text(gap)} 万元没有分到项目" if gap > 0 else f"多分了 {money.wan_text(-gap)} 万元"
        raise Refusal(f"各项目份额之和须等于合同价 {money.wan_text(total_yuan)} 万元：{words}。", code="shares_sum")


def write_shares(contract: Contract, shares: Shares) -> None:
    """Bring the rows to these amounts; who is no longer named leaves the contract."""
    ContractShare.objects.filter(contract=contract).exclude(project__in=list(shares)).delete()
    ContractShare.objects.bulk_create(
        [ContractShare(contract=contract, project_id=project, share_yuan=share) for project, share in shares.items()],
        update_conflicts=True, unique_fields=["contract", "project"], update_fields=["share_yuan"],
    )  # fmt: skip


def shares_of(contract: Contract) -> dict[int, Decimal]:
    return dict(contract.shares.values_list("project_id", "share_yuan"))


def share_words(contract: Contract) -> dict[str, str]:
    """Project → share as people read it, for the trail."""
    return {row.project.name: f"{money.wan_text(row.share_yuan)} 万元" for row in contract.shares.select_related("project")}


def own_projects(unit: Region, projects: Iterable[Project], standing: Iterable[int] = ()) -> list[Project]:
    """The projects a contract of the unit may serve: of this unit, and in the plan or later unless they stand in it already."""
    found = list(projects)
    if not found:
        raise Refusal("请至少选一个项目。", code="no_project")
    kept = set(standing)
    for project in found:
        if project.unit_id != unit.pk:
            raise Refusal(f"“{project.name}”不是{unit.name}的项目。", code="project_elsewhere")
        if project.stage not in RUNNING_STAGES and project.pk not in kept:
            raise Refusal(f"“{project.name}”还没有列入年度计划，不能登记合同。", code="not_planned")
    return found


def _words(contract: Contract, names: Iterable[str]) -> dict[str, str]:
    return {name: _word(contract, name) for name in names}


def _word(contract: Contract, name: str) -> str:
    value = getattr(contract, name)
    if value in (None, ""):
        return "空"
    if name.endswith("_yuan"):
        return f"{money.wan_text(value)} 万元"
    return str(dict(Contract._meta.get_field(name).flatchoices or ()).get(value, value))


# -- registering ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_contract(
    *, unit: Region, name: str, kind: str, method: str, projects: Sequence[Project], announced_on: date, by, at: datetime | None = None,
    control_price_yuan: Decimal | None = None, agency: str = "", document: str = "",
) -> Contract:  # fmt: skip
    """Register a purchase with its first round, as 招标中; `projects` are those it serves (several = 打捆).

    Raises PermissionDenied, Refusal (project of another unit or not in the plan, future day, personal numbers).
    """
    at = at or periods.now()
    contract = Contract(
        unit=unit, name=name.strip(), kind=kind, method=method, control_price_yuan=control_price_yuan, agency=agency.strip(), created_at=at, updated_at=at,
    )  # fmt: skip
    if not access.may(by, states.EDIT, contract):
        raise PermissionDenied("您的岗位不能登记这个地区的合同。")
    served = own_projects(unit, projects)
    refuse_future(at, announced_on=announced_on)
    refuse_personal_data(contract.name, contract.agency)
    fits(contract)
    [number] = counters.next_numbers(KIND, unit.slug, announced_on.year)
    contract.code = counters.code(f"{unit.code_prefix or unit.slug.upper()}-{CODE_MARK}", announced_on.year, number)
    contract.save(force_insert=True)
    ContractShare.objects.bulk_create([ContractShare(contract=contract, project=project) for project in served])
    TenderRound.objects.create(contract=contract, number=1, method=method, announced_on=announced_on, document=document)
    ContractTransition.objects.create(
        subject=contract, name="create", source="", target=contract.state, by=by, by_name=str(by), seat=access.seat_label(by), at=at, document=document,
    )  # fmt: skip
    after = _words(contract, ("code", "name", "kind", "method", "control_price_yuan")) | {"projects": [project.name for project in served]}
    audit.record(by=by, verb="登记合同", target=contract, after=after, at=at)
    return contract


@transaction.atomic
def update_contract(
    *, contract: Contract, changes: Mapping[str, Any], revision: int, by, projects: Sequence[Project] | None = None, at: datetime | None = None
) -> Contract:
    """Put facts right as seen at `revision`; before a price stands, `projects` may change the projects it serves.

    A term that was changed by document is changed so again. Raises PermissionDenied, Refusal, StaleRevision, WrongState.
    """
    at = at or periods.now()
    need_edit(contract, by)
    if unknown := set(changes) - set(EDITABLE):
        raise TypeError(f"not editable: {sorted(unknown)}")
    current = Contract.objects.select_related("unit").get(pk=contract.pk)
    changed = {name: value for name, value in changes.items() if getattr(current, name) != value}
    if "finish_on" in changed and current.changes.filter(finish_on__isnull=False).exists():
        raise Refusal("合同完工日期已经过变更，请再登记一次变更。", code="changed_term")
    refuse_personal_data(*(str(changed[name]) for name in TEXTS if name in changed))
    fits(current, **changed)
    before, wanted = _words(current, changed), _wanted_projects(current, projects)
    if not changed and wanted is None:
        return current
    if wanted is not None:
        before["projects"] = "、".join(share_words(current))
    write(current, revision, allowed=states.EDITABLE, at=at, **changed)
    after = _words(current, changed)
    if wanted is not None:
        write_shares(current, wanted)
        after["projects"] = "、".join(share_words(current))
    audit.record(by=by, verb="修改合同", target=current, before=before, after=after, at=at)
    return current


def _wanted_projects(contract: Contract, projects: Sequence[Project] | None) -> Shares | None:
    """The projects a contract without a price is to serve; None when they stay as they are."""
    if projects is None or contract.state not in states.BEFORE_PRICE:
        return None
    standing = shares_of(contract)
    wanted = {project.pk: Decimal(0) for project in own_projects(contract.unit, projects, standing)}
    return None if wanted.keys() == standing.keys() else wanted


# -- shares, terms, changes -------------------------------------------------------------------------------------------------


@transaction.atomic
def set_shares(
    *, contract: Contract, shares: Shares, revision: int, by, bid_price_yuan: Decimal | None = None, reason: str = "", at: datetime | None = None
) -> Contract:
    """Say anew what each project bears of the price; a mistyped 中标价 is put right here, with its reason.

    `shares` names every project of the contract; who is left out leaves it. Raises Refusal (sum, foreign project), StaleRevision.
    """
    at = at or periods.now()
    need_edit(contract, by)
    refuse_personal_data(reason)
    current = Contract.objects.select_related("unit").get(pk=contract.pk)
    if current.bid_price_yuan is None:
        raise WrongState("还没有中标价，不能分摊到项目。")
    bid = current.bid_price_yuan if bid_price_yuan is None else bid_price_yuan
    if bid != current.bid_price_yuan and not reason.strip():
        raise Refusal("更正中标价须写明理由。", code="reason_needed")
    price = bid + current.changed_yuan
    own_projects(current.unit, Project.objects.filter(pk__in=list(shares)), shares_of(current))
    checked_shares(shares, price)
    values = {"bid_price_yuan": bid, "price_yuan": price, "shared_yuan": price}
    fits(current, **values)
    before = _words(current, ("bid_price_yuan",)) | share_words(current)
    write(current, revision, allowed=states.EDITABLE, at=at, **values)
    write_shares(current, shares)
    after = _words(current, ("bid_price_yuan",)) | share_words(current) | ({"reason": reason} if reason else {})
    audit.record(by=by, verb="分摊合同价", target=current, before=before, after=after, at=at)
    return current


@transaction.atomic
def set_terms(*, contract: Contract, terms: Sequence[Term], revision: int, by, at: datetime | None = None) -> Contract:
    """Replace the terms of payment. Raises Refusal when they exceed the whole price or lack a condition."""
    at = at or periods.now()
    need_edit(contract, by)
    total, before = checked_terms(terms), term_words(contract)
    write(contract, revision, allowed=states.EDITABLE, at=at, terms_ratio=total)
    write_terms(contract, terms)
    audit.record(by=by, verb="登记付款条款", target=contract, before={"terms": before}, after={"terms": term_words(contract)}, at=at)
    return contract


def checked_terms(terms: Sequence[Term]) -> Decimal:
    """The sum of the terms, 0..1; Refusal when one lacks its condition or all exceed the price."""
    for term in terms:
        if not term.condition.strip():
            raise Refusal(f"请写明{TermKind(term.kind).label}的付款条件。", code="condition_needed")
        if not 0 < term.ratio <= 1:
            raise Refusal("每项付款比例须大于 0，不超过 100%。", code="ratio")
    refuse_personal_data(*(term.condition for term in terms))
    total = sum((term.ratio for term in terms), Decimal(0))
    if total > 1:
        raise Refusal(f"付款条款的比例合计 {money.percent_text(total)}，不能超过 100%。", code="terms_sum")
    return total


def write_terms(contract: Contract, terms: Sequence[Term]) -> None:
    contract.terms.all().delete()
    PaymentTerm.objects.bulk_create(
        [
            PaymentTerm(contract=contract, number=number, kind=term.kind, ratio=term.ratio, condition=term.condition.strip())
            for number, term in enumerate(terms, 1)
        ]
    )


def term_words(contract: Contract) -> list[str]:
    """预付款 30.0%：签约后 15 日内."""
    return [f"{term.get_kind_display()} {money.percent_text(term.ratio)}：{term.condition}" for term in contract.terms.all()]


@transaction.atomic
def record_change(
    *, contract: Contract, amount_yuan: Decimal, reason: str, document: str, decided_on: date, revision: int, by, shares: Shares | None = None,
    finish_on: date | None = None, at: datetime | None = None,
) -> ContractChange:  # fmt: skip
    """An approved change of amount (± 元) or term, with reason and document.

    `shares` are the projects' parts of the new price; of one project they follow by themselves. Raises Refusal, StaleRevision.
    """
    at = at or periods.now()
    need_edit(contract, by)
    if not reason.strip() or not document.strip():
        raise Refusal("合同变更须写明理由和批准文号。", code="document_needed")
    if not amount_yuan and finish_on is None:
        raise Refusal("请填写增减金额或变更后的完工日期。", code="nothing_changed")
    refuse_personal_data(reason)
    refuse_future(at, decided_on=decided_on)
    current = Contract.objects.select_related("unit").get(pk=contract.pk)
    if current.price_yuan is None or current.state not in states.CHANGEABLE:
        raise WrongState(f"合同“{current}”现在是“{current.get_state_display()}”，不能登记变更。")
    price, finish_before = current.price_yuan + amount_yuan, current.finish_on
    new_shares = _changed_shares(current, shares, price)
    values: dict[str, Any] = {"changed_yuan": current.changed_yuan + amount_yuan, "price_yuan": price, "shared_yuan": price}
    if finish_on is not None:
        values["finish_on"] = finish_on
    before = _words(current, values) | share_words(current)
    fits(current, **values)
    write(current, revision, allowed=states.CHANGEABLE, at=at, **values)
    write_shares(current, new_shares)
    change = ContractChange.objects.create(
        contract=current, number=current.changes.count() + 1, amount_yuan=amount_yuan, finish_before_on=finish_before if finish_on else None,
        finish_on=finish_on, reason=reason.strip(), document=document.strip(), decided_on=decided_on, by=by, at=at,
    )  # fmt: skip
    after = _words(current, values) | share_words(current) | {"reason": reason, "document": document}
    audit.record(by=by, verb="合同变更", target=current, before=before, after=after, at=at)
    return change


def _changed_shares(contract: Contract, shares: Shares | None, price: Decimal) -> Shares:
    standing = shares_of(contract)
    if price <= 0:
        raise Refusal("变更后的合同价须大于零。", code="price_positive")
    if len(standing) == 1:
        return dict.fromkeys(standing, price)
    if shares is None:
        shares = standing
    if shares.keys() != standing.keys():
        raise Refusal("变更只调整原有项目的份额；增减项目请用“分摊到项目”。", code="shares_projects")
    checked_shares(shares, price)
    return shares
