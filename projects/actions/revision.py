"""Keeping each approved change of a planned project as a row of its own (features 2.3).

Called inside the transaction of the change itself, by page and import alike, for many projects at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from linkage import access
from linkage.errors import Refusal
from projects.models import Project, ProjectRevision, RevisionKind

from .editable import AFTER_PLAN

BATCH = 500
_GROUPS = {
    "content": RevisionKind.CONTENT, "site": RevisionKind.SITE, "planned_investment_yuan": RevisionKind.AMOUNT,
}  # fmt: skip


@dataclass(frozen=True)
class Approved:
    """One change as it stands in the books: `revision` the project's own afterwards, `before` and `after` in words by field."""

    project_id: int
    revision: int
    before: Mapping[str, str]
    after: Mapping[str, str]
    reason: str
    document: str
    kind: str = ""  # empty: by what was changed


def kind_of(fields: Iterable[str]) -> RevisionKind:
    """By the fields that were changed: one of 内容, 地点, 金额, several of them 综合, none 其他."""
    kinds = {_GROUPS[name] for name in fields if name in _GROUPS}
    return kinds.pop() if len(kinds) == 1 else RevisionKind.MIXED if kinds else RevisionKind.OTHER


def record_revisions(rows: Sequence[Approved], *, by, at: datetime) -> None:
    """Write them together; the caller has changed the projects in this transaction."""
    seat = access.seat_label(by) if by else ""
    ProjectRevision.objects.bulk_create(
        [
            ProjectRevision(
                project_id=row.project_id, revision=row.revision, kind=row.kind or kind_of(row.after), before=dict(row.before), after=dict(row.after),
                reason=row.reason, document=row.document, at=at, by=by, by_name=str(by) if by else "系统", seat=seat,
            )
            for row in rows
        ],
        batch_size=BATCH,
    )  # fmt: skip


def record_money(
    *, project: Project, field: str, before: str, after: str, reason: str, document: str, kind: RevisionKind = RevisionKind.AMOUNT, by, at: datetime
) -> None:
    """Keep a change of a planned project's money that another table holds: `field` in words from LABELS, `before` and `after` in words.

    The caller has changed it in this transaction and holds its own rows. Before 列入年度计划 there is nothing to approve and
    nothing is kept. Raises Refusal without reason and document.
    """
    if project.stage not in AFTER_PLAN:
        return
    if not (reason.strip() and document.strip()):
        raise Refusal("项目已列入年度计划，调整资金须写明理由和批准文件的文号。", code="approval_needed")
    Project.objects.filter(pk=project.pk).update(revision=F("revision") + 1, updated_at=at)
    revision = Project.objects.values_list("revision", flat=True).get(pk=project.pk)
    record_revisions([Approved(project.pk, revision, {field: before}, {field: after}, reason.strip(), document.strip(), kind)], by=by, at=at)


def withdraw_revisions(revisions: Mapping[int, int], *, at: datetime, reason: str) -> None:
    """Mark what an undone import had written: `revisions` maps project id to the revision the import left."""
    ids = sorted(revisions)
    for start in range(0, len(ids), BATCH):
        rows = ProjectRevision.objects.standing().filter(project__in=ids[start : start + BATCH])
        found = [pk for pk, project, revision in rows.values_list("pk", "project_id", "revision") if revisions[project] == revision]
        ProjectRevision.objects.filter(pk__in=found).update(withdrawn_at=at, withdrawn_reason=reason)
