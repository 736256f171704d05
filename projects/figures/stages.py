"""Where a project stands on the rail of its 实施方式: done, now, next (features 2.2)."""

from __future__ import annotations

from projects import states
from projects.models import Project, Stage


def stage_word(method: str, stage: str) -> str:
    """The stage as this 实施方式 calls it."""
    return states.stage_word(method, stage, Stage(stage).label)


def rail(project: Project) -> list[dict[str, str]]:
    """The stages of the method: label, state (done, now, next), the day of the event once stated. No query."""
    if project.stage == Stage.REMOVED:
        return [{"label": Stage.REMOVED.label, "state": "now", "note": ""}]
    stages = states.rail(project.method)
    here = stages.index(project.stage) if project.stage in stages else -1
    return [
        {
            "label": stage_word(project.method, stage), "state": "done" if number < here else "now" if number == here else "next",
            "note": _day_of(project, stage),
        }
        for number, stage in enumerate(stages)
    ]  # fmt: skip


def _day_of(project: Project, stage: str) -> str:
    day = {states.STARTED: project.started_on, states.FINISHED: project.finished_on, states.ACCEPTED: project.accepted_on}.get(stage)
    return f"{day:%Y-%m-%d}" if day else ""
