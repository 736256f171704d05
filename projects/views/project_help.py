"""提请协调 beside a project."""

from __future__ import annotations

from typing import Any

from projects.actions.help_hats import may_raise
from projects.models import HelpRequest, Project
from projects.views.dossier.tabs import Shown, Tab
from projects.views.help_lines import help_lines


def help_rows(user, shown: Shown) -> dict[str, Any]:
    """Of one project, overdue first."""
    rows = HelpRequest.objects.visible_to(user).filter(project=shown.project)
    return {"rows": help_lines(rows), "may_ask": may_raise(user, shown.project), "project_key": str(shown.project.pk)}


def open_count(user, project: Project) -> int:
    return HelpRequest.objects.visible_to(user).open().filter(project=project).count()


TAB = Tab("help", "协调", 62, "projects/dossier/_help.html", help_rows, open_count, "提请协调未办结 {} 件")
