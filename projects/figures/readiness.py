"""成熟度: how far a project could begin, with every part shown (features 2.7). Computed when asked, stored nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from linkage import money
from projects import states
from projects.figures import amounts
from projects.figures.publicity import missing as unpublished_of
from projects.models import Contract, Method, Procedure, Project, PublicNotice
from projects.states import contract as contract_states
from projects.states import procedures as procedure_states

BUILT = (Method.WORKS, Method.PURCHASE)
LISTED = tuple(states.ORDER[states.ORDER.index(states.PLANNED) :])  # from here on a project has its list of procedures
BANDS = {"high": (Decimal("0.8"), None), "middle": (Decimal("0.5"), Decimal("0.8")), "low": (None, Decimal("0.5"))}
BAND_WORDS = (("high", "80%以上"), ("middle", "50%至80%"), ("low", "不足50%"))
BASIS = "各部分等权平均；不适用于本实施方式的部分不计"


@dataclass(frozen=True)
class Part:
    """One part between 0 and 1, with what is there or missing in words."""

    code: str
    label: str
    ratio: Decimal
    words: str
    tab: str = ""  # of the project page, where the next thing is done

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

    @property
    def next_words(self) -> str:
        """What is missing, part by part: 前期手续 3/8：还缺 立项；招标与合同：还没有招标（采购）."""
        return "；".join(f"{part.label}：{part.words}" for part in self.missing)


@dataclass(frozen=True)
class Asked:
    """What the parts look at: the project, and what is known beside it."""

    project: Project
    unfilled: list[str]
    arranged_yuan: Decimal
    contract_states: list[str]
    unpublished: list[str]
    procedures: list[tuple[str, str]]  # name and state of those that block the first payment, in the order of the catalogue


def _part(code: str, label: str, ratio: Decimal | int, words: str, tab: str = "") -> Part:
    return Part(code, label, Decimal(ratio), words, tab)


def _record(asked: Asked) -> Part:
    gaps = len(asked.unfilled)
    return _part("record", "项目信息", max(Decimal(0), 1 - Decimal(gaps) / 4), f"还缺 {gaps} 项：{'、'.join(asked.unfilled)}" if gaps else "信息齐全", "edit")


def _stage(asked: Asked) -> Part:
    """From 申报 to 列入年度计划, even steps."""
    rail = states.rail(asked.project.method)
    goal = rail.index(states.PLANNED)
    here = min(rail.index(asked.project.stage), goal) if asked.project.stage in rail else 0
    return _part("stage", "审定与计划", Decimal(here) / goal, f"现在是“{asked.project.stage_words}”")


def _site(asked: Asked) -> Part:
    return _part("site", "建设地点", int(bool(asked.project.site)), asked.project.site or "没有写明地点", "edit")


def _implementer(asked: Asked) -> Part:
    return _part("implementer", "实施单位", int(bool(asked.project.implementer_id)), str(asked.project.implementer or "还没有实施单位"), "edit")


def _money(asked: Asked) -> Part:
    planned = asked.project.planned_investment_yuan
    ratio = min(Decimal(1), asked.arranged_yuan / planned) if planned else Decimal(0)
    words = f"已安排 {money.wan_text(asked.arranged_yuan, 2)} 万元，计划投资 {money.wan_text(planned, 2)} 万元"
    return _part("money", "资金安排", ratio, words, "funds")


def _contract(asked: Asked) -> Part:
    """Signed 1, awarded ⅔, under tender ⅓; of several contracts the furthest."""
    rank = {**dict.fromkeys(contract_states.BINDING, 3), contract_states.AWARDED: 2, contract_states.TENDERING: 1}
    best = max((rank.get(state, 0) for state in asked.contract_states), default=0)
    words = ("还没有招标（采购）", "正在招标（采购）", "已中标，未签约", "已签约")[best]
    if not best and asked.contract_states:
        words = "上次流标或废标，待重新招标"
    return _part("contract", "招标与合同", Decimal(best) / 3, words, "contracts")


def _procedures(asked: Asked) -> Part:
    """Settled ÷ all that must be done before the first payment; without a list nothing is known before the plan, nothing is asked after."""
    if not asked.procedures:
        listed = asked.project.stage in LISTED
        return _part("procedures", "前期手续", int(listed), "没有须办的手续" if listed else "还没有手续清单", "procedures")
    left = [name for name, state in asked.procedures if state not in procedure_states.SETTLED]
    settled = len(asked.procedures) - len(left)
    more = f"等 {len(left)} 项" if len(left) > 3 else ""
    words = f"已办结 {settled}/{len(asked.procedures)} 项" + (f"，还缺 {'、'.join(left[:3])}{more}" if left else "")
    return _part("procedures", "前期手续", Decimal(settled) / len(asked.procedures), words, "procedures")


def _publicity(asked: Asked) -> Part:
    return _part("publicity", "公示公告", int(not asked.unpublished), _unpublished_words(asked), "publicity")


def _unpublished_words(asked: Asked) -> str:
    return f"还缺 {'、'.join(asked.unpublished)}" if asked.unpublished else "按现阶段已公示"


_ALWAYS: tuple[Callable[[Asked], Part], ...] = (_record, _stage, _money, _publicity)
PARTS: dict[str, tuple[Callable[[Asked], Part], ...]] = {
    Method.WORKS: (_record, _stage, _money, _site, _implementer, _procedures, _contract, _publicity),
    Method.PURCHASE: (_record, _stage, _money, _implementer, _procedures, _contract, _publicity),
    Method.GRANT: _ALWAYS,
    Method.SUBSIDY: _ALWAYS,
    Method.TRAINING: (_record, _stage, _money, _implementer, _publicity),
    Method.EQUITY: (_record, _stage, _money, _implementer, _publicity),
    Method.FEE: (),
}


def readiness(project: Project, user, day: date, *, unfilled: list[str]) -> Readiness:
    """The parts that this 实施方式 asks for. `unfilled`: labels of the fields that are missing (from checks). A few queries, one project."""
    return of_projects([project], user, day, unfilled={project.pk: unfilled})[project.pk]


def of_projects(projects: Sequence[Project], user, day: date, *, unfilled: Mapping[int, list[str]]) -> dict[int, Readiness]:
    """Of many projects at once: a constant number of queries. Money as the reader sees it."""
    ids = [project.pk for project in projects]
    built = [project.pk for project in projects if project.method in BUILT]
    arranged = amounts.amounts(ids, user, day)
    contracts = _grouped(Contract.objects.filter(shares__project__in=built).order_by().values_list("shares__project", "state"))
    notices: dict[int, list[PublicNotice]] = {}
    for notice in PublicNotice.objects.filter(project__in=ids).order_by().only("project_id", "kind"):
        notices.setdefault(notice.project_id, []).append(notice)
    blocking = Procedure.objects.current().filter(project__in=built, kind__blocks_payment=True).order_by("kind__display_order", "pk")
    procedures: dict[int, list[tuple[str, str]]] = {}
    for pk, name, state in blocking.values_list("project", "kind__name", "state"):
        procedures.setdefault(pk, []).append((name, state))
    found = {}
    for project in projects:
        asked = Asked(
            project, unfilled.get(project.pk, []), arranged[project.pk].allocated_yuan if project.pk in arranged else Decimal("0.00"),
            contracts.get(project.pk, []), unpublished_of(project, notices.get(project.pk, [])), procedures.get(project.pk, []),
        )  # fmt: skip
        found[project.pk] = Readiness(tuple(part(asked) for part in PARTS[project.method]))
    return found


def in_band(found: Readiness, band: str) -> bool:
    """Is the ratio within one of BANDS (lower end included)? Without a ratio in none."""
    low, high = BANDS[band]
    return found.ratio is not None and (low is None or found.ratio >= low) and (high is None or found.ratio < high)


def _grouped(pairs: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for pk, value in pairs:
        found.setdefault(pk, []).append(value)
    return found
