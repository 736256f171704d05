"""Where a project stands on the rail of its 实施方式: done, now, next (features 2.2)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Subquery

from projects import states
from projects.models import AnnualPlan, Project, ProjectTransition, Stage


def stage_word(method: str, stage: str) -> str:
    """The stage as this 实施方式 calls it."""
    return states.stage_word(method, stage, Stage(stage).label)


@dataclass(frozen=True)
class Planned:
    """By which document a project stands in the annual plan, and where the plan is read; empty where the system knows none."""

    document: str
    url: str = ""


def planned_by(project: Project) -> Planned:
    """As the newest move into the plan says, else the newest decided plan that holds it. One query."""
    moves = ProjectTransition.objects.filter(subject=project.pk, target__in=(states.PLANNED, states.PREPARING)).exclude(name="statement")
    newest = moves.exclude(document="").order_by("-pk").values("document")[:1]
    plan = AnnualPlan.objects.binding().filter(items__project=project.pk).order_by("-year", "-version")
    columns = Subquery(newest), Subquery(plan.values("document_no")[:1]), Subquery(plan.values("pk")[:1])
    found = Project.objects.filter(pk=project.pk).values_list(*columns).first() or (None, None, None)
    moved, decided, pk = found
    document = moved or decided or ""
    return Planned(document, AnnualPlan(pk=pk).get_absolute_url() if pk and decided == document else "")


def rail(project: Project, missing: int = 0) -> list[dict[str, str]]:
    """The stages of the method: label, state (done, now, next), the day of the event once stated; beside the following stage how much
    its gate still asks for (`missing`). No query."""
    if project.stage == Stage.REMOVED:
        return [{"label": Stage.REMOVED.label, "state": "now", "note": ""}]
    stages = states.rail(project.method)
    here = stages.index(project.stage) if project.stage in stages else -1
    return [
        {
            "label": stage_word(project.method, stage), "state": "done" if number < here else "now" if number == here else "next",
            "note": _day_of(project, stage) or (f"还缺 {missing} 项依据" if missing and number == here + 1 else ""),
        }
        for number, stage in enumerate(stages)
    ]  # fmt: skip


def _day_of(project: Project, stage: str) -> str:
    day = {states.STARTED: project.started_on, states.FINISHED: project.finished_on, states.ACCEPTED: project.accepted_on}.get(stage)
    return f"{day:%Y-%m-%d}" if day else ""
