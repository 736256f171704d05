"""施工状态 of works and purchases under way: 正常, or a stop with its expected restart (features 2.2)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from linkage import access, audit, periods, rules
from linkage.errors import Refusal, StaleRevision
from projects import states
from projects.models import ConstructionState, Method, Project, Stage

from .editable import given, words_of

MAY_STOP = (Method.WORKS, Method.PURCHASE)
MAY_STOP_IN = (Stage.PLANNED, Stage.PREPARING, Stage.STARTED)
SEASONS: dict[str, str] = {ConstructionState.WINTER: "winter_window", ConstructionState.FIRE: "fire_window"}


def proposed_restart(state: str, today: date) -> date | None:
    """The day after the season of this stop by rule; None for a stop without a season."""
    season = rules.season(SEASONS[state], on=today) if state in SEASONS else None
    return season.day_after(today) if season else None


def season_now(today: date) -> str:
    """The kind of stop whose season it is by rule, winter first; empty outside both."""
    return next((state for state, code in SEASONS.items() if (season := rules.season(code, on=today)) and season.covers(today)), "")


@transaction.atomic
def change_construction(
    *, project: Project, state: str, by, revision: int, restart_on=None, reason: str = "", at: datetime | None = None
) -> Project:
    """Set 施工状态: 正常, or a stop with its expected restart (2.2). Only works and purchases under way can stop.

    Raises PermissionDenied, Refusal (no restart date, a past one, a method that does not stop), StaleRevision.
    """
    at = at or periods.now()
    if not access.may(by, states.EDIT, project):
        raise access.Denied("您的岗位不能修改这个项目。", states.EDIT, target=project)
    stopped = state != ConstructionState.NORMAL
    if stopped:
        _check_stop(project, restart_on, periods.day_of(at))
    values = {"construction_state": state, "restart_on": restart_on if stopped else None}
    before = words_of(project, values)
    rows = Project.objects.filter(pk=project.pk, revision=revision)
    if not rows.update(revision=F("revision") + 1, updated_at=at, **values):
        raise StaleRevision("您打开页面之后项目已有改动，请核对最新内容后再保存。")
    project.refresh_from_db()
    audit.record(by=by, verb="变更施工状态", target=project, before=before, after=words_of(project, values) | given(reason, ""), at=at)
    return project


def may_stop(project: Project) -> bool:
    """Works and purchases not yet finished can be stopped by the season or for other reasons."""
    return project.method in MAY_STOP and project.stage in MAY_STOP_IN


def _check_stop(project: Project, restart_on, today) -> None:
    if not may_stop(project):
        raise Refusal("只有未完工的工程类、采购类项目可以登记停工。", code="cannot_stop")
    if restart_on is None:
        raise Refusal("请填写预计复工日期。", code="restart_needed")
    if restart_on <= today:
        raise Refusal("预计复工日期须在今天之后。", code="restart_past")
