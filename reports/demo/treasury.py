"""The treasury's own files of the last weeks: exported each Thursday, brought in unchanged by the prefecture's finance bureau.

Earlier payments were typed (money.py). The files hold what a real export holds: late counties, a payment that vanishes, one that
is told differently later, budget projects under names of the treasury's own, totals and odd purposes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from random import Random

from django.core.files.base import ContentFile

from funds.actions.matching import decide_match
from funds.figures.unmatched import alike, dressed, groups
from funds.models import Allocation, MatchAnswer, Voucher
from linkage.imports import engine, feeds
from linkage.models import JobState, Region
from linkage.periods import moment, shift

from .cast import Cast
from .script import Payment, Plan

Event = tuple[datetime, Callable[[datetime], object]]
WEEKS = 6
THURSDAY = 3
HEADER = ("预算年度", "资金名称", "区划名称", "单位名称", "项目名称", "指标文号", "支付凭证号", "用途", "付款方账户名称", "付款方账号",
          "收款方账户名称", "收款方账号", "支付金额", "付款日期", "是否直达资金")  # fmt: skip
_PURPOSES = {"advance": "预付款", "progress": "工程进度款", "final": "竣工结算款", "retention": "质保金", "grant": "补助资金发放", "fee": "项目管理费"}


class Treasury:
    """Collects the payments of the last weeks and tells when a file of them is brought in."""

    def __init__(self, cast: Cast, today: date):
        self.cast, self.today = cast, today
        last = shift(today, days=-((today.weekday() - THURSDAY) % 7))
        self.days = [shift(last, days=-7 * back) for back in range(WEEKS - 1, -1, -1)]
        self.since = shift(self.days[0], days=-21)
        self.rows: list[tuple[date, str, dict[str, object], Plan, str]] = []
        self.units = {region.slug: region.name for region in Region.objects.reporting()}

    def takes(self, plan: Plan, payment: Payment) -> bool:
        """Does this payment come with a file? It is paid within the days that the files hold."""
        return payment.on >= self.since and plan.year >= self.today.year - 1

    def note(self, plan: Plan, level: str, payment: Payment, amount: Decimal, number: str, payee: str, known_on: date) -> None:
        """One payment, and from which day on the treasury's export of its county tells it."""
        dice = Random(f"treasury-{number}")
        name = plan.name if dice.random() > 0.04 else plan.template.name
        purpose = _PURPOSES.get(payment.nature, "项目资金") if dice.random() > 0.02 else "GC"
        self.rows.append((known_on, number, {
            "预算年度": plan.year, "资金名称": "财政衔接推进乡村振兴补助资金", "区划名称": self.units[plan.unit],
            "单位名称": f"{self.units[plan.unit]}农业农村局", "项目名称": name, "支付凭证号": number, "用途": purpose,
            "付款方账户名称": f"{self.units[plan.unit]}财政局", "付款方账号": "08820101040000001", "收款方账户名称": payee,
            "收款方账号": f"6228{dice.randrange(10**14):014d}",
            "支付金额": f"{amount:.2f}", "付款日期": payment.on.isoformat(),
            "是否直达资金": "是",
        }, plan, level))  # fmt: skip

    def events(self) -> Iterator[Event]:
        for number, day in enumerate(self.days):
            yield moment(day, 15), self._bring(day, is_last=number == len(self.days) - 1)
            yield moment(day, 16), self._settle(is_last=number >= len(self.days) - 1)

    def _bring(self, day: date, *, is_last: bool) -> Callable[[datetime], object]:
        def bring(at: datetime) -> None:
            if not any(known <= day for known, *_ in self.rows):
                return  # early in a year nothing has been paid: no export without a line
            file = ContentFile(self._export(day, is_last).encode("gb18030"), name=f"支付明细{day:%Y%m%d}.csv")
            job = feeds.submit(by=self.cast["finance"], file=file, at=at)
            if job.state == JobState.CHECKED and engine.to_write(job):
                engine.confirm(job, by=self.cast["finance"], leave_out=True)

        return bring

    def _export(self, day: date, is_last: bool) -> str:
        """What the treasury's system would write on that day; in the last file one line has gone and one is told differently."""
        told = [(number, values, plan, level) for known, number, values, plan, level in self.rows if known <= day]
        documents = dict(
            Allocation.objects.filter(pk__in=[plan.allocations[level] for _, _, plan, level in told]).values_list("pk", "county_allocation__document_no")
        )
        lines = []
        for place, (_, values, plan, level) in enumerate(told):
            line = values | {"指标文号": documents.get(plan.allocations[level], "")}
            if is_last and place == len(told) // 2:
                continue
            if is_last and place == len(told) // 3:
                line["支付金额"] = f"{Decimal(str(line['支付金额'])) + 1000:.2f}"
            lines.append(line)
        out = io.StringIO()
        writer = csv.DictWriter(out, HEADER)
        out.write("财政支付明细表\r\n")
        writer.writeheader()
        writer.writerows(lines)
        writer.writerow({"预算年度": "合计", "支付金额": f"{sum(Decimal(str(line['支付金额'])) for line in lines):.2f}"})
        return out.getvalue()

    def _settle(self, *, is_last: bool) -> Callable[[datetime], object]:
        """The unsure ones of a file are settled the same afternoon, those of the last wait for the visitor."""

        def settle(at: datetime) -> None:
            if is_last:
                return
            for group in dressed(groups(Voucher.objects.all())):
                sample = Voucher.objects.select_related("unit").get(pk=group.sample)
                if group.rows < 3 and group.proposals and alike(sample).exists():
                    chosen = Allocation.objects.select_related("project", "county_allocation").get(pk=group.proposals[0].candidate.allocation)
                    decide_match(voucher=sample, answer=MatchAnswer.ALLOCATION, allocation=chosen, by=self.cast["finance"], at=at)

        return settle
