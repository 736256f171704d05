"""How each unit fills, signs and corrects its weekly report: mostly in time, sometimes late, wrong, returned or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from django.db.models import F

from issues.actions.ledger import accept as accept_issue
from issues.actions.ledger import close, raise_issue, request_closure
from issues.models import IssueState, Severity
from linkage.errors import ProblemsFound
from linkage.models import DictionaryEntry, DictionaryKind, Organisation
from linkage.money import to_wan, yuan_text
from linkage.periods import PeriodWindow, WorkCalendar, moment, shift
from reports.actions import filling, sentences, signing
from reports.actions.filling import Edit
from reports.figures.statement import fact_value
from reports.models import ReportCell, ReportLine, WeeklyReport

from .cast import Cast
from .script import TEMPERS, Plan

_WORDS = {
    "paid_fell": "财政已更正，按实际支付数填报。", "paid_above": "单位填写有误，下期更正。",
    "paid_far_above": "按凭证照录，疑单位有误，下期核对后更正。", "paid_jump": "本期集中支付进度款，凭证已核对。",
    "treasury_gap": "支付凭证已出，财政尚未反馈。", "progress_fell": "经现场核查调整形象进度。", "paid_above_work": "按合同支付预付款。",
}  # fmt: skip
_TROUBLES = (
    ("用地手续未办结", "已补正材料，商自然资源部门加快办理", "land", "请地区协调使用林地审核时限"),
    ("招标流标一次", "重新发布公告，月底前开标", "tender", ""),
    ("施工单位劳动力不足", "约谈施工单位，增加班组", "contractor", ""),
    ("报账资料不全", "专人对接，限期补齐", "claim", ""),
)  # fmt: skip


class Weeks:
    """All units, week after week. `plans` holds both fund years; each knows its project once registered."""

    def __init__(self, cast: Cast, plans: list[Plan]):
        self.cast = cast
        self.by_project = {plan.project.pk: plan for plan in plans if plan.project is not None}
        self.steps = {e.code: e.pk for e in DictionaryEntry.objects.of(DictionaryKind.STEP)}
        self.causes = {e.code: e for e in DictionaryEntry.objects.of(DictionaryKind.CAUSE)}
        self.calendar = WorkCalendar.load()
        self.holders: dict[str, int | None] = {}

    def know(self, plan: Plan) -> None:
        self.by_project[plan.project.pk] = plan

    def play(self, window: PeriodWindow) -> Iterator[tuple[datetime, Any]]:
        """The events of one past period, unit by unit."""
        for report in WeeklyReport.objects.filter(period__key=window.key, is_exempt=False).select_related("period", "unit__parent"):
            dice = Random(f"{window.key}-{report.unit.slug}")
            yield from self._unit(report, window, dice)

    def _unit(self, report: WeeklyReport, window: PeriodWindow, dice: Random) -> Iterator[tuple[datetime, Any]]:
        temper, draw = TEMPERS[report.unit.slug], dice.random()
        if draw < temper.missing:
            return
        start = shift(window.due_at, hours=-dice.randint(3, 8), minutes=-dice.randint(0, 50))
        if draw < temper.missing + temper.late:
            start = shift(window.due_at, hours=dice.randint(14, 60))
        slip = dice.random() < 0.05
        yield start, lambda at: self.file(report, window.ends_on, dice, at, slip=slip)
        if slip or dice.random() < temper.returned:
            back = shift(start, hours=3)
            again = moment(self.calendar.next_workday(shift(back.date(), days=1)), 10, dice.randint(0, 50))
            yield back, lambda at: self.give_back(report, at, slip)
            yield again, lambda at: self.correct(report, window.ends_on, at)
        else:
            yield shift(start, hours=dice.randint(3, 20)), lambda at: signing.accept(report=report, by=self.cast["office"], at=at)

    # --- what the county does ---------------------------------------------------------------------------------------

    def file(self, report: WeeklyReport, as_of: date, dice: Random, at: datetime, *, slip: bool = False) -> None:
        """Fill, hand in two hours later, sign an hour after."""
        self.fill(report, as_of, at, lag=7 if dice.random() < 0.06 else 0, slip=slip)
        self.submit(report, at)

    def submit(self, report: WeeklyReport, at: datetime) -> None:
        slug = report.unit.slug
        self.hand_in(report, shift(at, minutes=50))
        signing.sign(report=report, by=self.cast[f"{slug}_chief"], at=shift(at, minutes=110))

    def fill(self, report: WeeklyReport, as_of: date, at: datetime, *, lag: int = 0, slip: bool = False, share: float = 1.0) -> None:
        """Type what changed. `lag` days late knowledge; `slip` writes one figure ten times too high; `share` of the rows."""
        clerk = self.cast[f"{report.unit.slug}_clerk"]
        lines = _own_columns(report)
        lines = lines[: max(1, int(len(lines) * share))]
        edits = [edit for line in lines for edit in self._edits(line, shift(as_of, days=-lag))]
        if slip:
            edits = self._slipped(edits)
        if share < 1.0:
            changed = {edit.line for edit in edits}
            edits += [Edit(line.pk, "no_change", "1") for line in lines if line.pk not in changed]
        for outcome in filling.save_cells(report=report, edits=edits, by=clerk, at=at):
            if outcome.verdict == "error":
                raise RuntimeError(f"demo: {report} {outcome}")
        if share == 1.0:
            filling.mark_rest_unchanged(report=report, by=clerk, at=shift(at, minutes=20))

    def _edits(self, line: ReportLine, day: date) -> Iterator[Edit]:
        plan = self.by_project[line.project_id]
        for name, value in self._facts(plan, line, day).items():
            if fact_value(line, name) != value:
                yield Edit(line.pk, name, _typed(name, value))
        for cell in line.cell_list:
            paid = min(plan.paid(plan.levels[cell.level], day), cell.amount_yuan)
            if yuan_text(cell.paid_to_date_yuan or 0) != yuan_text(paid):
                yield Edit(line.pk, f"cell:{cell.allocation_id}", str(to_wan(paid)))

    def _facts(self, plan: Plan, line: ReportLine, day: date) -> dict[str, Any]:
        """The script's facts and the county's words, as `fact_value` would show them."""
        facts = {name: _stored(name, value) for name, value in plan.facts(day).items()}
        claimed, at_treasury = plan.claimed(day)
        facts["claimed_unpaid_yuan"] = _stored("claimed_unpaid_yuan", claimed) if claimed else None
        facts["step"] = self.steps.get(("treasury" if at_treasury else "review") if claimed else plan.step(day))
        facts["holder"] = self._holder(plan) if day < plan.begin else None
        if plan.stalled and day < plan.begin:
            problem, measures, _, coordination = _TROUBLES[0]
            facts |= {"problem": problem, "measures": measures, "coordination": coordination, "coordination_level": "prefecture"}
        elif line.problem:
            facts |= {"problem": None, "measures": None, "coordination": None, "coordination_level": None}
        return facts

    def _holder(self, plan: Plan) -> int | None:
        """The 承办单位 of a waiting project: the unit's land bureau while it is stalled."""
        if not plan.stalled:
            return None
        if plan.unit not in self.holders:
            row = Organisation.objects.filter(region__slug=plan.unit, functions__function="land").first()
            self.holders[plan.unit] = row.pk if row else None
        return self.holders[plan.unit]

    def _slipped(self, edits: list[Edit]) -> list[Edit]:
        for index, edit in enumerate(edits):
            if edit.place.startswith("cell:") and Decimal(edit.text) > 0:
                wrong = Edit(edit.line, edit.place, str(Decimal(edit.text) * 10), edit.base)
                return [*edits[:index], wrong, *edits[index + 1 :]]
        return edits

    def hand_in(self, report: WeeklyReport, at: datetime) -> None:
        """Hand in; where a figure wants a sentence, write it and hand in again."""
        clerk = self.cast[f"{report.unit.slug}_clerk"]
        try:
            signing.hand_in(report=report, by=clerk, at=at)
        except ProblemsFound as found:
            for problem in found.problems:
                sentences.explain(report=report, key=problem.key, text=_WORDS[problem.code], by=clerk, at=at)
            signing.hand_in(report=report, by=clerk, at=at)

    # --- what the office does ---------------------------------------------------------------------------------------

    def give_back(self, report: WeeklyReport, at: datetime, slip: bool) -> None:
        line = report.lines.order_by("position").first()
        words = "有项目累计支出明显偏大，疑为单位错误，请核对。" if slip else "当前环节与现场了解的不一致，请核对。"
        signing.return_for_correction(
            report=report, by=self.cast["office2"], reason=words, at=at,
            remarks=[signing.RemarkDraft(words, line.project_id, "step")],
        )  # fmt: skip

    def correct(self, report: WeeklyReport, as_of: date, at: datetime) -> None:
        """The next working day: the true figures, remarks ticked, signed again, taken."""
        clerk = self.cast[f"{report.unit.slug}_clerk"]
        self.fill(report, as_of, at)
        for remark in report.remarks.filter(resolved_at__isnull=True).select_related("report__unit"):
            signing.resolve_remark(remark=remark, by=clerk, answer="已核对改正。", at=at)
        self.submit(report, at)
        signing.accept(report=report, by=self.cast["office"], at=shift(at, hours=4))

    # --- the present week -------------------------------------------------------------------------------------------

    def present(self, report: WeeklyReport, at: datetime) -> None:
        """Leave the running period as an office would find it: every state at once."""
        scene = {"mohe": "accepted", "diqu": "accepted", "tahe": "submitted", "jiagedaqi": "returned", "songling": "signing", "huma": "half",
                 "xinlin": "submitted", "huzhong": "untouched"}[report.unit.slug]  # fmt: skip
        if scene == "untouched" or report.is_exempt:
            return
        as_of = min(report.period.ends_on, at.date())
        start = max(shift(at, hours=-6), report.opened_at)
        self.fill(report, as_of, start, share=0.5 if scene == "half" else 1.0)
        if scene == "half":
            return
        step = (at - start) / 6
        self.hand_in(report, start + step)
        if scene == "signing":
            return
        signing.sign(report=report, by=self.cast[f"{report.unit.slug}_chief"], early=True, at=start + 2 * step)
        if scene == "accepted":
            signing.accept(report=report, by=self.cast["office"], at=start + 3 * step)
        elif scene == "returned":
            self.give_back(report, start + 3 * step, slip=False)


