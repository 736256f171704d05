"""核验审计链: the whole chain recomputed in the background, asked for in the browser by the 安全审计员 (features 12.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from linkage import access, audit, jobs, periods
from linkage.errors import WrongState
from linkage.figures.verification import JOB, running
from linkage.models import AuditSeal, Job

FINDINGS_KEPT = 100  # of one verification; the numbers are always whole


@transaction.atomic
def start(*, by, at: datetime | None = None) -> Job:
    """Queue a verification; one's own that is not finished yet is given back. Raises PermissionDenied, WrongState while
    somebody else's is under way."""
    _require(by)
    under_way = running()
    if under_way is None:
        return jobs.start(JOB, by=by, at=at)
    if under_way.created_by_id != by.pk:
        raise WrongState(f"{under_way.created_by}发起的核验正在进行，做完后结果显示在本页。")
    return under_way


def _require(by) -> None:
    if not access.may(by, "audit.verify"):
        raise access.Denied("全链核验由安全审计员发起。", "audit.verify")


def run(work: jobs.Work) -> dict[str, Any]:
    """Read the whole chain; the outcome is kept with the job and, as an act of its own, in the chain."""
    _require(work.by)
    total = AuditSeal.objects.count()
    found = audit.examine(at=periods.now(), tell=lambda done: work.progress(done, total, "正在核验"))
    result = {
        "checked": found.checked, "sequence": found.sequence, "head": found.head, "breaks": len(found.breaks), "gaps": len(found.gaps),
        "unsealed": len(found.unsealed),
    }  # fmt: skip
    with transaction.atomic():
        work.hold(jobs.LEASE_MINUTES)
        audit.record(by=work.by, verb="核验审计链", target=work.job, after=result)
    return result | {"findings": found.findings[:FINDINGS_KEPT], "message": _words(found)}


def _words(found: audit.Verification) -> str:
    if not found.findings:
        return f"完整：逐条重算 {found.checked} 条，没有断链、缺失或久未封存的记录。"
    return f"有异常：断链或改动 {len(found.breaks)} 处，缺失 {len(found.gaps)} 处，久未封存 {len(found.unsealed)} 处。"
