"""本期应付 of a project: what its contracts make due by now, less what has been paid (ui.md, money bar)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from linkage import money, periods, rules
from projects import states as stages
from projects.models import Contract, ContractShare, Method, PaymentTerm, Project, TermKind
from projects.states import contract as states

RULE = "retention_days"
DUE_STATES = (states.SIGNED, states.PERFORMING, states.SETTLED, states.FINAL)
BY_CONTRACT = (Method.WORKS, Method.PURCHASE)  # others are paid by batch or household: a contract is not missed
NO_CONTRACT = "没有已签订的合同，不能按付款条款计算本期应付"
ZERO, WHOLE = Decimal(0), Decimal(1)
FORMULA = "本期应付 = 按合同付款条款累计应付 − 已付；累计应付 = 本项目份额 × 条款比例 × 已达到的部分"


@dataclass(frozen=True)
class DueTerm:
    """One term of one contract: how much of it is reached (0 to 1) and why, and what is due by it, 元."""

    contract: Contract
    term: PaymentTerm
    base_yuan: Decimal
    reached_ratio: Decimal
    why: str

    @property
    def due_yuan(self) -> Decimal:
        return money.yuan(self.base_yuan * self.term.ratio * self.reached_ratio)


@dataclass(frozen=True)
class Payable:
    """`due_yuan` is None where nothing can be computed; `note` then says why, and nothing where no contract is expected."""

    rows: list[DueTerm]
    note: str = ""

    @property
    def due_yuan(self) -> Decimal | None:
        return sum((row.due_yuan for row in self.rows), Decimal("0.00")) if self.rows else None

    def now_yuan(self, paid_yuan: Decimal | None) -> Decimal | None:
        """累计应付 − 已付, 元, not below zero; None where either is not known."""
        if self.due_yuan is None or paid_yuan is None:
            return None
        return max(Decimal("0.00"), self.due_yuan - paid_yuan)


def payable(project: Project, today: date, book: rules.RuleBook | None = None) -> Payable:
    """By the terms of the signed contracts that serve the project. Two queries besides the rules.

    预付款 is due when signed, 进度款 in step with 形象进度 (whole when finished), 竣工结算款 when settled, 质保金 so many days (rule)
    after acceptance. The base is the project's share, after settlement in proportion to 结算审定价. Terminated contracts make nothing due.
    """
    shares = ContractShare.objects.filter(project=project, contract__state__in=DUE_STATES).select_related("contract")
    found = list(shares.prefetch_related("contract__terms").order_by("contract_id"))
    if not found:
        return Payable([], NO_CONTRACT if project.method in BY_CONTRACT and project.stage not in stages.BEFORE_PLAN else "")
    rows = [_row(project, share, term, today, book) for share in found for term in share.contract.terms.all()]
    if not rows:
        return Payable([], "合同没有登记付款条款，不能计算本期应付")
    missing = [share.contract.name for share in found if not share.contract.terms.all()]
    return Payable(rows, f"未计入没有付款条款的合同：{'、'.join(missing)}" if missing else "")


def _row(project: Project, share: ContractShare, term: PaymentTerm, today: date, book: rules.RuleBook | None) -> DueTerm:
    contract, base = share.contract, share.share_yuan
    if contract.settled_yuan is not None and contract.price_yuan:
        base = money.yuan(base * contract.settled_yuan / contract.price_yuan)
    return DueTerm(contract, term, base, *_reached(project, contract, term.kind, today, book))


def _reached(project: Project, contract: Contract, kind: str, today: date, book: rules.RuleBook | None) -> tuple[Decimal, str]:
    """How much of a term of this kind is reached, and why."""
    if kind == TermKind.ADVANCE:
        return (WHOLE, f"{contract.signed_on:%Y-%m-%d} 已签约") if contract.signed_on <= today else (ZERO, "尚未到签约日期")
    if kind == TermKind.PROGRESS:
        if project.finished_on:
            return WHOLE, f"{project.finished_on:%Y-%m-%d} 完工"
        ratio = project.physical_ratio or ZERO
        return ratio, f"形象进度 {money.percent_text(ratio)}" if ratio else "还没有形象进度"
    if kind == TermKind.FINAL:
        return (WHOLE, f"{contract.settled_on:%Y-%m-%d} 结算审定") if contract.settled_on else (ZERO, "尚未结算审定")
    if not project.accepted_on:
        return ZERO, "尚未验收"
    free_on = periods.shift(project.accepted_on, days=(book or rules.book()).get(RULE, project.accepted_on))
    return (WHOLE, f"质保期满 {free_on:%Y-%m-%d}") if free_on <= today else (ZERO, f"质保期至 {free_on:%Y-%m-%d}")
