"""Hand in, sign, accept, return: how a draft becomes the county's word (features 5.6).

`sign` is the one moment at which a statement comes into being: checks, version, hash, posted facts, transition and audit in
one transaction. The view asks for the password again; the person must be another one than who handed in (engine and
database).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from funds.actions.spending import post_spending
from funds.figures.paid import treasury_as_of
from issues.actions.ledger import add_note
from issues.models import Issue
from linkage import access, audit, periods, states
from linkage.checks import Problem
from linkage.errors import ProblemsFound, Refusal, WrongState
from linkage.periods import WorkCalendar
from projects.actions.progress import post_progress
from projects.models import FACT_FIELDS, Progress
from reports import notices
from reports import states as moves
from reports.actions.opening import follow_correction
from reports.checks.weekly import Standard, is_filled, open_problems, problems_of
from reports.figures.later import amounts_of, later_differences
from reports.figures.statement import differences, digest, far_above, lines_of, statement, totals
from reports.figures.timeliness import is_locked
from reports.models import EDITABLE_STATES, Remark, ReportLine, ReportState, ReportVersion, WeeklyReport

EARLY = "数据截至日之前上报，审签人已确认截至日前不再有变化"


@dataclass(frozen=True)
class RemarkDraft:
    """A reviewer's remark at a field: `project_id` and `place` empty for the report as a whole."""

    text: str
    project_id: int | None = None
    place: str = ""


def check(report: WeeklyReport, lines: Sequence[ReportLine] | None = None) -> list[Problem]:
    """All problems of the working copy, explained or not. Five queries, two when the lines are given."""
    lines = list(lines) if lines is not None else lines_of(report)
    cells = [cell.allocation_id for line in lines for cell in line.cell_list]
    return problems_of(lines, Standard.of(report.period, treasury_as_of(cells, report.period.ends_on)))


def hand_in(*, report: WeeklyReport, by, revision: int | None = None, zero: bool = False, at: datetime | None = None) -> WeeklyReport:
    """填报员 hands the working copy to the signer. `zero` is the explicit 零报告: no row has changed, and one says so.

    Raises ProblemsFound with everything that stands in the way; the reviewer's open remarks stand in the way too.
    """
    at = at or periods.now()
    if not access.may(by, "weekly.hand_in", report):
        raise PermissionDenied("只有县级填报员可以提交审签。")
    if is_locked(report, at):
        raise WrongState("本期已锁定，请向地区专班办公室申请解锁。", code="locked")
    with transaction.atomic():
        held = WeeklyReport.objects.select_for_update().get(pk=report.pk)  # no keystroke between the checks and the move
        report.explanations = held.explanations
        if zero:
            _mark_zero(report, by, at)
            revision = None if revision is None else revision + 1
        lines = lines_of(report)
        still_answering = _refuse_open_problems(report, lines)
        if report.remarks.filter(resolved_at__isnull=True).exists():
            raise Refusal("还有退回意见没有标“已改”，请逐条处理后再提交。", code="remarks_open")
        states.move(
            report, moves.HAND_IN, by=by, at=at, revision=revision,
            changes={"handed_in_by": by, "handed_in_at": at, "is_zero": zero, "explanations": still_answering},
        )  # fmt: skip
        last = report.versions.order_by("-number").values_list("content", flat=True).first() if held.version else None
        changed = differences(last, _statement(report, lines))
        audit.record(by=by, verb=moves.DIFFERENCE, target=report, at=at, after={"version": report.version + 1, "changed": changed})
        notices.handed_in(report, at=at)
    return report


def _mark_zero(report: WeeklyReport, by, at: datetime) -> None:
    lines = lines_of(report)
    if any(line.updated_at and not line.no_change for line in lines):
        raise Refusal("已有行填写了变化，不能作零报告；请直接提交审签。", code="not_zero")
    states.touch(report, states=EDITABLE_STATES)
    report.lines.filter(no_change=False).update(no_change=True, updated_at=at, updated_by=by)


def _refuse_open_problems(report: WeeklyReport, lines: list[ReportLine]) -> dict[str, str]:
    """Raise ProblemsFound; else give the explanations that still answer a problem. An explanation goes with its problem."""
    found = check(report, lines)
    standing = open_problems(found, report.explanations)
    if standing:
        raise ProblemsFound(f"有 {len(standing)} 处须先处理：强制的改正，核实的写明说明。", standing)
    keys = {problem.key for problem in found}
    return {key: text for key, text in report.explanations.items() if key in keys}


def _statement(report: WeeklyReport, lines: list[ReportLine]) -> dict:
    return statement(report, lines, list(report.issue_notes.select_related("issue").order_by("issue_id")))


