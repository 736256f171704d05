"""One contract of the demo from notice to final account, through the actions of the projects app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from linkage.models import Region, User
from linkage.periods import moment, shift
from projects.actions import contract as contracts
from projects.actions import contract_moves as moves
from projects.actions.contract import Term
from projects.models import Contract, Method

from .script import WAN, Plan, on_workday

Event = tuple[datetime, Callable[[datetime], object]]

_BUILDERS = ("兴安建筑工程有限公司", "绿源建设集团有限公司", "林海市政工程有限公司")
_SELLERS = ("北疆农机销售有限公司", "龙江设备制造有限公司", "兴林种苗有限公司")
_FAILED = ("投标人不足三家", "有效投标不足三家", "均未实质响应招标文件")
_HUNDREDS = Decimal(100)


class Deal:
    """One project or several of one township, tendered together; what it costs and when follows from the plans."""

    def __init__(self, group: list[Plan], unit: Region, clerk: User):
        self.group, self.unit, self.clerk = group, unit, clerk
        self.first, self.last = group[0], max(group, key=lambda plan: plan.accepted)
        self.is_works = self.first.template.method == Method.WORKS
        self.dice = Random(f"papers-{self.first.unit}-{self.first.year}-{self.first.number}")
        planned = {id(plan): sum(plan.levels.values(), Decimal(0)) for plan in group}
        self.shares = {key: (amount * self.dice.randint(90, 97) / 100).quantize(_HUNDREDS) for key, amount in planned.items()}
        self.price, self.control = sum(self.shares.values()), (sum(planned.values()) * Decimal("0.985")).quantize(_HUNDREDS)
        self.fails = self.dice.random() < 0.14
        self.announced = on_workday(shift(self.first.begin, days=-62 if self.fails else -42))
        self.awarded, self.signed = (on_workday(shift(self.first.begin, days=-days)) for days in (16, 6))
        is_large = self.control >= 200 * WAN or len(group) > 1
        self.method = "open_tender" if is_large else ("consultation" if self.is_works else "inquiry")
        self.contract: Contract

    def tender(self) -> Iterator[Event]:
        """The notice, perhaps a round that fails and the next, and the award."""
        yield moment(self.announced, 9), self._begin
        if self.fails:
            failed = on_workday(shift(self.announced, days=20))
            yield moment(failed, 15), self._act(moves.fail, reason=self.dice.choice(_FAILED), result_on=failed)
            again = on_workday(shift(failed, days=3))
            yield moment(again, 9), self._act(moves.retender, announced_on=again, method=self.method)
        yield moment(self.awarded, 16), self._award

    def carried_out(self) -> Iterator[Event]:
        """Signed, begun, settled after acceptance, and the final account of the works."""
        short, number, begin = self.unit.name[:2], self.first.number, self.first.begin
        papers = {"number": f"{short}合〔{self.first.year}〕{number}号", "terms": _terms(self.first.template.method)}
        yield moment(self.signed, 16), self._act(moves.sign, signed_on=self.signed, start_on=begin, finish_on=self.last.finish, **papers)
        yield moment(on_workday(max(begin, shift(self.signed, days=1))), 17), self._act(moves.perform)
        settled_on = on_workday(shift(self.last.accepted, days=12))
        settled = (self.price * self.dice.randint(940, 1003) / 1000).quantize(_HUNDREDS)
        audited = f"{short}财审〔{settled_on.year}〕{number}号"
        yield moment(settled_on, 17), self._act(moves.settle, settled_yuan=settled, settled_on=settled_on, document=audited)
        final_on = on_workday(shift(settled_on, days=45))
        account = f"{short}财〔{final_on.year}〕{number}号"
        yield moment(final_on, 17), self._act(moves.finalise, final_yuan=settled, final_on=final_on, document=account)

    def _act(self, what: Callable[..., object], **given: Any) -> Callable[[datetime], object]:
        return lambda at: what(contract=self.contract, by=self.clerk, at=at, **given)

    def _begin(self, at: datetime) -> None:
        name = self.first.name if len(self.group) == 1 else f"{self.first.site}等{len(self.group)}个项目打捆施工"
        self.contract = contracts.create_contract(
            unit=self.unit, name=name.removesuffix("项目"), kind="works" if self.is_works else "goods", method=self.method,
            projects=[plan.project for plan in self.group], announced_on=self.announced, control_price_yuan=self.control,
            agency="中诚招标代理有限公司" if self.method == "open_tender" else "", by=self.clerk, at=at,
        )  # fmt: skip

    def _award(self, at: datetime) -> None:
        moves.award(
            contract=self.contract, bid_price_yuan=self.price, contractor=self.dice.choice(_BUILDERS if self.is_works else _SELLERS),
            awarded_on=self.awarded, by=self.clerk, at=at, shares={plan.project.pk: self.shares[id(plan)] for plan in self.group},
            document=f"中标通知书〔{self.awarded.year}〕{self.first.number}号",
        )  # fmt: skip


def _terms(method: str) -> list[Term]:
    """As the vouchers of the demo are paid (script.Plan)."""
    if method == Method.PURCHASE:
        return [Term("advance", Decimal("0.4"), "签约后 15 日内"), Term("final", Decimal("0.6"), "到货安装并验收合格后")]
    return [
        Term("advance", Decimal("0.3"), "签约并具备开工条件后 15 日内"), Term("progress", Decimal("0.35"), "形象进度过半"),
        Term("final", Decimal("0.32"), "竣工验收合格并完成结算审定"), Term("retention", Decimal("0.03"), "缺陷责任期满一年"),
    ]  # fmt: skip
