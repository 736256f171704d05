"""One reporting period of the scale data: report, lines and cells of every county, and the signed statement of nearly all."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from funds.models import Allocation, ReportedSpending
from linkage import rules
from linkage.models import DictionaryEntry, DictionaryKind
from linkage.periods import PeriodWindow, shift
from projects.models import FACT_FIELDS, Progress, Project
from reports.actions.rollup import compile_rollup
from reports.figures.statement import digest, statement, totals
from reports.models import (
    Period,
    ReportCell,
    ReportLine,
    ReportState,
    ReportVersion,
    Section,
    WeeklyReport,
    WeeklyTransition,
)

from .bulk import insert, stored
from .course import Course
from .places import County

MISSING_EVERY = 40  # one report in so many was never handed in
MOVES = (("hand_in", "draft", "signing", -1), ("sign", "signing", "submitted", 0), ("accept", "submitted", "accepted", 4))
LINE = ("id", "report", "project", "section", "position", "no_change", "previous", "updated_at", "updated_by", *FACT_FIELDS)
CELL = ("line", "allocation", "paid_to_date_yuan", "previous_yuan")
PROGRESS = ("project", "as_of", "known_at", "statement_key", "posted_by", "withdrawn_reason", *FACT_FIELDS)
SPENDING = (
    "allocation", "as_of", "paid_to_date_yuan", "known_at", "statement_key", "posted_by", "is_above_allocated", "withdrawn_reason",
)  # fmt: skip


class Row:
    """One project from week to week: its facts now, and what its last statement said. Rebuilt only when something changes."""

    def __init__(self, project: Project, course: Course, allocations: Sequence[Allocation], step: DictionaryEntry):
        self.project, self.course, self.allocations, self.step = project, course, allocations, step
        self.truth: tuple = ()
        self.said_truth: tuple = ()
        self.facts: tuple = ()
        self.paid: list[int] = []  # 分 per allocation
        self.document: dict[str, Any] = {}  # the row as it stands in a statement
        self.said = "{}"
        self.said_paid: list[int | None] = [None] * len(allocations)
        self.is_changed = True

    def live(self, report: WeeklyReport, day: date) -> None:
        """Bring the row to a day."""
        facts, paid = self.course.facts(day), tuple(self.course.paid(a.amount_yuan, day) for a in self.allocations)
        if (facts, paid) != self.truth:
            self.truth = facts, paid
            line = ReportLine(report=report, project=self.project, **facts, **({"step": self.step} if "problem" in facts else {}))
            self.facts = tuple(stored(ReportLine, name, getattr(line, ReportLine._meta.get_field(name).attname)) for name in FACT_FIELDS)
            self.paid = [stored(ReportCell, "paid_to_date_yuan", amount) for amount in paid]
        self.is_changed = self.truth != self.said_truth

    def state(self, report: WeeklyReport, section: str) -> dict[str, Any]:
        """The row in a statement of this report."""
        if not self.document or self.is_changed or not self.document["no_change"]:
            line = ReportLine(report=report, project=self.project, section=section, **self.truth[0])
            line.step = self.step if "problem" in self.truth[0] else None
            line.no_change = not self.is_changed
            line.cell_list = [
                ReportCell(line=line, allocation=a, paid_to_date_yuan=paid, previous_yuan=Decimal(before or 0).scaleb(-2))
                for a, paid, before in zip(self.allocations, self.truth[1], self.said_paid, strict=True)
            ]
            self.document = statement(report, [line], [])["lines"][0]
        elif self.document["section"] != section:
            self.document = self.document | {"section": section}
        return self.document

    def said_now(self) -> None:
        if self.is_changed:
            self.said, self.said_truth, self.said_paid = json.dumps(self.document["facts"]), self.truth, list(self.paid)


class Weeks:
    """Writes period after period, oldest first."""

    def __init__(self, counties: Sequence[County], projects: Sequence[Project], allocations: Sequence[Allocation], courses: dict[int, Course]):
        self.counties = counties
        self.chiefs = {county.region.pk: county.chief for county in counties}
        money, step = defaultdict(list), DictionaryEntry.objects.of(DictionaryKind.STEP).first()
        for allocation in allocations:
            money[allocation.project_id].append(allocation)
        self.rows: dict[int, list[Row]] = defaultdict(list)
        for project in projects:
            self.rows[project.unit_id].append(Row(project, courses[project.pk], money[project.pk], step))
        self.lines = 0

    @transaction.atomic
    def write(self, number: int, window: PeriodWindow) -> None:
        """One period with its lines, statements and roll-up."""
        period = Period.objects.create(
            key=window.key, title=window.title, starts_on=window.starts_on, ends_on=window.ends_on, cutoff_at=window.cutoff_at,
            due_at=window.due_at, opened_at=window.opens_at, rules=rules.book().snapshot(window.due_on),
        )  # fmt: skip
        signed_at = shift(window.due_at, hours=-3)
        reports = WeeklyReport.objects.bulk_create(
            self._report(period, county, (place + number) % MISSING_EVERY == 0, signed_at) for place, county in enumerate(self.counties)
        )
        for report in reports:
            for row in self.rows[report.unit_id]:
                row.live(report, window.ends_on)
        first = self.lines + 1
        insert(ReportLine, LINE, self._lines(reports, signed_at))
        insert(ReportCell, CELL, self._cells(reports, first))
        self._sign([report for report in reports if report.version], signed_at)
        compile_rollup(period=period, by=None, at=shift(window.due_at, minutes=5), region=self.counties[0].region.parent)

    def _report(self, period: Period, county: County, missing: bool, signed_at: datetime) -> WeeklyReport:
        report = WeeklyReport(
            period=period, unit=county.region, due_at=period.due_at, opened_at=period.opened_at,
            locks_at=shift(period.due_at, days=period.rules["weekly_lock_days"]["value"]),
        )  # fmt: skip
        if not missing:
            report.state, report.version, report.revision = ReportState.ACCEPTED, 1, 4
            report.handed_in_by, report.handed_in_at = county.clerk, shift(signed_at, hours=-1)
            report.first_edit_at, report.first_submitted_at = shift(signed_at, hours=-4), signed_at
        return report

    def _lines(self, reports: list[WeeklyReport], signed_at: datetime) -> Iterator[tuple]:
        saved = stored(ReportLine, "updated_at", shift(signed_at, hours=-2))
        for report in reports:
            year = report.period.ends_on.year
            touched = (saved, report.handed_in_by_id) if report.version else (None, None)
            for position, row in enumerate(self.rows[report.unit_id]):
                self.lines += 1
                unchanged = bool(report.version) and not row.is_changed
                yield (self.lines, report.pk, row.project.pk, _section(row, year), position, unchanged, row.said, *touched, *row.facts)

    def _cells(self, reports: list[WeeklyReport], line: int) -> Iterator[tuple]:
        for report in reports:
            for row in self.rows[report.unit_id]:
                for allocation, paid, before in zip(row.allocations, row.paid, row.said_paid, strict=True):
                    yield line, allocation.pk, paid, before
                line += 1

    def _sign(self, signed: list[WeeklyReport], at: datetime) -> None:
        """What signing leaves behind: versions, moves, and the posted facts."""
        ReportVersion.objects.bulk_create([self._version(report, at) for report in signed], batch_size=50)
        WeeklyTransition.objects.bulk_create(
            WeeklyTransition(subject=report, name=name, source=source, target=target, by_name="系统", at=shift(at, hours=hours))
            for report in signed for name, source, target, hours in MOVES
        )  # fmt: skip
        insert(Progress, PROGRESS, self._progress(signed, at))
        insert(ReportedSpending, SPENDING, self._spending(signed, at))
        for report in signed:
            for row in self.rows[report.unit_id]:
                row.said_now()

    def _version(self, report: WeeklyReport, at: datetime) -> ReportVersion:
        year = report.period.ends_on.year
        lines = [row.state(report, _section(row, year)) for row in self.rows[report.unit_id]]
        lines.sort(key=lambda line: line["section"] == Section.CARRYOVER)
        content = statement(report, [], []) | {"lines": lines}
        return ReportVersion(
            report=report, number=1, content=content, totals=totals(content), sha256=digest(content), handed_in_by=report.handed_in_by,
            handed_in_at=report.handed_in_at, signed_by=self.chiefs[report.unit_id], signed_at=at, signed_seat="县级专班审签人",
        )  # fmt: skip

    def _progress(self, signed: list[WeeklyReport], at: datetime) -> Iterator[tuple]:
        known = stored(Progress, "known_at", at)
        for report in signed:
            as_of, key = stored(Progress, "as_of", report.period.ends_on), f"{report.key}/v1"
            for row in self.rows[report.unit_id]:
                yield (row.project.pk, as_of, known, key, report.handed_in_by_id, "", *row.facts)

    def _spending(self, signed: list[WeeklyReport], at: datetime) -> Iterator[tuple]:
        known = stored(ReportedSpending, "known_at", at)
        for report in signed:
            as_of, key = stored(ReportedSpending, "as_of", report.period.ends_on), f"{report.key}/v1"
            for row in self.rows[report.unit_id]:
                for allocation, paid in zip(row.allocations, row.paid, strict=True):
                    yield allocation.pk, as_of, paid, known, key, report.handed_in_by_id, False, ""


def _section(row: Row, year: int) -> str:
    return Section.of(row.project.project_year, year).value
