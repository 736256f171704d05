"""Bringing standing lists up to a changed catalogue: looked at first, then one deliberate act (features 3.1)."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from linkage import access, audit, periods
from linkage.errors import StaleRevision
from linkage.periods import WorkCalendar
from projects.figures.catalogue_reach import ADD, BACK, DROP, OFF, TERM, Change, Reach, reach
from projects.figures.checklist import Handlers
from projects.figures.clock import due_on, present_round, steps_of
from projects.figures.procedures import STANDING
from projects.models import Procedure, ProcedureEvent, ProcedureKind
from projects.notices import procedure as notices
from projects.states import procedures as states

BATCH = 500


def reaches_nobody(kind: ProcedureKind) -> bool:
    """After a change that alters no standing list: there is nothing to apply, and the catalogue says so."""
    if reach(kind).changes:
        return False
    ProcedureKind.objects.filter(pk=kind.pk, revision=kind.revision).update(lists_revision=kind.revision)
    kind.lists_revision = kind.revision
    return True


@transaction.atomic
def apply_to_lists(*, kind: ProcedureKind, mark: str, by, at: datetime | None = None) -> Reach:
    """Do what the reader has looked at (`mark`), all of it or nothing: lists of projects, days of procedures under way.

    Settled procedures stay as they were. Every procedure says in its own record what became of it; the counties are told.
    Raises PermissionDenied, StaleRevision (the catalogue or a list is no longer what was looked at).
    """
    at = at or periods.now()
    if not access.may(by, states.KEEP):
        raise PermissionDenied("手续目录由地区专班办公室主任应用到清单。")
    kind = ProcedureKind.objects.select_for_update(no_key=True).get(pk=kind.pk)  # lists made meanwhile may point at it
    found = reach(kind, lock=True)
    if found.mark != mark:
        raise StaleRevision("您查看之后，目录或项目清单又有变化，没有应用。请核对最新的影响范围。")
    trail = [(change.project, None, {"手续": kind.name, "变化": change.words}) for change in found.changes]
    _write(found, by, at)
    ProcedureKind.objects.filter(pk=kind.pk).update(lists_revision=kind.revision)
    kind.lists_revision = kind.revision
    audit.record_many(by=by, verb="按手续目录更新清单", rows=trail, at=at)
    audit.record(by=by, verb="手续目录应用到清单", target=kind, at=at, after={"项目": found.projects, "变化": found.words, "已办结不变": found.settled})
    notices.relisted(kind, found.units, at=at)
    return found


def _write(found: Reach, by, at: datetime) -> None:
    rows = {what: [change for change in found.changes if change.what == what] for what in (ADD, BACK, OFF, DROP, TERM)}
    handlers = Handlers.on(periods.day_of(at))
    new = []
    for change in rows[ADD]:
        handler, note = handlers.of(change.project.unit_id, found.kind.matter_id)
        new.append(Procedure(project=change.project, kind=found.kind, handler=handler, handler_note=note, created_at=at))
    Procedure.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)  # a list made at this moment has it already
    Procedure.objects.filter(pk__in=[change.procedure.pk for change in rows[DROP] if change.procedure]).delete()
    kept = [change for change in found.changes if change.procedure and change.what != DROP]
    words = [change.words for change in kept]  # before the days are written
    for procedure in _changed(kept):
        procedure.revision += 1
    Procedure.objects.bulk_update(
        {change.procedure.pk: change.procedure for change in kept if change.procedure}.values(),
        ["is_applicable", "legal_days", "promised_days", "legal_due_on", "promised_due_on", "revision"], batch_size=BATCH,
    )  # fmt: skip
    seat = access.seat_label(by)
    ProcedureEvent.objects.bulk_create(
        [
            ProcedureEvent(
                subject=change.procedure, name=states.RELISTED, source=change.procedure.state, target=change.procedure.state, by=by, by_name=str(by),
                seat=seat, at=at, reason=f"手续目录有修改：{said}",
            )
            for change, said in zip(kept, words, strict=True) if change.procedure
        ],
        batch_size=BATCH,
    )  # fmt: skip


def _changed(kept: list[Change]) -> list[Procedure]:
    """The procedures with their new place and days, each once: two changes of one procedure share the row."""
    calendar = WorkCalendar.load()
    by_pk = {change.procedure.pk: change.procedure for change in kept if change.procedure}
    on_term = Procedure.objects.prefetch_related(STANDING).only("pk").in_bulk([c.procedure.pk for c in kept if c.what == TERM and c.procedure])
    for change in kept:
        row = change.procedure
        if row is None:
            continue
        if change.what in (BACK, OFF):
            row.is_applicable = change.what == BACK
        elif change.term is not None:
            steps = present_round(steps_of(getattr(on_term[row.pk], "standing_events")))  # noqa: B009 - set by STANDING
            row.legal_days, row.promised_days = change.term.legal_days, change.term.promised_days
            row.legal_due_on = due_on(steps, row.legal_days, calendar=calendar)
            row.promised_due_on = due_on(steps, row.promised_days, calendar=calendar)
    return list(by_pk.values())
