"""成熟度: how far a project could begin, with every part shown (features 2.7). Computed when asked, stored nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from linkage import money
from projects import states
from projects.figures import amounts
from projects.figures.publicity import missing
from projects.models import Method, Project
from projects.states import contract as contract_states

BUILT = (Method.WORKS, Method.PURCHASE)
BASIS = "各部分等权平均；不适用于本实施方式的部分不计"


@dataclass(frozen=True)
class Part:
    """One part between 0 and 1, with what is there or missing in words."""

    code: str
    label: str
    ratio: Decimal
    words: str

    @property
    def state(self) -> str:
        return "done" if self.ratio >= 1 else "none" if self.ratio <= 0 else "some"


@dataclass(frozen=True)
class Readiness:
    parts: tuple[Part, ...]

    @property
    def ratio(self) -> Decimal | None:
        """The plain mean of the parts, 0..1, unrounded; None where nothing is asked (项目管理费)."""
        return sum((part.ratio for part in self.parts), Decimal(0)) / len(self.parts) if self.parts else None

    @property
    def missing(self) -> list[Part]:
        return [part for part in self.parts if part.ratio < 1]


@dataclass(frozen=True)
class Asked:
    """What the parts look at: the project, and what is known beside it."""

    project: Project
    unfilled: list[str]
    arranged_yuan: Decimal
    contract_states: list[str]
    unpublished: list[str]


def _part(code: str, label: str, ratio: Decimal | int, words: str) -> Part:
    return Part(code, label, Decimal(ratio), words)


def _record(asked: Asked) -> Part:
    gaps = len(asked.unfilled)
    return _part("record", "项目信息", max(Decimal(0), 1 - Decimal(gaps) / 4), f"还缺 {gaps} 项：{'、'.join(asked.unfilled)}" if gaps else "信息齐全")


def _stage(asked: Asked) -> Part:
    """From 申报 to 列入年度计划, even steps."""
    rail = states.rail(asked.project.method)
    goal = rail.index(states.PLANNED)
    here = min(rail.index(asked.project.stage), goal) if asked.project.stage in rail else 0
    return _part("stage", "审定与计划", Decimal(here) / goal, f"现在是“{asked.project.stage_words}”")


def _site(asked: Asked) -> Part:
    return _part("site", "建设地点", int(bool(asked.project.site)), asked.project.site or "没有写明地点")


def _implementer(asked: Asked) -> Part:
    return _part("implementer", "实施单位", int(bool(asked.project.implementer_id)), str(asked.project.implementer or "还没有实施单位"))


def _money(asked: Asked) -> Part:
    planned = asked.project.planned_investment_yuan
    ratio = min(Decimal(1), asked.arranged_yuan / planned) if planned else Decimal(0)
    words = f"已安排 {money.wan_text(asked.arranged_yuan, 2)} 万元，计划投资 {money.wan_text(planned, 2)} 万元"
    return _part("money", "资金安排", ratio, words)


def _contract(asked: Asked) -> Part:
    """Signed 1, awarded ⅔, under tender ⅓; of several contracts the furthest."""
    rank = {**dict.fromkeys(contract_states.BINDING, 3), contract_states.AWARDED: 2, contract_states.TENDERING: 1}
    best = max((rank.get(state, 0) for state in asked.contract_states), default=0)
    words = ("还没有招标（采购）", "正在招标（采购）", "已中标，未签约", "已签约")[best]
    if not best and asked.contract_states:
        words = "上次流标或废标，待重新招标"
    return _part("contract", "招标与合同", Decimal(best) / 3, words)


def _publicity(asked: Asked) -> Part:
    return _part("publicity", "公示公告", int(not asked.unpublished), f"还缺 {'、'.join(asked.unpublished)}" if asked.unpublished else "按现阶段已公示")


_ALWAYS: tuple[Callable[[Asked], Part], ...] = (_record, _stage, _money, _publicity)
PARTS: dict[str, tuple[Callable[[Asked], Part], ...]] = {
    Method.WORKS: (_record, _stage, _money, _site, _implementer, _contract, _publicity),
    Method.PURCHASE: (_record, _stage, _money, _implementer, _contract, _publicity),
    Method.GRANT: _ALWAYS,
    Method.SUBSIDY: _ALWAYS,
    Method.TRAINING: (_record, _stage, _money, _implementer, _publicity),
    Method.EQUITY: (_record, _stage, _money, _implementer, _publicity),
    Method.FEE: (),
}


def readiness(project: Project, user, day: date, *, unfilled: list[str]) -> Readiness:
    """The parts that this 实施方式 asks for. `unfilled`: labels of the fields that are missing (from checks). A few queries, one project."""
    parts = PARTS[project.method]
    if not parts:
        return Readiness(())
    arranged = amounts.amounts([project.pk], user, day).get(project.pk)
    asked = Asked(
        project, unfilled, arranged.allocated_yuan if arranged else Decimal("0.00"),
        list(project.contracts.order_by().values_list("state", flat=True)) if project.method in BUILT else [],
        missing(project, project.notices.all()),
    )  # fmt: skip
    return Readiness(tuple(part(asked) for part in parts))
