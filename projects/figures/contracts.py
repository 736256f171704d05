"""Numbers about contracts (features 2.9): 招标结余, 结算结余, and what a person should look at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum

from linkage import money, periods, rules
from linkage.checks import Problem, Severity
from projects.models import TENDERS, Contract, ContractShare, ContractState, Project, TermKind
from projects.states import contract as states

BASIS = "招标结余 = 控制价 − 中标价；结算结余 = 合同价（含变更）− 结算审定价"


@dataclass(frozen=True)
class Totals:
    """Over the contracts in sight, 元. `savings_of` and `settled` count the contracts whose two amounts are both known."""

    count: int
    under_tender: int
    failed: int
    running: int
    settled: int
    price_yuan: Decimal
    saving_yuan: Decimal
    savings_of: int
    settlement_saving_yuan: Decimal


def totals(rows: QuerySet[Contract]) -> Totals:
    """One query. 招标结余 and 结算结余 are sums over contracts where both amounts stand."""
    both = Q(control_price_yuan__isnull=False, bid_price_yuan__isnull=False)
    found: dict[str, Any] = rows.order_by().aggregate(
        count=Count("pk"), under_tender=Count("pk", filter=Q(state__in=(states.TENDERING, states.AWARDED))),
        failed=Count("pk", filter=Q(state__in=(states.FAILED, states.VOIDED))), running=Count("pk", filter=Q(state__in=states.CHANGEABLE)),
        settled=Count("pk", filter=Q(settled_yuan__isnull=False)), prices=Sum("price_yuan"),
        saving_yuan=Sum(F("control_price_yuan") - F("bid_price_yuan"), filter=both), savings_of=Count("pk", filter=both),
        settlement_saving_yuan=Sum(F("price_yuan") - F("settled_yuan"), filter=Q(settled_yuan__isnull=False)),
    )  # fmt: skip
    found["price_yuan"] = found.pop("prices")
    known: dict[str, Any] = {name: Decimal("0.00") if value is None else value for name, value in found.items()}
    return Totals(**known)


@dataclass(frozen=True)
class Limits:
    """The rules in force on one day: from which 元 a tender is a must, the most of 质保金, days from award to signing."""

    tender_yuan: dict[str, Decimal]
    retention_percent: int
    sign_days: int

    @classmethod
    def on(cls, day: date) -> Limits:
        book = rules.book()
        return cls(
            {kind: Decimal(book.get(f"tender_threshold_{kind}_wan", day)) * 10_000 for kind in ("works", "goods", "services")},
            book.get("retention_max_percent", day), book.get("contract_sign_days", day),
        )  # fmt: skip


def doubts(contract: Contract, limits: Limits, today: date) -> list[Problem]:
    """What should be looked at again, never refused: facts from outside are stored and flagged. Uses prefetched terms; no query."""
    found = []

    def add(code: str, severity: Severity, message: str, repair: str) -> None:
        found.append(Problem(code, severity, message, repair, row=contract.pk, row_label=contract.name))

    amount = contract.price_yuan or contract.control_price_yuan
    limit = limits.tender_yuan[contract.kind]
    if amount is not None and amount >= limit and contract.method not in TENDERS:
        reached = f"{money.wan_text(amount)} 万元，达到{contract.get_kind_display()}必须招标的限额 {money.wan_text(limit)} 万元"
        words = f"{reached}，采购方式是{contract.get_method_display()}"
        add("tender_limit", Severity.EXPLAIN, words, "请核对采购方式，或写明可以不招标的依据。")
    if (contract.tender_saving_yuan or 0) < 0:
        add("above_control", Severity.EXPLAIN, "中标价高于控制价", "请核对两个价格。")
    if (contract.settlement_saving_yuan or 0) < 0:
        words = f"结算审定价比合同价高 {money.wan_text(-contract.settlement_saving_yuan)} 万元"
        add("above_price", Severity.EXPLAIN, words, "请核对是否有未登记的变更。")
    retention = sum((term.ratio for term in contract.terms.all() if term.kind == TermKind.RETENTION), Decimal(0))
    if retention * 100 > limits.retention_percent:
        add("retention", Severity.EXPLAIN, f"质保金 {money.percent_text(retention)}，超过 {limits.retention_percent}%", "请核对合同条款。")
    found += _late(contract, limits, today)
    return found


def _late(contract: Contract, limits: Limits, today: date) -> list[Problem]:
    found = []
    if contract.awarded_on:
        days = periods.age_days(contract.awarded_on, contract.signed_on or today)
        if days > limits.sign_days:
            words = f"中标 {days} 天{'才签约' if contract.signed_on else '还没有签约'}（应在 {limits.sign_days} 天内）"
            found.append(Problem("late_signing", Severity.HINT, words, "请核对日期或写明原因。", row=contract.pk, row_label=contract.name))
    if contract.state in states.CHANGEABLE and contract.finish_on and contract.finish_on < today:
        words = f"合同约定 {contract.finish_on:%Y-%m-%d} 完工，还没有结算"
        found.append(Problem("past_term", Severity.HINT, words, "已完工的请结算，延期的请登记变更。", row=contract.pk, row_label=contract.name))
    return found


def broken_totals() -> list[Problem]:
    """Running totals of contracts that differ from their rows: shares, changes, terms. For `check_figures`; three queries."""
    wanted = (
        ("shares__share_yuan", "shared_yuan", "项目份额之和"), ("changes__amount_yuan", "changed_yuan", "变更金额之和"),
        ("terms__ratio", "terms_ratio", "付款条款比例之和"),
    )  # fmt: skip
    found = []
    for rows, kept, words in wanted:
        for contract in Contract.objects.annotate(again=Sum(rows)).order_by("pk").iterator(1000):
            if (contract.again or Decimal(0)) != getattr(contract, kept):
                message = f"{words} {contract.again or 0} 与台账 {getattr(contract, kept)} 不符"
                found.append(Problem("contract_total", Severity.MUST, message, "请核对合同及其明细。", kept, contract.pk, contract.code))
    return found


class ContractOfProject(NamedTuple):
    """One contract beside a project: the project's own share, 元, and how many projects bear it together."""

    contract: Contract
    share_yuan: Decimal
    projects: int


def contracts_of(project: Project) -> list[ContractOfProject]:
    """The contracts that serve a project, the newest first; whoever sees the project sees them. One query."""
    rows = ContractShare.objects.filter(project=project).select_related("contract__unit").order_by("-contract_id")
    rows = rows.annotate(projects=Count("contract__shares"))
    return [ContractOfProject(row.contract, row.share_yuan, row.projects) for row in rows]


def beside_project(project: Project) -> dict:
    """What `projects/_contracts.html` needs: rows, the sum of shares in contracts with a price, how many wait. One query."""
    rows = contracts_of(project)
    return {
        "project": project, "rows": rows, "share_yuan": sum((row.share_yuan for row in rows), Decimal("0.00")),
        "waiting": sum(row.contract.state in (ContractState.TENDERING, ContractState.FAILED, ContractState.VOIDED) for row in rows),
    }  # fmt: skip
