"""Keeping each approved change of a planned project as a row of its own (features 2.3).

Called inside the transaction of the change itself, by page and import alike, for many projects at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from linkage import access
from projects.models import ProjectRevision, RevisionKind

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


def withdraw_revisions(revisions: Mapping[int, int], *, at: datetime, reason: str) -> None:
    """Mark what an undone import had written: `revisions` maps project id to the revision the import left."""
    ids = sorted(revisions)
    for start in range(0, len(ids), BATCH):
        rows = ProjectRevision.objects.standing().filter(project__in=ids[start : start + BATCH])
        found = [pk for pk, project, revision in rows.values_list("pk", "project_id", "revision") if revisions[project] == revision]
        ProjectRevision.objects.filter(pk__in=found).update(withdrawn_at=at, withdrawn_reason=reason)
