"""Many steps at once: what an approval system's export says, or years of records (features 3.2). Set-based, all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from linkage import access, audit, bulk, periods
from linkage.errors import StaleRevision
from linkage.periods import WorkCalendar
from projects.actions.procedure import (
    Capacity,
    capacity,
    check_day,
    check_given,
    check_state,
    facts_of,
    needs_confirming,
    next_step,
)
from projects.checks import refuse_personal_data
from projects.figures.clock import steps_of
from projects.figures.procedures import JOINS, STANDING
from projects.models import Confirmation, Procedure, ProcedureEvent, ProcedureTerm
from projects.notices import procedure as notices
from projects.states import procedures as states

BATCH = 500
WRITTEN = (
    "state", "applied_on", "accepted_on", "ended_on", "last_on", "document_no", "exemption", "legal_days", "promised_days", "legal_due_on",
    "promised_due_on", "department_days", "applicant_days", "outside_days", "term_days",
    "earlier_department_days", "earlier_outside_days", "earlier_term_days", "corrections", "confirmation", "revision",
)  # fmt: skip


@dataclass(frozen=True)
class Did:
    """One step of the table on the day it happened."""

    transition: states.Move
    on: date
    document: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Course:
    """What happened to one procedure, as seen at `revision`. `confirm`: the body also stands behind what the county recorded."""

    procedure_id: int
    steps: tuple[Did, ...]
    revision: int
    confirm: bool = False


class _Terms:
    """Every term, looked up by the day of 受理."""

    def __init__(self) -> None:
        self.rows = list(ProcedureTerm.objects.order_by("-effective_from", "-pk"))

    def on(self, kind_id: int, day: date) -> ProcedureTerm | None:
        return next((row for row in self.rows if row.kind_id == kind_id and row.effective_from <= day), None)


@transaction.atomic
def record_courses(*, courses: Sequence[Course], by, at: datetime | None = None, calendar: WorkCalendar | None = None) -> None:
    """Record the steps of many procedures, each under the same rules as one by one (record_step).

    The bodies concerned get one notice of how much the county recorded for them. A fixed number of queries per 500 procedures.
    Raises PermissionDenied, StaleRevision, WrongState, Refusal; nothing is written then.
    """
    at, calendar, terms = at or periods.now(), calendar or WorkCalendar.load(), _Terms()
    recorded: Counter[Procedure] = Counter()
    for start in range(0, len(courses), BATCH):
        some = {course.procedure_id: course for course in courses[start : start + BATCH]}
        for row in _write(some, by, at, calendar, terms):
            recorded[row] += 1
    notices.recorded(list(recorded), at=at)


def _write(some: Mapping[int, Course], by, at: datetime, calendar: WorkCalendar, terms: _Terms) -> list[Procedure]:
    locked = Procedure.objects.select_for_update(of=("self",)).order_by("pk").filter(pk__in=some)
    rows = {row.pk: row for row in locked.select_related(*JOINS).prefetch_related(STANDING)}
    events: list[ProcedureEvent] = []
    recorded: list[Procedure] = []
    trail, confirmed = [], []
    seat = access.seat_label(by)
    for pk, course in some.items():
        row = rows.get(pk)
        if row is None or row.revision != course.revision:
            raise StaleRevision(f"“{row or pk}”在核对之后已有改动，没有写入。请重新上传核对。")
        acting = capacity(by, row)
        if acting is None or (course.confirm and acting != Capacity.BODY):
            raise PermissionDenied(f"您的岗位不能办理“{row}”。")
        before = row.state
        if course.confirm:
            confirmed.append(row.pk)
            row.confirmation = Confirmation.CONFIRMED
        made = _take(row, course, by, at, seat, acting, calendar, terms)
        events += made
        row.revision += max(1, len(made))
        trail.append((row, {"state": before}, {"state": row.state, "document_no": row.document_no, "steps": [event.name for event in made]}))
        if any(event.confirmation == Confirmation.WAITING for event in made):
            recorded.append(row)
    ProcedureEvent.objects.standing().filter(subject__in=confirmed, confirmation__in=[Confirmation.WAITING, Confirmation.DISPUTED]).update(
        confirmation=Confirmation.CONFIRMED, answered_by=by, answered_at=at
    )
    bulk.write(rows.values(), WRITTEN)
    ProcedureEvent.objects.bulk_create(events, batch_size=BATCH)
    audit.record_many(by=by, verb="成批记录手续", rows=trail, at=at)
    return recorded


def _take(row: Procedure, course: Course, by, at: datetime, seat: str, acting: str, calendar: WorkCalendar, terms: _Terms) -> list[ProcedureEvent]:
    """The steps of one procedure in memory: the row as it stands afterwards, and its events."""
    steps = steps_of(getattr(row, "standing_events"))  # noqa: B009 - set by STANDING
    made: list[ProcedureEvent] = []
    for did in course.steps:
        refuse_personal_data(did.document, did.reason)
        check_state(row, did.transition)
        check_day(row, did.transition, did.on, periods.day_of(at))
        check_given(row, did.transition, did.document, did.reason)
        steps.append(next_step(steps, did.on, did.transition.target))
        confirmation = needs_confirming(row, did.transition, acting)
        made.append(
            ProcedureEvent(
                subject=row, name=did.transition.name, source=row.state, target=did.transition.target, by=by, by_name=str(by), seat=seat, at=at,
                reason=did.reason, document=did.document, on=did.on, is_by_county=acting == Capacity.COUNTY, confirmation=confirmation,
            )
        )  # fmt: skip
        row.state, row.last_on = did.transition.target, did.on
        row.document_no = did.document if did.transition is states.GRANT else row.document_no
        row.exemption = did.reason if did.transition is states.SPARE else row.exemption
        if confirmation and row.confirmation != Confirmation.DISPUTED:
            row.confirmation = confirmation
    if steps and made:
        for name, value in facts_of(row, steps[-1].on, steps, calendar, terms.on).items():
            setattr(row, name, value)
    return made
