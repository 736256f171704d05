"""Money identities for `manage.py check_figures`, and the words of voucher flags.

Every total must be the same to the 分 whichever way it is added up (features 4.1, design §3). One function per identity,
each a fixed number of queries; a finding names the row, both amounts and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from funds.checks import history, splits
from funds.figures import pacing
from funds.figures.changes import later_changes, share_steps
from funds.figures.paid import statements_as_of, treasury_as_of
from funds.models import Allocation, Batch, CountyAllocation, ReportedSpending, Voucher
from linkage import periods
from linkage.checks import Problem, Severity
from linkage.money import MoneyField, money_value, yuan_text
from projects.figures.contracts import broken_totals

ZERO = Decimal("0.00")

# domain.md §6.1: what the treasury's own checks look for, and what else looks odd in its files: field, words. The fact is kept as it is.
TREASURY_FLAGS: dict[str, tuple[str, str]] = {
    "purpose_blank": ("purpose", "用途为空"),
    "purpose_no_han": ("purpose", "用途不含汉字"),
    "purpose_signs": ("purpose", "用途含特殊字符"),
    "name_digits": ("payee", "账户名全为数字"),
    "account_han": ("payee_account", "账号含中文"),
    "future": ("paid_on", "付款日期大于当日"),
    "imported_before_paid": ("imported_on", "导入日期早于支付日期"),
    "date_assumed": ("paid_on", "表里没有支付日期，按整份文件的日期"),
    "negative": ("amount_yuan", "金额为负，按退款登记"),
}
VOUCHER_FLAGS = {
    "above_allocated": "支付超过安排金额",
    "before_decided": "支付早于资金安排",
    "future": "支付日期在未来",
    "closed_year": "支付日期在已结账年度",
    "unmatched": "未匹配到资金",
    "refund_above_paid": "退款或更正大于已支付",
    "return_above_payment": "冲减合计大于原支付",
    "not_ours": "不是衔接资金项目",
    "to_split": "一对多，待拆分",
    **{code: words for code, (_key, words) in TREASURY_FLAGS.items() if code != "future"},
}


def check_figures(as_of: date | None = None) -> list[Problem]:
    """All money identities; empty when every figure agrees with its rows."""
    on = as_of or periods.today()
    return [*given_on_equals_batch_totals(), *arranged_equals_share_totals(), *flags_match_amounts(), *history.find(), *one_statement_per_day(),
            *vouchers_lie_in_their_project(), *splits.find(), *paces_agree(on), *broken_totals()]  # fmt: skip


def _sum_of(model, parent: str) -> Coalesce:
    rows = model.objects.filter(**{parent: OuterRef("pk")}).order_by().values(parent).annotate(total=Sum("amount_yuan"))
    return Coalesce(Subquery(rows.values("total"), output_field=MoneyField()), money_value(0))


def _difference(code: str, what: str, row, running: Decimal, counted: Decimal) -> Problem:
    return Problem(
        code=code, severity=Severity.MUST, row=row.pk, row_label=str(row), place="allocated_yuan",
        message=f"{what}：记录 {yuan_text(running)} 元，逐笔相加 {yuan_text(counted)} 元，相差 {yuan_text(running - counted)} 元。",
        repair="程序之外有人改过数据，请查审计记录后按逐笔合计更正。",
    )  # fmt: skip


def given_on_equals_batch_totals() -> Iterator[Problem]:
    """Batch running total = sum of its county shares."""
    for batch in Batch.objects.annotate(counted=_sum_of(CountyAllocation, "batch")).exclude(allocated_yuan=F("counted")):
        yield _difference("batch_total", "批次已分配", batch, batch.allocated_yuan, batch.counted)


def arranged_equals_share_totals() -> Iterator[Problem]:
    """Running total of a county's share = sum of its allocations to projects."""
    shares = CountyAllocation.objects.select_related("batch", "unit").annotate(counted=_sum_of(Allocation, "county_allocation"))
    for share in shares.exclude(allocated_yuan=F("counted")):
        yield _difference("share_total", "分县资金已安排", share, share.allocated_yuan, share.counted)


def flags_match_amounts() -> Iterator[Problem]:
    """超分配 stands exactly where more is given on than there is."""
    wrong = Q(is_overallocated=True, allocated_yuan__lte=F("amount_yuan")) | Q(is_overallocated=False, allocated_yuan__gt=F("amount_yuan"))
    for model in (Batch, CountyAllocation):
        for row in model.objects.filter(wrong):
            yield Problem(
                code="overallocated_flag", severity=Severity.MUST, row=row.pk, row_label=str(row), place="is_overallocated",
                message="超分配标记与金额不符。", repair="请查审计记录后更正。",
            )  # fmt: skip


def one_statement_per_day() -> Iterator[Problem]:
    """A statement is either live or has its successor or its withdrawal, never both."""
    for row in ReportedSpending.objects.filter(superseded_by__isnull=False, withdrawn_at__isnull=False):
        yield Problem(
            code="statement_state", severity=Severity.MUST, row=row.pk, row_label=str(row), place="superseded_by",
            message="上报支出既已更正又已撤回。", repair="请查审计记录后更正。",
        )  # fmt: skip


def vouchers_lie_in_their_project() -> Iterator[Problem]:
    """A voucher's allocation, project and unit belong together."""
    wrong = Voucher.objects.filter(
        Q(allocation__isnull=False) & ~Q(allocation__project=F("project")) | Q(project__isnull=False) & ~Q(project__unit=F("unit"))
    )
    for row in wrong:
        yield Problem(
            code="voucher_place", severity=Severity.MUST, row=row.pk, row_label=str(row), place="project",
            message="凭证的资金、项目、单位不一致。", repair="请撤回后重新登记。",
        )  # fmt: skip


def paces_agree(on: date) -> Iterator[Problem]:
    """The grouped figures of every fund year equal the sum over single allocations, on both bases."""
    for year in Batch.objects.order_by().values_list("fund_year", flat=True).distinct():
        table = pacing.pace(year=year, as_of=on)
        rows = Allocation.objects.filter(
            county_allocation__batch__fund_year=year, county_allocation__issued_on__lte=on, decided_on__lte=on
        )
        arranged = sum(rows.values_list("amount_yuan", flat=True), ZERO) - sum(later_changes(rows.values("pk"), on).values(), ZERO)
        every = Allocation.objects.filter(county_allocation__batch__fund_year=year).order_by().values("pk")
        shares = CountyAllocation.objects.filter(batch__fund_year=year, issued_on__lte=on)
        total = table.everything.amounts
        for what, grouped, counted in (
            ("下达到县", total.issued_yuan, sum((moved for day, moved in share_steps(shares).items() if day <= on), ZERO)),
            ("已安排", total.arranged_yuan, arranged),
            ("财政口径支出", total.treasury_yuan, sum(treasury_as_of(every, on).values(), ZERO)),
            ("周报口径支出", total.county_yuan, sum(statements_as_of(every, on).values(), ZERO)),
        ):
            if grouped != counted:
                yield Problem(
                    code="pace_total", severity=Severity.MUST, row_label=f"{year} 年", place=what, repair="请报系统管理员。",
                    message=f"{what}：分组合计 {yuan_text(grouped)} 元，逐笔相加 {yuan_text(counted)} 元。",
                )  # fmt: skip