def recall(*, report: WeeklyReport, by, revision: int | None = None, at: datetime | None = None) -> WeeklyReport:
    """The filler takes the report back before it is signed."""
    return states.move(report, moves.recall(report), by=by, at=at, revision=revision)


def send_back(*, report: WeeklyReport, by, reason: str, revision: int | None = None, at: datetime | None = None) -> WeeklyReport:
    """The signer gives the report back to the filler, with a reason."""
    at = at or periods.now()
    with transaction.atomic():
        states.move(report, moves.send_back(report), by=by, at=at, revision=revision, reason=reason)
        notices.sent_back(report, reason=reason, at=at)
    return report


def sign(*, report: WeeklyReport, by, revision: int | None = None, early: bool = False, at: datetime | None = None) -> ReportVersion:
    """Another person signs: version n+1 comes into being and its facts are posted, all in one transaction.

    Before the cut-off the signer must confirm (`early`) that the days still to come are spoken for; the move records it.
    """
    at = at or periods.now()
    is_early = at < report.period.cutoff_at
    if is_early and not early:
        raise Refusal(f"数据截至日（{periods.moment_words(report.period.cutoff_at)}）还没有到，提前上报须确认。", code="early")
    if is_locked(report, at):
        raise WrongState("本期已锁定，请向地区专班办公室申请解锁。", code="locked")
    with transaction.atomic():
        states.move(report, moves.SIGN, by=by, at=at, revision=revision, reason=EARLY if is_early else "", changes=_signed_fields(at))
        lines = lines_of(report)
        _refuse_open_problems(report, lines)
        version = _freeze(report, lines, by, at)
        _post(report, version, lines, by, at)
        audit.record(by=by, verb="形成版本", target=report, at=at, after={"version": version.number, "sha256": version.sha256})
        notices.submitted(report, version, far_above=len(far_above(version.content)), at=at)
        if WeeklyReport.objects.filter(unit=report.unit_id, period__cutoff_at__gt=report.period.cutoff_at).exists():
            _tell_of_later(report, lines, follow_correction(report), at)
    return version


def _tell_of_later(report: WeeklyReport, lines: list[ReportLine], refreshed: list[WeeklyReport], at: datetime) -> None:
    """County and office learn which later reports do not fit any more, and which one waits for its signer on new ground."""
    keys = sorted({row.key for row in later_differences(report, amounts_of(lines))})
    waiting = [draft.period.key for draft in refreshed if draft.state == ReportState.SIGNING]
    if keys or waiting:
        notices.later_affected(report, keys=keys, waiting=waiting, at=at)


def _signed_fields(at: datetime) -> dict:
    """Counted from the row as it stands, not from an object that somebody read before another round."""
    return {"version": F("version") + 1, "return_due_at": None, "first_submitted_at": Coalesce("first_submitted_at", Value(at))}


def _freeze(report: WeeklyReport, lines: list[ReportLine], by, at: datetime) -> ReportVersion:
    content = _statement(report, lines)
    seat = access.seat_for(by, "weekly.sign", report)
    return ReportVersion.objects.create(
        report=report, number=report.version, content=content, totals=totals(content), sha256=digest(content),
        handed_in_by_id=report.handed_in_by_id, handed_in_at=report.handed_in_at, signed_by=by, signed_at=at,
        signed_seat=(f"{seat.label}（代签）" if seat.is_acting else seat.label) if seat else "",
    )  # fmt: skip


def _post(report: WeeklyReport, version: ReportVersion, lines: list[ReportLine], by, at: datetime) -> None:
    """The statement's facts go down to the lower apps, once per version."""
    attnames = {name: Progress._meta.get_field(name).attname for name in FACT_FIELDS}
    common = {"as_of": report.period.ends_on, "statement": report.key, "version": version.number, "by": by, "at": at}
    post_progress(
        rows={line.project_id: {column: getattr(line, column) for column in attnames.values()} for line in lines}, **common
    )
    cells = [cell for line in lines for cell in line.cell_list]
    post_spending(
        amounts={c.allocation_id: c.paid_to_date_yuan or Decimal(0) for c in cells},
        allocated={c.allocation_id: c.allocation.amount_yuan for c in cells}, **common,
    )  # fmt: skip
    issues = Issue.objects.in_bulk([note["id"] for note in version.content["issues"]])
    for note in version.content["issues"]:
        add_note(issue=issues[note["id"]], text=note["text"], statement_key=f"{report.key}/v{version.number}", by=by, at=at)


