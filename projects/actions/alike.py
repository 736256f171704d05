"""Saying what two like projects are (features 2.6). Nothing is merged or removed: a person decides, the decision is remembered."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from linkage import access, audit, periods
from linkage.errors import Refusal
from projects.checks import refuse_personal_data
from projects.models import AlikeDecision, AlikeVerdict, Project

DECIDE = "alike.decide"


@transaction.atomic
def decide(*, one: Project, other: Project, verdict: str, reason: str, by, at: datetime | None = None) -> AlikeDecision:
    """相同, 不同 or 拆分 with a reason; a later decision replaces an earlier one. Raises PermissionDenied, Refusal."""
    at = at or periods.now()
    first, second = sorted((one, other), key=lambda project: project.pk)
    if first.pk == second.pk:
        raise Refusal("请选两个不同的项目。", code="one_project")
    if not (access.may(by, DECIDE, first) and access.may(by, DECIDE, second)):
        raise PermissionDenied("您的岗位不能认定这两个项目；跨县区的由地区专班办公室认定。")
    if verdict not in AlikeVerdict.values:
        raise Refusal("请选择认定结果。", code="verdict_needed")
    if not reason.strip():
        raise Refusal("请写明认定的理由。", code="reason_needed")
    refuse_personal_data(reason)
    earlier = AlikeDecision.objects.filter(first=first, second=second).first()
    decision, _ = AlikeDecision.objects.update_or_create(
        first=first, second=second, defaults={"verdict": verdict, "reason": reason.strip(), "by": by, "at": at}
    )
    before = {"verdict": earlier.get_verdict_display(), "reason": earlier.reason} if earlier else None
    after = {"verdict": decision.get_verdict_display(), "reason": decision.reason, "projects": [first.code, second.code]}
    for project in (first, second):
        audit.record(by=by, verb="认定疑似重复", target=project, before=before, after=after, at=at)
    return decision
