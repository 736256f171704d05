"""Recording publications and performance targets (features 2.8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from linkage import periods
from linkage.errors import Refusal
from projects.actions.children import add, change, known, need_edit
from projects.models import PerformanceTarget, Project, PublicNotice

NOTICE_TEXTS = ("where", "document", "objections")
NOTICE_FIELDS = ("kind", "place", "where", "from_on", "to_on", "url", "document", "objections")
TARGET_TEXTS = ("name", "unit_name")
TARGET_FIELDS = ("level", "name", "operator", "target", "unit_name", "actual", "actual_on")


@transaction.atomic
def record_notice(*, project: Project, by, at: datetime | None = None, **values: Any) -> PublicNotice:
    """A publication; too few days are shown afterwards, not refused. Raises PermissionDenied, Refusal (end before begin, begin ahead)."""
    at = at or periods.now()
    need_edit(project, by)
    known(values, NOTICE_FIELDS)
    _begun(values, at)
    notice = PublicNotice(project=project, updated_at=at, **values)
    add(notice, by=by, verb="登记公示公告", texts=NOTICE_TEXTS, at=at)
    return notice


@transaction.atomic
def update_notice(*, notice: PublicNotice, by, revision: int, at: datetime | None = None, **values: Any) -> PublicNotice:
    at = at or periods.now()
    need_edit(notice.project, by)
    _begun(values, at)
    change(notice, values, revision=revision, by=by, verb="修改公示公告", texts=NOTICE_TEXTS, at=at)
    return notice


def _begun(values: dict[str, Any], at: datetime) -> None:
    if values.get("from_on") and values["from_on"] > periods.day_of(at):
        raise Refusal("公示起不能晚于今天；公示以后再登记。", code="in_future")


@transaction.atomic
def record_target(*, project: Project, by, at: datetime | None = None, **values: Any) -> PerformanceTarget:
    """An indicator with operator, target and unit, perhaps already with its actual value. Raises PermissionDenied, Refusal."""
    at = at or periods.now()
    need_edit(project, by)
    known(values, TARGET_FIELDS)
    _stated(values, at)
    target = PerformanceTarget(project=project, updated_at=at, **values)
    if PerformanceTarget.objects.filter(project=project, level=target.level, name=target.name).exists():
        raise Refusal("这个项目已有同名的指标，请在原来那一行修改。", code="exists")
    add(target, by=by, verb="登记绩效目标", texts=TARGET_TEXTS, at=at)
    return target


@transaction.atomic
def update_target(*, indicator: PerformanceTarget, by, revision: int, at: datetime | None = None, **values: Any) -> PerformanceTarget:
    at = at or periods.now()
    need_edit(indicator.project, by)
    _stated(values, at)
    change(indicator, values, revision=revision, by=by, verb="修改绩效目标", texts=TARGET_TEXTS, at=at)
    return indicator


def _stated(values: dict[str, Any], at: datetime) -> None:
    """An actual value carries its day, today when nothing is said; no day without a value."""
    if values.get("actual") is None:
        values["actual_on"] = None
    elif values.get("actual_on") is None:
        values["actual_on"] = periods.day_of(at)
    elif values["actual_on"] > periods.day_of(at):
        raise Refusal("实际值日期不能晚于今天。", code="in_future")