def accept(*, report: WeeklyReport, by, revision: int | None = None, at: datetime | None = None) -> WeeklyReport:
    """The office takes the statement as it is."""
    at = at or periods.now()
    with transaction.atomic():
        states.move(report, moves.ACCEPT, by=by, at=at, revision=revision)
        notices.accepted(report, at=at)
    return report


def return_for_correction(
    *, report: WeeklyReport, by, reason: str, remarks: Sequence[RemarkDraft] = (), revision: int | None = None,
    unusable: bool = False, at: datetime | None = None,
) -> WeeklyReport:  # fmt: skip
    """The office returns the statement with remarks at the fields, a new round with its own deadline.

    Version n still counts, marked 退回待改. `unusable` marks v_n 实质不可用: it does not count for timeliness.
    """
    at = at or periods.now()
    days = report.period.rules["weekly_return_workdays"]["value"]
    due = periods.moment(WorkCalendar.load().add_workdays(periods.day_of(at), days), periods.local(report.due_at).hour)
    with transaction.atomic():
        states.move(
            report, moves.RETURN, by=by, at=at, revision=revision, reason=reason,
            changes={"return_due_at": due, "unlocked_until": max(due, report.locks_at)},
        )  # fmt: skip
        if unusable:
            _mark_unusable(report, reason)
        _add_round(report, remarks or [RemarkDraft(reason)], by, at)
        notices.returned(report, reason=reason, at=at)
    return report


def _mark_unusable(report: WeeklyReport, reason: str) -> None:
    report.versions.filter(number=report.version).update(is_unusable=True, unusable_reason=reason[:200])
    usable = report.versions.filter(is_unusable=False).order_by("number").first()
    WeeklyReport.objects.filter(pk=report.pk).update(first_submitted_at=usable.signed_at if usable else None)
    report.refresh_from_db()


def _add_round(report: WeeklyReport, remarks: Sequence[RemarkDraft], by, at: datetime) -> None:
    last = report.remarks.order_by("-round").values_list("round", flat=True).first() or 0
    known = set(report.lines.values_list("project_id", flat=True))
    if any(r.project_id is not None and r.project_id not in known for r in remarks):
        raise Refusal("有意见指向的项目不在本报告中，请刷新页面。")
    Remark.objects.bulk_create(
        Remark(report=report, round=last + 1, project_id=r.project_id, place=r.place[:60], text=r.text, by=by, at=at) for r in remarks
    )


def resolve_remark(*, remark: Remark, by, answer: str = "", at: datetime | None = None) -> Remark:
    """“已改”: the county has dealt with a remark, with a word of explanation if it likes."""
    report = remark.report
    if not access.may(by, "weekly.fill", report):
        raise PermissionDenied("只有县级填报员可以标“已改”。")
    with transaction.atomic():
        states.touch(report, states=EDITABLE_STATES)
        remark.resolved_at, remark.resolved_by, remark.answer = at or periods.now(), by, answer[:200]
        remark.save(update_fields=["resolved_at", "resolved_by", "answer"])
    return remark


def reopen(*, report: WeeklyReport, by, reason: str, until: datetime, at: datetime | None = None) -> WeeklyReport:
    """The office unlocks an accepted report for a correction until a moment, with a reason."""
    at = at or periods.now()
    if until <= at:
        raise Refusal("解锁的截止时间须在现在之后。")
    with transaction.atomic():
        states.move(report, moves.REOPEN, by=by, at=at, reason=reason, changes={"unlocked_until": until, "return_due_at": until})
        notices.unlocked(report, reason=reason, at=at)
    return report


def unlock(*, report: WeeklyReport, by, reason: str, until: datetime, at: datetime | None = None) -> WeeklyReport:
    """A late unlock of a locked draft, with reason and expiry (features 5.6)."""
    at = at or periods.now()
    if report.state == ReportState.ACCEPTED:
        return reopen(report=report, by=by, reason=reason, until=until, at=at)
    if not access.may(by, "weekly.unlock", report):
        raise PermissionDenied("只有地区专班办公室可以解锁。")
    if not reason.strip():
        raise Refusal("请写明解锁理由。")
    if until <= at:
        raise Refusal("解锁的截止时间须在现在之后。")
    with transaction.atomic():
        states.touch(report, states=(*EDITABLE_STATES, ReportState.SIGNING), unlocked_until=until)
        audit.record(by=by, verb="解锁填报", target=report, at=at, after={"until": until, "reason": reason})
        report.refresh_from_db()
        notices.unlocked(report, reason=reason, at=at)
    return report


def progress_words(lines: Sequence[ReportLine]) -> tuple[int, int]:
    """(rows filled, rows in all): “38/42 行已填”."""
    return sum(is_filled(line) for line in lines), len(lines)