class Ledger:
    """Issues in every state: raised by counties and by the office, rectified, closed by another person, some overdue."""

    def __init__(self, weeks: Weeks):
        self.weeks, self.cast = weeks, weeks.cast

    def events(self, plans: list[Plan], until: date) -> Iterator[tuple[datetime, Any]]:
        for plan in plans:
            if not (plan.stalled or plan.dice.random() < 0.22):
                continue
            found = shift(plan.begin, days=-40 if plan.stalled else plan.dice.randint(20, 150))
            if found.year < plan.year or shift(found, days=2) > until:
                continue
            yield moment(found, 15), self._raise(plan, found, until)

    def _raise(self, plan: Plan, found: date, until: date) -> Any:
        title, measures, cause, _ = _TROUBLES[0] if plan.stalled else plan.dice.choice(_TROUBLES[1:])
        by_office = plan.dice.random() < 0.4
        days = plan.dice.randint(12, 60) + max(0, TEMPERS[plan.unit].behind)

        def act(at: datetime) -> None:
            slug = plan.unit
            issue = raise_issue(
                unit=plan.project.unit, title=f"{plan.template.name}：{title}", project=plan.project, at=at, cause=self.weeks.causes[cause],
                origin="inspection" if by_office else "weekly", severity=Severity.MAJOR if plan.stalled else Severity.MINOR,
                by=self.cast["office"] if by_office else self.cast[f"{slug}_chief"],
            )  # fmt: skip
            accept_issue(issue=issue, by=self.cast[f"{slug}_clerk"], measures=measures, responsible="项目负责人", at=shift(at, hours=20))
            self._finish(issue, slug, shift(at, days=days), until, title)

        return act

    def _finish(self, issue, slug: str, at: datetime, until: date, title: str) -> None:
        if at.date() > until:
            return
        request_closure(issue=issue, by=self.cast[f"{slug}_clerk"], result=f"“{title}”已整改到位，佐证材料存县级专班。", at=at)
        if shift(at, days=3).date() > until:
            return
        issue.refresh_from_db()
        if issue.state == IssueState.CLOSING:
            close(issue=issue, by=self.cast["office"], opinion="经核查，整改到位，同意销号。", at=shift(at, days=3))


