"""Numbers of procedures: the desk, money that waits, times taken (features 3.3–3.5).

Days are working days unless a name says otherwise; money is 安排未支出 of the projects in the reader's sight, in 元.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Prefetch, QuerySet

from linkage import money, periods
from linkage.periods import WorkCalendar
from projects.figures import amounts
from projects.figures.checklist import Leg, Path, critical_path, leg_of
from projects.figures.clock import Clock, bar, clock, steps_of
from projects.models import Confirmation, Procedure, ProcedureEvent, ProcedureKind, ProcedureTerm
from projects.models.procedure import ProcedureQuerySet
from projects.states import procedures as states

NOTHING = Decimal("0.00")
SMALL = 5  # fewer finished ones than this are marked: chance decides
STANDING = Prefetch("transitions", ProcedureEvent.objects.standing().select_related("handler_from", "handler_to").order_by("pk"), to_attr="standing_events")
JOINS = ("project__unit", "kind__matter", "handler")


@dataclass(frozen=True)
class Line:
    """One procedure as a desk shows it."""

    procedure: Procedure
    clock: Clock
    bar: list[tuple[str, str, int, int]]
    words: str
    overdue: int  # working days beyond the day that counts; 0 in time
    unpaid_yuan: Decimal | None

    @property
    def look(self) -> str:
        """The key of its badge: a running term that is over goes before the state itself."""
        return "overdue" if self.overdue and self.procedure.state in states.RUNNING else self.procedure.state

    @property
    def state_word(self) -> str:
        """The badge's word: as this nature of procedure calls its state."""
        return "超时限" if self.look == "overdue" else self.procedure.state_words

    @property
    def starts(self) -> list[tuple[str, str, int, int, int]]:
        """The bar with the percent at which each part begins."""
        found, at = [], 0
        for holder, word, days, share in self.bar:
            found.append((holder, word, days, share, at))
            at += share
        return found


def line(procedure: Procedure, *, as_of: date, calendar: WorkCalendar, unpaid_yuan: Decimal | None = None) -> Line:
    """A procedure (with `standing_events`) dressed with its clock as of a day."""
    steps = steps_of(getattr(procedure, "standing_events"))  # noqa: B009 - set by STANDING
    if procedure.state in states.FIRST_STATES:
        steps = []
    found = clock(steps, as_of=as_of, outside=procedure.is_outside, calendar=calendar)
    overdue = overdue_days(procedure, as_of=as_of, calendar=calendar)
    return Line(procedure, found, bar(found), clock_words(procedure, found, overdue), overdue, unpaid_yuan)


def overdue_days(procedure: Procedure, *, as_of: date, calendar: WorkCalendar) -> int:
    """Working days since the end of the promised term (the legal one where nothing is promised); after the end: until the end."""
    if procedure.due_on is None or procedure.state not in (*states.RUNNING, states.GRANTED, states.REFUSED):
        return 0
    until = procedure.ended_on or as_of
    return max(0, calendar.workdays_between(procedure.due_on, until))


def clock_words(procedure: Procedure, found: Clock, overdue: int) -> str:
    """受理第 12 个工作日，承诺 15 日，法定 20 日."""
    state = procedure.state
    if state == states.NOT_APPLIED:
        return "未申请"
    if state == states.EXEMPT:
        return procedure.exemption
    if state == states.APPLIED:
        return f"申请第 {found.elapsed} 个工作日，待受理"
    limits = _limits(procedure)
    if state in states.ENDED:
        took = f"用时 {found.elapsed} 个工作日" + (f"，其中补正 {found.applicant} 日" if found.applicant else "")
        return took + (f"，超承诺 {overdue} 日" if overdue else "")
    if state == states.CORRECTING:
        return f"补正第 {found.spans[-1].days} 个工作日，时限暂停，已用 {found.term} 日{limits}"
    if state == states.REFERRED:
        return f"系统外单位第 {found.spans[-1].days} 个工作日，时限暂停，已用 {found.term} 日{limits}"
    return f"受理第 {found.term} 个工作日{limits}" + (f"，已超 {overdue} 个工作日" if overdue else "")


def _limits(procedure: Procedure) -> str:
    parts = [("承诺", procedure.promised_days), ("法定", procedure.legal_days)]
    return "".join(f"，{word} {days} 日" for word, days in parts if days is not None)


# -- the desk --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Summary:
    """The desk's sentence: so many to do, with money behind them, so many beyond the promise."""

    count: int
    projects: int
    unpaid_yuan: Decimal
    overdue: int
    unconfirmed: int
    disputed: int
    green: int

    @property
    def unpaid_words(self) -> str:
        return money.wan_text(self.unpaid_yuan, 0)


