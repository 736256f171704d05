"""Procedures of the demo years: most in time, some late, some sent back for papers, spared, or recorded by the county alone.

Bodies whose people have log-ins record what they did themselves, by the month from their own systems and, in the last weeks,
step by step; for the others the county's clerk records, and some of it still waits or is disputed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Any

from linkage.models import Seat, User
from linkage.periods import Month, WorkCalendar, moment, shift
from projects.actions.checklist import answer_traits, refresh_checklist
from projects.actions.procedure import confirm_records, dispute_record, mark_green, record_step
from projects.actions.procedure_bulk import Course, Did, record_courses
from projects.figures.checklist import suggested_exemption
from projects.models import Confirmation, Method, Procedure, Trait
from projects.states import procedures as states

from .cast import Cast
from .script import Plan

Act = Callable[[datetime], Any]
AFTER_WORKS = ("acceptance", "water-supervision")
OPEN_PER_UNIT = 3
_PAPERS = ("缺勘测定界图", "建设规模与立项不一致，请核实", "缺村民代表会议决议", "附图未盖章", "缺资金来源说明")
_GREEN = "冬季前须开工，经地区专班协调列入绿色通道"


@dataclass(frozen=True)
class Pending:
    """A step that has happened and waits for the month's upload."""

    on: date
    procedure_id: int
    did: Did
    by: User


