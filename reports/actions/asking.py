"""Asking other people to act: a department to fill its rows, the office to unlock; and the scan of a signed version."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from linkage import access, audit, periods
from linkage.errors import Refusal, WrongState
from linkage.models import Organisation, Upload
from reports import notices
from reports.figures.timeliness import is_locked
from reports.models import EDITABLE_STATES, ReportState, ReportVersion, WeeklyReport


@transaction.atomic
def ask_unlock(*, report: WeeklyReport, by, reason: str, at: datetime | None = None) -> int:
    """The county asks the office to unlock a locked or accepted report; how many people are told. Once per revision."""
    at = at or periods.now()
    if not access.may(by, "weekly.fill", report):
        raise access.Denied("只有县级填报员可以申请解锁。", "weekly.fill", target=report)
    if not reason.strip():
        raise Refusal("请写明为什么需要解锁。")
    if report.state != ReportState.ACCEPTED and not (report.state in EDITABLE_STATES and is_locked(report, at)):
        raise WrongState("这份报告没有锁定，不需要申请解锁。")
    audit.record(by=by, verb="申请解锁", target=report, at=at, after={"reason": reason})
    return notices.unlock_asked(report, by=by, reason=reason, at=at)


@transaction.atomic
def remind_department(*, report: WeeklyReport, organisation: Organisation, by, at: datetime | None = None) -> int:
    """Remind a department of its rows that nobody has filled; how many rows those are. Told once a day."""
    at = at or periods.now()
    if not access.may(by, "weekly.deal", report):
        raise access.Denied("只有县级填报员可以提醒部门填报。", "weekly.deal", target=report)
    if report.state not in EDITABLE_STATES:
        raise WrongState("报告已提交，不用再提醒。")
    empty = report.lines.filter(assigned_to=organisation, no_change=False, updated_at__isnull=True).count()
    if not empty:
        raise Refusal(f"{organisation} 的行都已填报。")
    notices.rows_wanted(report, organisation=organisation, rows=empty, at=at)
    return empty


@transaction.atomic
def attach_scan(*, version: ReportVersion, upload: Upload, by, at: datetime | None = None) -> ReportVersion:
    """The stamped scan belongs to exactly this version. A later one takes its place; the trail keeps both hashes."""
    if not access.may(by, "weekly.scan", version.report):
        raise access.Denied("只有本县（市、区）填报员和审签人可以上传盖章扫描件。", "weekly.scan", target=version.report)
    before = version.scan.sha256 if version.scan else None
    ReportVersion.objects.filter(pk=version.pk).update(scan=upload)
    version.scan = upload
    audit.record(
        by=by, verb="上传盖章扫描件", target=version, at=at or periods.now(), region_path=version.report.unit.path,
        before={"scan": before}, after={"scan": upload.sha256, "name": upload.name},
    )  # fmt: skip
    return version