@dataclass(frozen=True)
class Ranked:
    """What the order rests on: green first, then money × days."""

    pk: int
    project_id: int
    is_green: bool
    weight: Decimal


def ranked(rows: QuerySet[Procedure], *, user, as_of: date) -> tuple[list[Ranked], Summary, Mapping[int, amounts.Amounts]]:
    """All rows of a desk in its order, its sentence, and the money beside the projects. Few queries whatever the number.

    Weight = unpaid money of the project × days since 申请 (since the list was made, where nobody has applied): 元·日.
    """
    found = list(
        rows.order_by().values(
            "pk", "project_id", "is_green", "applied_on", "created_at", "state", "confirmation", "promised_due_on", "legal_due_on"
        )
    )
    beside = amounts.amounts({row["project_id"] for row in found}, user, as_of)
    order = sorted((_ranked(row, beside, as_of) for row in found), key=lambda one: (not one.is_green, -one.weight, one.pk))
    projects = {row["project_id"] for row in found}
    summary = Summary(
        count=len(found), projects=len(projects), unpaid_yuan=sum((beside[pk].unpaid_yuan for pk in projects if pk in beside), NOTHING),
        overdue=sum(_is_late(row, as_of) for row in found), unconfirmed=sum(row["confirmation"] == Confirmation.WAITING for row in found),
        disputed=sum(row["confirmation"] == Confirmation.DISPUTED for row in found), green=sum(row["is_green"] for row in found),
    )  # fmt: skip
    return order, summary, beside


def _ranked(row: Mapping[str, Any], beside: Mapping[int, amounts.Amounts], as_of: date) -> Ranked:
    days = max(0, periods.age_days(row["applied_on"] or row["created_at"], as_of))
    unpaid = beside[row["project_id"]].unpaid_yuan if row["project_id"] in beside else NOTHING
    return Ranked(row["pk"], row["project_id"], row["is_green"], max(unpaid, NOTHING) * days)


def _is_late(row: Mapping[str, Any], as_of: date) -> bool:
    due = row["promised_due_on"] or row["legal_due_on"]
    return row["state"] in states.RUNNING and due is not None and due < as_of


def lines_of(ids: Sequence[int], *, as_of: date, beside: Mapping[int, amounts.Amounts] | None = None) -> list[Line]:
    """These procedures in this order, dressed. Two queries and the calendar's."""
    calendar = WorkCalendar.load()
    rows = Procedure.objects.select_related(*JOINS).prefetch_related(STANDING).in_bulk(ids)
    money_of = beside or {}
    return [
        line(rows[pk], as_of=as_of, calendar=calendar, unpaid_yuan=money_of[rows[pk].project_id].unpaid_yuan if rows[pk].project_id in money_of else None)
        for pk in ids if pk in rows
    ]  # fmt: skip


# -- one project -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProjectProcedures:
    """The tab 手续 of a project: its list, what has left the list with a history, and the way to the first payment."""

    lines: list[Line]
    off_list: list[Line]
    path: Path | None
    settled: int

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def words(self) -> str:
        """共 9 项，已办结 4 项；按承诺时限，最早 2026-12-04 具备首次付款条件."""
        if not self.lines:
            return "这个项目没有须办理的手续。"
        start = f"共 {self.total} 项，已办结或免办 {self.settled} 项"
        if self.path is None:
            return f"{start}；付款前须办的手续都已办结。"
        return f"{start}；各单位按承诺办结的，最早 {self.path.ready_on:%Y-%m-%d} 具备首次付款条件（还需 {self.path.days} 个工作日）。"


def of_project(project, *, as_of: date) -> ProjectProcedures:
    """The list of one project in the order of the catalogue. Six queries at most; in sight is whoever sees the project."""
    rows = list(project.procedures.select_related(*JOINS).prefetch_related(STANDING).order_by("kind__display_order", "pk"))
    calendar = WorkCalendar.load()
    lines = [line(row, as_of=as_of, calendar=calendar) for row in rows if row.is_applicable]
    off = [line(row, as_of=as_of, calendar=calendar) for row in rows if not row.is_applicable]
    waiting = [row for row in rows if row.is_applicable and row.kind.blocks_payment and row.state in states.WAITING]
    path = critical_path(legs(waiting, as_of=as_of, calendar=calendar), as_of=as_of, calendar=calendar) if waiting else None
    return ProjectProcedures(lines, off, path, sum(found.procedure.state in states.SETTLED for found in lines))