class Procedures:
    """Courses are drawn when a project's preparation begins, from its real list, by dice of their own."""

    def __init__(self, cast: Cast, today: date, add: Callable[[datetime, Act], None]):
        self.cast, self.today, self.add = cast, today, add
        self.calendar = WorkCalendar.load()
        self.recent = Month.of(today).previous().first  # from here on step by step
        self.pending: dict[str, list[Pending]] = defaultdict(list)
        self._seated: dict[int, User] | None = None
        self.unfinished: set[tuple[str, int]] = set()

    def schedule(self, plans: list[Plan]) -> None:
        """Answers and courses of one fund year. Of the present one, the works of each unit that begin last still lack a paper."""
        if plans and plans[0].year == self.today.year:
            latest = sorted((p for p in plans if p.template.method == Method.WORKS), key=lambda p: p.begin, reverse=True)
            for unit in sorted({plan.unit for plan in latest}):
                self.unfinished |= {(unit, plan.number) for plan in [p for p in latest if p.unit == unit][:OPEN_PER_UNIT]}
        for plan in plans:
            if plan.template.method not in (Method.WORKS, Method.PURCHASE):
                continue
            self.add(moment(date(plan.year - 1, 12, 4), 9, plan.number), lambda at, plan=plan: self._answer(plan, at))
            self.add(moment(self._opening(plan), 9, plan.number), lambda at, plan=plan: self._draw(plan))

    def uploads(self, first: date) -> None:
        """At the end of every month that lies far enough back, what happened in it."""
        month = Month.of(first)
        while month.last < self.recent:
            self.add(moment(month.last, 18), lambda at, until=month.last: self._upload(until, at))
            month = month.next()

    # --- what is the project like, and what happens to it ---------------------------------------------------------------

    @staticmethod
    def _dice(plan: Plan) -> Random:
        return Random(f"procedures-{plan.unit}-{plan.year}-{plan.number}")

    def _opening(self, plan: Plan) -> date:
        """Preparation begins some months before the works, never before the new year's second week."""
        return max(date(plan.year, 1, 8), shift(plan.begin, days=-150 if plan.stalled else -110))

    def _answer(self, plan: Plan, at: datetime) -> None:
        dice = self._dice(plan)
        if plan.template.method != Method.WORKS or dice.random() < 0.08:
            refresh_checklist(project=plan.project, by=self.cast[f"{plan.unit}_clerk"], at=at)
            return
        answers = {
            Trait.LAND: plan.stalled or dice.random() < 0.3, Trait.FOREST: dice.random() < 0.14, Trait.SOIL: dice.random() < 0.12,
        }  # fmt: skip
        answer_traits(project=plan.project, answers=answers, by=self.cast[f"{plan.unit}_clerk"], at=at)

    def _draw(self, plan: Plan) -> None:
        dice, opening = self._dice(plan), self._opening(plan)
        rows = plan.project.procedures.current().select_related("project__unit", "kind", "handler").prefetch_related("kind__exemptions")
        rows = list(rows.order_by("kind__display_order", "pk"))
        open_row = self._left_open(plan, rows, dice)
        slow = next((row.pk for row in rows if plan.stalled and row.kind.code in ("land-preview", "proposal")), None)
        for place, row in enumerate(rows):
            if row.pk == open_row:
                self._unfinished(plan, row, dice)
                continue
            late = row.kind.code in AFTER_WORKS
            start = shift(plan.accepted, days=4) if late else shift(opening, days=place * 6 + dice.randint(0, 8))
            last = None if late else shift(plan.begin, days=-3)
            self._course(plan, row, start, last, Random(f"{plan.unit}-{plan.year}-{plan.number}-{row.kind.code}"), slow=row.pk == slow)

    def _left_open(self, plan: Plan, rows: list[Procedure], dice: Random) -> int | None:
        """The procedure that is still under way today."""
        if (plan.unit, plan.number) not in self.unfinished:
            return None
        fitting = [row.pk for row in rows if row.kind.code not in AFTER_WORKS and row.handler_id]
        return dice.choice(fitting) if fitting else None

    def _unfinished(self, plan: Plan, row: Procedure, dice: Random) -> None:
        """Applied for some weeks ago, not answered: in time, beyond the promise, sent back for papers, or with a body outside."""
        work, body = self.calendar, self._body(row)
        day = work.next_workday(max(self._opening(plan), shift(self.today, days=-dice.randint(9, 58))))
        steps = [Did(states.APPLY, day, reason="申请材料已递交")]
        day = work.add_workdays(day, dice.randint(1, 3))
        draw = dice.random()
        if draw < 0.15:
            steps.append(Did(states.ACCEPT_TOLERANT, day, reason="缺社会稳定风险评估意见，二十日内补齐"))
        else:
            steps.append(Did(states.ACCEPT, day))
        day = work.add_workdays(day, dice.randint(2, 6))
        if 0.15 <= draw < 0.4:
            steps.append(Did(states.ASK_CORRECTION, day, reason=dice.choice(_PAPERS)))
        elif draw >= 0.9:
            steps.append(Did(states.REFER, day, reason="报国家林业和草原局派驻机构审核"))
        by = body if body is not None and dice.random() < 0.8 else self.cast[f"{plan.unit}_clerk"]
        for did in steps:
            self._happen(plan.unit, row, did, by)

    def _course(self, plan: Plan, row: Procedure, start: date, last: date | None, dice: Random, *, slow: bool) -> None:
        """The steps of one procedure, and who records them."""
        body, clerk = self._body(row), self.cast[f"{plan.unit}_clerk"]
        by = body if body is not None and dice.random() < 0.72 else clerk
        quick = False
        ground = suggested_exemption(row.kind, plan.project, list(row.kind.exemptions.all()))
        if ground is not None and dice.random() < 0.85:
            steps = [Did(states.SPARE, start, reason=str(ground))]
        else:
            quick = not slow and row.kind.code in ("land-preview", "planning", "permit") and dice.random() < 0.15
            steps = self._steps(row, start, last, dice, slow=slow, quick=quick)
        for did in steps:
            self._happen(plan.unit, row, did, by)
        end = steps[-1].on if steps else start
        if by == clerk and body is not None and steps:
            self._answered(row, body, end, dice)
        if slow or quick:
            self.add(moment(shift(start, days=45 if slow else 0), 8), lambda at: self._green(row.pk, at))

    def _steps(self, row: Procedure, start: date, last: date | None, dice: Random, *, slow: bool, quick: bool) -> list[Did]:
        work, promised = self.calendar, 12
        day = start if work.is_workday(start) else work.next_workday(start)
        steps = [Did(states.APPLY, day, reason="申请材料已递交")]
        steps.append(Did(states.ACCEPT, day := work.add_workdays(day, dice.randint(1, 4))))
        for _ in range(2 if slow else int(dice.random() < 0.18)):
            steps.append(Did(states.ASK_CORRECTION, day := work.add_workdays(day, dice.randint(2, 5)), reason=dice.choice(_PAPERS)))
            steps.append(Did(states.CORRECTED, day := work.add_workdays(day, dice.randint(3, 18 if slow else 8))))
        if row.is_outside:
            length = dice.randint(18, 45)
        elif slow or quick:
            length = 26 if slow else dice.randint(1, 4)
        else:
            length = dice.randint(2, promised) + (dice.randint(6, 14) if dice.random() < 0.1 else 0)
        end = work.add_workdays(day, length)
        if dice.random() < 0.03:
            steps.append(Did(states.REFUSE, end, reason="不符合乡村建设规划，调整后可重新申请"))
        else:
            steps.append(Did(states.GRANT, end, document=f"{row.kind.name[:2]}〔{end.year}〕{dice.randint(3, 180)}号"))
        return self._before(steps, last) if not slow and not row.is_outside and dice.random() < 0.93 else steps

    def _before(self, steps: list[Did], last: date | None) -> list[Did]:
        """A project that has begun has its papers: nothing of them is later than `last`."""
        if last is None:
            return steps
        end = last if self.calendar.is_workday(last) else self.calendar.add_workdays(last, -1)
        return [Did(did.transition, min(did.on, end), did.document, did.reason) for did in steps]

    # --- who records it, and when ---------------------------------------------------------------------------------------------

    def _body(self, row: Procedure) -> User | None:
        """Somebody with a log-in who sits in the 承办单位."""
        if self._seated is None:
            rows = Seat.objects.filter(organisation__isnull=False, user__is_service=False, role__in=("county_dept", "dept_clerk"))
            self._seated = {seat.organisation_id: seat.user for seat in rows.select_related("user").order_by("-pk")}
        return self._seated.get(row.handler_id) if row.handler_id else None

    def _happen(self, unit: str, row: Procedure, did: Did, by: User) -> None:
        if did.on > self.today:
            return
        if did.on < self.recent:
            self.pending[unit].append(Pending(did.on, row.pk, did, by))
        else:
            self.add(moment(did.on, 10, row.pk % 60), lambda at: self._step(row.pk, did, by, at))

    def _step(self, pk: int, did: Did, by: User, at: datetime) -> None:
        row = self._row(pk)
        record_step(procedure=row, transition=did.transition, on=did.on, by=by, at=at, document=did.document, reason=did.reason, calendar=self.calendar)

    @staticmethod
    def _row(pk: int) -> Procedure:
        return Procedure.objects.select_related("project__unit", "kind", "handler").get(pk=pk)

    def _upload(self, until: date, at: datetime) -> None:
        """Each body brings in its month, each county what it recorded for the others."""
        for unit, pending in sorted(self.pending.items()):
            now = sorted((one for one in pending if one.on <= until), key=lambda one: one.on)
            self.pending[unit] = [one for one in pending if one.on > until]
            revisions = dict(Procedure.objects.filter(pk__in=[one.procedure_id for one in now]).values_list("pk", "revision"))
            by_person: dict[User, dict[int, list[Did]]] = {}
            for one in now:
                by_person.setdefault(one.by, {}).setdefault(one.procedure_id, []).append(one.did)
            for person, courses in by_person.items():
                record_courses(
                    courses=[Course(pk, tuple(steps), revisions[pk]) for pk, steps in courses.items()], by=person, at=at, calendar=self.calendar
                )

    def _answered(self, row: Procedure, body: User, end: date, dice: Random) -> None:
        """What the county recorded is confirmed sooner or later; of the last weeks some is disputed and some still waits."""
        draw, day = dice.random(), shift(end, days=dice.randint(33, 45) if end < self.recent else dice.randint(2, 5))
        is_recent = end >= shift(self.recent, days=-45)
        if draw < 0.7 or not is_recent:
            self.add(moment(day, 15), lambda at: self._confirm(row.pk, body, at))
        elif draw < 0.85:
            self.add(moment(day, 15), lambda at: self._dispute(row.pk, body, at))

    def _confirm(self, pk: int, body: User, at: datetime) -> None:
        row = self._row(pk)
        if row.confirmation == Confirmation.WAITING:
            confirm_records(procedure=row, by=body, revision=row.revision, at=at)

    def _dispute(self, pk: int, body: User, at: datetime) -> None:
        row = self._row(pk)
        if row.confirmation == Confirmation.WAITING:
            words = "受理日期与我单位审批系统不一致，请核对受理通知书。"
            dispute_record(procedure=row, reason=words, by=body, revision=row.revision, at=at)

    def _green(self, pk: int, at: datetime) -> None:
        row = self._row(pk)
        if row.state not in states.SETTLED and not row.is_green:
            mark_green(procedure=row, is_green=True, reason=_GREEN, by=self.cast["office"], revision=row.revision, at=at)
