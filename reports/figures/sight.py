"""Which rows of a unit's signed statements a person reads (design §1, §4): all, or those of the projects in sight."""

from __future__ import annotations

from linkage import access
from projects.models import Project
from reports.models import ReportLine, WeeklyReport


def sees_all_rows(user, report: WeeklyReport) -> bool:
    return access.sees_whole(user, report.unit.path)


def readable_projects(user, report: WeeklyReport) -> set[int] | None:
    """Ids of the unit's projects whose rows this person reads; None means all. One query unless all."""
    if sees_all_rows(user, report):
        return None
    return set(Project.objects.visible_to(user).filter(unit=report.unit_id).order_by().values_list("pk", flat=True))


def readable_content(content: dict, projects: set[int] | None) -> dict:
    """A statement cut down to the rows of these projects, with what hangs on other rows left out."""
    if projects is None:
        return content
    mine = {str(pk) for pk in projects}
    return content | {
        "lines": [line for line in content["lines"] if line["project"] in projects],
        "issues": [],
        "explanations": {k: v for k, v in content["explanations"].items() if k.split(":")[1] in mine},
    }


def own_lines(user, report: WeeklyReport):
    """The draft's rows this person reads at the county's desk: the clerk and the signer all, a department those of its tasks."""
    return report.lines.all() if sees_all_rows(user, report) else ReportLine.objects.visible_to(user).filter(report=report)
