"""Publications, performance targets and assets of the demo, through the actions of the projects app.

Some rounds fail, some contracts serve two projects, most settle below their price, a few publications are too short and a few
assets stand idle: what an office really finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from linkage.errors import Refusal
from linkage.models import FundTask, Region
from linkage.periods import moment, shift
from projects.actions import asset as assets
from projects.actions import publicity
from projects.actions.alike import decide
from projects.actions.project import create_project
from projects.models import Method, Project

from .cast import Cast
from .deal import Deal, Event
from .script import WAN, Plan, on_workday

Add = Callable[[datetime, Callable[[datetime], Any]], None]

_IDLE = ("没有落实承租人", "配套用电未接通", "缺少运营资金，暂停使用")
_OUTPUT = {Method.WORKS: ("建设任务完成", "处"), Method.PURCHASE: ("购置设备", "台（套）"), Method.GRANT: ("补助户数", "户")}
_EARNING = ("基地", "车间", "加工", "冷库", "冷藏", "养殖", "民宿", "大棚", "产业园", "烘干塔", "菌")
_RETRIES = 8


class Papers:
    """The papers of one fund year; `add` puts a later event into the play."""

    def __init__(self, cast: Cast, plans: list[Plan], today: date, add: Add):
        self.cast, self.today, self.add = cast, today, add
        self.plans = plans
        self.units = {region.slug: region for region in Region.objects.reporting()}

    def events(self) -> Iterator[Event]:
        bundles = self._bundles()
        taken = {id(plan) for pair in bundles for plan in pair}
        alone = [[plan] for plan in self.plans if id(plan) not in taken and plan.template.method in (Method.WORKS, Method.PURCHASE)]
        for group in (*bundles, *alone):
            yield from self._contract(group)
        for plan in self.plans:
            yield from self._public(plan)
            yield from self._targets(plan)
            yield from self._asset(plan)

    def like(self, at: date) -> Iterator[Event]:
        """What the page of like projects finds: one registered twice, one cut in two, and one pair the office has decided."""
        tasks = {task.code: task for task in FundTask.objects.all()}
        works = [plan for plan in self.plans if plan.template.method == Method.WORKS and plan.unit in ("huma", "mohe")]
        made: dict[str, Project] = {}

        def register(unit: str, name: str, site: str, yuan: Decimal) -> Callable[[datetime], None]:
            def act(moment_of: datetime) -> None:
                made[unit] = create_project(
                    unit=self.units[unit], name=name, method=Method.WORKS, task=tasks["consolidate"], project_year=at.year, site=site,
                    planned_investment_yuan=yuan, content="", by=self.cast[f"{unit}_clerk"], at=moment_of,
                )  # fmt: skip

            return act

        for day, plan in enumerate({plan.unit: plan for plan in reversed(works)}.values()):
            name = f"{plan.site}{plan.template.name.removesuffix('项目')}"
            yield moment(shift(at, days=day), 10), register(plan.unit, name, plan.site, sum(plan.levels.values(), Decimal(0)))
            if plan.unit == "mohe":
                yield moment(shift(at, days=day + 3), 10), lambda later, plan=plan: self._decide(plan, made["mohe"], later)
        for part in ("一期", "二期"):
            yield moment(shift(at, days=6), 11), register("huma", f"韩家园镇粮食仓储设施{part}", "韩家园镇", Decimal(230) * WAN)

    def _decide(self, plan: Plan, other: Project, at: datetime) -> None:
        decide(one=plan.project, other=other, verdict="different", reason="一处在村东，一处在村西，图纸不同", by=self.cast["office"], at=at)

    def _bundles(self) -> list[list[Plan]]:
        """Two works of one township, tendered together: at most two pairs in a unit."""
        places: dict[tuple[str, str], list[Plan]] = {}
        for plan in self.plans:
            if plan.template.method == Method.WORKS and not plan.stalled:
                places.setdefault((plan.unit, plan.site), []).append(plan)
        found: dict[str, list[list[Plan]]] = {}
        for (unit, _), plans in sorted(places.items()):
            if len(plans) > 1 and len(found.setdefault(unit, [])) < 2:
                found[unit].append(sorted(plans, key=lambda plan: plan.begin)[:2])
        return [pair for pairs in found.values() for pair in pairs]

    # --- contracts --------------------------------------------------------------------------------------------------

    def _contract(self, group: list[Plan]) -> Iterator[Event]:
        """Notice, perhaps a failed round, award, signing, work, settlement, final account, each on its own day."""
        deal = Deal(group, self.units[group[0].unit], self.cast[f"{group[0].unit}_clerk"])
        yield from deal.tender()
        yield from deal.carried_out()

    # --- publications and targets -----------------------------------------------------------------------------------

    def _public(self, plan: Plan) -> Iterator[Event]:
        """Before the works and after acceptance; now and then fewer than ten days, now and then forgotten."""
        if plan.template.method == Method.FEE:
            return
        dice = Random(f"notice-{plan.unit}-{plan.year}-{plan.number}")
        clerk = self.cast[f"{plan.unit}_clerk"]
        for kind, start in (("project", shift(plan.begin, days=-20)), ("completion", shift(plan.accepted, days=4))):
            days = dice.choice([10, 10, 10, 11, 15, 7]) if dice.random() < 0.9 else 0
            if not days or (kind == "completion" and plan.template.method in (Method.SUBSIDY, Method.TRAINING, Method.EQUITY)):
                continue
            end = shift(start, days=days - 1)
            given = {"kind": kind, "place": dice.choice(["village", "village", "website", "township"]), "from_on": start, "to_on": end, "objections": "无异议"}

            def record(at: datetime, given: dict = given) -> None:
                publicity.record_notice(project=plan.project, by=clerk, at=at, document="公示照片已存档", **given)

            yield moment(shift(end, days=1), 10), record

    def _targets(self, plan: Plan) -> Iterator[Event]:
        """Every third project: output, benefit, satisfaction; actual values after acceptance."""
        if plan.number % 3 or plan.template.method not in _OUTPUT:
            return
        dice = Random(f"target-{plan.unit}-{plan.year}-{plan.number}")
        clerk, (what, measure) = self.cast[f"{plan.unit}_clerk"], _OUTPUT[plan.template.method]
        known = (
            ("output", what, "ge", Decimal(1 + plan.number % 4), measure), ("benefit", "受益户数", "ge", Decimal(20 + plan.number * 3), "户"),
            ("satisfaction", "受益群众满意度", "ge", Decimal(95), "%"),
        )  # fmt: skip
        rows: list[Any] = []

        def state(at: datetime) -> None:
            for level, name, operator, target, unit_name in known:
                rows.append(publicity.record_target(
                    project=plan.project, level=level, name=name, operator=operator, target=target, unit_name=unit_name, by=clerk, at=at,
                ))  # fmt: skip

        def report(at: datetime) -> None:
            for row, part in zip(rows, (Decimal(1), Decimal(dice.choice(["1", "1.1", "0.85"])), Decimal("1.02")), strict=True):
                actual = (row.target * part).quantize(Decimal("0.1" if row.unit_name == "%" else 1))
                publicity.update_target(indicator=row, revision=row.revision, actual=actual, actual_on=at.date(), by=clerk, at=at)

        yield moment(on_workday(shift(plan.begin, days=-25)), 11), state
        yield moment(on_workday(shift(plan.accepted, days=18)), 11), report

    # --- assets -----------------------------------------------------------------------------------------------------

    def _asset(self, plan: Plan) -> Iterator[Event]:
        """After acceptance is stated; a report that comes late lets it wait."""
        if plan.template.method not in (Method.WORKS, Method.PURCHASE):
            return
        yield moment(on_workday(shift(plan.accepted, days=24)), 14), lambda at: self._record(plan, at, _RETRIES)

    def _record(self, plan: Plan, at: datetime, left: int) -> None:
        plan.project.refresh_from_db()
        if not assets.may_have_assets(plan.project):
            if left:
                self.add(shift(at, days=14), lambda later: self._record(plan, later, left - 1))
            return
        dice = Random(f"asset-{plan.unit}-{plan.year}-{plan.number}")
        clerk, earning = self.cast[f"{plan.unit}_clerk"], any(word in plan.template.name for word in _EARNING)
        papers: dict[str, Any] = {}
        if dice.random() < 0.8:
            papers |= {"registered_on": at.date(), "registration": f"资确〔{at.year}〕{plan.number}号"}
        if dice.random() < 0.7:
            papers |= {"handed_over_on": at.date(), "hand_over_document": f"移交书〔{at.year}〕{plan.number}号", "caretaker": f"{plan.site}管护岗"}
        asset = assets.record_asset(
            project=plan.project, name=plan.template.name.removesuffix("项目").removesuffix("建设"), kind="operating" if earning else "public",
            quantity="1 处" if plan.template.method == Method.WORKS else "1 批", value_yuan=sum(plan.levels.values()),
            owner_kind="state" if plan.unit == "diqu" else "village", owner=plan.site, by=clerk, at=at, **papers,
        )  # fmt: skip
        if earning and dice.random() < 0.12:
            self.add(shift(at, days=90), lambda later: self._idle(asset, clerk, later, dice.choice(_IDLE)))
        elif earning:
            self.add(moment(on_workday(date(at.year + 1, 1, 20)), 15), lambda later: self._income(asset, clerk, later, dice))

    def _idle(self, asset, clerk, at: datetime, reason: str) -> None:
        assets.update_asset(asset=asset, revision=asset.revision, idle_since=shift(at.date(), days=-30), idle_reason=reason, by=clerk, at=at)

    def _income(self, asset, clerk, at: datetime, dice: Random) -> None:
        asset.refresh_from_db()
        income = (asset.value_yuan * dice.randint(20, 60) / 1000).quantize(Decimal(100))
        try:
            assets.record_income(
                asset=asset, year=at.year - 1, income_yuan=income, to_village_yuan=(income / 2).quantize(Decimal(100)),
                to_households_yuan=(income / 4).quantize(Decimal(100)), upkeep_yuan=Decimal(0), revision=asset.revision, by=clerk, at=at,
            )  # fmt: skip
        except Refusal:
            return