def legs(waiting: Collection[Procedure], *, as_of: date, calendar: WorkCalendar) -> list[Leg]:
    """The open procedures of one or several projects as legs of a way. Two queries."""
    promised = promised_on(as_of)
    needs = prerequisites()
    return [
        leg_of(row, as_of=as_of, calendar=calendar, promised=promised.get(row.kind_id), needs=needs.get(row.kind_id, ())) for row in waiting
    ]  # fmt: skip


def promised_on(day: date) -> dict[int, int | None]:
    """Kind id → promised (else legal) working days in force on a day. One query."""
    rows = ProcedureTerm.objects.filter(effective_from__lte=day).order_by("effective_from", "pk")
    return {
        kind: legal if promised is None else promised for kind, promised, legal in rows.values_list("kind_id", "promised_days", "legal_days")
    }  # fmt: skip


def prerequisites() -> dict[int, list[int]]:
    """Kind id → ids of the kinds that come first. One query."""
    found: dict[int, list[int]] = {}
    through = ProcedureKind.prerequisites.through.objects
    for after, before in through.values_list("from_procedurekind_id", "to_procedurekind_id"):
        found.setdefault(after, []).append(before)
    return found


# -- money that waits (3.4) ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """Money behind one matter at one 承办单位. A project with several open procedures stands behind each: never add the rows."""

    matter: str
    handler: str
    is_outside: bool
    procedures: int
    projects: int
    unpaid_yuan: Decimal
    overdue: int
    longest_days: int
    earliest_on: date | None
    latest_on: date | None


@dataclass(frozen=True)
class WaitingMoney:
    rows: list[Waiting]
    projects: int
    unpaid_yuan: Decimal  # each project once


def waiting_money(rows: ProcedureQuerySet, *, user, as_of: date) -> WaitingMoney:
    """Money of projects that cannot be paid before these procedures are done, by matter and 承办单位; most money first.

    `rows` limited to sight; only procedures that block the first payment. earliest/latest: when the projects behind could be
    ready for it at the soonest, by the promised days on the longest chain (critical_path).
    """
    waiting = list(rows.waiting().filter(kind__blocks_payment=True).select_related(*JOINS).order_by("pk"))
    beside = amounts.amounts({row.project_id for row in waiting}, user, as_of)
    calendar = WorkCalendar.load()
    ready = _ready_days(waiting, as_of, calendar)
    groups: dict[tuple[str, int | None, str], list[Procedure]] = {}
    for row in waiting:
        groups.setdefault((row.kind.matter.name, row.handler_id, row.handler_words), []).append(row)
    found = [_waiting(key, group, beside, ready, as_of, calendar) for key, group in groups.items()]
    projects = {row.project_id for row in waiting}
    total = sum((_unpaid(beside, pk) for pk in projects), NOTHING)
    return WaitingMoney(sorted(found, key=lambda row: (-row.unpaid_yuan, -row.procedures, row.matter, row.handler)), len(projects), total)


def _unpaid(beside: Mapping[int, amounts.Amounts], pk: int) -> Decimal:
    return max(beside[pk].unpaid_yuan, NOTHING) if pk in beside else NOTHING


def _ready_days(waiting: Iterable[Procedure], as_of: date, calendar: WorkCalendar) -> dict[int, date]:
    by_project: dict[int, list[Leg]] = {}
    rows = list(waiting)
    for row, leg in zip(rows, legs(rows, as_of=as_of, calendar=calendar), strict=True):
        by_project.setdefault(row.project_id, []).append(leg)
    days = {pk: critical_path(found, as_of=as_of, calendar=calendar).days for pk, found in by_project.items()}
    reached = {n: calendar.add_workdays(as_of, n) for n in set(days.values())}
    return {pk: reached[n] for pk, n in days.items()}


def _waiting(key, group: list[Procedure], beside, ready: Mapping[int, date], as_of: date, calendar: WorkCalendar) -> Waiting:
    projects = {row.project_id for row in group}
    began = min((row.applied_on for row in group if row.applied_on and row.state in states.OPEN), default=None)
    return Waiting(
        matter=key[0], handler=key[2], is_outside=group[0].is_outside, procedures=len(group), projects=len(projects),
        unpaid_yuan=sum((_unpaid(beside, pk) for pk in projects), NOTHING),
        overdue=sum(row.state in states.RUNNING and row.due_on is not None and row.due_on < as_of for row in group),
        longest_days=calendar.workdays_between(began, as_of) if began else 0,
        earliest_on=min(ready[pk] for pk in projects), latest_on=max(ready[pk] for pk in projects),
    )  # fmt: skip


