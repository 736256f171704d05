"""What writes: opening a period, submitting, rolling up, the trail; each against the same inserts bare."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from multiprocessing import get_context

from django.db import connection, connections, transaction

from funds.models import ReportedSpending
from linkage import audit, periods
from linkage.models import AuditEvent, Region, User, Watermark
from projects.models import Progress
from reports.actions import signing
from reports.actions.opening import WATERMARK, open_due_periods
from reports.actions.rollup import compile_rollup
from reports.models import (
    Period,
    ReportCell,
    ReportLine,
    ReportState,
    ReportVersion,
    RollUp,
    WeeklyReport,
    WeeklyTransition,
)

from . import sql
from .measure import Measure, once, seconds
from .pages import sixty_rows

CLIENTS = 8
SUBMIT = "≥ 20/s (PostgreSQL)"


class Undone(Exception):
    """Raised inside a transaction so that what was measured leaves nothing behind."""


def undone(act: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            act()
            raise Undone
    except Undone:
        pass


def next_monday() -> datetime:
    """An hour into the week after the newest one: a kept database lives one week further with every run."""
    mark = Watermark.objects.get(name=WATERMARK).at
    return max(periods.now(), periods.shift(periods.Week.of(mark).next().opens_at, hours=1))


def opening() -> Iterator[Measure]:
    """The next period for every county, undone afterwards; the floor is the same rows inserted from memory."""
    taken: list[float] = []
    names: list[str] = []

    def act() -> None:
        taken.append(once(lambda: open_due_periods(at=periods.now())))
        period = Period.objects.order_by("-cutoff_at").first()
        lines = list(ReportLine.objects.filter(report__period=period))
        cells = list(ReportCell.objects.filter(line__report__period=period))
        names.append(f"开启一期：{period.reports.count()} 县，{len(lines)} 行")
        ReportCell.objects.filter(pk__in=[cell.pk for cell in cells]).delete()
        ReportLine.objects.filter(report__period=period).delete()
        begun = time.perf_counter()
        ReportLine.objects.bulk_create(lines, batch_size=200)
        ReportCell.objects.bulk_create(cells, batch_size=500)
        taken.append(time.perf_counter() - begun)

    undone(act)
    yield Measure(names[0], taken[0], "s", taken[1], "the same rows by bulk_create")


def fresh_reports() -> list[WeeklyReport]:
    """Untouched drafts of the newest period whose county signed the one before; opens the next week if there are none."""
    period, before = Period.objects.reported().order_by("-cutoff_at")[:2]
    signed = before.reports.filter(version__gte=1).values("unit_id")  # who missed it would have to explain the gap first
    drafts = period.reports.filter(is_exempt=False, version=0, state=ReportState.DRAFT, unit__in=signed)
    if found := list(drafts.select_related("unit", "period")):
        return found
    if not open_due_periods(at=periods.now()):
        raise RuntimeError("no week left to open; drop the kept database")
    return fresh_reports()


def fresh_report() -> WeeklyReport:
    report = fresh_reports()[0]
    sixty_rows(report)
    return report


def submitting() -> Iterator[Measure]:
    """Reports of 60 rows, handed in and signed by eight clients; the floor inserts the same facts, version and trail."""
    reports = fresh_reports()
    for report in reports:
        sixty_rows(report)
    ids = [report.pk for report in reports]
    with periods.clock(max(periods.now(), periods.shift(reports[0].period.cutoff_at, hours=1))):
        ReportLine.objects.filter(report__in=ids).update(no_change=True, updated_at=periods.now())
        taken = {}
        for name, act in (("提交审签", _hand_in), ("审签上报", _sign)):
            taken[name], cpu = _side_by_side(act, ids)
            note = f"{cpu / len(ids) * 1000:.0f} ms of processor in the client per report, driver included"
            speed = len(ids) / taken[name]
            limit, held = (SUBMIT, _holds(speed)) if act is _sign else ("", None)  # the signature is what submits
            yield Measure(f"周调度{name}，每份 60 行，{CLIENTS} 个并发", speed, "reports/s", limit=limit, held=held, note=note)
        floor, bare_cpu = _side_by_side(_bare_sign, ids)
    rate = len(ids) / sum(taken.values())
    words = f"the same rows read and inserted bare, {bare_cpu / len(ids) * 1000:.0f} ms of processor in the client"
    yield Measure("周调度提交审签＋审签上报", rate, "reports/s", len(ids) / floor, words, SUBMIT, _holds(rate))


def _holds(rate: float) -> bool | None:
    return rate >= 20 if connection.vendor == "postgresql" else None


def _side_by_side(act: Callable[[list[int]], None], ids: list[int]) -> tuple[float, float]:
    """(wall seconds, processor seconds) until all clients, each a process with its own connection, have done their share."""
    connections.close_all()
    context = get_context("fork")
    gate = context.Barrier(min(CLIENTS, len(ids)) + 1)

    def client(mine: list[int]) -> None:
        connection.ensure_connection()
        gate.wait()
        act(mine)

    before = _children()
    clients = [context.Process(target=client, args=(ids[n::CLIENTS],)) for n in range(CLIENTS) if ids[n::CLIENTS]]
    for one in clients:
        one.start()
    gate.wait()
    taken = once(lambda: [one.join() for one in clients])
    if any(one.exitcode for one in clients):
        raise RuntimeError("a client failed, see above")
    return taken, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _report(pk: int) -> WeeklyReport:
    return WeeklyReport.objects.select_related("period", "unit__parent").get(pk=pk)


def _hand_in(ids: list[int]) -> None:
    for pk in ids:
        report = _report(pk)
        signing.hand_in(report=report, by=User.objects.get(username=f"{report.unit.slug}_clerk"))


def _sign(ids: list[int]) -> None:
    for pk in ids:
        report = _report(pk)
        signing.sign(report=report, by=User.objects.get(username=f"{report.unit.slug}_chief"), early=True)


def _bare_sign(ids: list[int]) -> None:
    """What signing wrote, written once more for another day, without checking anything in between."""
    for pk in ids:
        report = _report(pk)
        version = report.versions.get()
        said = {"as_of": report.period.ends_on, "statement_key": f"{report.key}/v1"}  # by its day: a key alone reads whole tables
        facts, money = [*Progress.objects.filter(**said)], [*ReportedSpending.objects.filter(**said)]
        for row in (version, *facts, *money):
            row.pk = None
        version.number = 99
        for row in (*facts, *money):
            row.as_of = periods.shift(row.as_of, days=1)
        with transaction.atomic():
            Progress.objects.bulk_create(facts)
            ReportedSpending.objects.bulk_create(money)
            ReportVersion.objects.bulk_create([version])
            WeeklyTransition.objects.create(subject=report, name="bench", source="signing", target="submitted", by_name="", at=version.signed_at)
            for _ in range(2):
                AuditEvent.objects.create(at=version.signed_at, verb="bench", target_type="bench", target_id="1", target_label="", actor_name="")


def rolling_up() -> Iterator[Measure]:
    """Compile the newest period with every county that signed; the floor reads the versions' totals and writes one row."""
    period = Period.objects.filter(reports__version__gte=1).order_by("-cutoff_at").first()
    taken = once(lambda: compile_rollup(period=period, by=None))
    rollup = RollUp.objects.filter(period=period).latest("number")

    def bare() -> None:
        sql.run(sql.ROLLUP, period.pk)
        undone(lambda: RollUp.objects.create(period=period, region=rollup.region, number=99, content=rollup.content, sha256="", compiled_at=rollup.compiled_at))

    counties = len(rollup.content["units"])
    yield Measure(f"周汇总，{counties} 县", taken, "s", seconds(bare, 3), "read totals, write one row", "< 5 s", taken < 5)


def trail() -> Iterator[Measure]:
    """One audit row through record(), against the bare insert of the same row."""
    by, target = User.objects.get(username="office"), Region.objects.get(slug="c001")
    before, after = {"state": "draft"}, {"state": "signing", "reason": "核对"}
    number = 500
    taken = once(lambda: undone(lambda: [audit.record(by=by, verb="测量", target=target, before=before, after=after) for _ in range(number)]))
    row = {"at": periods.now(), "actor": by, "actor_name": by.name, "verb": "测量", "target_type": "linkage.region", "target_id": "1"}
    bare = once(lambda: undone(lambda: [AuditEvent.objects.create(**row, target_label="x", before=before, after=after) for _ in range(number)]))
    yield Measure("一条审计记录", taken / number * 1e6, "µs", bare / number * 1e6, "the model's bare insert")
