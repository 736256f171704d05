"""目标任务分解表: composed by the office, issued with its document, replaced by the next version (features 4.9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from funds.models import Breakdown, BreakdownCell
from linkage import access, audit, periods
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import FundTask, Region
from linkage.money import percent_text

EDIT, ISSUE = "breakdown.edit", "rule.edit"
FIRST_YEAR, LAST_YEAR = 2021, 2099


class Place(NamedTuple):
    """Where a target stands: unit id, task id (None = all tasks), measure, day."""

    unit: int
    task: int | None
    measure: str
    due_on: date


class Goal(NamedTuple):
    """What stands there; an empty document means the sheet's own."""

    ratio: Decimal
    document_no: str = ""


@transaction.atomic
def open_breakdown(*, year: int, reason: str = "", by, at: datetime | None = None) -> Breakdown:
    """A draft of the year's next version, filled with what the last issued one says. A draft that is open already is given back.

    Raises PermissionDenied, Refusal for a year out of reach.
    """
    at = at or periods.now()
    _require(by, EDIT, "目标任务分解表由专班办公室编制。")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal(f"年度须在 {FIRST_YEAR} 与 {LAST_YEAR} 之间。", code="out_of_range")
    standing = Breakdown.objects.filter(year=year, issued_at__isnull=True).first()
    if standing:
        return standing
    before = Breakdown.objects.issued().filter(year=year).order_by("-version").first()
    number = (Breakdown.objects.filter(year=year).aggregate(last=Max("version"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            sheet = Breakdown.objects.create(year=year, version=number, reason=reason.strip(), created_by=by, created_at=at)
    except IntegrityError:  # somebody opened it at the same moment
        return Breakdown.objects.get(year=year, issued_at__isnull=True)
    if before:
        BreakdownCell.objects.bulk_create(
            BreakdownCell(sheet=sheet, unit_id=c.unit_id, task_id=c.task_id, measure=c.measure, due_on=c.due_on, target_ratio=c.target_ratio,
                          document_no=c.document_no or before.document_no)
            for c in before.cells.all()
        )  # fmt: skip
    audit.record(by=by, verb="编制目标任务分解表", target=sheet, at=at, after={"year": year, "version": number, "based_on": before.version if before else None})
    return sheet


@transaction.atomic
def set_goals(*, sheet: Breakdown, goals: Mapping[Place, Goal | None], revision: int | None = None, by, at: datetime | None = None) -> int:
    """Write targets into a draft; None takes one away. Gives how many changed.

    All or nothing. Raises PermissionDenied, WrongState (issued), StaleRevision (`revision` is what the person saw), Refusal (out of range,
    not a reporting unit).
    """
    at = at or periods.now()
    _require(by, EDIT, "目标任务分解表由专班办公室编制。")
    _raise_revision(sheet, revision)
    standing = {Place(c.unit_id, c.task_id, c.measure, c.due_on): c for c in sheet.cells.all()}
    changed = {place: goal for place, goal in goals.items() if _goal_of(standing.get(place)) != goal}
    _check(changed)
    made = [BreakdownCell(sheet=sheet, **_columns(place), target_ratio=goal.ratio, document_no=goal.document_no) for place, goal in changed.items() if goal]
    BreakdownCell.objects.filter(pk__in=[standing[place].pk for place in changed if place in standing]).delete()
    BreakdownCell.objects.bulk_create(made, batch_size=500)
    if changed:
        audit.record(
            by=by, verb="修改目标任务分解表", target=sheet, at=at, before=_words(standing, changed),
            after={_key(place): percent_text(goal.ratio) if goal else "无" for place, goal in changed.items()},
        )  # fmt: skip
    return len(changed)


def column_goals(*, sheet: Breakdown, measure: str, due_on: date, ratio: Decimal, task: FundTask | None) -> dict[Place, Goal]:
    """The same target for every reporting unit, to be written with set_goals and then put right one by one."""
    units = Region.objects.reporting().values_list("pk", flat=True)
    return {Place(unit, task.pk if task else None, measure, due_on): Goal(ratio) for unit in units}


@transaction.atomic
def issue_breakdown(*, sheet: Breakdown, document_no: str, decided_on: date, revision: int, by, at: datetime | None = None) -> Breakdown:
    """The draft becomes the version in force, with its document; never changed afterwards. Its 支出进度 targets judge like confirmed nodes.

    Raises PermissionDenied without rule.edit, WrongState, StaleRevision, Refusal (no document, empty, a day ahead).
    """
    at = at or periods.now()
    _require(by, ISSUE, "目标任务分解表由专班办公室主任登记印发。")
    if not document_no.strip():
        raise Refusal("请写明印发文件的文号。", code="document_needed")
    if decided_on > periods.day_of(at):
        raise Refusal("印发日期不能晚于今天。", code="future_date")
    _raise_revision(sheet, revision)
    if not sheet.cells.exists():
        raise Refusal("分解表里还没有目标，不能登记印发。", code="empty")
    Breakdown.objects.filter(pk=sheet.pk).update(document_no=document_no.strip(), decided_on=decided_on, issued_by=by, issued_at=at)
    sheet.refresh_from_db()
    audit.record(by=by, verb="印发目标任务分解表", target=sheet, at=at, after={"document_no": sheet.document_no, "decided_on": str(decided_on)})
    return sheet


@transaction.atomic
def drop_breakdown(*, sheet: Breakdown, by, at: datetime | None = None) -> None:
    """Strike a draft; an issued version stays for ever."""
    _require(by, EDIT, "目标任务分解表由专班办公室编制。")
    _raise_revision(sheet, None)
    audit.record(by=by, verb="删除目标任务分解表草稿", target=sheet, at=at or periods.now(), before={"cells": sheet.cells.count()})
    sheet.delete()


def _require(by, permission: str, words: str) -> None:
    if not access.may(by, permission):
        raise access.Denied(words, permission)


def _raise_revision(sheet: Breakdown, revision: int | None) -> None:
    """Hold the draft for the length of the transaction; says why where it is none any more or another one."""
    rows = Breakdown.objects.filter(pk=sheet.pk, issued_at__isnull=True)
    if revision is not None:
        rows = rows.filter(revision=revision)
    if rows.update(revision=F("revision") + 1):
        sheet.refresh_from_db(fields=["revision"])
        return
    if not Breakdown.objects.filter(pk=sheet.pk, issued_at__isnull=True).exists():
        raise WrongState("这一版分解表已经印发或删除，不能再改；需要调整请另编一版。")
    raise StaleRevision("您打开页面之后分解表已有改动，请刷新页面核对后再保存。")


def _check(changed: Mapping[Place, Goal | None]) -> None:
    units = set(Region.objects.reporting().values_list("pk", flat=True))
    if any(place.unit not in units for place in changed):
        raise Refusal("目标只能下给填报单位。", code="wrong_region")
    measures = dict(BreakdownCell._meta.get_field("measure").choices)
    if any(place.measure not in measures for place in changed):
        raise Refusal(f"指标只能是：{'、'.join(str(label) for label in measures.values())}。", code="wrong_measure")
    if any(goal and not 0 <= goal.ratio <= 1 for goal in changed.values()):
        raise Refusal("目标须在 0 与 100% 之间。", code="out_of_range")


def _goal_of(cell: BreakdownCell | None) -> Goal | None:
    return Goal(cell.target_ratio, cell.document_no) if cell else None


def _columns(place: Place) -> dict:
    return {"unit_id": place.unit, "task_id": place.task, "measure": place.measure, "due_on": place.due_on}


def _key(place: Place) -> str:
    return f"{place.unit}/{place.task or ''}/{place.measure}/{place.due_on}"


def _words(standing: Mapping[Place, BreakdownCell], places: Iterable[Place]) -> dict[str, str]:
    return {_key(place): percent_text(standing[place].target_ratio) if place in standing else "无" for place in places}
