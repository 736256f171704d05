"""Posting what a signed statement says about the progress of projects (design §1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from linkage import bulk, periods
from projects import states
from projects.actions.stage import follow_statements
from projects.models import FACT_FIELDS, Progress, Project

# Facts of a statement that the project itself carries as its present state.
CARRIED = ("started_on", "finished_on", "accepted_on", "physical_ratio")
WITHDRAWN_BY_CORRECTION = "更正版未再列入"
# What a new row holds: everything but its number, which nobody needs here.
POSTED = tuple(field.attname for field in Progress._meta.concrete_fields if not field.primary_key)


@transaction.atomic(savepoint=False)  # part of the signature: fails with it
def post_progress(
    *, as_of: date, statement: str, version: int, rows: Mapping[int, Mapping[str, Any]], by, at: datetime | None = None
) -> dict[str, int]:
    """Post one version of a statement: `rows` maps project id to its facts (FACT_FIELDS; missing = empty).

    Compared with the live rows of the same statement and day: unchanged facts stay, changed ones get a successor, dropped
    ones are withdrawn with a reason; nothing is deleted. Gives counts of new, changed, unchanged and withdrawn rows.
    """
    at = at or periods.now()
    live = _standing(statement, as_of) if version > 1 else {}
    fresh, replaced = [], []
    for project_id, facts in rows.items():
        standing = live.pop(project_id, None)
        new = Progress(
            project_id=project_id, as_of=as_of, known_at=at, statement_key=f"{statement}/v{version}", posted_by=by, **facts
        )
        if standing is None:
            fresh.append(new)
        elif any(getattr(standing, _column(f)) != getattr(new, _column(f)) for f in FACT_FIELDS):
            replaced.append((standing, new))
    _withdraw(list(live.values()), at)
    _succeed(replaced, at)
    bulk.insert(Progress, POSTED, ([getattr(row, name) for name in POSTED] for row in fresh))
    carried = _carry_to_projects([*fresh, *(new for _, new in replaced)])
    follow_statements(carried, by=by, at=at, statement=f"{statement}/v{version}")
    return {
        "new": len(fresh), "changed": len(replaced), "withdrawn": len(live),
        "unchanged": len(rows) - len(fresh) - len(replaced),
    }  # fmt: skip


def _standing(statement: str, as_of: date) -> dict[int, Progress]:
    """Project id → what the earlier versions of this statement left standing."""
    rows = Progress.objects.live().filter(as_of=as_of, statement_key__startswith=f"{statement}/v").order_by()
    return {row.project_id: row for row in rows}


def _column(name: str) -> str:
    return Progress._meta.get_field(name).attname


def _succeed(pairs: list[tuple[Progress, Progress]], at: datetime) -> None:
    """Successor and predecessor swap places without ever having two live rows for one day.

    The constraint allows one live row per project and day, so the old row is set aside first and linked afterwards.
    """
    _withdraw([old for old, _ in pairs], at)
    Progress.objects.bulk_create([new for _, new in pairs], batch_size=500)
    for old, new in pairs:
        old.superseded_by, old.withdrawn_at, old.withdrawn_reason = new, None, ""
    bulk.write([old for old, _ in pairs], ["superseded_by", "withdrawn_at", "withdrawn_reason"])


def _withdraw(rows: list[Progress], at: datetime) -> None:
    if rows:
        Progress.objects.filter(pk__in=[r.pk for r in rows]).update(withdrawn_at=at, withdrawn_reason=WITHDRAWN_BY_CORRECTION)


def _carry_to_projects(posted: list[Progress]) -> list[tuple[Project, str]]:
    """The newest live statement of each project gives its present dates and ratio and, by `states.proven_stage`, its stage.

    Gives the changed projects, each with the stage it had before.
    """
    if not posted:
        return []
    ids = [p.project_id for p in posted]
    rows = Project.objects.select_for_update().filter(pk__in=ids).order_by("pk")  # a person may be moving a stage just now
    present = {pk: values for pk, *values in rows.values_list("pk", "method", "stage", *CARRIED)}
    newer = set(
        Progress.objects.live().filter(project_id__in=ids, as_of__gt=posted[0].as_of).order_by().values_list("project_id", flat=True)
    )
    moved: dict[int, tuple] = {}
    for fact in posted:
        method, stage, *carried = present[fact.project_id]
        now = [getattr(fact, name) for name in CARRIED], states.proven_stage(method, stage, fact)
        if fact.project_id not in newer and now != (carried, stage):
            moved[fact.project_id] = (stage, *now)
    return _write_moved(moved)


def _write_moved(moved: dict[int, tuple]) -> list[tuple[Project, str]]:
    """`moved`: project id → (stage before, carried facts, stage now). Most weeks move few projects; only these are read whole."""
    if not moved:
        return []
    projects = Project.objects.in_bulk(moved)
    for pk, (_, carried, stage) in moved.items():
        projects[pk].stage = stage
        for name, value in zip(CARRIED, carried, strict=True):
            setattr(projects[pk], name, value)
    bulk.write(projects.values(), [*CARRIED, "stage"])
    return [(projects[pk], before) for pk, (before, _, _) in moved.items()]