_OF_MONEY = {"level": F("allocation__county_allocation__batch__level"), "amount_yuan": F("allocation__amount_yuan")}


def _own_columns(report: WeeklyReport) -> list[ReportLine]:
    """The lines in print order with the cells' levels; who types needs nothing of what stands behind them."""
    cells = defaultdict(list)
    for cell in ReportCell.objects.filter(line__report=report).annotate(**_OF_MONEY).order_by("allocation"):
        cells[cell.line_id].append(cell)
    lines = sorted(report.lines.order_by(), key=lambda line: (line.section == "carryover", line.position, line.pk))
    for line in lines:
        line.cell_list = cells[line.pk]
    return lines


def _stored(name: str, value: Any) -> Any:
    """A script value in the form of `fact_value`."""
    if isinstance(value, date):
        return value.isoformat()
    if name.endswith("_yuan"):
        return yuan_text(value)
    return str(value.quantize(Decimal("0.0001"))) if isinstance(value, Decimal) else value


def _typed(name: str, value: Any) -> str:
    """What a clerk types for it: 万元, percent, ISO date, id."""
    if value is None:
        return ""
    if name.endswith("_yuan"):
        return str(to_wan(Decimal(value)))
    return f"{Decimal(value) * 100:.2f}" if name == "physical_ratio" else str(value)