# -- 办理时效统计 (3.5), 绿色通道 (3.3) -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Times:
    """Finished procedures of one kind at one 承办单位, in working days. `small`: too few to compare."""

    kind: str
    handler: str
    is_outside: bool
    done: int
    department_median: Decimal | None
    applicant_median: Decimal | None
    outside_median: Decimal | None
    overdue: int
    corrected: int
    green: int
    green_median: Decimal | None
    other_median: Decimal | None
    saved_legal_days: int | None
    taken_over: int = 0  # came from another body while under way: its days are not counted here

    @property
    def saved_against_others(self) -> Decimal | None:
        """How many days the median of the green ones lies below that of the others; negative where it lies above."""
        return None if self.green_median is None or self.other_median is None else self.other_median - self.green_median

    @property
    def small(self) -> bool:
        return self.done < SMALL

    @property
    def overdue_ratio(self):
        return money.ratio(self.overdue, self.done)

    @property
    def corrected_ratio(self):
        """补正 share: procedures sent back for papers at least once ÷ finished ones."""
        return money.ratio(self.corrected, self.done)


def times(rows: QuerySet[Procedure], *, since: date, until: date) -> list[Times]:
    """办结 between two days (both included) by kind and 承办单位. Medians of department, applicant and outside time apart.

    Days that passed at another body before the matter was handed over are not this one's, nor is a term that was over already.
    Overdue: more term days than promised (than the law allows where nothing is promised). Green: days saved = Σ (legal −
    used) of green ones with a legal term; its median stands beside the median of the others. One query.
    """
    done = rows.filter(state__in=(states.GRANTED, states.REFUSED), ended_on__gte=since, ended_on__lte=until)
    values = done.order_by("kind__display_order", "handler__region__display_order", "handler_id").values(
        "kind__name", "handler_id", "handler__name", "handler__short_name", "handler__is_outside", "handler_note", "department_days",
        "applicant_days", "outside_days", "term_days", "legal_days", "promised_days", "corrections", "is_green", "earlier_department_days",
        "earlier_outside_days", "earlier_term_days",
    )  # fmt: skip
    groups: dict[tuple, list[Mapping[str, Any]]] = {}
    for row in values:
        groups.setdefault((row["kind__name"], row["handler_id"]), []).append(dict(row))
    return [_times(group) for group in groups.values()]


def _median(values: Iterable[int | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    middle = Decimal(str(median(known)))
    return middle.to_integral_value() if middle == middle.to_integral_value() else middle


def _own(row: Mapping[str, Any], what: str) -> int | None:
    """Days at the present body alone."""
    return None if row[f"{what}_days"] is None else row[f"{what}_days"] - row[f"earlier_{what}_days"]


def _used(row: Mapping[str, Any]) -> int | None:
    """Days at the body, wherever it sits."""
    department, outside = _own(row, "department"), _own(row, "outside")
    return None if department is None or outside is None else department + outside


def _over(row: Mapping[str, Any]) -> bool:
    limit = row["promised_days"] if row["promised_days"] is not None else row["legal_days"]
    return limit is not None and row["term_days"] is not None and row["term_days"] > limit >= row["earlier_term_days"]


def _times(group: list[Mapping[str, Any]]) -> Times:
    first = group[0]
    green, other = [row for row in group if row["is_green"]], [row for row in group if not row["is_green"]]
    saved = [row["legal_days"] - row["term_days"] for row in green if row["legal_days"] is not None and row["term_days"] is not None]
    absent = "本地无此机构" if first["handler_note"] else "承办单位待明确"
    return Times(
        kind=first["kind__name"], handler=first["handler__short_name"] or first["handler__name"] or absent, is_outside=bool(first["handler__is_outside"]),
        done=len(group), department_median=_median(_own(row, "department") for row in group),
        applicant_median=_median(row["applicant_days"] for row in group), outside_median=_median(_own(row, "outside") for row in group),
        overdue=sum(_over(row) for row in group), corrected=sum(row["corrections"] > 0 for row in group), green=len(green),
        green_median=_median(_used(row) for row in green), other_median=_median(_used(row) for row in other), saved_legal_days=sum(saved) if saved else None,
        taken_over=sum(row["earlier_department_days"] + row["earlier_outside_days"] > 0 for row in group),
    )  # fmt: skip
