"""The project library of the demo: annual plans of every unit, adjustments, approved changes, documents and photographs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from funds.models import Level
from linkage.models import DictionaryEntry, DictionaryKind, Region
from linkage.periods import moment
from projects.actions import plan as planning
from projects.actions.document import add_document
from projects.actions.project import update_project
from projects.models import AnnualPlan, Method, Project

from .cast import Cast
from .files import pdf, picture
from .script import WAN, Plan, on_workday

Event = tuple[datetime, Callable[[datetime], object]]
EXTRA = 5 * WAN  # what two counties add to one project out of leftover money


class Library:
    """What happens to one unit's library of one fund year; `money` of a plan is that of the script."""

    def __init__(self, cast: Cast, unit: Region, year: int, plans: list[Plan]):
        self.cast, self.unit, self.year, self.plans = cast, unit, year, plans
        self.clerk, self.chief = f"{unit.slug}_clerk", f"{unit.slug}_chief"

    def _at(self, month: int, day: int, *, before: bool = False, hour: int = 10) -> datetime:
        return moment(on_workday(date(self.year - before, month, day)), hour)

    def events(self) -> Iterator[Event]:
        """The plan of the year is decided in December before it and filed; the changes come in the year."""
        yield self._at(11, 25, before=True), lambda at: self.compose(self.plans, at)
        yield self._at(11, 27, before=True), self.hand_in
        yield self._at(12, 3, before=True), lambda at: self.decide(f"{self.unit.name}农领发〔{at.year}〕12号", at)
        yield self._at(12, 4, before=True), lambda at: planning.send_up(plan=self._open(), by=self.cast[self.clerk], at=at)
        yield self._at(12, 11, before=True), lambda at: planning.file(plan=self._open(), by=self.cast["office"], at=at)
        for number, plan in enumerate(self.plans[1:4]):
            yield self._at(3, 16 + number), self._document(plan, "approval", f"{plan.template.name}审定文件.pdf", pdf(plan.number))
        for plan in [one for one in self.plans if one.template.method == Method.WORKS][:2]:
            yield self._at(6, 10), self._document(plan, "site-photo", f"{plan.site}现场.png", picture(plan.number))
            yield self._at(8, 17), self._content_changed(plan)
        if self.unit.slug in ("huma", "tahe"):
            yield from self._adjustment()

    def compose(self, plans: list[Plan], at: datetime, extra: Plan | None = None) -> AnnualPlan:
        """Open the next version and fill it with the money of the script; `extra` gets EXTRA of the county's own."""
        reason = f"{extra.name}用结余资金追加投资" if extra else ""
        plan = planning.open_plan(unit=self.unit, year=self.year, by=self.cast[self.clerk], at=at, reason=reason)
        rows = {one.project.pk: dict(one.levels) for one in plans}
        if extra:
            rows[extra.project.pk][Level.COUNTY] = rows[extra.project.pk].get(Level.COUNTY, Decimal(0)) + EXTRA
        note = "第二批资金文件在途，县级资金按预算安排"
        return planning.save_items(plan=plan, rows=rows, note=note, by=self.cast[self.clerk], revision=plan.revision, at=at)

    def _open(self) -> AnnualPlan:
        """The newest version as it stands."""
        return AnnualPlan.objects.select_related("unit__parent", "based_on").filter(unit=self.unit, year=self.year).latest("version")

    def hand_in(self, at: datetime) -> AnnualPlan:
        return planning.hand_in(plan=self._open(), by=self.cast[self.clerk], at=at)

    def decide(self, document: str, at: datetime) -> AnnualPlan:
        decided = planning.decide(plan=self._open(), document=document, decided_on=at.date(), by=self.cast[self.chief], at=at)
        for plan in self.plans:
            plan.project.refresh_from_db(fields=["stage", "revision"])
        return decided

    def _adjustment(self) -> Iterator[Event]:
        extra = next(plan for plan in self.plans if plan.template.method == Method.PURCHASE)
        document = f"{self.unit.name}农领发〔{self.year}〕21号"
        yield self._at(9, 15), lambda at: self._change(
            extra, at, document, "招标结余再安排", kind="leftover", planned_investment_yuan=sum(extra.levels.values(), Decimal(0)) + EXTRA
        )
        yield self._at(9, 16), lambda at: self.compose(self.plans, at, extra)
        yield self._at(9, 17), self.hand_in
        yield self._at(9, 18), lambda at: self.decide(document, at)
        yield self._at(9, 21), lambda at: planning.send_up(plan=self._open(), by=self.cast[self.clerk], at=at)
        yield self._at(12, 5), lambda at: planning.file(plan=self._open(), by=self.cast["office"], at=at)

    def _content_changed(self, plan: Plan) -> Callable[[datetime], object]:
        document = f"{self.unit.name}农领办〔{self.year}〕{plan.number}号"
        return lambda at: self._change(plan, at, document, "按实施方案补充配套内容", content=f"{plan.template.content}，含配套供电")

    def _change(self, plan: Plan, at: datetime, document: str, reason: str, kind: str = "", **changes) -> Project:
        project = Project.objects.get(pk=plan.project.pk)
        return update_project(
            project=project, changes=changes, revision=project.revision, by=self.cast[self.clerk], at=at, reason=reason, document=document, kind=kind
        )

    def _document(self, plan: Plan, kind: str, name: str, content: bytes) -> Callable[[datetime], object]:
        def keep(at: datetime) -> None:
            word = DictionaryEntry.objects.get(kind=DictionaryKind.DOCUMENT, code=kind)
            project = Project.objects.select_related("unit").get(pk=plan.project.pk)
            add_document(owner=project, file=SimpleUploadedFile(name, content), kind=word, by=self.cast[self.clerk], at=at)

        return keep
